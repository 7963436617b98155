//! What a reader does beside reading: it notices lost offsets, added partitions and ends without records.

use super::reader::{Event, LiveReader};
use super::status::Fetched;
use crate::statistics::{Partition, Statistics};
use bystander_core::checkpoint::{Halt, LogChange};
use bystander_core::record::StreamId;
use bystander_pipeline::{Failure, Progress};
use rdkafka::consumer::Consumer;
use rdkafka::error::RDKafkaErrorCode;
use std::time::{Duration, Instant};

/// How often the watch is looked at; it costs a few loads.
pub(super) const LOOK_INTERVAL: Duration = Duration::from_millis(500);

/// How long records may wait for a look-up of an added partition.
const PATIENCE: Duration = Duration::from_secs(1);

impl LiveReader {
    /// A fetch met offsets that don't exist, or its log was truncated. The client doesn't say where and stops there, so
    /// all partitions are looked at and those that may have stopped are read again, from their last record on: what
    /// retention removed is a gap, and any other log than the one before halts its partition.
    pub(super) fn find_lost_offsets(&mut self) -> Result<(), Failure> {
        self.halt_recreated()?;
        let positions: Vec<_> = self.positions().collect();
        for mut progress in positions {
            let Progress { stream, partition, next_offset } = progress;
            let topic = self.topic(stream).to_owned();
            let (low, high) = self.client.watermarks(&topic, partition)?;
            if next_offset > high {
                self.halt(progress, LogChange::Truncated);
                continue;
            }
            progress.next_offset = next_offset.max(low);
            self.read_again(progress, low)?;
            if next_offset < low {
                tracing::warn!(topic, partition, from = next_offset, to = low, "offsets expired unread");
                self.pending.push_back(Event::Gap(progress));
            }
        }
        Ok(())
    }

    /// The client saw an end before the position. A follower may lag, so the leader is asked.
    pub(super) fn check_end(&mut self, progress: Progress) {
        let topic = self.topic(progress.stream).to_owned();
        match self.client.watermarks_within(&topic, progress.partition, PATIENCE) {
            Ok((_, high)) if progress.next_offset > high => {
                let recreated = self.halt_recreated().unwrap_or(false);
                let halted = !self.positions().any(|each| each == progress);
                if !(recreated && halted) {
                    self.halt(progress, LogChange::Truncated);
                }
            }
            Ok(_) => {}
            Err(failure) => tracing::debug!(%failure, "the end of a partition"),
        }
    }

    /// Opens owned partitions that were added to an input, from their beginning.
    pub(super) fn open_added_partitions(&mut self) -> Result<(), Failure> {
        self.look_due = Instant::now() + LOOK_INTERVAL;
        for stream in (0..self.inputs.len()).map(StreamId) {
            for partition in self.share.of(self.watch.partitions(stream)) {
                if self.reading_of(stream, partition).is_none_or(|reading| reading.is_some()) {
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
                self.open_partition(progress)?;
                self.pending.push_back(Event::Opened(progress));
            }
        }
        Ok(())
    }

    /// Takes statistics in: what is shown of each partition, and whether its end was reached without a
    /// record saying so. That holds if the fetcher met the end there while nothing was left in the queue:
    /// whatever it had queued before has then been delivered, on this very thread.
    pub(super) fn take_statistics(&mut self, statistics: &Statistics) -> Result<(), Failure> {
        self.allowance.told(self.client.consumer.context().received());
        let positions: Vec<_> = self.positions().collect();
        for mut progress in positions {
            let topic = statistics.topics.get(self.topic(progress.stream));
            let Some(seen) = topic.and_then(|topic| topic.partitions.get(&progress.partition)) else {
                continue;
            };
            if !self.is_same_log(progress, seen)? {
                continue;
            }
            if seen.fetchq_cnt == 0 && seen.eof_offset > progress.next_offset {
                progress.next_offset = seen.eof_offset;
                if let Some(Some(reading)) = self.reading_of(progress.stream, progress.partition) {
                    reading.next = progress.next_offset;
                }
                self.pending.push_back(Event::Reached(progress));
            }
            let known = |offset: i64| (offset >= 0).then_some(offset);
            let fetched = Fetched {
                high: known(seen.hi_offset),
                stable: known(seen.ls_offset),
                low: known(seen.lo_offset),
                answered: statistics.answered_by(seen.broker),
            };
            let place = (progress.stream, progress.partition);
            self.client.status.fetched(place, self.share.shard, progress.next_offset, fetched);
            if (0..progress.next_offset).contains(&seen.ls_offset) {
                self.check_end(progress);
            }
        }
        Ok(())
    }

    /// Whether a partition can go on as far as statistics tell. Where its leader changed, the last record is to be met
    /// again first; where the end was met behind the last record without meeting that, its leader is asked.
    fn is_same_log(&mut self, progress: Progress, seen: &Partition) -> Result<bool, Failure> {
        let Some(Some(reading)) = self.reading_of(progress.stream, progress.partition) else {
            return Ok(false);
        };
        if seen.leader_epoch >= 0 && reading.led_by(seen.leader_epoch) {
            self.meet_again(progress)?;
            return Ok(false);
        }
        if seen.fetchq_cnt == 0 && reading.unmet(seen.eof_offset).is_some() {
            return self.check_lineage(progress, seen.eof_offset);
        }
        Ok(true)
    }

    pub(super) fn show_halt(&self, Progress { stream, partition, next_offset }: Progress, halt: Halt) {
        self.client.status.assigned((stream, partition), self.share.shard, next_offset);
        self.client.status.halted(stream, partition, halt);
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
