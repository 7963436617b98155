//! A model version that passed the gate.

use crate::batching::Batching;
use crate::gate::bind;
use crate::refusal::Refusal;
use crate::runtime::Runtime;
use crate::scorer::OnnxScorer;
use bystander_core::contract::Contract;
use bystander_core::model::ModelIdentity;
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
    /// Name, version and hash of the bytes that were checked.
    pub identity: ModelIdentity,
    /// How events become inputs and outputs decisions.
    pub contract: Contract,
    /// SHA-256 of `contract.toml`, lower-case hex.
    pub contract_sha256: String,
    /// How rows are put together.
    pub batching: Batching,
    /// How the golden events came out.
    pub golden: GoldenResult,
    pub(crate) bytes: Arc<[u8]>,
    pub(crate) runtime: Runtime,
}

impl LoadedModel {
    /// A scorer with a session of its own, from the very bytes that were checked.
    ///
    /// # Errors
    /// When the runtime can't build the session again, as when memory runs out.
    pub fn scorer(&self) -> Result<OnnxScorer, Refusal> {
        let name = self.identity.to_string();
        let session =
            bind::bind(&self.runtime, &self.bytes, &self.contract).map_err(|finding| finding.of(&name))?;
        Ok(OnnxScorer::new(name, session, self.batching))
    }
}
