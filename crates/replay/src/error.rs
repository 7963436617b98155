//! Why a replay can't go on.

use bystander_pipeline::{ACCOUNTING_FIX, ShardError, SinkError};

/// What went wrong, where, and what to do.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{what}; {fix}")]
pub struct ReplayError {
    /// What happened, and where.
    pub what: String,
    /// What to do.
    pub fix: String,
    /// Whether trying the piece again can help.
    pub retriable: bool,
}

impl ReplayError {
    /// An error that stays until somebody does something.
    pub fn lasting(what: impl Into<String>, fix: impl Into<String>) -> Self {
        Self { what: what.into(), fix: fix.into(), retriable: false }
    }

    /// An error that may pass.
    pub fn passing(what: impl Into<String>, fix: impl Into<String>) -> Self {
        Self { what: what.into(), fix: fix.into(), retriable: true }
    }
}

impl From<ShardError> for ReplayError {
    fn from(error: ShardError) -> Self {
        match error {
            ShardError::Source(error) => {
                Self { what: error.what, fix: error.fix, retriable: error.retriable }
            }
            ShardError::Sink(SinkError::Failed { what, fix, retriable }) => Self { what, fix, retriable },
            ShardError::Hangs { .. } => Self::lasting(error.to_string(), "raise scoring.deadline"),
            ShardError::Accounting(error) => Self::lasting(error.to_string(), ACCOUNTING_FIX),
            ShardError::Sink(error) => Self::lasting(error.to_string(), "see that this run runs only once"),
            ShardError::Order(error) => Self::lasting(
                error.to_string(),
                "a file must hold each partition in the order of its offsets; sort it, or give one file per partition",
            ),
        }
    }
}
