//! What a shard's observer counts of batches made by hand.

use crate::scrape::{NOW, catalogue, scrape};
use bystander_core::decision::{Action, Decision, DecisionValue, GuardrailRule, GuardrailTrail};
use bystander_core::kind::Kind;
use bystander_core::record::StreamId;
use bystander_core::rejection::{Code, SkipReason, Stage};
use bystander_core::scored::{ScoredBatch, ScoredModel};
use bystander_pipeline::{Observer, TransactionEnd};
use std::time::Duration;

pub(crate) fn order(would_be: Action, live: Option<Action>) -> Option<Decision> {
    Some(Decision {
        would_be: DecisionValue::Action(would_be),
        live: live.map(DecisionValue::Action),
        agrees: live.map(|live| live == would_be),
        delta_amount: None,
        trail: GuardrailTrail::default(),
    })
}

pub(crate) fn price(
    would_be: i64,
    served: Option<i64>,
    agrees: Option<bool>,
    rules: &[GuardrailRule],
) -> Option<Decision> {
    let mut trail = GuardrailTrail::default();
    for &rule in rules {
        trail.note(rule, would_be + 1, would_be);
    }
    Some(Decision {
        would_be: DecisionValue::Number(Kind::Prices, would_be),
        live: served.map(|price| DecisionValue::Number(Kind::Prices, price)),
        agrees,
        delta_amount: served.map(|served| would_be - served),
        trail,
    })
}

pub(crate) fn model(scores: &[f64], decisions: Vec<Option<Decision>>) -> ScoredModel {
    ScoredModel { inference: Duration::from_millis(2), scores: scores.to_vec(), decisions }
}

pub(crate) fn batch<'a>(
    stream: usize,
    kind: Kind,
    occurred_at_ms: &'a [i64],
    models: &'a [ScoredModel],
) -> ScoredBatch<'a> {
    let (stream, scored_at_ms) = (StreamId(stream), NOW);
    ScoredBatch { stream, kind, scored_at_ms, occurred_at_ms, money: &[], inputs: &[], models }
}

#[test]
fn orders_are_counted_by_cell_score_and_age_for_each_model() {
    use Action::{Accept, Reject, Review};
    let catalogue = catalogue();
    let mut observer = catalogue.observer();
    let models = [
        model(
            &[0.004, 0.6, 0.97, 0.3],
            vec![
                order(Accept, Some(Accept)),
                order(Review, Some(Accept)),
                order(Reject, None),
                order(Accept, Some(Accept)),
            ],
        ),
        model(
            &[0.004, 0.97, 0.97, 0.3],
            vec![
                order(Accept, Some(Accept)),
                order(Reject, Some(Accept)),
                order(Reject, None),
                order(Accept, Some(Accept)),
            ],
        ),
    ];
    observer.scored(&batch(0, Kind::Orders, &[NOW - 200, NOW - 2_000, NOW + 60_000, NOW - 200], &models));

    let scrape = scrape(&catalogue);
    assert_eq!(scrape.value("bystander_records_total", &[("stream", "orders"), ("result", "scored")]), 4.0);
    let cell = |version, live, would_be| {
        let labels = [
            ("stream", "orders"),
            ("model", "fraud"),
            ("version", version),
            ("live", live),
            ("would_be", would_be),
        ];
        scrape.value("bystander_comparisons_total", &labels)
    };
    assert_eq!(cell("1", "accept", "accept"), 2.0);
    assert_eq!(cell("1", "accept", "review"), 1.0);
    assert_eq!(cell("1", "none", "reject"), 1.0);
    assert_eq!(cell("1", "reject", "accept"), 0.0);
    assert_eq!(cell("2", "accept", "reject"), 1.0);
    assert_eq!(scrape.sum("bystander_comparisons_total", &[("stream", "orders")]), 8.0);

    let score = |le| {
        let labels = [("stream", "orders"), ("model", "fraud"), ("version", "1"), ("le", le)];
        scrape.value("bystander_score_bucket", &labels)
    };
    assert_eq!(
        [score("0.002"), score("0.005"), score("0.3"), score("0.6"), score("0.98")],
        [0.0, 1.0, 2.0, 3.0, 4.0]
    );
    let age = |le| scrape.value("bystander_event_age_seconds_bucket", &[("stream", "orders"), ("le", le)]);
    assert_eq!(
        [age("0.1"), age("0.25"), age("2.5")],
        [1.0, 3.0, 4.0],
        "an event from the future counts as 0"
    );
    assert_eq!(scrape.value("bystander_batch_rows_sum", &[("stream", "orders")]), 4.0);
    let version_1 = [("model", "fraud"), ("version", "1")];
    assert_eq!(scrape.value("bystander_inference_seconds_count", &version_1), 1.0);
    assert!((scrape.value("bystander_inference_seconds_sum", &version_1) - 0.002).abs() < 1e-9);
}

#[test]
fn prices_are_counted_by_direction_relative_change_and_guardrail() {
    use GuardrailRule::{MaxChange, PricePoint};
    let catalogue = catalogue();
    let mut observer = catalogue.observer();
    let mut missed = price(1002, Some(1000), Some(true), &[]);
    missed.as_mut().unwrap().trail.note_missed(PricePoint, 1002);
    let decisions = vec![
        price(900, Some(1000), Some(false), &[MaxChange, PricePoint]),
        missed,
        price(1200, Some(1000), Some(false), &[PricePoint]),
        price(700, None, None, &[]),
        price(700, Some(0), Some(false), &[]),
    ];
    let models = [model(&[9.1, 10.0, 12.0, 7.0, 7.0], decisions)];
    observer.scored(&batch(1, Kind::Prices, &[NOW; 5], &models));

    let scrape = scrape(&catalogue);
    let pricing = [("stream", "prices"), ("model", "pricing"), ("version", "1")];
    let with =
        |name, extra: &[(&'static str, &'static str)]| scrape.value(name, &[&pricing[..], extra].concat());
    let cell =
        |live, would_be| with("bystander_comparisons_total", &[("live", live), ("would_be", would_be)]);
    assert_eq!(cell("served", "lower"), 1.0);
    assert_eq!(cell("served", "same"), 1.0);
    assert_eq!(cell("served", "higher"), 2.0);
    assert_eq!(cell("none", "priced"), 1.0);
    let change = |le| with("bystander_price_change_ratio_bucket", &[("le", le)]);
    assert_eq!(
        [change("-0.15"), change("-0.1"), change("0"), change("0.01"), change("0.2")],
        [0.0, 1.0, 1.0, 2.0, 3.0]
    );
    assert_eq!(
        with("bystander_price_change_ratio_count", &[]),
        3.0,
        "without a price above 0 there is no ratio"
    );
    let hits = |rule| with("bystander_guardrail_hits_total", &[("rule", rule)]);
    assert_eq!([hits("max_change"), hits("price_point"), hits("floor")], [1.0, 2.0, 0.0]);
    assert_eq!(scrape.sum("bystander_score_count", &[("stream", "prices")]), 0.0);
}

#[test]
fn every_record_is_counted_once_even_when_a_model_failed_on_it() {
    let catalogue = catalogue();
    let mut observer = catalogue.observer();
    let accept = || order(Action::Accept, Some(Action::Accept));
    let models =
        [model(&[0.1, 0.1], vec![accept(), accept()]), model(&[0.1, f64::NAN], vec![accept(), None])];
    observer.scored(&batch(0, Kind::Orders, &[NOW; 2], &models));
    observer.dead_lettered(StreamId(0), Stage::Score, Code::NotFinite);
    observer.dead_lettered(StreamId(0), Stage::Decode, Code::NotJson);
    observer.dead_lettered(StreamId(0), Stage::Decode, Code::NotJson);
    observer.skipped(StreamId(0), SkipReason::Tombstone);
    observer.skipped(StreamId(0), SkipReason::Filtered);
    observer.skipped(StreamId(0), SkipReason::NoConsent);
    observer.skipped(StreamId(0), SkipReason::Disabled);
    observer.gap(StreamId(0), 40);
    observer.transaction(TransactionEnd::Committed, Duration::from_millis(20));

    let scrape = scrape(&catalogue);
    let records =
        |result| scrape.value("bystander_records_total", &[("stream", "orders"), ("result", result)]);
    assert_eq!([records("scored"), records("skipped"), records("dead_letter")], [1.0, 4.0, 3.0]);
    assert_eq!(
        scrape.sum("bystander_comparisons_total", &[]),
        2.0,
        "one per model of the record that was scored"
    );
    let dead = |stage, code| {
        scrape
            .value("bystander_dead_letters_total", &[("stream", "orders"), ("stage", stage), ("code", code)])
    };
    assert_eq!([dead("decode", "not_json"), dead("score", "not_finite")], [2.0, 1.0]);
    for reason in SkipReason::ALL {
        let labels = [("stream", "orders"), ("reason", reason.name())];
        assert_eq!(scrape.value("bystander_skips_total", &labels), 1.0);
    }
    assert_eq!(scrape.value("bystander_gap_offsets_total", &[("stream", "orders")]), 40.0);
    assert_eq!(scrape.sum("bystander_records_total", &[("stream", "prices")]), 0.0);
}

#[test]
fn transactions_are_counted_by_end_and_only_commits_are_timed() {
    let catalogue = catalogue();
    let mut observer = catalogue.observer();
    observer.transaction(TransactionEnd::Committed, Duration::from_millis(20));
    observer.transaction(TransactionEnd::Aborted, Duration::from_secs(9));
    observer.transaction(TransactionEnd::Aborted, Duration::from_secs(9));
    observer.transaction(TransactionEnd::Failed, Duration::from_secs(9));
    let scrape = scrape(&catalogue);
    let ended = |result| scrape.value("bystander_transactions_total", &[("result", result)]);
    assert_eq!([ended("committed"), ended("aborted"), ended("failed")], [1.0, 2.0, 1.0]);
    assert_eq!(scrape.value("bystander_commit_seconds_count", &[]), 1.0);
    assert_eq!(scrape.value("bystander_commit_seconds_bucket", &[("le", "0.025")]), 1.0);
}

#[test]
fn shards_add_up_and_a_stopped_shard_leaves_its_counts() {
    let catalogue = catalogue();
    let threads: Vec<_> = (0..4)
        .map(|_| {
            let mut observer = catalogue.observer();
            std::thread::spawn(move || {
                for _ in 0..1000 {
                    observer.skipped(StreamId(1), SkipReason::Filtered);
                }
            })
        })
        .collect();
    threads.into_iter().for_each(|thread| thread.join().expect("a shard"));
    let skipped =
        scrape(&catalogue).value("bystander_records_total", &[("stream", "prices"), ("result", "skipped")]);
    assert_eq!(skipped, 4000.0);
}

#[test]
fn a_million_different_events_make_no_new_series() {
    let catalogue = catalogue();
    let mut observer = catalogue.observer();
    let before = scrape(&catalogue).series.len();
    let occurred: Vec<i64> = (0..1000).map(|row| NOW - row * 977).collect();
    for turn in 0..1000_i64 {
        let decisions =
            (0..1000).map(|row| price(1 + turn * 1000 + row, Some(1000), Some(false), &[])).collect();
        let models = [model(&vec![turn as f64; 1000], decisions)];
        observer.scored(&batch(1, Kind::Prices, &occurred, &models));
    }
    let after = scrape(&catalogue);
    assert_eq!(after.series.len(), before);
    assert_eq!(after.value("bystander_records_total", &[("stream", "prices"), ("result", "scored")]), 1e6);
}
