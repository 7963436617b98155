//! Whether the logs that are read are still those that their positions belong to.

use super::client::LiveClient;
use super::reader::{Event, LiveReader};
use bystander_core::checkpoint::{Halt, LogChange};
use bystander_core::record::StreamId;
use bystander_pipeline::{Failure, Progress};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// An id that differs is asked for so often, in such intervals: a broker that has just come back may still tell the
/// former one.
const LOOKS: usize = 3;
const BETWEEN_LOOKS: Duration = Duration::from_millis(200);

impl LiveClient {
    /// The ids of topics, in their order; `None` on brokers that have none.
    ///
    /// # Errors
    /// When a topic is missing or hidden, or no broker answers in time.
    pub fn topic_ids(&self, topics: &[String]) -> Result<Vec<Option<String>>, Failure> {
        let names: Vec<&str> = topics.iter().map(String::as_str).collect();
        let described = self.describe_topics(&names, false)?;
        described.into_iter().map(|topic| Ok(topic?.id)).collect()
    }

    /// Whether the topic has another id than `known`, each time that it is looked at.
    pub(super) fn is_recreated(&self, topic: &str, known: &str) -> Result<bool, Failure> {
        for look in 0..LOOKS {
            if look > 0 {
                std::thread::sleep(BETWEEN_LOOKS);
            }
            let ids = self.topic_ids(&[topic.to_owned()])?;
            if ids.first().and_then(Option::as_deref).is_none_or(|id| id == known) {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

impl LiveReader {
    /// Halts all partitions of topics that were deleted and created again; tells whether there are any.
    pub(super) fn halt_recreated(&mut self) -> Result<bool, Failure> {
        let mut found = false;
        for stream in (0..self.inputs.len()).map(StreamId) {
            let Some(known) = self.topic_ids.get(stream.0).cloned().flatten() else { continue };
            let reading: Vec<_> = self.positions().filter(|progress| progress.stream == stream).collect();
            if reading.is_empty() || !self.client.is_recreated(self.topic(stream), &known)? {
                continue;
            }
            found = true;
            reading.into_iter().for_each(|progress| self.halt(progress, LogChange::Recreated));
        }
        Ok(found)
    }

    /// The watch has seen something of the inputs that concerns some reader.
    pub(super) fn look_into_changes(&mut self) {
        let changes = self.watch.changes();
        match self.halt_recreated() {
            Ok(_) => self.changes_seen = changes,
            // Reading goes on as far as it can; the next round looks again.
            Err(failure) => tracing::debug!(%failure, "the ids of the inputs"),
        }
        let positions: Vec<_> = self.positions().collect();
        for progress in positions {
            if self.watch.is_short(progress.stream, progress.partition) {
                self.check_end(progress);
            }
        }
    }

    /// Stops reading a partition, and says why.
    pub(super) fn halt(&mut self, progress: Progress, reason: LogChange) {
        let Progress { stream, partition, next_offset } = progress;
        let topic = self.topic(stream).to_owned();
        let offsets = self.client.watermarks(&topic, partition).ok();
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let halt = Halt {
            reason,
            since_ms: i64::try_from(since.as_millis()).unwrap_or(i64::MAX),
            oldest: offsets.map(|(oldest, _)| oldest),
            end: offsets.map(|(_, end)| end),
        };
        tracing::error!(
            topic,
            partition,
            next_offset,
            %reason,
            "the partition is not read on; `bystander resume --accept-recreated` shows how it can be"
        );
        if let Some(Some(reading)) = self.reading_of(stream, partition) {
            reading.halted = true;
        }
        self.release(stream, partition);
        self.show_halt(progress, halt);
        self.pending.push_back(Event::Halted(progress, halt));
    }
}
