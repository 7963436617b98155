//! A model version that passed the gate.

use crate::batching::Batching;
use crate::engine::Engine;
use crate::refusal::Refusal;
use crate::scorer::BatchedScorer;
use bystander_core::contract::Contract;
use bystander_core::model::ModelIdentity;
use bystander_pipeline::{OpenError, Scorer, ScorerOpener};
use std::sync::Arc;

/// How the golden events came out.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct GoldenResult {
    /// Number of golden events.
    pub cases: usize,
    /// Largest absolute difference to the training library's scores.
    pub largest_difference: f64,
}

/// A checked model version: its bytes, and all that is needed to score with it.
#[derive(Debug, Clone)]
pub struct LoadedModel {
    /// Name, version and hashes of the bytes that were checked, and the engine that checked them.
    pub identity: ModelIdentity,
    /// Why this engine runs it, where there was a choice.
    pub engine_reason: Option<String>,
    /// How events become inputs and outputs decisions.
    pub contract: Contract,
    /// How rows are put together.
    pub batching: Batching,
    /// How the golden events came out.
    pub golden: GoldenResult,
    pub(crate) bytes: Arc<[u8]>,
    pub(crate) engine: Arc<dyn Engine>,
}

impl LoadedModel {
    /// The same version as another alias names it, or none.
    #[must_use]
    pub fn named_by(&self, alias: Option<String>) -> Self {
        Self { identity: ModelIdentity { alias, ..self.identity.clone() }, ..self.clone() }
    }

    /// A scorer with a session of its own, from the very bytes that were checked.
    ///
    /// # Errors
    /// When the engine can't open the session again, as when memory runs out.
    pub fn scorer(&self) -> Result<BatchedScorer, Refusal> {
        let name = self.identity.to_string();
        let session = self.engine.open(&name, &self.bytes, &self.contract);
        let session = session.map_err(|finding| finding.of(&name))?;
        Ok(BatchedScorer::new(name, session, self.batching))
    }
}

impl ScorerOpener for LoadedModel {
    fn open(&self) -> Result<Box<dyn Scorer>, OpenError> {
        Ok(Box::new(self.scorer()?))
    }
}
