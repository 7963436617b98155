//! The shipped models, and those of the usual exporters: what runs them, and with which scores.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use bystander_core::input::ModelInput;
use common::onnx::Plan;
use common::{choice, contract, engines_by_method, load, onnx_engine, open, root, tree_engine};

#[test]
fn the_shipped_fraud_trees_run_as_trees_and_other_graphs_in_onnx_runtime() {
    for (model, engine, reason) in [
        ("fraud/1", "trees ", "same bits on "),
        ("fraud/2", "onnxruntime ", "the graph computes more than a tree ensemble: "),
        ("pricing/1", "onnxruntime ", "the graph computes more than a tree ensemble: "),
    ] {
        let loaded = load(tree_engine(), &root().join("models"), model);
        let why = loaded.engine_reason.unwrap();
        assert!(loaded.identity.engine.starts_with(engine), "{model}: {}: {why}", loaded.identity.engine);
        assert!(why.starts_with(reason), "{why}");
        assert_eq!(load(onnx_engine(), &root().join("models"), model).golden, loaded.golden, "{model}");
    }
}

#[test]
fn every_method_of_this_processor_has_the_bits_for_the_shipped_fraud_trees() {
    for (method, engine) in engines_by_method() {
        let loaded = load(engine, &root().join("models"), "fraud/1");
        assert!(loaded.identity.engine.starts_with("trees "), "{method}: {:?}", loaded.engine_reason);
    }
}

#[test]
fn trees_of_the_usual_exporters_run_as_trees() {
    let folder = root().join("crates/onnx/tests/fixtures/good");
    for (model, engine) in [
        ("lightgbm_classifier/1", "trees "),
        ("lightgbm_regressor/1", "trees "),
        ("xgboost_classifier/1", "trees "),
        ("xgboost_regressor/1", "trees "),
        ("sklearn_columns/1", "onnxruntime "),
        ("sklearn_float64/1", "onnxruntime "),
        ("network_classifier/1", "onnxruntime "),
    ] {
        let loaded = load(tree_engine(), &folder, model);
        assert!(loaded.identity.engine.starts_with(engine), "{model}: {:?}", loaded.engine_reason);
    }
}

#[test]
fn a_contract_that_names_onnx_runtime_leaves_the_trees_out() {
    let plan = Plan::default();
    let runs = |keys: &str| {
        let contract = contract(plan.features, "float32", "score", None, keys);
        choice(&*open(&*tree_engine(), &plan.model(), &contract))
    };
    assert!(runs("").0.starts_with("trees "));
    let (engine, reason) = runs("engine = \"onnxruntime\"");
    assert!(engine.starts_with("onnxruntime "), "{engine}");
    assert_eq!(reason, "the contract names it");
}

#[test]
fn sessions_of_a_model_that_was_judged_before_score_the_same() {
    let plan = Plan { trees: 50, ..Plan::default() };
    let (model, contract) = (plan.model(), contract(plan.features, "float32", "score", None, ""));
    let engine = tree_engine();
    let input = ModelInput::MatrixF32 { data: (0..80).map(|i| i as f32 / 40.0 - 1.0).collect(), width: 8 };
    let score = || {
        let mut session = open(&*engine, &model, &contract);
        let mut scores = Vec::new();
        session.score(&input, 0..10, &mut scores).unwrap();
        (choice(&*session), scores)
    };
    let first = score();
    let beside = open(&*engine, &model, &contract);
    assert_eq!((score(), score()), (first.clone(), first.clone()), "with a session beside and without");
    drop(beside);
    assert_eq!(score(), first);
}
