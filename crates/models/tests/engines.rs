//! The load gate with engines that aren't ONNX Runtime: all that it needs of one is what `Engine` says.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use bystander_core::contract::Contract;
use bystander_core::input::ModelInput;
use bystander_core::record::Position;
use bystander_models::{
    Batching, Engine, EngineIdentity, Finding, LoadedModel, Refusal, RefusalKind, Repository, Session,
    Unscored, gate,
};
use bystander_pipeline::Scorer;
use std::fs;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

const CONTRACT: &str = r#"
schema = 1
kind = "orders"
output = { name = "score" }
policy = { review = 4.0, reject = 8.0 }
input = { layout = "matrix", name = "m", type = "float32" }
features = [
    { name = "a", source = "number", field = "/a", missing = 0 },
    { name = "b", source = "number", field = "/b", missing = 0 },
]
"#;

/// Adds up the columns of each row. Its model is the text `sum`.
#[derive(Debug, Clone, Copy)]
struct Sum {
    /// What a call adds to each score, of the number of its rows and of the calls before.
    noise: fn(usize, usize) -> f64,
}

struct SumSession {
    noise: fn(usize, usize) -> f64,
    calls: usize,
}

impl Engine for Sum {
    fn identity(&self) -> EngineIdentity {
        EngineIdentity { name: "sum", version: "2".to_owned() }
    }

    fn inspect(&self, model: &[u8]) -> Result<(), Finding> {
        let refused = || Finding::new(RefusalKind::Corrupt, "it is not `sum`", "write `sum`");
        (model == b"sum").then_some(()).ok_or_else(refused)
    }

    fn open(&self, _: &str, _: &[u8], contract: &Contract) -> Result<Box<dyn Session>, Finding> {
        assert_eq!(contract.features.len(), 2);
        Ok(Box::new(SumSession { noise: self.noise, calls: 0 }))
    }
}

impl Session for SumSession {
    fn score(
        &mut self,
        input: &ModelInput,
        rows: Range<usize>,
        scores: &mut Vec<f64>,
    ) -> Result<(), Unscored> {
        let ModelInput::MatrixF32 { data, width } = input else { return Err("not a matrix".into()) };
        let noise = (self.noise)(rows.len(), self.calls);
        self.calls += 1;
        let rows = data.chunks(*width).skip(rows.start).take(rows.len());
        scores.extend(rows.map(|row| f64::from(row.iter().sum::<f32>()) + noise));
        Ok(())
    }

    fn limit(&mut self, _: Duration) {}

    fn about(&mut self, _: &str, _: Position) {}
}

fn load(engine: Sum, model: &str, score: f64) -> Result<LoadedModel, Refusal> {
    let folder = tempfile::tempdir().unwrap();
    let version = folder.path().join("adder/1");
    write(&version, "model.onnx", model);
    write(&version, "contract.toml", CONTRACT);
    let golden = format!(
        "{{\"case\":\"one\",\"event\":{{\"a\":1,\"b\":2}},\"score\":{score}}}\n\
         {{\"case\":\"two\",\"event\":{{\"a\":5,\"b\":7}},\"score\":12}}\n"
    );
    write(&version, "golden.jsonl", &golden);
    let repository = Repository::open(folder.path()).unwrap();
    let engine: Arc<dyn Engine> = Arc::new(engine);
    gate::load(&engine, &repository, &repository.resolve("adder/1").unwrap(), None)
}

fn write(folder: &Path, name: &str, text: &str) {
    fs::create_dir_all(folder).unwrap();
    fs::write(folder.join(name), text).unwrap();
}

const STEADY: Sum = Sum { noise: |_, _| 0.0 };

#[test]
fn any_engine_can_score_and_the_identity_names_it() {
    let model = load(STEADY, "sum", 3.0).unwrap();
    assert_eq!(model.identity.engine, "sum 2");
    assert_eq!((model.batching, model.golden.cases), (Batching::Any, 2));
    let input = ModelInput::MatrixF32 { data: vec![1.0, 1.5, 2.0, 2.5], width: 2 };
    let mut scores = vec![0.5];
    model.scorer().unwrap().score(&input, &mut scores).unwrap();
    assert_eq!(scores, [0.5, 2.5, 4.5]);
}

#[test]
fn what_an_engine_finds_refuses_the_version() {
    let refusal = load(STEADY, "difference", 3.0).unwrap_err();
    assert_eq!(refusal.check, RefusalKind::Corrupt);
    assert_eq!(refusal.to_string(), "model adder/1 refused (corrupt): it is not `sum`; write `sum`");
    assert_eq!(load(STEADY, "sum", 3.5).unwrap_err().check, RefusalKind::GoldenMismatch);
}

#[test]
fn batches_are_as_wide_as_keeps_an_engines_scores_the_same() {
    let by_rows = Sum { noise: |rows, _| if rows == 64 { 0.0 } else { rows as f64 * 1e-9 } };
    assert_eq!(load(by_rows, "sum", 3.0).unwrap().batching, Batching::Fixed(64));
    let other_than_one = Sum { noise: |rows, call| if rows == 1 { 0.0 } else { call as f64 * 1e-9 } };
    assert_eq!(load(other_than_one, "sum", 3.0).unwrap().batching, Batching::Single);
    let by_call = Sum { noise: |_, call| call as f64 * 1e-9 };
    assert_eq!(load(by_call, "sum", 3.0).unwrap_err().check, RefusalKind::NotReproducible);
}
