//! A call of the runtime ends at its deadline, and what comes after is as before.

#![allow(clippy::unwrap_used, clippy::panic)]

mod common;

use bystander_core::golden::InputBuilder;
use bystander_core::input::ModelInput;
use bystander_models::LoadedModel;
use bystander_pipeline::Scorer;
use common::{fixtures, load};
use std::time::{Duration, Instant};

fn slow_loop() -> LoadedModel {
    load(&fixtures().join("slow"), "slow_loop/1").unwrap_or_else(|refusal| panic!("{refusal}"))
}

/// One event per number: how many rounds the model's loop makes for it.
fn rounds(model: &LoadedModel, rounds: &[f64]) -> ModelInput {
    let mut builder = InputBuilder::new(&model.contract, None).unwrap();
    for rounds in rounds {
        builder.push(format!(r#"{{"rounds": {rounds}}}"#).as_bytes()).unwrap();
    }
    builder.input().clone()
}

#[test]
fn a_call_that_would_take_hours_is_ended_at_its_deadline_and_the_next_ones_score() {
    let model = slow_loop();
    let mut scorer = model.scorer().unwrap();
    let deadline = Duration::from_millis(300);
    scorer.limit(deadline);
    let (quick, endless) = (rounds(&model, &[1.0, 250.0]), rounds(&model, &[1.0, 1e12]));
    let mut scores = vec![7.0];
    for turn in 0..3 {
        let began = Instant::now();
        let error = scorer.score(&endless, &mut scores).unwrap_err();
        assert!(error.timed_out, "{error}");
        assert_eq!((error.model.as_str(), error.rows), ("slow_loop/1", 2));
        assert!(began.elapsed() >= deadline, "{:?}", began.elapsed());
        assert_eq!(scores.len(), 1 + 2 * turn, "a call that was ended leaves no scores");
        scorer.score(&quick, &mut scores).unwrap();
    }
    assert_eq!(scores.len(), 7);
    assert!((scores[2] - 0.25).abs() < 1e-6, "{scores:?}");
}

#[test]
fn short_calls_are_never_ended_however_many_there_are() {
    let model = slow_loop();
    let mut scorer = model.scorer().unwrap();
    // Many calls that end right when they are due, so that ending and coming back meet.
    scorer.limit(Duration::from_millis(1));
    let (short, some) = (rounds(&model, &[1.0]), rounds(&model, &[3_000.0]));
    let mut scores = Vec::new();
    for _ in 0..300 {
        let _ = scorer.score(&some, &mut scores);
    }
    scorer.limit(Duration::from_secs(60));
    for _ in 0..2_000 {
        scorer.score(&short, &mut scores).unwrap();
    }
}

#[test]
fn other_sessions_of_the_same_model_are_left_alone() {
    let model = slow_loop();
    let (mut slow, mut other) = (model.scorer().unwrap(), model.scorer().unwrap());
    slow.limit(Duration::from_millis(200));
    let endless = rounds(&model, &[1e12]);
    let working = std::thread::spawn(move || slow.score(&endless, &mut Vec::new()).unwrap_err().timed_out);
    let quick = rounds(&model, &[10.0]);
    while !working.is_finished() {
        other.score(&quick, &mut Vec::new()).unwrap();
    }
    assert!(working.join().unwrap());
}
