//! What may be done with a producer after its last transaction.
//!
//! Below version 2 of Kafka's transactions, which the client library doesn't speak, all transactions of a producer carry
//! the same epoch. Where the answer to the request that ends one (`EndTxn`) doesn't come, the client library sends it
//! again. The first copy may still be on its way, and what it ends when it arrives is whatever transaction is open by
//! then. Nothing tells whether a request was sent twice, but its time does: the second copy is sent after a back-off
//! ([`RETRY_BACKOFF`]). An end that was answered sooner was sent once. After a slower one the producer is not used again:
//! the next owner of the transactional id, often the same shard, raises its epoch, and brokers refuse the late copy.

use crate::config::RETRY_BACKOFF;
use bystander_pipeline::{Failure, SinkError};
use std::time::Duration;

/// What may be done with a producer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing {
    /// It can begin a transaction.
    Sound,
    /// Its last transaction ended as it was meant to, but a copy of the request that ended it may be under way.
    Doubtful,
    /// A transaction failed: what became of it, and what the producer still holds, isn't known.
    Broken,
}

impl Standing {
    /// After a transaction that has ended as it was meant to, counted from before the end was first asked for.
    pub(super) fn after(took: Duration) -> Self {
        // The client library shortens the back-off by up to 20 %; the rest is a margin.
        if took < RETRY_BACKOFF.mul_f64(0.7) { Self::Sound } else { Self::Doubtful }
    }

    /// Whether another transaction may begin.
    pub(super) fn check(self, place: &str) -> Result<(), SinkError> {
        match self {
            Self::Sound => Ok(()),
            Self::Doubtful => {
                Err(SinkError::Reopen(format!("{place} ended so late that its end may have been sent twice")))
            }
            Self::Broken => {
                let fix = "open the shard's writer again";
                Err(Failure::passing(format!("{place} failed before"), fix).into())
            }
        }
    }
}
