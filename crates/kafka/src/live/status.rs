//! What metrics and `/status` show of the live side; shards write it, anyone reads it.

use bystander_core::record::StreamId;
use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// One input partition as its shard last saw it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PartitionStatus {
    /// The next offset to read.
    pub next_offset: i64,
    /// The end for readers of committed records; `None` before the first fetch.
    pub end_offset: Option<i64>,
    /// The oldest offset kept; `None` before the first fetch.
    pub low_offset: Option<i64>,
}

impl PartitionStatus {
    /// Offsets between the next one to read and the end.
    pub fn lag(&self) -> Option<i64> {
        self.end_offset.map(|end| (end - self.next_offset).max(0))
    }
}

/// The live side of all shards of this process. It is updated a few times a minute, not per record.
#[derive(Debug, Default)]
pub struct LiveStatus {
    inner: Mutex<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    partitions: BTreeMap<(StreamId, i32), PartitionStatus>,
    offending: Option<String>,
}

impl LiveStatus {
    /// The partitions that shards of this process are reading.
    pub fn partitions(&self) -> BTreeMap<(StreamId, i32), PartitionStatus> {
        self.lock().partitions.clone()
    }

    /// Whether live clients only ever sent requests that read.
    ///
    /// # Errors
    /// The name of the first other request type that was sent.
    pub fn isolation(&self) -> Result<(), String> {
        self.lock().offending.clone().map_or(Ok(()), Err)
    }

    pub(super) fn set(&self, stream: StreamId, partition: i32, status: PartitionStatus) {
        self.lock().partitions.insert((stream, partition), status);
    }

    pub(super) fn forget(&self, stream: StreamId, partition: i32) {
        self.lock().partitions.remove(&(stream, partition));
    }

    pub(super) fn offended(&self, request: &str) {
        let mut inner = self.lock();
        if inner.offending.is_none() {
            tracing::error!(request, "a request that isn't a read was sent to the live cluster");
            inner.offending = Some(request.to_owned());
        }
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
