//! The load gate with engines that aren't ONNX Runtime: all that it needs of one is what `Engine` says.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use bystander_core::contract::Contract;
use bystander_core::input::ModelInput;
use bystander_core::record::Position;
use bystander_models::{
    Batching, CheckFailure, Engine, EngineIdentity, LoadedModel, ModelFormat, Refusal, RefusalKind,
    Repository, Session, Unscored, gate, verify_directory,
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
    format: ModelFormat,
    /// What a call adds to each score, of the number of its rows and of the calls before.
    noise: fn(usize, usize) -> f64,
}

struct SumSession {
    noise: fn(usize, usize) -> f64,
    calls: usize,
}

impl Engine for Sum {
    fn identity(&self) -> EngineIdentity {
        EngineIdentity { name: self.format.engine, version: "2".to_owned() }
    }

    fn format(&self) -> ModelFormat {
        self.format
    }

    fn inspect(&self, model: &[u8]) -> Result<(), CheckFailure> {
        let refused = || CheckFailure::new(RefusalKind::Corrupt, "it is not `sum`", "write `sum`");
        (model == b"sum").then_some(()).ok_or_else(refused)
    }

    fn open(&self, _: &str, _: &[u8], contract: &Contract) -> Result<Box<dyn Session>, CheckFailure> {
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
    version(folder.path(), &[(engine.format.file, model)], "", score);
    load_from(folder.path(), &[engine])
}

/// Writes version 1 of `adder`, with these models and more keys in its contract.
fn version(folder: &Path, models: &[(&str, &str)], keys: &str, score: f64) {
    let version = folder.join("adder/1");
    models.iter().for_each(|(file, model)| write(&version, file, model));
    write(&version, "contract.toml", &format!("{keys}\n{CONTRACT}"));
    let golden = format!(
        "{{\"case\":\"one\",\"event\":{{\"a\":1,\"b\":2}},\"score\":{score}}}\n\
         {{\"case\":\"two\",\"event\":{{\"a\":5,\"b\":7}},\"score\":12}}\n"
    );
    write(&version, "golden.jsonl", &golden);
}

fn load_from(folder: &Path, engines: &[Sum]) -> Result<LoadedModel, Refusal> {
    let formats: Vec<_> = engines.iter().map(|engine| engine.format).collect();
    let engines: Vec<_> = engines.iter().map(|engine| Arc::new(*engine) as Arc<dyn Engine>).collect();
    let repository = Repository::open(folder, &formats).unwrap();
    gate::load(&engines, &repository, &repository.resolve("adder/1").unwrap(), None)
}

fn write(folder: &Path, name: &str, text: &str) {
    fs::create_dir_all(folder).unwrap();
    fs::write(folder.join(name), text).unwrap();
}

const SUM: ModelFormat = ModelFormat { engine: "sum", file: "model.sum" };
const PLUS: ModelFormat = ModelFormat { engine: "plus", file: "model.plus" };
const STEADY: Sum = Sum { format: SUM, noise: |_, _| 0.0 };
const OTHER: Sum = Sum { format: PLUS, noise: |_, _| 0.0 };

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
    let by_rows = Sum { format: SUM, noise: |rows, _| if rows == 64 { 0.0 } else { rows as f64 * 1e-9 } };
    assert_eq!(load(by_rows, "sum", 3.0).unwrap().batching, Batching::Fixed(64));
    let other_than_one =
        Sum { format: SUM, noise: |rows, call| if rows == 1 { 0.0 } else { call as f64 * 1e-9 } };
    assert_eq!(load(other_than_one, "sum", 3.0).unwrap().batching, Batching::Single);
    let by_call = Sum { format: SUM, noise: |_, call| call as f64 * 1e-9 };
    assert_eq!(load(by_call, "sum", 3.0).unwrap_err().check, RefusalKind::NotReproducible);
}

#[test]
fn a_repository_holds_versions_of_several_engines_each_run_by_the_one_whose_file_is_there() {
    let folder = tempfile::tempdir().unwrap();
    version(folder.path(), &[("model.plus", "sum")], "", 3.0);
    for engines in [[STEADY, OTHER], [OTHER, STEADY]] {
        assert_eq!(load_from(folder.path(), &engines).unwrap().identity.engine, "plus 2");
    }
    write(&folder.path().join("adder/2"), "model.sum", "sum");
    for file in ["contract.toml", "golden.jsonl"] {
        fs::copy(folder.path().join("adder/1").join(file), folder.path().join("adder/2").join(file)).unwrap();
    }
    let engines = [Arc::new(STEADY) as Arc<dyn Engine>, Arc::new(OTHER)];
    let verdicts = verify_directory(&engines, folder.path(), |_| None);
    let engines = verdicts.into_iter().map(|verdict| verdict.outcome.unwrap().identity.engine);
    assert_eq!(engines.collect::<Vec<_>>(), ["plus 2", "sum 2"]);
}

#[test]
fn models_of_two_engines_in_one_version_are_refused_unless_the_contract_names_one() {
    let folder = tempfile::tempdir().unwrap();
    let both = [("model.sum", "sum"), ("model.plus", "other bytes")];
    version(folder.path(), &both, "", 3.0);
    let refusal = load_from(folder.path(), &[STEADY, OTHER]).unwrap_err();
    assert_eq!(
        refusal.to_string(),
        "model adder/1 refused (ambiguous_file): model.sum and model.plus are both models, of different engines; \
         remove all but one, or name the engine in contract.toml: engine = \"sum\" or engine = \"plus\""
    );
    version(folder.path(), &both, "engine = \"sum\"", 3.0);
    let loaded = load_from(folder.path(), &[OTHER, STEADY]).unwrap();
    assert_eq!(loaded.identity.engine, "sum 2");
    let repository = Repository::open(folder.path(), &[PLUS, SUM]).unwrap();
    let (identity, contract) = gate::contract(&repository, &repository.resolve("adder/1").unwrap()).unwrap();
    assert_eq!((identity.sha256, contract.engine.as_deref()), (loaded.identity.sha256, Some("sum")));
}

#[test]
fn a_model_that_is_not_there_is_named_with_its_engine() {
    let refused = |models: &[(&str, &str)], keys: &str| {
        let folder = tempfile::tempdir().unwrap();
        version(folder.path(), models, keys, 3.0);
        let Refusal { check, what, fix, .. } = load_from(folder.path(), &[STEADY, OTHER]).unwrap_err();
        (check, what, fix)
    };
    let (check, what, fix) = refused(&[], "");
    assert_eq!(
        (check, what.as_str()),
        (RefusalKind::MissingFile, "none of model.sum and model.plus is there")
    );
    assert!(fix.contains("under one of these names"), "{fix}");
    let (check, what, _) = refused(&[("model.sum", "sum")], "engine = \"plus\"");
    assert_eq!(check, RefusalKind::MissingFile);
    assert!(what.contains("model.plus is missing") && what.contains("`plus`"), "{what}");
    let (check, what, fix) = refused(&[("model.sum", "sum")], "engine = \"minus\"");
    assert_eq!(check, RefusalKind::Contract);
    assert!(
        what.contains("`minus`") && fix.contains("engine = \"sum\" or engine = \"plus\""),
        "{what}; {fix}"
    );
    let none = tempfile::tempdir().unwrap();
    version(none.path(), &[], "", 3.0);
    let refusal = load_from(none.path(), &[STEADY]).unwrap_err();
    assert_eq!((refusal.what.as_str(), refusal.check), ("model.sum is missing", RefusalKind::MissingFile));
}

#[test]
fn another_engines_model_alone_makes_a_folder_a_model() {
    let folder = tempfile::tempdir().unwrap();
    write(&folder.path().join("adder/first"), "model.plus", "sum");
    assert!(Repository::open(folder.path(), &[SUM]).unwrap().list().is_empty());
    let refusals = Repository::open(folder.path(), &[SUM, PLUS]).map(drop).unwrap_err();
    assert!(refusals[0].what.contains("version folder `first`"), "{}", refusals[0]);
}
