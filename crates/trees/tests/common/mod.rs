//! What the tests share: the runtime, both engines, contracts, and ensembles written as ONNX.

#![allow(
    dead_code,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "not every test uses all"
)]

pub(crate) mod dice;
pub(crate) mod onnx;

use bystander_core::contract::Contract;
use bystander_models::{Engine, LoadedModel, Repository, Session, gate};
use bystander_onnx::{FORMAT, OnnxEngine, Runtime};
use bystander_trees::{TreeEngine, methods};
use std::path::{Path, PathBuf};
use std::sync::Arc;

pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

pub(crate) fn onnx_engine() -> Arc<dyn Engine> {
    let library = root().join("target/onnxruntime/libonnxruntime.so");
    Arc::new(OnnxEngine::new(Runtime::open(Some(&library)).expect("`make test` fetches ONNX Runtime first")))
}

pub(crate) fn tree_engine() -> Arc<dyn Engine> {
    Arc::new(TreeEngine::new(onnx_engine()))
}

/// An engine for each method of this processor.
pub(crate) fn engines_by_method() -> Vec<(String, Arc<dyn Engine>)> {
    let engine =
        |method: &String| Arc::new(TreeEngine::with_method(onnx_engine(), method)) as Arc<dyn Engine>;
    methods().iter().map(|method| (method.clone(), engine(method))).collect()
}

/// A version of a repository through the load gate.
pub(crate) fn load(engine: Arc<dyn Engine>, repository: &Path, reference: &str) -> LoadedModel {
    let repository = Repository::open(repository, &[FORMAT]).unwrap();
    let model = repository.resolve(reference).unwrap();
    gate::load(&[engine], &repository, &model, None).unwrap_or_else(|refusal| panic!("{refusal}"))
}

/// A contract for a matrix of so many numbers.
pub(crate) fn contract(
    width: usize,
    element: &str,
    output: &str,
    column: Option<usize>,
    keys: &str,
) -> Contract {
    let features: Vec<String> = (0..width)
        .map(|i| format!("{{ name = \"f{i}\", source = \"number\", field = \"/f{i}\", missing = \"nan\" }}"))
        .collect();
    let column = column.map_or(String::new(), |column| format!(", column = {column}"));
    let text = format!(
        "schema = 1\nkind = \"orders\"\n{keys}\noutput = {{ name = \"{output}\"{column} }}\n\
         input = {{ layout = \"matrix\", name = \"x\", type = \"{element}\" }}\nfeatures = [{}]",
        features.join(", ")
    );
    toml::from_str(&text).unwrap()
}

/// A session of an engine.
pub(crate) fn open(engine: &dyn Engine, model: &[u8], contract: &Contract) -> Box<dyn Session> {
    engine.inspect(model).unwrap();
    engine.open("zoo/1", model, contract).unwrap_or_else(|failure| panic!("{}", failure.what))
}

/// What runs a session, and why.
pub(crate) fn choice(session: &dyn Session) -> (String, String) {
    let choice = session.choice().expect("the engine has a choice");
    (choice.identity.to_string(), choice.reason.clone())
}
