//! The seam to the shadow topics: everything leaves inside a transaction.

use crate::failure::Failure;
use bystander_core::checkpoint::Checkpoint;
use bystander_core::comparison::Comparison;

/// Which shadow topic.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Output {
    /// Comparisons.
    Comparisons,
    /// Dead letters.
    DeadLetters,
}

/// A record on its way to a shadow topic.
#[derive(Debug, Clone, Copy)]
pub struct Message<'a> {
    /// Where it goes.
    pub output: Output,
    /// The input partition it came from: one input partition always goes to one output partition.
    pub source_partition: i32,
    /// Record key.
    pub key: Option<&'a [u8]>,
    /// Record value.
    pub value: Option<&'a [u8]>,
    /// Headers, in order.
    pub headers: &'a [MessageHeader<'a>],
}

/// One header.
pub type MessageHeader<'a> = (&'static str, &'a [u8]);

/// Where a shard's results go.
pub trait Sink {
    /// The open transaction; it borrows the sink, so two can't overlap.
    type Transaction<'a>: Transaction
    where
        Self: 'a;

    /// Opens a transaction.
    ///
    /// # Errors
    /// When the sink is fenced or broken.
    fn begin(&mut self) -> Result<Self::Transaction<'_>, SinkError>;
}

impl<K: Sink> Sink for &mut K {
    type Transaction<'a>
        = K::Transaction<'a>
    where
        Self: 'a;

    fn begin(&mut self) -> Result<Self::Transaction<'_>, SinkError> {
        (**self).begin()
    }
}

/// An open transaction. Dropping it without [`commit`](Self::commit) leaves nothing readable behind.
pub trait Transaction {
    /// Offers a comparison before it is encoded. A sink that keeps values takes it and answers `true`; others
    /// get it as a [`Message`] through [`send`](Self::send).
    ///
    /// # Errors
    /// When the comparison can't be taken.
    fn take(&mut self, _comparison: &Comparison<'_>) -> Result<bool, SinkError> {
        Ok(false)
    }

    /// Adds a record; copies what it needs.
    ///
    /// # Errors
    /// When the record can't be taken.
    fn send(&mut self, message: Message<'_>) -> Result<(), SinkError>;

    /// Writes the checkpoints and makes everything visible at once.
    ///
    /// # Errors
    /// When it is not certain that everything became visible.
    fn commit(self, checkpoints: &[Checkpoint]) -> Result<(), SinkError>;

    /// Throws everything away.
    ///
    /// # Errors
    /// When the broker couldn't be told; it will time the transaction out.
    fn abort(self) -> Result<(), SinkError>;
}

/// Why a transaction failed. After any of these the shard starts anew from its last checkpoint.
#[derive(Debug, thiserror::Error)]
pub enum SinkError {
    /// Another instance owns the shard now.
    #[error("{0}: another instance has taken this shard over")]
    Fenced(String),
    /// The last transaction ended as it was meant to, and the sink has to be opened again before the next.
    #[error("{0}; the shard is opened again")]
    Reopen(String),
    /// The record is larger than the topic takes; the transaction is still good.
    #[error("a record of {bytes} bytes is larger than the shadow topic takes")]
    TooLarge {
        /// Size of the value.
        bytes: usize,
    },
    /// Anything else.
    #[error(transparent)]
    Failed(#[from] Failure),
}
