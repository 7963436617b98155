//! Why a piece can't be scored.

use bystander_pipeline::{Failure, ShardError, SinkError};

/// What a shard's error means for a replay.
pub(crate) fn of_shard(error: ShardError) -> Failure {
    match error {
        ShardError::Source(failure) | ShardError::Sink(SinkError::Failed(failure)) => failure,
        ShardError::Hangs { .. } => Failure::lasting(error.to_string(), "raise scoring.deadline"),
        ShardError::Accounting(error) => error.into(),
        ShardError::Sink(_) => Failure::lasting(error.to_string(), "see that this run runs only once"),
        ShardError::Order(_) => Failure::lasting(
            error.to_string(),
            "a file must hold each partition in the order of its offsets; sort it, or give one file per partition",
        ),
    }
}
