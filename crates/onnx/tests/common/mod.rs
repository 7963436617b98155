//! What the tests share: the runtime, the fixtures, and copies of them to break.

#![allow(
    dead_code,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "not every test uses all"
)]

pub(crate) mod graphs;

use bystander_core::golden::InputBuilder;
use bystander_core::input::{Column, ModelInput};
use bystander_models::{Engine, LoadedModel, Refusal, Repository, gate};
use bystander_onnx::{FORMAT, OnnxEngine, Runtime};
use parking_lot::Mutex;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tempfile::TempDir;

pub(crate) fn runtime() -> Runtime {
    let library = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/onnxruntime/libonnxruntime.so");
    Runtime::open(Some(&library)).expect("`make test` fetches ONNX Runtime first")
}

pub(crate) fn engine() -> Arc<dyn Engine> {
    Arc::new(OnnxEngine::new(runtime()))
}

pub(crate) fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures")
}

/// Loads a version of the good repository.
pub(crate) fn load_good(reference: &str) -> LoadedModel {
    load(&fixtures().join("good"), reference).unwrap_or_else(|refusal| panic!("{refusal}"))
}

pub(crate) fn load(folder: &Path, reference: &str) -> Result<LoadedModel, Refusal> {
    let repository = Repository::open(folder, &[FORMAT]).map_err(|mut refusals| refusals.remove(0))?;
    gate::load(&[engine()], &repository, &repository.resolve(reference)?, None)
}

/// A repository of one's own with one good version, to be broken.
pub(crate) struct Broken {
    folder: TempDir,
    model: String,
}

impl Broken {
    pub(crate) fn copy_of(model: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let copy = Self { folder, model: model.to_owned() };
        std::fs::create_dir_all(copy.file("")).unwrap();
        for entry in std::fs::read_dir(fixtures().join("good").join(model).join("1")).unwrap() {
            let from = entry.unwrap().path();
            std::fs::copy(&from, copy.file(from.file_name().unwrap().to_str().unwrap())).unwrap();
        }
        copy
    }

    pub(crate) fn root(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.root().join(&self.model).join("1").join(name)
    }

    pub(crate) fn write(&self, name: &str, content: impl AsRef<[u8]>) -> &Self {
        std::fs::write(self.file(name), content).unwrap();
        self
    }

    /// Replaces text that must be there.
    pub(crate) fn replace(&self, name: &str, from: &str, to: &str) -> &Self {
        let text = std::fs::read_to_string(self.file(name)).unwrap();
        assert!(text.contains(from), "{name} has no {from}");
        self.write(name, text.replacen(from, to, 1))
    }

    pub(crate) fn load(&self) -> Result<LoadedModel, Refusal> {
        load(self.root(), &format!("{}/1", self.model))
    }

    pub(crate) fn refusal(&self) -> Refusal {
        self.load().map(|loaded| loaded.identity).expect_err("the gate must refuse this")
    }
}

/// The golden events of a good model as its inputs.
pub(crate) fn golden_inputs(model: &LoadedModel) -> ModelInput {
    let file = fixtures().join("good").join(&model.identity.name).join("1/golden.jsonl");
    let mut builder = InputBuilder::new(&model.contract, None).unwrap();
    for line in std::fs::read_to_string(file).unwrap().lines() {
        let line: serde_json::Value = serde_json::from_str(line).unwrap();
        builder.push(line["event"].to_string().as_bytes()).unwrap();
    }
    builder.input().clone()
}

/// The training library's scores of the golden events.
pub(crate) fn golden_scores(model: &LoadedModel) -> Vec<f64> {
    let file = fixtures().join("good").join(&model.identity.name).join("1/golden.jsonl");
    let text = std::fs::read_to_string(file).unwrap();
    let score = |line| serde_json::from_str::<serde_json::Value>(line).unwrap()["score"].as_f64().unwrap();
    text.lines().map(score).collect()
}

/// Chosen rows of an input, in order.
pub(crate) fn rows_of(input: &ModelInput, rows: &[usize]) -> ModelInput {
    let parts: Vec<ModelInput> = rows.iter().map(|&row| input.slice(row..row + 1)).collect();
    parts.into_iter().reduce(append).expect("at least one row")
}

fn append(mut left: ModelInput, right: ModelInput) -> ModelInput {
    match (&mut left, right) {
        (ModelInput::MatrixF32 { data, .. }, ModelInput::MatrixF32 { data: more, .. }) => data.extend(more),
        (ModelInput::MatrixF64 { data, .. }, ModelInput::MatrixF64 { data: more, .. }) => data.extend(more),
        (ModelInput::Columns(columns), ModelInput::Columns(more)) => {
            columns.iter_mut().zip(more).for_each(|(column, more)| append_column(column, more));
        }
        _ => panic!("inputs of two layouts"),
    }
    left
}

fn append_column(column: &mut Column, more: Column) {
    match (column, more) {
        (Column::F32(values), Column::F32(more)) => values.extend(more),
        (Column::F64(values), Column::F64(more)) => values.extend(more),
        (Column::I64(values), Column::I64(more)) => values.extend(more),
        (Column::Bool(values), Column::Bool(more)) => values.extend(more),
        (Column::Text(values), Column::Text(more)) => more.iter().for_each(|value| values.push(value)),
        _ => panic!("columns of two types"),
    }
}

/// What was logged, as text.
#[derive(Clone, Default)]
pub(crate) struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    pub(crate) fn text(&self) -> String {
        String::from_utf8(self.0.lock().clone()).unwrap()
    }
}

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// A log of everything from `info` up, and the subscriber that fills it.
pub(crate) fn log() -> (Log, impl tracing::Subscriber) {
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt().with_ansi(false).with_writer(move || writer.clone()).finish();
    (log, subscriber)
}
