//! Every usual exporter's model passes the gate, and scores rows the same to the bit however they are batched.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use bystander_core::input::{Column, ModelInput, TextColumn};
use bystander_models::{BatchedScorer, Batching};
use bystander_pipeline::Scorer;
use common::{engine, fixtures, golden_inputs, golden_scores, load_good, rows_of};

const MODELS: [&str; 12] = [
    "lightgbm_classifier",
    "lightgbm_regressor",
    "network_classifier",
    "network_function",
    "network_place_sensitive",
    "network_regressor",
    "network_size_sensitive",
    "sklearn_columns",
    "sklearn_float64",
    "sklearn_network",
    "xgboost_classifier",
    "xgboost_regressor",
];

fn score(scorer: &mut BatchedScorer, input: &ModelInput) -> Vec<f64> {
    let mut scores = Vec::new();
    scorer.score(input, &mut scores).unwrap();
    scores
}

#[test]
fn every_model_of_the_good_repository_passes_the_gate() {
    let verdicts = bystander_models::verify_directory(&[engine()], &fixtures().join("good"), |_| None);
    let names: Vec<String> = verdicts.iter().map(|verdict| verdict.model.clone()).collect();
    assert_eq!(names, MODELS.map(|name| format!("{name}/1")));
    for verdict in verdicts {
        let loaded = verdict.outcome.unwrap_or_else(|refusal| panic!("{refusal}"));
        assert_eq!(loaded.golden.cases, 40);
        assert_eq!(loaded.identity.sha256.len(), 64);
    }
}

#[test]
fn batches_of_1_7_64_and_1024_score_every_row_the_same_to_the_bit() {
    for name in MODELS {
        let model = load_good(&format!("{name}/1"));
        let golden = golden_inputs(&model);
        let rows: Vec<usize> = (0..1024).map(|row| row % golden.rows()).collect();
        let input = rows_of(&golden, &rows);
        let mut scorer = model.scorer().unwrap();
        let whole = score(&mut scorer, &input);
        for size in [1, 7, 64] {
            let batches = (0..1024).step_by(size).map(|start| start..1024.min(start + size));
            let parts: Vec<f64> = batches.flat_map(|batch| score(&mut scorer, &input.slice(batch))).collect();
            assert_eq!(bits(&parts), bits(&whole), "{name} in batches of {size}");
        }
    }
}

#[test]
fn a_shuffled_batch_scores_every_row_the_same_to_the_bit() {
    for name in MODELS {
        let model = load_good(&format!("{name}/1"));
        let golden = golden_inputs(&model);
        let count = golden.rows();
        let mut scorer = model.scorer().unwrap();
        let in_order = score(&mut scorer, &golden);
        // 11 shares no factor with 40 rows: every row once, far from its neighbours.
        let shuffled: Vec<usize> = (0..count).map(|place| (place * 11 + 5) % count).collect();
        let scores = score(&mut scorer, &rows_of(&golden, &shuffled));
        let expected: Vec<f64> = shuffled.iter().map(|&row| in_order[row]).collect();
        assert_eq!(bits(&scores), bits(&expected), "{name}");
    }
}

#[test]
fn scores_are_the_training_librarys() {
    for name in MODELS {
        let model = load_good(&format!("{name}/1"));
        let scores = score(&mut model.scorer().unwrap(), &golden_inputs(&model));
        for (row, (got, expected)) in scores.iter().zip(golden_scores(&model)).enumerate() {
            assert!((got - expected).abs() <= model.contract.golden.tolerance, "{name} row {row}");
        }
        assert!(scores.iter().any(|score| (score - scores[0]).abs() > 0.01), "{name} tells rows apart");
    }
}

#[test]
fn two_scorers_of_one_model_agree_to_the_bit() {
    for name in MODELS {
        let model = load_good(&format!("{name}/1"));
        let input = golden_inputs(&model);
        let first = score(&mut model.scorer().unwrap(), &input);
        assert_eq!(bits(&first), bits(&score(&mut model.scorer().unwrap(), &input)), "{name}");
    }
}

#[test]
fn trees_may_be_batched_in_any_way() {
    for name in ["lightgbm_classifier", "lightgbm_regressor", "xgboost_classifier", "xgboost_regressor"] {
        assert_eq!(load_good(&format!("{name}/1")).batching, Batching::Any, "{name}");
    }
}

#[test]
fn a_model_whose_scores_depend_on_the_number_of_rows_is_scored_in_padded_batches() {
    assert_eq!(load_good("network_size_sensitive/1").batching, Batching::Fixed(64));
}

#[test]
fn a_model_whose_scores_depend_on_a_rows_place_is_scored_row_by_row() {
    assert_eq!(load_good("network_place_sensitive/1").batching, Batching::Single);
}

#[test]
fn scores_are_appended_and_a_batch_without_rows_gives_none() {
    let model = load_good("sklearn_columns/1");
    let input = golden_inputs(&model);
    let mut scorer = model.scorer().unwrap();
    let mut scores = vec![7.0];
    scorer.score(&input.slice(0..0), &mut scores).unwrap();
    assert_eq!(scores, [7.0]);
    scorer.score(&input.slice(0..2), &mut scores).unwrap();
    assert_eq!(scores.len(), 3);
    assert_eq!(scores[0].to_bits(), 7.0_f64.to_bits());
}

#[test]
fn a_batch_that_can_not_be_scored_leaves_the_scores_as_they_were() {
    let model = load_good("sklearn_columns/1");
    let mut scorer = model.scorer().unwrap();
    let mut scores = vec![7.0];
    let other = golden_inputs(&load_good("lightgbm_classifier/1"));
    let error = scorer.score(&other, &mut scores).unwrap_err();
    assert!(error.to_string().starts_with("model sklearn_columns/1 can't score 40 rows: "), "{error}");
    assert_eq!(scores, [7.0]);
}

fn bits(scores: &[f64]) -> Vec<u64> {
    scores.iter().map(|score| score.to_bits()).collect()
}

#[test]
fn a_row_that_can_not_be_scored_fails_its_batch_as_a_whole_and_no_other_row_alone() {
    let model = load_good("sklearn_columns/1");
    let golden = golden_inputs(&model);
    let mut input = rows_of(&golden, &(0..300).map(|row| row % golden.rows()).collect::<Vec<_>>());
    end_last_text_with_nul(&mut input);
    let mut scorer = model.scorer().unwrap();
    let mut scores = vec![7.0];
    let error = scorer.score(&input, &mut scores).unwrap_err();
    assert_eq!(error.rows, 300);
    assert_eq!(scores, [7.0], "the first rows' scores are taken back");
    let mut fails = |row: usize| scorer.score(&input.slice(row..row + 1), &mut Vec::new()).is_err();
    assert_eq!((0..300).filter(|&row| fails(row)).count(), 1);
}

/// The runtime's strings end at a NUL, so a text with one in it can't be passed on as it is.
fn end_last_text_with_nul(input: &mut ModelInput) {
    let ModelInput::Columns(columns) = input else { panic!("columns") };
    for column in columns {
        if let Column::Text(values) = column {
            let mut changed = TextColumn::default();
            values.iter().take(values.len() - 1).for_each(|value| changed.push(value));
            changed.push("books\0");
            *values = changed;
        }
    }
}
