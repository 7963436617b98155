//! Why there is no cluster.

use crate::shell::ShellError;

/// Why a cluster or the Java shell did not start.
#[derive(Debug, Clone, thiserror::Error)]
pub enum StartError {
    /// This machine lacks Java or the jars; tests may be left out for it.
    #[error("{0}")]
    Unavailable(String),
    /// Everything is there and it still went wrong; a test must fail.
    #[error("{0}")]
    Failed(String),
}

impl From<ShellError> for StartError {
    fn from(error: ShellError) -> Self {
        Self::Failed(error.to_string())
    }
}
