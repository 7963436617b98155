//! A month in which nearly every order is fraud, from accounts that are minutes old.

use super::common::*;
use bystander_core::contract::{Distribution, ReferenceDistributions};
use bystander_core::decision::Action;
use bystander_core::outcome::OutcomeType as T;
use bystander_report::sections::ModelReference;
use bystander_report::{Gates, Report, ReportSettings};

/// 240 days of 30 orders; in the first 28 days eight in ten are fraud by accounts seconds old, later one in twenty.
fn year() -> bystander_report::Dataset {
    let mut rows = Vec::new();
    let mut told = Vec::new();
    for number in 0..7_200_i64 {
        let date = number / 30;
        let spread = |modulus: i64| (number * 7_919 + 13) % modulus;
        let fraud = if date < 28 { spread(10) < 8 } else { spread(20) == 0 };
        let score = if fraud { 0.7 + spread(100) as f64 * 2e-3 } else { 0.1 + spread(97) as f64 * 5e-3 };
        let account =
            if fraud && date < 28 { spread(60) as f64 } else { 86_400.0 * (1 + spread(120)) as f64 };
        let shadow = if score > 0.5 { Action::Reject } else { Action::Accept };
        let id = format!("o{number}");
        rows.push(
            order(&id)
                .at(day(date) + spread(86_400_000))
                .scored(score)
                .decided(Action::Accept, shadow)
                .feature("account_age_seconds", account)
                .feature("amount", spread(5_000) as f64),
        );
        if fraud {
            told.push(outcome(&id, T::DisputeLost, None, day(date + 20)));
        }
    }
    dataset(&rows, &told)
}

#[test]
fn a_regime_is_plain_in_labels_and_drift_and_the_report_says_what_it_does() {
    let report = report(&mut year(), day(400));
    let stream = stream(&report);
    let loud: Vec<_> = stream
        .periods
        .iter()
        .filter(|period| period.fraud_share.value().is_some_and(|share| share > 0.5))
        .collect();
    assert_eq!(loud.len(), 4, "four weeks");
    assert!(stream.regimes[0].contains("From 2026-01-05 to 2026-02-01"), "{:?}", stream.regimes);
    assert!(stream.regimes[0].contains("of all known frauds lie there"), "{:?}", stream.regimes);
    let model = model(&report);
    let judged = model.summary.iter().find(|said| said.contains("Judge the model by the latter")).unwrap();
    assert!(judged.contains("outside of it precision"), "{judged}");
    // Without a frozen reference the first quarter stands in, which holds the regime.
    let account = model.drift.rows.iter().find(|row| row.name == "account_age_seconds").unwrap();
    assert!(account.flagged && value(&account.psi) > 0.25, "{account:?}");
    let amount = model.drift.rows.iter().find(|row| row.name == "amount").unwrap();
    assert!(!amount.flagged, "{amount:?}");
    assert!(model.drift.reference.contains("first"));
    // Both samples are known then: the distance is theirs, not that of bins.
    let ks = shown(&account.ks);
    assert!(ks.note.as_ref().unwrap().starts_with("two samples, p below 0.001"), "{ks:?}");
    let note = shown(&amount.ks).note.clone().unwrap();
    assert!(note.starts_with("two samples, p 1.000") && amount.wasserstein.value().is_some(), "{note}");
    assert!(report.header.verdict.sentences.iter().any(|said| said.contains("labelled orders were fraud")));
}

#[test]
fn an_even_year_has_no_regime() {
    let rows: Vec<_> = (0..3_000).map(|number| order(&format!("o{number}")).at(day(number / 25))).collect();
    let told: Vec<_> = (0..3_000)
        .step_by(20)
        .map(|number| outcome(&format!("o{number}"), T::DisputeLost, None, day(number / 25 + 9)))
        .collect();
    let report = report(&mut dataset(&rows, &told), day(300));
    assert_eq!(stream(&report).regimes, Vec::<String>::new());
}

/// `weeks` of orders, 3,000 each, with so many frauds.
fn weeks(frauds: &[usize]) -> bystander_report::Dataset {
    let (mut rows, mut told) = (Vec::new(), Vec::new());
    for (week, frauds) in frauds.iter().enumerate() {
        for number in 0..3_000_usize {
            let id = format!("o{week}-{number}");
            let date = (week * 7 + number % 7) as i64;
            rows.push(order(&id).at(day(date) + number as i64 * 17_000));
            if number < *frauds {
                told.push(outcome(&id, T::DisputeLost, None, day(date + 9)));
            }
        }
    }
    dataset(&rows, &told)
}

#[test]
fn a_rise_and_a_fall_of_fraud_are_said_with_both_ends() {
    // From 0.03 % to 0.97 % in six weeks, and no further.
    let mut rising = vec![1, 4, 9, 15, 22, 29];
    rising.extend([29, 28, 29, 27, 28, 29, 28]);
    let said = stream(&report(&mut weeks(&rising), day(400))).regimes.clone();
    assert_eq!(said.len(), 1, "{said:?}");
    assert!(
        said[0].starts_with("Fraud rises from 0.03 % of 3,000 labelled orders in the week from"),
        "{said:?}"
    );
    assert!(said[0].contains("to 1.0 % of 3,000"), "{said:?}");
    let falling: Vec<usize> = rising.into_iter().rev().collect();
    let said = stream(&report(&mut weeks(&falling), day(400))).regimes.clone();
    assert!(said[0].starts_with("Fraud falls from 1.0 % of 3,000"), "{said:?}");
    // From 0.2 % to 2.4 % in eight weeks.
    let slower = stream(&report(&mut weeks(&[6, 9, 14, 22, 31, 44, 58, 72]), day(400))).regimes.clone();
    assert!(slower[0].starts_with("Fraud rises from 0.2 % of 3,000"), "{slower:?}");
    let steady = stream(&report(&mut weeks(&[20, 26, 22, 24, 19, 25, 21, 23]), day(400))).regimes.clone();
    assert_eq!(steady, Vec::<String>::new());
}

#[test]
fn a_week_of_which_one_day_is_in_the_window_is_not_called_drift() {
    // Eight whole weeks and a Monday, with the hour and the weekday as features.
    let rows: Vec<_> = (0..57 * 200_i64)
        .map(|number| {
            let (date, minute) = (number / 200, number % 200 * 7);
            order(&format!("o{number}"))
                .at(day(date) + minute * 60_000)
                .feature("hour", (minute / 60) as f64)
                .feature("weekday", (date % 7) as f64)
        })
        .collect();
    let report = report(&mut dataset(&rows, &[]), day(57));
    let weeks = &model(&report).drift.weeks;
    let last = weeks.last().unwrap();
    assert_eq!((weeks.len(), last.n), (9, 200));
    assert!(
        last.score_psi.reason().is_some_and(|why| why.contains("of 7 days are in the window")),
        "{last:?}"
    );
    assert!(last.worst_psi.value().is_none() && last.worst_feature.is_none(), "{last:?}");
    assert!(weeks[4].worst_psi.value().is_some_and(|psi| psi < 0.1), "{:?}", weeks[4]);
    let said = &model(&report).drift.sentences;
    assert!(!said.iter().any(|said| said.contains("2026-03-02")), "{said:?}");
}

/// Neither a window of a few days against a frozen reference, nor a reference that was frozen over a few days, is drift: a
/// function of the clock says which hours and weekdays there were. Another feature that moved is named all the same.
#[test]
fn a_function_of_the_clock_is_never_called_drift_whatever_part_of_a_week_or_day_there_is() {
    let frozen =
        |edges: Vec<f64>, shares: Vec<f64>| Distribution { edges, shares, ..Distribution::default() };
    let whole_week = || frozen((0..6).map(f64::from).collect(), vec![1.0 / 7.0; 7]);
    let monday_to_thursday = || frozen(vec![0.0, 1.0, 2.0, 3.0], vec![0.24, 0.24, 0.24, 0.24, 0.04]);
    let whole_day = || frozen((0..23).map(f64::from).collect(), vec![1.0 / 24.0; 24]);
    let morning = || frozen(vec![5.0, 8.0, 11.0], vec![0.01, 0.49, 0.49, 0.01]);
    for (days, minutes, weekday, hour) in [
        (3, 1_440, whole_week(), whole_day()),
        (57, 1_440, whole_week(), whole_day()),
        (28, 1_440, monday_to_thursday(), morning()),
        (28, 300, whole_week(), whole_day()),
    ] {
        let rows: Vec<_> = (0..days * 200_i64)
            .map(|number| {
                let (date, minute) = (number / 200, number % 200 * minutes / 200);
                order(&format!("o{number}"))
                    .at(day(date) + minute * 60_000)
                    .feature("hour", (minute / 60) as f64)
                    .feature("weekday", (date % 7) as f64)
                    .feature("items", (number % 2) as f64)
            })
            .collect();
        let items = frozen(vec![0.0], vec![0.9, 0.1]);
        let features = [("weekday", weekday), ("hour", hour), ("items", items)];
        let features = features.map(|(name, one)| (name.to_owned(), one)).into();
        let known = ModelReference {
            name: "fraud".to_owned(),
            version: 1,
            sha256: "abcdef".to_owned(),
            reference: ReferenceDistributions { score: None, features },
            calendar: ["hour".to_owned(), "weekday".to_owned()].into(),
            ..ModelReference::default()
        };
        let settings = ReportSettings { models: vec![known], ..settings() };
        let report = Report::build(&mut dataset(&rows, &[]), day(60), &settings, &Gates::default());
        let drift = &model(&report).drift;
        let flagged: Vec<_> =
            drift.rows.iter().filter(|row| row.flagged).map(|row| row.name.as_str()).collect();
        assert_eq!(flagged, ["items"], "{days} days of {minutes} minutes");
        for row in drift.rows.iter().filter(|row| ["hour", "weekday"].contains(&row.name.as_str())) {
            assert!(row.psi.reason().is_some_and(|why| why.contains("function of the clock")), "{row:?}");
        }
        let worst: Vec<_> = drift.weeks.iter().filter_map(|week| week.worst_feature.as_deref()).collect();
        assert!(worst.iter().all(|name| *name == "items"), "{worst:?}");
    }
}

#[test]
fn a_segment_with_one_value_has_nothing_elsewhere_and_one_that_repeats_live_is_left_out() {
    let rows: Vec<_> = (0..400_i64)
        .map(|number| {
            let live = if number % 4 == 0 { Action::Review } else { Action::Accept };
            let verdict = if live == Action::Review { "held" } else { "passed" };
            order(&format!("o{number}"))
                .decided(live, if number % 8 == 0 { Action::Reject } else { Action::Accept })
                .segment("shop", "one")
                .segment("verdict", verdict)
                .segment("country", if number % 3 == 0 { "DE" } else { "FR" })
        })
        .collect();
    let report = report(&mut dataset(&rows, &[]), day(200));
    for slices in &model(&report).slices {
        assert!(slices.rows.iter().all(|row| row.segment != "verdict"), "{slices:?}");
        for row in slices.rows.iter().filter(|row| row.segment == "shop") {
            let (name, elsewhere) = &row.further[0];
            assert_eq!(name, "elsewhere");
            assert!(
                elsewhere.reason().is_some_and(|why| why.contains("all orders have this value")),
                "{row:?}"
            );
        }
    }
    let told = &stream(&report).bias;
    assert!(told.iter().any(|bias| bias.about == "Segment `verdict` repeats live's decision"), "{told:?}");
    assert!(!told.iter().any(|bias| bias.about.contains("`country`") || bias.about.contains("`shop`")));
}
