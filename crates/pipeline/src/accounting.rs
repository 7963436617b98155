//! Faults that would let the accounts of a shard stop balancing.

use bystander_core::record::{Position, StreamId};

/// A state that the program never reaches unless it is wrong. Counting on would lose or double a record without a trace,
/// so the shard fails: nothing of its open transaction becomes visible.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AccountingError {
    /// Each would tell a part of the truth.
    #[error("stream {} has two accounts of partition {partition}", stream.0)]
    SecondAccount {
        /// The stream.
        stream: StreamId,
        /// Its partition.
        partition: i32,
    },
    /// There is nowhere to count the record.
    #[error("stream {} has no account of partition {partition}, though a record of it is being counted", stream.0)]
    NoAccount {
        /// The stream.
        stream: StreamId,
        /// The partition.
        partition: i32,
    },
    /// A record would be counted twice.
    #[error("more records of stream {} partition {partition} have an outcome than were read", stream.0)]
    OutcomeTwice {
        /// The stream.
        stream: StreamId,
        /// The partition.
        partition: i32,
    },
    /// Records would be missing from the totals that are committed.
    #[error("{records} records of stream {} partition {partition} were read and have no outcome at the commit", stream.0)]
    WithoutOutcome {
        /// The stream.
        stream: StreamId,
        /// The partition.
        partition: i32,
        /// How many.
        records: u64,
    },
    /// The record would count as compared by all models, without a comparison by this one.
    #[error(
        "model {model} has no decision on the record of stream {} partition {} offset {}, and no model refused it",
        stream.0, position.partition, position.offset
    )]
    NoDecision {
        /// The model, as `name/version`.
        model: String,
        /// The stream.
        stream: StreamId,
        /// The record.
        position: Position,
    },
    /// The record would be written without it.
    #[error("header {header} is one more than the {most} that a record has room for")]
    TooManyHeaders {
        /// The header that had no room.
        header: &'static str,
        /// How many there is room for.
        most: usize,
    },
}
