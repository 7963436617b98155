//! Ensembles of every kind that ONNX's operators have: they run as trees, and every score has the bits of ONNX Runtime's.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use bystander_core::input::ModelInput;
use bystander_models::Session;
use common::dice::Dice;
use common::onnx::{Plan, Weighted};
use common::{choice, contract, engines_by_method, onnx_engine, open, tree_engine};

const ALL_MODES: &[&str] = &["BRANCH_LEQ", "BRANCH_LT", "BRANCH_GTE", "BRANCH_GT", "BRANCH_EQ", "BRANCH_NEQ"];
const TRANSFORMS: [&str; 5] = ["NONE", "LOGISTIC", "SOFTMAX", "SOFTMAX_ZERO", "PROBIT"];

/// Random rows compared for each column; `ZOO_ROWS` changes it.
fn rows() -> usize {
    std::env::var("ZOO_ROWS").ok().and_then(|rows| rows.parse().ok()).unwrap_or(500)
}

/// Runs ONNX Runtime and the trees by every method over random rows; gives what ran, and why.
fn check(name: &str, plan: &Plan, column: Option<usize>) -> (String, String) {
    check_model(name, plan, &plan.model(), column)
}

fn check_model(name: &str, plan: &Plan, model: &[u8], column: Option<usize>) -> (String, String) {
    let element = if plan.double { "float64" } else { "float32" };
    let contract = contract(plan.features, element, "score", column, "");
    let mut onnx = open(&*onnx_engine(), model, &contract);
    let chosen = open(&*tree_engine(), model, &contract);
    let (engine, reason) = choice(&*chosen);
    let mut sessions = vec![("chosen".to_owned(), chosen)];
    for (method, by_method) in engines_by_method() {
        let session = open(&*by_method, model, &contract);
        let (one, why) = choice(&*session);
        assert!(one == engine || why.starts_with("no method "), "{name}, {method}: {why}");
        sessions.push((method, session));
    }
    let mut dice = Dice(plan.seed ^ 0xabcd);
    for _ in 0..rows().div_ceil(100) {
        let input = random(plan, &mut dice, 100);
        let expected = scores(&mut *onnx, &input);
        for (method, session) in &mut sessions {
            let scores = scores(&mut **session, &input);
            for (row, (one, other)) in expected.iter().zip(&scores).enumerate() {
                let same = one.to_bits() == other.to_bits() || one.is_nan() && other.is_nan();
                assert!(same, "{name}, column {column:?}, {method}, row {row}: {other} instead of {one}");
            }
        }
    }
    (engine, reason)
}

fn random(plan: &Plan, dice: &mut Dice, rows: usize) -> ModelInput {
    let mut value = || match dice.below(20) {
        0 => f64::NAN,
        1 => f64::INFINITY,
        2 => f64::NEG_INFINITY,
        3 => 0.0,
        4 => -0.0,
        5..=9 => dice.below(6) as f64 - 1.0,
        _ => dice.real(),
    };
    let data: Vec<f64> = (0..rows * plan.features).map(|_| value()).collect();
    let width = plan.features;
    if plan.double {
        ModelInput::MatrixF64 { data, width }
    } else {
        ModelInput::MatrixF32 { data: data.into_iter().map(|value| value as f32).collect(), width }
    }
}

fn scores(session: &mut dyn Session, input: &ModelInput) -> Vec<f64> {
    let mut scores = Vec::new();
    session.score(input, 0..input.rows(), &mut scores).unwrap();
    scores
}

/// Both engines agree, and the trees run it.
fn runs(name: &str, plan: &Plan) {
    let columns: Vec<Option<usize>> =
        if plan.outputs == 1 { vec![None, Some(0)] } else { (0..plan.outputs).map(Some).collect() };
    for column in columns {
        let (engine, reason) = check(name, plan, column);
        assert!(engine.starts_with("trees "), "{name}, column {column:?}: {reason}");
    }
}

/// Both engines agree because ONNX Runtime runs it, for this reason.
fn is_left(name: &str, plan: &Plan, column: Option<usize>, why: &str) {
    let (engine, reason) = check(name, plan, column);
    assert!(engine.starts_with("onnxruntime ") && reason.contains(why), "{name}: {engine}: {reason}");
}

#[test]
fn every_mode_with_and_without_missing_tracks() {
    for mode in 0..=ALL_MODES.len() {
        let modes = ALL_MODES.get(mode..=mode).unwrap_or(ALL_MODES);
        for (missing, whole) in [(false, false), (true, false), (true, true)] {
            let plan = Plan { seed: mode as u64, modes, missing, whole, ..Plan::default() };
            runs(&format!("{modes:?}, missing {missing}, whole {whole}"), &plan);
        }
    }
}

#[test]
fn one_target_with_every_aggregate_transform_and_base_value() {
    for aggregate in ["SUM", "AVERAGE", "MIN", "MAX"] {
        for transform in TRANSFORMS {
            for base in [0, 1] {
                let plan = Plan { aggregate, transform, base, trees: 7, ..Plan::default() };
                runs(&format!("{aggregate} {transform} {base}"), &plan);
            }
        }
    }
}

#[test]
fn several_targets_with_every_aggregate_transform_and_base_value() {
    for aggregate in ["SUM", "AVERAGE", "MIN", "MAX"] {
        for transform in TRANSFORMS {
            for (base, weighted) in [(0, Weighted::Turns), (3, Weighted::Turns), (3, Weighted::All)] {
                let (outputs, trees) = (3, 9);
                let plan = Plan { aggregate, transform, base, weighted, outputs, trees, ..Plan::default() };
                runs(&format!("{aggregate} {transform} {base} {weighted:?}"), &plan);
            }
        }
    }
}

#[test]
fn two_classes_with_weights_for_one() {
    for transform in ["NONE", "LOGISTIC", "SOFTMAX", "SOFTMAX_ZERO"] {
        for positive in [false, true] {
            for base in 0..=2 {
                let plan = Plan {
                    classifier: true,
                    outputs: 2,
                    weighted: Weighted::Only(0),
                    transform,
                    positive,
                    base,
                    ..Plan::default()
                };
                runs(&format!("{transform} positive {positive} base {base}"), &plan);
            }
        }
    }
}

#[test]
fn two_classes_with_weights_for_the_second_or_both() {
    for transform in TRANSFORMS {
        for positive in [false, true] {
            for weighted in [Weighted::Only(1), Weighted::All, Weighted::Turns] {
                for base in 0..=2 {
                    if base == 2 && weighted == Weighted::Only(1) {
                        continue;
                    }
                    let plan = Plan {
                        classifier: true,
                        outputs: 2,
                        weighted,
                        transform,
                        positive,
                        base,
                        ..Plan::default()
                    };
                    runs(&format!("{transform} positive {positive} {weighted:?} base {base}"), &plan);
                }
            }
        }
    }
}

#[test]
fn more_classes_with_every_transform() {
    for transform in TRANSFORMS {
        for weighted in [Weighted::Turns, Weighted::All] {
            for base in [0, 4] {
                let plan =
                    Plan { classifier: true, outputs: 4, weighted, transform, base, ..Plan::default() };
                runs(&format!("{transform} {weighted:?} base {base}"), &plan);
            }
        }
    }
}

#[test]
fn float64_ensembles() {
    for transform in TRANSFORMS {
        let double = Plan { double: true, transform, ..Plan::default() };
        runs(transform, &Plan { modes: ALL_MODES, missing: true, base: 1, ..double.clone() });
        runs(transform, &Plan { classifier: true, outputs: 3, base: 3, ..double.clone() });
        let two = Plan { classifier: true, outputs: 2, weighted: Weighted::Only(0), ..double };
        if transform != "PROBIT" {
            runs(transform, &two);
        }
    }
}

#[test]
fn ensembles_of_every_shape() {
    for (trees, leaves, features) in [
        (1, 1, 1),
        (1, 2, 1),
        (3, 5, 2),
        (100, 8, 28),
        (50, 16, 28),
        (50, 17, 3),
        (40, 32, 28),
        (40, 33, 28),
        (30, 48, 28),
        (30, 64, 28),
        (20, 65, 28),
        (10, 200, 28),
        (5, 900, 28),
    ] {
        for deep in [false, true] {
            let plan = Plan { trees, leaves, features, deep, base: 1, ..Plan::default() };
            runs(&format!("{trees} trees of {leaves} leaves, deep {deep}"), &plan);
        }
    }
}

#[test]
fn the_operator_of_version_5() {
    for (mode, modes) in [ALL_MODES, &["BRANCH_LEQ", "BRANCH_MEMBER"], &["BRANCH_MEMBER"]].iter().enumerate()
    {
        for (missing, whole) in [(false, false), (true, true)] {
            for aggregate in ["SUM", "AVERAGE", "MIN", "MAX"] {
                let leaves = if mode == 0 { 31 } else { 12 };
                let plan = Plan {
                    fifth: true,
                    modes,
                    missing,
                    whole,
                    aggregate,
                    leaves,
                    trees: 9,
                    ..Plan::default()
                };
                runs(&format!("{modes:?} {missing} {aggregate}"), &plan);
                runs(&format!("3 targets {modes:?} {missing} {aggregate}"), &Plan { outputs: 3, ..plan });
            }
        }
    }
    for transform in TRANSFORMS {
        runs(transform, &Plan { fifth: true, transform, ..Plan::default() });
    }
}

#[test]
fn what_is_not_understood_is_left_to_onnx_runtime() {
    let plan = Plan::default();
    let some = Plan { outputs: 3, weighted: Weighted::Some, ..plan.clone() };
    is_left("some", &some, Some(1), "whether output 1 has a weight depends on the row");
    let one = Plan { classifier: true, outputs: 2, weighted: Weighted::Only(0), ..plan };
    let probit = Plan { transform: "PROBIT", ..one };
    is_left("probit", &probit, Some(0), "leaves the other without a value");
}
