//! Drift, as a scrape shows it at scripted times.

use crate::observer::{batch, model, order};
use crate::scrape::{NOW, Scrape, catalogue, scrape, scrape_at};
use bystander_core::decision::Action::Accept;
use bystander_core::input::ModelInput;
use bystander_core::kind::Kind;
use bystander_core::money::Currency;
use bystander_core::scored::ScoredBatch;
use bystander_metrics::{Catalogue, ShardObserver};
use bystander_pipeline::Observer;

const PSI: &str = "bystander_drift_psi";
const MISSING: &str = "bystander_feature_missing_ratio";
const UNSEEN: &str = "bystander_feature_unseen_ratio";
const MINUTE: i64 = 60_000;

/// Total and method that a model was fed, and the score that it gave.
pub(crate) type Fed = ([f32; 2], f64);

/// Each row's.
type Rows = fn(usize) -> Fed;

/// As the reference has it: a quarter below 1000, a half up to 2000; three of four by card; scores on both sides of 0.5.
pub(crate) fn usual(row: usize) -> Fed {
    let total = [500.0, 1500.0, 1500.0, 2500.0][row % 4];
    ([total, if row % 4 == 1 { 1.0 } else { 0.0 }], if row.is_multiple_of(2) { 0.25 } else { 0.75 })
}

/// Lets a shard score rows of `orders` at a time: both models get the same.
pub(crate) fn score(observer: &mut ShardObserver, at_ms: i64, rows: usize, row: impl Fn(usize) -> Fed) {
    let euro = Currency::from_code("EUR");
    let rows: Vec<_> = (0..rows).map(row).collect();
    for part in rows.chunks(20) {
        let data: Vec<f32> = part.iter().flat_map(|row| row.0).collect();
        let scores: Vec<f64> = part.iter().map(|row| row.1).collect();
        let input = ModelInput::MatrixF32 { data, width: 2 };
        let scored = model(&scores, vec![order(Accept, Some(Accept)); part.len()]);
        let (times, money) = (vec![at_ms; part.len()], vec![euro.map(|euro| (1_000, euro)); part.len()]);
        let (models, inputs) = ([scored.clone(), scored], [input.clone(), input]);
        let orders = batch(0, Kind::Orders, &times, &models);
        observer.scored(&ScoredBatch { scored_at_ms: at_ms, money: &money, inputs: &inputs, ..orders });
    }
}

fn feature(scrape: &Scrape, metric: &str, feature: &str) -> f64 {
    let labels = [("stream", "orders"), ("model", "fraud"), ("version", "1"), ("feature", feature)];
    scrape.value(metric, &labels)
}

fn shows(catalogue: &Catalogue, now_ms: i64) -> bool {
    scrape_at(catalogue, now_ms).types.contains_key(PSI)
}

#[test]
fn what_is_distributed_as_the_reference_has_not_drifted() {
    let catalogue = catalogue();
    score(&mut catalogue.observer(), NOW, 1000, usual);
    let scrape = scrape(&catalogue);
    for name in ["score", "total", "method"] {
        assert!(feature(&scrape, PSI, name) < 0.001, "{name}");
    }
    assert_eq!(feature(&scrape, MISSING, "total"), 0.0);
    assert_eq!(feature(&scrape, UNSEEN, "method"), 0.0);
    let count = |metric: &str| scrape.series.keys().filter(|(name, _)| name == metric).count();
    assert_eq!(
        [count(PSI), count(MISSING), count(UNSEEN)],
        [6, 2, 2],
        "two models of one stream, where it can be told"
    );
}

#[test]
fn planted_drift_is_seen_in_its_own_gauge_alone() {
    let planted: [(&str, Rows); 3] = [
        ("total", |row| ([100.0 * usual(row).0[0], usual(row).0[1]], usual(row).1)),
        ("method", |row| ([usual(row).0[0], 1.0], usual(row).1)),
        ("score", |row| (usual(row).0, 0.9)),
    ];
    for (drifting, row) in planted {
        let catalogue = catalogue();
        score(&mut catalogue.observer(), NOW, 1000, row);
        let scrape = scrape(&catalogue);
        for name in ["score", "total", "method"] {
            let psi = feature(&scrape, PSI, name);
            assert_eq!(psi > 0.25, name == drifting, "{name} {psi} where {drifting} drifts");
        }
    }
}

#[test]
fn missing_and_unseen_values_are_shares_of_all_rows() {
    let catalogue = catalogue();
    let row = |row: usize| {
        let ([total, method], score) = usual(row);
        (
            [
                if row.is_multiple_of(10) { f32::NAN } else { total },
                if row.is_multiple_of(5) { -1.0 } else { method },
            ],
            score,
        )
    };
    score(&mut catalogue.observer(), NOW, 1000, row);
    let scrape = scrape(&catalogue);
    assert_eq!(feature(&scrape, MISSING, "total"), 0.1);
    assert_eq!(feature(&scrape, UNSEEN, "method"), 0.2);
}

#[test]
fn shards_add_up_and_too_few_rows_show_nothing() {
    let catalogue = catalogue();
    let (mut one, mut two) = (catalogue.observer(), catalogue.observer());
    score(&mut one, NOW, 250, usual);
    score(&mut two, NOW, 249, usual);
    assert!(!shows(&catalogue, NOW));
    score(&mut two, NOW, 1, usual);
    assert!(shows(&catalogue, NOW));
    drop((one, two));
    assert!(shows(&catalogue, NOW), "a shard that has gone leaves what it counted");
}

#[test]
fn an_hour_later_it_is_forgotten_and_new_rows_count_alone() {
    let catalogue = catalogue();
    let mut observer = catalogue.observer();
    score(&mut observer, NOW, 1000, |row| (usual(row).0, 0.9));
    assert!(feature(&scrape_at(&catalogue, NOW + 50 * MINUTE), PSI, "score") > 0.25);
    assert!(!shows(&catalogue, NOW + 61 * MINUTE), "nothing is new: the gauge goes, and keeps no old value");
    score(&mut observer, NOW + 62 * MINUTE, 1000, usual);
    assert!(feature(&scrape_at(&catalogue, NOW + 62 * MINUTE), PSI, "score") < 0.001);
}
