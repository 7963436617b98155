//! Counts add up, whatever the rows: every comparison is in exactly one place.

use super::common::*;
use bystander_core::comparison::ComparisonRecord;
use bystander_core::decision::Action;
use bystander_core::outcome::{Label, Outcome, OutcomeType as T};
use bystander_report::document::{Population, Who};
use proptest::prelude::*;

const KINDS: [T; 7] = [
    T::EarlyFraudWarning,
    T::DisputeOpened,
    T::DisputeWon,
    T::DisputeLost,
    T::Refunded,
    T::ManualReview,
    T::LiveDecision,
];
const LABELS: [Option<Label>; 4] = [None, Some(Label::Fraud), Some(Label::Legit), Some(Label::Unknown)];

fn comparison() -> impl Strategy<Value = ComparisonRecord<'static>> {
    let action = prop::sample::select(Action::ALL.to_vec());
    let live = prop::option::of(prop::sample::select(Action::ALL.to_vec()));
    (0..60_u32, live, action, 0..200_i64, 0.0..1.0_f64, 0..3_usize, any::<bool>()).prop_map(
        |(id, live, shadow, at, score, currency, no_amount)| {
            let mut record = order(&format!("o{id}")).decided(live.unwrap_or(Action::Accept), shadow);
            if live.is_none() {
                record.live = None;
                record.agrees = None;
            }
            record = record.at(day(at)).scored(score).money(1_000 + at, ["EUR", "USD", "JPY"][currency]);
            record =
                record.segment("country", ["DE", "FR", "NL"][id as usize % 3]).feature("age", score * 9.0);
            if no_amount {
                record.amount = None;
            }
            record
        },
    )
}

fn outcomes() -> impl Strategy<Value = Outcome<'static>> {
    let kind = prop::sample::select(KINDS.to_vec());
    let label = prop::sample::select(LABELS.to_vec());
    let action = prop::option::of(prop::sample::select(Action::ALL.to_vec()));
    (0..70_u32, kind, label, -20..260_i64, action).prop_map(|(id, kind, label, at, action)| {
        let mut told = outcome(&format!("o{id}"), kind, label, day(at));
        told.action = action.filter(|_| kind == T::LiveDecision);
        told
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn every_comparison_is_in_exactly_one_cell(
        rows in prop::collection::vec(comparison(), 0..120),
        told in prop::collection::vec(outcomes(), 0..80),
        as_of in 0..300_i64,
    ) {
        let report = report(&mut dataset(&rows, &told), day(as_of));
        let left_out = ["duplicate_comparisons", "repeated_subjects", "events_after_as_of", "unusable_comparisons"];
        let left_out: u64 = left_out.iter().map(|name| count(&report, name)).sum();
        let compared: u64 = report.chapters.orders.fraud.iter().flat_map(|stream| &stream.models).map(|model| model.compared).sum();
        prop_assert_eq!(count(&report, "comparisons"), compared + left_out);
        prop_assert_eq!(count(&report, "outcomes"), told.len() as u64);
        for stream in &report.chapters.orders.fraud {
            let states: u64 = stream.maturity.states.iter().map(|state| state.count).sum();
            let periods: u64 = stream.periods.iter().map(|period| period.orders).sum();
            prop_assert_eq!(states, report.header.streams[0].events);
            prop_assert_eq!(periods, states);
            for model in &stream.models {
                let cells: u64 = model.swap.cells.iter().map(|cell| cell.count).sum();
                prop_assert_eq!(cells + model.swap.without_live, model.compared);
                for cell in &model.swap.cells {
                    let known = cell.outcomes;
                    prop_assert_eq!(known.fraud + known.good + known.undecided, cell.count);
                }
                let ins = &model.swap.ins;
                prop_assert!(ins.fraud_at_least <= ins.fraud_at_most && ins.fraud_at_most <= ins.count);
                let weeks: u64 = model.drift.weeks.iter().map(|week| week.n).sum();
                prop_assert_eq!(weeks, model.compared);
                let points = model.thresholds.points.iter();
                for point in points.filter(|point| (point.who, point.population) == (Who::Model, Population::Labelled)) {
                    let all = point.true_positives + point.false_positives + point.true_negatives + point.false_negatives;
                    let curves = model.ranking.prevalence.shown();
                    let (n, of) = curves.map_or((0, Population::Labelled), |share| (share.n, share.population));
                    // Labels of declines select themselves, so curves are not about them.
                    prop_assert!(n == all || of == Population::NotDeclined && n <= all, "{n} {all}");
                }
            }
        }
    }

    #[test]
    fn no_null_and_no_nan_gets_into_the_json(
        rows in prop::collection::vec(comparison(), 0..60),
        told in prop::collection::vec(outcomes(), 0..40),
        as_of in 0..300_i64,
    ) {
        let json = report(&mut dataset(&rows, &told), day(as_of)).to_json().unwrap();
        prop_assert!(!json.contains("null") && !json.contains("NaN"), "{}", json);
    }
}

/// All frauds, no frauds, one row, equal scores, zero amounts: no panic, no null.
#[test]
fn edge_cases_are_refused_in_words() {
    let cases: [(usize, &str); 4] = [(1, "one row"), (30, "no frauds"), (30, "all frauds"), (0, "nothing")];
    for (n, what) in cases {
        let rows: Vec<_> =
            (0..n).map(|number| order(&format!("o{number}")).money(0, "EUR").scored(0.5)).collect();
        let frauds = if what == "all frauds" { n } else { 0 };
        let told: Vec<_> =
            (0..frauds).map(|number| outcome(&format!("o{number}"), T::DisputeLost, None, day(3))).collect();
        let report = report(&mut dataset(&rows, &told), day(100));
        let json = report.to_json().unwrap();
        assert!(!json.contains("null"), "{what}: {json}");
        if n > 0 {
            let auc = &model(&report).ranking.auc;
            assert!(auc.reason().is_some_and(|why| why.contains("mature label")), "{what}: {auc:?}");
        }
    }
}
