//! What runs models: one crate implements it for one kind of file or one way to run it.

use crate::refusal::CheckFailure;
use bystander_core::contract::Contract;
use bystander_core::input::ModelInput;
use bystander_core::record::Position;
use std::fmt;
use std::ops::Range;
use std::time::Duration;

/// A way to score with a model's bytes. The load gate asks it twice about every version: what it thinks of the bytes, and
/// for a session.
pub trait Engine: fmt::Debug + Send + Sync {
    /// The model files that it runs.
    fn format(&self) -> ModelFormat;

    /// Name and version, as identities and receipts show them: another version may give other scores.
    fn identity(&self) -> EngineIdentity;

    /// Looks at the bytes without running anything.
    ///
    /// # Errors
    /// When they aren't a model that this engine runs, or are one that must not run.
    fn inspect(&self, model: &[u8]) -> Result<(), CheckFailure>;

    /// Opens a session from bytes that passed [`inspect`](Self::inspect), with inputs and output as the contract says.
    /// `name` is what errors call the model.
    ///
    /// # Errors
    /// When the engine can't run them, or they don't fit the contract.
    fn open(&self, name: &str, model: &[u8], contract: &Contract) -> Result<Box<dyn Session>, CheckFailure>;
}

/// A kind of model file: what it is called in a version's folder, and which engine runs it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ModelFormat {
    /// The engine's name, as contracts pin it.
    pub engine: &'static str,
    /// The file's name.
    pub file: &'static str,
}

/// Which engine, and which version of it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct EngineIdentity {
    /// Lower-case word.
    pub name: &'static str,
    /// As the engine itself tells it.
    pub version: String,
}

impl fmt::Display for EngineIdentity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.name, self.version)
    }
}

/// A model that an engine has opened; each shard has its own.
pub trait Session: Send {
    /// Appends one score per row of `rows`, in one call of the engine.
    ///
    /// # Errors
    /// When there are none; what was appended by then doesn't count.
    fn score(
        &mut self,
        input: &ModelInput,
        rows: Range<usize>,
        scores: &mut Vec<f64>,
    ) -> Result<(), Unscored>;

    /// Sets how long a call may take before it is ended.
    fn limit(&mut self, deadline: Duration);

    /// Tells which record the rows of the next call begin with, for what is told of a call that never ends.
    fn about(&mut self, topic: &str, first: Position);

    /// What computes the scores, where the engine that opened it had a choice; otherwise that engine does.
    fn choice(&self) -> Option<&EngineChoice> {
        None
    }
}

/// What an engine with a choice runs a model with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EngineChoice {
    /// What computes the scores.
    pub identity: EngineIdentity,
    /// Why, as a clause without a full stop.
    pub reason: String,
}

/// Why rows have no scores.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unscored {
    /// The engine refused them, and said why.
    Refused(String),
    /// They took longer than this and were ended.
    Late(Duration),
}

impl From<String> for Unscored {
    fn from(reason: String) -> Self {
        Self::Refused(reason)
    }
}

impl From<&str> for Unscored {
    fn from(reason: &str) -> Self {
        Self::Refused(reason.to_owned())
    }
}
