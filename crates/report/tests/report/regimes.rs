//! A month in which nearly every order is fraud, from accounts that are minutes old.

use super::common::*;
use bystander_core::decision::Action;
use bystander_core::outcome::OutcomeType as T;

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
    assert!(account.flagged && shown(&account.psi).value > 0.25, "{account:?}");
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
