//! Tree ensembles: each method of the engine `trees` beside ONNX Runtime on the same fresh rows, in turns within each
//! round, one thread. `BENCH_ROUNDS` and `BENCH_ROWS` change the size, `BENCH_ONLY` names one ensemble.

#![allow(clippy::unwrap_used, clippy::print_stdout, missing_docs)]

#[path = "../crates/trees/tests/common/dice.rs"]
#[allow(dead_code, reason = "tests use more of it")]
mod dice;
#[path = "../crates/trees/tests/common/onnx.rs"]
#[allow(dead_code, reason = "tests use more of it")]
mod onnx;

use bystander_core::contract::Contract;
use bystander_core::input::ModelInput;
use bystander_models::{Engine, Session};
use bystander_onnx::{OnnxEngine, Runtime};
use bystander_trees::{TreeEngine, methods};
use dice::Dice;
use onnx::Plan;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

const BATCH: usize = 256;

fn number(name: &str, default: usize) -> usize {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

fn median(mut numbers: Vec<f64>) -> f64 {
    numbers.sort_by(f64::total_cmp);
    numbers[numbers.len() / 2]
}

fn main() {
    let (rounds, rows) = (number("BENCH_ROUNDS", 7), number("BENCH_ROWS", 8192));
    let only = std::env::var("BENCH_ONLY").unwrap_or_default();
    println!(
        "{rows} fresh rows a round, {rounds} rounds; rows/s are medians, ratios medians of the rounds with their range"
    );
    for (name, trees, leaves, features, outputs) in [
        ("100x31", 100, 31, 28, 1),
        ("300x31", 300, 31, 28, 1),
        ("500x63", 500, 63, 28, 1),
        ("1000x8", 1000, 8, 28, 1),
        ("3x31", 3, 31, 28, 1),
        ("2 features", 100, 31, 2, 1),
        ("5 classes", 250, 31, 28, 5),
        ("200x2000", 200, 2000, 28, 1),
    ] {
        if !only.is_empty() && only != name {
            continue;
        }
        let transform = if outputs > 1 { "SOFTMAX" } else { "NONE" };
        let classifier = outputs > 1;
        let plan = Plan { trees, leaves, features, outputs, classifier, transform, ..Plan::default() };
        compare(name, &plan, rounds, rows);
    }
}

fn compare(name: &str, plan: &Plan, rounds: usize, rows: usize) {
    let (model, contract) = (plan.model(), contract(plan));
    let mut sessions = sessions(&model, &contract);
    let mut dice = Dice(7);
    for batch in [BATCH, 1] {
        let rows = if batch == 1 { rows / 16 } else { rows };
        let mut times = vec![Vec::new(); sessions.len()];
        for round in 0..rounds {
            let input = fresh(plan, &mut dice, rows);
            // Not ONNX Runtime's: it would have seen these rows before it is timed on them.
            let last = sessions.len() - 1;
            let first = scores(&mut *sessions[last].1, &input, BATCH);
            for turn in 0..sessions.len() {
                let which = (turn + round) % sessions.len();
                let session = &mut *sessions[which].1;
                let start = Instant::now();
                let scores = scores(session, &input, batch);
                times[which].push(start.elapsed().as_secs_f64());
                assert!(scores.iter().zip(&first).all(|(one, other)| one.to_bits() == other.to_bits()));
            }
        }
        for ((engine, _), own) in sessions.iter().zip(&times) {
            let ratios: Vec<f64> = times[0].iter().zip(own).map(|(onnx, own)| onnx / own).collect();
            let least = ratios.iter().copied().fold(f64::INFINITY, f64::min);
            let most = ratios.iter().copied().fold(0.0, f64::max);
            let speed = rows as f64 / median(own.clone());
            let ratio = median(ratios);
            println!(
                "{name:12} {batch:3} rows a call  {engine:14} {speed:10.0} rows/s  {ratio:6.2} ({least:.2}–{most:.2})"
            );
        }
    }
}

/// ONNX Runtime, every method that fits, and the one that is chosen.
fn sessions(model: &[u8], contract: &Contract) -> Vec<(String, Box<dyn Session>)> {
    let library = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/onnxruntime/libonnxruntime.so");
    let inner: Arc<dyn Engine> = Arc::new(OnnxEngine::new(Runtime::open(Some(&library)).unwrap()));
    let mut sessions = vec![("onnxruntime".to_owned(), inner.open("bench", model, contract).unwrap())];
    for method in methods() {
        let engine = TreeEngine::with_method(Arc::clone(&inner), &method);
        let session = engine.open("bench", model, contract).unwrap();
        if session.choice().is_some_and(|choice| choice.identity.name == "trees") {
            sessions.push((method, session));
        }
    }
    let chosen = TreeEngine::new(inner).open("bench", model, contract).unwrap();
    let reason = chosen.choice().map_or_else(String::new, |choice| choice.reason.clone());
    println!("chosen: {reason}");
    sessions.push(("trees".to_owned(), chosen));
    sessions
}

fn contract(plan: &Plan) -> Contract {
    let feature =
        |i| format!("{{ name = \"f{i}\", source = \"number\", field = \"/f{i}\", missing = \"nan\" }}");
    let features: Vec<String> = (0..plan.features).map(feature).collect();
    let column = if plan.outputs > 1 { ", column = 1" } else { "" };
    let text = format!(
        "schema = 1\nkind = \"orders\"\noutput = {{ name = \"score\"{column} }}\n\
         input = {{ layout = \"matrix\", name = \"x\", type = \"float32\" }}\nfeatures = [{}]",
        features.join(", ")
    );
    toml::from_str(&text).unwrap()
}

fn fresh(plan: &Plan, dice: &mut Dice, rows: usize) -> ModelInput {
    let data = (0..rows * plan.features).map(|_| dice.real() as f32).collect();
    ModelInput::MatrixF32 { data, width: plan.features }
}

fn scores(session: &mut dyn Session, input: &ModelInput, batch: usize) -> Vec<f64> {
    let mut scores = Vec::with_capacity(input.rows());
    for start in (0..input.rows()).step_by(batch) {
        session.score(input, start..input.rows().min(start + batch), &mut scores).unwrap();
    }
    scores
}
