//! Why a model's trees are left to the engine that they came with.

use bystander_models::wire::Malformed;

/// What is not understood, as a clause without a full stop.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub(crate) struct Unfit(String);

impl Unfit {
    pub(crate) fn new(reason: impl Into<String>) -> Self {
        Self(reason.into())
    }
}

impl From<Malformed> for Unfit {
    fn from(_: Malformed) -> Self {
        Self::new("the model's bytes are not a whole ONNX model")
    }
}
