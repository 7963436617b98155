//! Counts read back from the catalogue, and what is recent.

use crate::observer::batch;
use crate::sample::{NOW, well};
use crate::scrape::{catalogue, streams};
use bystander_core::decision::{Action, Decision, DecisionValue, GuardrailTrail};
use bystander_core::kind::Kind;
use bystander_core::record::StreamId;
use bystander_core::rejection::{Code, SkipReason, Stage};
use bystander_core::scored::ScoredModel;
use bystander_metrics::status::{AgreementCounts, History, RecordCounts, StatusCounts};
use bystander_metrics::{Catalogue, InputGauges};
use bystander_pipeline::{Observer, TransactionEnd};
use proptest::prelude::*;
use std::time::Duration;

fn order(would_be: Action, live: Option<Action>) -> Option<Decision> {
    Some(Decision {
        would_be: DecisionValue::Action(would_be),
        live: live.map(DecisionValue::Action),
        agrees: live.map(|live| live == would_be),
        delta_amount: None,
        trail: GuardrailTrail::default(),
    })
}

/// Three orders, of which the first model agrees with live on one of two and the second on none; a skip; a gap; and
/// dead letters.
fn trade(catalogue: &Catalogue, dead_letters: usize) {
    use Action::{Accept, Reject};
    let decided = |decisions: Vec<Option<Decision>>| ScoredModel {
        inference: Duration::from_millis(1),
        scores: vec![0.5; 3],
        decisions,
    };
    let models = [
        decided(vec![order(Accept, Some(Accept)), order(Reject, Some(Accept)), order(Accept, None)]),
        decided(vec![order(Reject, Some(Accept)), order(Reject, Some(Accept)), order(Accept, None)]),
    ];
    let times = [NOW; 3];
    let mut observer = catalogue.observer();
    observer.scored(&batch(0, Kind::Orders, &times, &models));
    observer.skipped(StreamId(0), SkipReason::Filtered);
    observer.gap(StreamId(1), 12);
    (0..dead_letters).for_each(|_| observer.dead_lettered(StreamId(0), Stage::Schema, Code::MissingField));
    observer.transaction(TransactionEnd::Committed, Duration::from_millis(3));
}

#[test]
fn counts_are_what_the_metrics_say() {
    let catalogue = catalogue();
    trade(&catalogue, 2);
    catalogue.set_input("shop.orders", 7, &InputGauges { lag: Some(41), ..InputGauges::default() });
    let counts = catalogue.counts();
    let orders = &counts.streams[0];
    let model = |version| orders.models[&("fraud".to_owned(), version)];
    assert_eq!(orders.records, RecordCounts { scored: 3, skipped: 1, dead_letters: 2, gap_offsets: 0 });
    assert_eq!(orders.records.read(), 6);
    assert_eq!(model(1), AgreementCounts { comparisons: 3, with_live: 2, agreeing: 1 });
    assert_eq!(model(2), AgreementCounts { comparisons: 3, with_live: 2, agreeing: 0 });
    assert_eq!(counts.streams[1].records.gap_offsets, 12);
    let letters: Vec<_> =
        counts.dead_letters.iter().map(|(kind, count)| (kind.code.as_str(), *count)).collect();
    assert_eq!(letters, [("missing_field", 2)]);
    assert_eq!(counts.lags.get(&("shop.orders".to_owned(), 7)), Some(&41));
}

#[test]
fn recent_is_the_difference_to_five_minutes_ago_and_the_last_seen_stands_first() {
    let catalogue = catalogue();
    let topics = ["shop.orders".to_owned(), "shop.price-quotes".to_owned()];
    let mut history = History::new(NOW, catalogue.counts());
    trade(&catalogue, 1);
    let mut at = NOW;
    for second in 1..=400 {
        at = NOW + second * 1000;
        if second == 390 {
            trade(&catalogue, 3);
            catalogue.observer().dead_lettered(StreamId(1), Stage::Decode, Code::NotJson);
        }
        history.note(at, catalogue.counts());
    }
    assert_eq!((history.now_ms(), history.started_ms()), (at, NOW));
    assert!((300..=310).contains(&history.window_seconds()), "{}", history.window_seconds());
    let orders = &history.streams(&catalogue, &topics)[0];
    assert_eq!(
        (orders.topic.as_str(), orders.kind, orders.models.len()),
        ("shop.orders", "orders", streams()[0].models.len())
    );
    assert_eq!(
        (orders.records.read(), orders.recent.read()),
        (12, 7),
        "4 and 1 and 4 and 3, of which the later ones"
    );
    assert_eq!((orders.models[0].agreement.agreeing, orders.models[0].recent.agreeing), (2, 1));
    let letters = history.dead_letters();
    let told: Vec<_> =
        letters.iter().map(|one| (one.kind.code.as_str(), one.count, one.recent, one.last_seen.0)).collect();
    let then = NOW + 390_000;
    assert_eq!(told, [("missing_field", 4, 3, then), ("not_json", 1, 1, then)]);
}

#[test]
fn a_dead_letter_that_isnt_repeated_keeps_its_time() {
    let catalogue = catalogue();
    let mut history = History::new(NOW, StatusCounts::default());
    trade(&catalogue, 1);
    history.note(NOW + 1_000, catalogue.counts());
    history.note(NOW + 2_000, catalogue.counts());
    assert_eq!(history.dead_letters()[0].last_seen.0, NOW + 1_000);
}

#[test]
fn a_status_is_written_as_it_is_documented() {
    let mut status = well(1);
    status.dead_letters = vec![crate::sample::letters("orders", "schema", "missing_field", 2, NOW)];
    let json = serde_json::to_value(&status).expect("JSON");
    assert_eq!(json["shards"][0]["state"], "running");
    assert_eq!(json["now"], "2026-09-21T14:13:20.000Z");
    assert_eq!(json["not_ready"], serde_json::Value::Null);
    assert_eq!(json["streams"][0]["models"][0]["agreement"]["agreeing"], 1_141_200);
    assert_eq!(json["dead_letters"][0]["code"], "missing_field");
    assert_eq!(json["dead_letters"][0]["last_seen"], "2026-09-21T14:13:20.000Z");
    assert_eq!(json["inputs"][0]["lag"], 0);
}

proptest! {
    /// However time goes, the window is no longer than it says, and memory is bounded.
    #[test]
    fn the_window_is_five_minutes_and_a_step_at_most(gaps in prop::collection::vec(0_i64..9_000, 1..400)) {
        let mut history = History::new(NOW, StatusCounts::default());
        let mut at = NOW;
        for gap in gaps {
            at += gap;
            history.note(at, StatusCounts::default());
            prop_assert!(history.window_seconds() < 320, "{}", history.window_seconds());
        }
        prop_assert!(history.window_seconds() >= 300.min((at - NOW) as u64 / 1000));
    }
}
