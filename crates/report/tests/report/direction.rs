//! A score that is high for good orders: the mirrored scores give the very figures, thresholds mirrored.

use super::common::*;
use super::shop::{World, world};
use bystander_core::contract::{Policy, ReferenceDistributions};
use bystander_core::time::DAY_MS;
use bystander_report::sections::ModelReference;
use bystander_report::{Gates, Report, ReportSettings};
use serde_json::Value;

const GATES: &str = r#"
[[gates]]
name = "auc"
model = "fraud/2"
metric = "auc"
against = "live"
superiority = 0.0
population = "live_accepted"
horizon = 2026-12-01

[[gates]]
name = "average precision"
model = "fraud/2"
metric = "average_precision"
against = "champion"
superiority = 0.0
population = "live_accepted"
horizon = 2026-12-01

[[gates]]
name = "cost"
model = "fraud@champion"
metric = "cost_per_1000"
against = "live"
superiority = 0.0
horizon = 2026-12-01
"#;

/// Scores on a grid of 1/1024, of which 1 less the score is exact.
fn grid(score: f64) -> f64 {
    (score * 1_024.0).round() / 1_024.0
}

/// A shop with two models. `mirrored`: which of the champion, the challenger and live log 1 less their score.
fn shop(mirrored: [bool; 3]) -> World {
    let mut world = world(11, 3_000, 40.0);
    let turned = |score: f64, turn: bool| if turn { 1.0 - score } else { score };
    let mut others = Vec::new();
    for record in &mut world.comparisons {
        let score = grid(record.score);
        record.live_score = record.live_score.map(|live| turned(grid(live), mirrored[2]));
        let mut other = record.clone().model(2, "fraud@challenger");
        // Another order of scores, with the same decisions.
        other.score = turned(if score < 0.4 { grid(score * score) } else { score }, mirrored[1]);
        others.push(other);
        record.score = turned(score, mirrored[0]);
    }
    world.comparisons.extend(others);
    world
}

/// With the contracts' thresholds, or without a contract, where the direction shows in the decisions.
fn made(world: &World, mirrored: [bool; 3], contracts: bool) -> Report {
    let reference = |version: u32, turn: bool| {
        let policy = if turn {
            Policy { review: 1.0 - 410.0 / 1_024.0, reject: 1.0 - 563.0 / 1_024.0, higher_is_riskier: false }
        } else {
            Policy { review: 410.0 / 1_024.0, reject: 563.0 / 1_024.0, higher_is_riskier: true }
        };
        ModelReference {
            name: "fraud".to_owned(),
            version,
            sha256: "abcdef".to_owned(),
            policy: Some(policy),
            reference: ReferenceDistributions::default(),
            ..ModelReference::default()
        }
    };
    let models =
        if contracts { vec![reference(1, mirrored[0]), reference(2, mirrored[1])] } else { Vec::new() };
    let settings = ReportSettings { models, live_model: Some("fraud@champion".to_owned()), ..settings() };
    let as_of = "2026-12-01T00:00:00Z".parse::<jiff::Timestamp>().unwrap().as_millisecond();
    assert!(world.end_ms + 100 * DAY_MS < as_of);
    Report::build(&mut world.dataset(), as_of, &settings, &Gates::parse(GATES).unwrap())
}

/// Every number and text of both is the same, thresholds of the `turned` one mirrored.
fn same(path: &str, risky: &Value, turned: &Value, mirrored: bool) {
    match (risky, turned) {
        (Value::Object(one), Value::Object(two)) => {
            assert!(one.keys().eq(two.keys()), "{path}");
            for (key, value) in one {
                // What the scores are, and not how they rank.
                if matches!(
                    key.as_str(),
                    "higher_is_riskier" | "histograms" | "drift" | "score" | "samples" | "note"
                ) {
                    continue;
                }
                let threshold = matches!(key.as_str(), "threshold" | "cheapest" | "break_even");
                same(&format!("{path}/{key}"), value, &two[key], mirrored || threshold);
            }
        }
        (Value::Array(one), Value::Array(two)) => {
            assert_eq!(one.len(), two.len(), "{path}");
            for (place, (one, two)) in one.iter().zip(two).enumerate() {
                same(&format!("{path}/{place}"), one, two, mirrored);
            }
        }
        (Value::Number(one), Value::Number(two)) => {
            let (one, two) = (one.as_f64().unwrap(), two.as_f64().unwrap());
            // Counts inside a figure that is a threshold are counts.
            let expected =
                if mirrored && (0.0..=1.0).contains(&two) && !path.ends_with("/n") { 1.0 - two } else { two };
            assert!((one - expected).abs() <= 1e-9 * one.abs().max(1.0), "{path}: {one} and {two}");
        }
        _ => assert_eq!(risky, turned, "{path}"),
    }
}

#[test]
fn mirrored_scores_with_higher_is_riskier_false_give_the_same_figures() {
    let (plain, both) = ([false; 3], [true, true, false]);
    for contracts in [true, false] {
        let risky = made(&shop(plain), plain, contracts);
        let safer = made(&shop(both), both, contracts);
        let json =
            |report: &Report| serde_json::to_value((&report.chapters.orders.fraud, &report.gates)).unwrap();
        same("", &json(&risky), &json(&safer), false);
        let thresholds = &model(&safer).thresholds;
        assert!(!thresholds.higher_is_riskier);
        assert!(value(&model(&safer).ranking.auc) > 0.8, "{:?}", model(&safer).ranking.auc);
        assert!(value(&model(&safer).agreement.spearman) > 0.0, "{:?}", model(&safer).agreement.spearman);
        let break_even = &model(&safer).money[0].break_even;
        assert!(thresholds.sweep.iter().all(|point| point.threshold <= 1.0), "{break_even:?}");
    }
}

#[test]
fn a_pair_of_models_whose_scores_point_in_opposite_directions_is_compared_by_risk() {
    let plain = [false; 3];
    let risky = made(&shop(plain), plain, true);
    for mirrored in [[true, false, false], [false, true, false], [false, false, true], [true, true, true]] {
        let turned = made(&shop(mirrored), mirrored, true);
        let pair = |report: &Report| serde_json::to_value((&stream(report).pairs, &report.gates)).unwrap();
        // The floor is about raw scores of the model that live runs: only where both point the same way.
        let (mut one, mut two) = (pair(&risky), pair(&turned));
        for found in [&mut one, &mut two] {
            found[0][0].as_object_mut().unwrap().remove("below_floor");
        }
        same("", &one, &two, false);
        let rho = |report: &Report| value(&model(report).agreement.spearman);
        assert!((rho(&risky) - rho(&turned)).abs() < 1e-12, "{mirrored:?}");
    }
}
