//! What a reader does beside reading: it notices lost offsets, added partitions and ends without records.

use super::reader::{Event, LiveReader};
use super::status::Fetched;
use crate::failure::Failure;
use crate::statistics::Statistics;
use bystander_core::record::StreamId;
use bystander_pipeline::Progress;
use rdkafka::error::RDKafkaErrorCode;
use std::time::{Duration, Instant};

/// How often the watch is looked at; it costs a few loads.
pub(super) const LOOK_INTERVAL: Duration = Duration::from_millis(500);

/// How long records may wait for a look-up of an added partition.
const PATIENCE: Duration = Duration::from_secs(1);

impl LiveReader {
    /// A fetch met offsets that don't exist. The client doesn't say where and stops there, so all
    /// partitions are looked at and those that may have stopped are assigned anew.
    pub(super) fn find_lost_offsets(&mut self) -> Result<(), Failure> {
        let positions: Vec<_> = self.positions().collect();
        for Progress { stream, partition, next_offset } in positions {
            let topic = self.topic(stream).to_owned();
            let (low, high) = self.client.watermarks(&topic, partition)?;
            if next_offset > high {
                return Err(Failure::lasting(
                    format!(
                        "topic {topic} partition {partition} ends at offset {high}, but offset {next_offset} \
                         is next: it was truncated or created anew"
                    ),
                    "start over under a new job name",
                ));
            }
            let progress = Progress { stream, partition, next_offset: next_offset.max(low) };
            self.assign(progress)?;
            if next_offset < low {
                tracing::warn!(topic, partition, from = next_offset, to = low, "offsets expired unread");
                self.pending.push_back(Event::Gap(progress));
            }
        }
        Ok(())
    }

    /// Opens owned partitions that were added to an input, from their beginning.
    pub(super) fn open_added_partitions(&mut self) -> Result<(), Failure> {
        self.look_due = Instant::now() + LOOK_INTERVAL;
        for stream in (0..self.inputs.len()).map(StreamId) {
            for partition in self.share.of(self.watch.partitions(stream)) {
                if self.next_of(stream, partition).is_none_or(|next| next.is_some()) {
                    continue;
                }
                let topic = self.topic(stream).to_owned();
                // This client knows the topic as it was: its own look-up brings the partition's leader in.
                // There may be none yet; the next look will find it.
                let known = self.client.partitions(&topic);
                let range = known.and_then(|_| self.client.watermarks_within(&topic, partition, PATIENCE));
                let Ok((low, _)) = range else {
                    self.look_due = Instant::now() + 10 * PATIENCE;
                    continue;
                };
                tracing::info!(topic, partition, offset = low, "reading an added partition");
                let progress = Progress { stream, partition, next_offset: low };
                self.assign(progress)?;
                self.pending.push_back(Event::Opened(progress));
            }
        }
        Ok(())
    }

    /// Takes statistics in: what is shown of each partition, and whether its end was reached without a
    /// record saying so. That holds if the fetcher met the end there while nothing was left in the queue:
    /// whatever it had queued before has then been delivered, on this very thread.
    pub(super) fn take_statistics(&mut self, statistics: &Statistics) {
        let positions: Vec<_> = self.positions().collect();
        for mut progress in positions {
            let topic = statistics.topics.get(self.topic(progress.stream));
            let Some(seen) = topic.and_then(|topic| topic.partitions.get(&progress.partition)) else {
                continue;
            };
            if seen.fetchq_cnt == 0 && seen.eof_offset > progress.next_offset {
                progress.next_offset = seen.eof_offset;
                if let Some(next) = self.next_of(progress.stream, progress.partition) {
                    *next = Some(progress.next_offset);
                }
                self.pending.push_back(Event::Reached(progress));
            }
            let known = |offset: i64| (offset >= 0).then_some(offset);
            let idle = statistics.idle_of(seen.broker);
            let fetched = Fetched {
                high: known(seen.hi_offset),
                stable: known(seen.ls_offset),
                low: known(seen.lo_offset),
                answered: idle.and_then(|idle| Instant::now().checked_sub(idle)),
            };
            self.show(progress);
            self.client.status.fetched(progress.stream, progress.partition, fetched);
        }
    }

    pub(super) fn show(&self, Progress { stream, partition, next_offset }: Progress) {
        self.client.status.position((stream, partition), self.share.shard, next_offset);
    }
}

/// Errors that the client library retries on its own.
pub(super) fn passes_by_itself(code: RDKafkaErrorCode) -> bool {
    matches!(
        code,
        RDKafkaErrorCode::AllBrokersDown
            | RDKafkaErrorCode::BrokerTransportFailure
            | RDKafkaErrorCode::BrokerNotAvailable
            | RDKafkaErrorCode::Resolve
            | RDKafkaErrorCode::OperationTimedOut
            | RDKafkaErrorCode::RequestTimedOut
            | RDKafkaErrorCode::NetworkException
            | RDKafkaErrorCode::LeaderNotAvailable
            | RDKafkaErrorCode::NotLeaderForPartition
            | RDKafkaErrorCode::ReplicaNotAvailable
            | RDKafkaErrorCode::CoordinatorNotAvailable
            | RDKafkaErrorCode::CoordinatorLoadInProgress
            | RDKafkaErrorCode::NotCoordinator
    )
}
