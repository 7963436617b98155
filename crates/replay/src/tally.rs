//! A sink that counts and digests what passes through it.

use crate::digest::Digest;
use bystander_core::checkpoint::Checkpoint;
use bystander_core::comparison::Comparison;
use bystander_pipeline::{Message, Sink, SinkError, Transaction};

/// What passed.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    pub(crate) comparisons: u64,
    pub(crate) digest: Digest,
    scratch: Vec<u8>,
}

/// A sink under count.
pub(crate) struct Tallied<'t, K> {
    pub(crate) sink: K,
    pub(crate) tally: &'t mut Tally,
}

impl<K: Sink> Sink for Tallied<'_, K> {
    type Transaction<'a>
        = TalliedTransaction<'a, K::Transaction<'a>>
    where
        Self: 'a;

    fn begin(&mut self) -> Result<Self::Transaction<'_>, SinkError> {
        Ok(TalliedTransaction { inner: self.sink.begin()?, tally: self.tally })
    }
}

/// A transaction under count.
pub(crate) struct TalliedTransaction<'a, T> {
    inner: T,
    tally: &'a mut Tally,
}

impl<T: Transaction> Transaction for TalliedTransaction<'_, T> {
    fn take(&mut self, comparison: &Comparison<'_>) -> Result<bool, SinkError> {
        let Tally { comparisons, digest, scratch } = self.tally;
        *comparisons += 1;
        digest.add(comparison, scratch);
        self.inner.take(comparison)
    }

    fn send(&mut self, message: Message<'_>) -> Result<(), SinkError> {
        self.inner.send(message)
    }

    fn commit(self, checkpoints: &[Checkpoint]) -> Result<(), SinkError> {
        self.inner.commit(checkpoints)
    }

    fn abort(self) -> Result<(), SinkError> {
        self.inner.abort()
    }
}
