//! Taking a shard over, also from a broker that came back without its memory.
//!
//! `init_transactions` fences the former owner and ends its open transaction, as far as the transaction
//! coordinator knows of one. Seen on a single broker that was killed again and again: a transaction that the
//! restarted coordinator did not know stayed open in the logs, our own first commit then made it visible, and a
//! reader met an end of the checkpoints that was older than what had been committed. Two steps close that:
//! an aborted transaction over every partition that a shard can write to ends whatever of this transactional
//! id is still open there, and a mark committed behind all former checkpoints tells a reader whether it has
//! seen them all.

use super::ShadowWriter;
use crate::config::ShadowSettings;
use crate::ownership::LayoutMark;
use crate::shadow_topic::ShadowTopic;
use bystander_pipeline::{Failure, SinkError, Stop};
use rdkafka::producer::Producer;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

/// Key of the marks of one start of one shard; no other start has the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TakeoverKey(String);

impl TakeoverKey {
    pub(crate) fn new(job: &str, shard: i32) -> Self {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Self(format!("{job}|takeover|{shard}|{}|{}", std::process::id(), since.as_nanos()))
    }

    pub(crate) fn as_bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }
}

impl ShadowWriter {
    /// Ends every transaction of this shard that any partition still holds open.
    pub(super) fn sweep(&mut self) -> Result<(), Failure> {
        self.begin_takeover()?;
        let partitions: Vec<_> = [&self.comparisons, &self.dead_letters]
            .into_iter()
            .flat_map(|target| (0..target.partitions).map(|partition| (&target.topic, partition)))
            .chain([(&self.settings.checkpoints, self.shard)])
            .collect();
        for (topic, partition) in partitions {
            self.takeover_record(topic, partition, b"takeover")?;
        }
        // What has not reached its partition ends nothing there.
        self.flush(Instant::now() + self.settings.commit_timeout)?;
        Ok(self.cancel(self.settings.commit_timeout)?)
    }

    /// Commits a mark to the shard's partition of checkpoints: whoever sees it has seen all before it.
    pub(crate) fn mark(&mut self, key: &TakeoverKey) -> Result<(), Failure> {
        self.commit_takeover(key, None)
    }

    /// Like [`mark`](Self::mark), with the number of shards that this start sees.
    pub(crate) fn mark_layout(&mut self, key: &TakeoverKey, shards: i32) -> Result<(), Failure> {
        self.commit_takeover(key, Some(LayoutMark { job: self.settings.job.clone(), shards }))
    }

    fn commit_takeover(&mut self, key: &TakeoverKey, layout: Option<LayoutMark>) -> Result<(), Failure> {
        self.begin_takeover()?;
        self.takeover_record(&self.settings.checkpoints, self.shard, key.as_bytes())?;
        if let Some(layout) = layout {
            let value = serde_json::to_vec(&layout).map_err(|error| {
                Failure::fatal(format!("a mark can't be encoded: {error}"), "report this as a bug")
            })?;
            let record = (Some(layout.key().into_bytes()), Some(value));
            let record = (record.0.as_deref(), record.1.as_deref());
            self.enqueue(&self.settings.checkpoints, self.shard, record, &[])?;
        }
        let deadline = Instant::now() + self.settings.commit_timeout;
        self.flush(deadline)?;
        self.end(deadline)?;
        self.renew().map(drop)
    }

    fn begin_takeover(&self) -> Result<(), Failure> {
        Ok(self.producer.begin_transaction().map_err(|error| self.classified(&error, "taking over"))?)
    }

    /// A tombstone: no reader takes it for a record, and compaction removes it.
    fn takeover_record(&self, topic: &ShadowTopic, partition: i32, key: &[u8]) -> Result<(), SinkError> {
        self.enqueue(topic, partition, (Some(key), None), &[])
    }
}

/// Makes sure that no present owner of a shard can commit again, that no transaction of it is open, and that
/// its partition of checkpoints says that there are `shards` now.
///
/// # Errors
/// When the cluster doesn't answer in time or refuses; or on `stop`.
pub(crate) fn fence(
    settings: &ShadowSettings,
    shard: i32,
    (key, shards): (&TakeoverKey, i32),
    stop: &Stop,
) -> Result<(), Failure> {
    ShadowWriter::open(settings, shard, stop)?.mark_layout(key, shards)
}
