//! The load gate: everything that must hold before a model version may score.
//!
//! In order: a model's file is there, which says what engine runs it; the contract is sound, its drift reference too; no file is too
//! large; the bytes are what the engine runs (for ONNX: a whole model of standard operators with its weights inside); the engine
//! opens a session from these bytes; the model's inputs and output are what the contract says; scores don't depend on the batch;
//! every golden event gives the training library's score.

mod contract;
mod files;
mod golden;
mod version;

use crate::batching;
use crate::engine::{Engine, ModelFormat};
use crate::loaded::LoadedModel;
use crate::refusal::{CheckFailure, Refusal, RefusalKind};
use crate::repository::{ModelRef, Repository};
use crate::scorer::BatchedScorer;
use bystander_core::config::StreamConfig;
use bystander_core::contract::Contract;
use bystander_core::model::ModelIdentity;
use bystander_core::text::hex;
use bystander_pipeline::Scorer as _;
use sha2::{Digest, Sha256};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use version::Version;

/// How long one call of a model may take at the gate. A shard's own limit is shorter; one that hangs must not hold up the gate.
const CALL_DEADLINE: Duration = Duration::from_secs(10);

/// Size limits of a version's files, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FileLimits {
    /// Of the model.
    pub model: u64,
    /// Of `contract.toml`.
    pub contract: u64,
    /// Of `golden.jsonl`.
    pub golden: u64,
}

impl Default for FileLimits {
    fn default() -> Self {
        Self { model: 512 << 20, contract: 4 << 20, golden: 64 << 20 }
    }
}

/// Loads one version through the gate, with the default [`FileLimits`], by the engine whose file is there. Golden events are read as
/// `stream`, which it is bound to, reads its events.
///
/// # Errors
/// The first check that failed, with the fix.
pub fn load(
    engines: &[Arc<dyn Engine>],
    repository: &Repository,
    model: &ModelRef,
    stream: Option<&StreamConfig>,
) -> Result<LoadedModel, Refusal> {
    load_within(engines, repository, model, stream, &FileLimits::default())
}

/// The same with other limits.
///
/// # Errors
/// The first check that failed, with the fix.
pub fn load_within(
    engines: &[Arc<dyn Engine>],
    repository: &Repository,
    model: &ModelRef,
    stream: Option<&StreamConfig>,
    limits: &FileLimits,
) -> Result<LoadedModel, Refusal> {
    let folder = repository.folder_of(model);
    let loaded =
        check(engines, &folder, model, stream, limits).map_err(|finding| finding.of(model.to_string()))?;
    tracing::info!(
        model = %loaded.identity,
        sha256 = loaded.identity.sha256,
        engine = loaded.identity.engine,
        engine_reason = loaded.engine_reason,
        batching = %loaded.batching,
        golden = loaded.golden.cases,
        largest_difference = loaded.golden.largest_difference,
        "model loaded"
    );
    Ok(loaded)
}

/// A version's identity and its contract, without a session: the model scores nothing here, so only the contract has to be sound,
/// and the identity names no engine.
///
/// # Errors
/// When a file can't be read or the contract is unsound.
pub fn contract(repository: &Repository, model: &ModelRef) -> Result<(ModelIdentity, Contract), Refusal> {
    let (folder, limits) = (repository.folder_of(model), FileLimits::default());
    let version = Version::read(&folder, repository.formats(), None, &limits);
    let version = version.map_err(|finding| finding.of(model.to_string()))?;
    let ModelRef { name, version: number, alias } = model.clone();
    let identity = ModelIdentity {
        name,
        version: number,
        sha256: hex(&Sha256::digest(&version.bytes)),
        contract_sha256: hex(&Sha256::digest(&version.text)),
        alias,
        engine: String::new(),
    };
    Ok((identity, version.contract))
}

fn check(
    engines: &[Arc<dyn Engine>],
    folder: &Path,
    model: &ModelRef,
    stream: Option<&StreamConfig>,
    limits: &FileLimits,
) -> Result<LoadedModel, CheckFailure> {
    let formats: Vec<_> = engines.iter().map(|engine| engine.format()).collect();
    let Version { format, bytes, text, contract, mut inputs } =
        Version::read(folder, &formats, stream, limits)?;
    // Formats are those of the engines.
    let engine = engines.iter().find(|engine| engine.format() == format).ok_or_else(|| no_engine(format))?;
    let events = files::read_text(folder, "golden.jsonl", limits.golden)?;
    engine.inspect(&bytes)?;
    let session = engine.open(&model.to_string(), &bytes, &contract)?;
    let choice = session.choice().cloned();
    let identity = choice.as_ref().map_or_else(|| engine.identity(), |choice| choice.identity.clone());
    let cases = golden::read(&events, &mut inputs)?;
    let mut scorer = BatchedScorer::new(model.to_string(), session, batching::Batching::Any);
    scorer.limit(CALL_DEADLINE);
    let (batching, scores) = batching::choose(&mut scorer, inputs.input())?;
    let golden = golden::compare(&cases, &scores, &contract)?;
    let ModelRef { name, version, alias } = model.clone();
    Ok(LoadedModel {
        identity: ModelIdentity {
            name,
            version,
            sha256: hex(&Sha256::digest(&bytes)),
            contract_sha256: hex(&Sha256::digest(&text)),
            alias,
            engine: identity.to_string(),
        },
        engine_reason: choice.map(|choice| choice.reason),
        contract,
        batching,
        golden,
        bytes: bytes.into(),
        engine: Arc::clone(engine),
    })
}

fn no_engine(format: ModelFormat) -> CheckFailure {
    let what = format!("no engine runs {}", format.file);
    CheckFailure::new(RefusalKind::MissingFile, what, "report this: it is a fault of the program")
}
