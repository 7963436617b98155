//! A shard's source of records.

use super::client::LiveClient;
use super::scratch::Scratch;
use super::status::PartitionStatus;
use super::watch::InputWatch;
use crate::failure::Failure;
use crate::statistics::Statistics;
use bystander_core::record::{Position, StreamId};
use bystander_pipeline::{Polled, Progress, Source, SourceError};
use rdkafka::consumer::Consumer;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::{BorrowedMessage, Message};
use rdkafka::{Offset, TopicPartitionList};
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// How often the watch is looked at; it costs a few loads.
const LOOK_INTERVAL: Duration = Duration::from_millis(500);

/// How long records may wait for a look-up of an added partition.
const PATIENCE: Duration = Duration::from_secs(1);

/// Which partitions of every input a shard owns: those with `partition mod shards == shard`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Share {
    /// The shard.
    pub shard: i32,
    /// Number of shards.
    pub shards: i32,
}

impl Share {
    /// Whether the shard owns that partition.
    pub fn owns(self, partition: i32) -> bool {
        partition.rem_euclid(self.shards.max(1)) == self.shard
    }

    /// The owned ones among the first `partitions`.
    pub fn of(self, partitions: i32) -> impl Iterator<Item = i32> {
        (0..partitions).filter(move |&partition| self.owns(partition))
    }
}

/// Reads a shard's share of all input topics, committed records only, from explicit positions.
pub struct LiveReader {
    client: LiveClient,
    inputs: Vec<String>,
    share: Share,
    /// The next offset to read, by stream and partition; `None` is not ours, or not opened yet.
    next: Vec<Vec<Option<i64>>>,
    pending: VecDeque<Event>,
    watch: Arc<InputWatch>,
    look_due: Instant,
    scratch: Scratch,
}

/// Something found that is no record.
#[derive(Debug, Clone, Copy)]
enum Event {
    Opened(Progress),
    Reached(Progress),
    Gap(Progress),
}

impl From<Event> for Polled<'_> {
    fn from(event: Event) -> Self {
        match event {
            Event::Opened(progress) => Self::Opened(progress),
            Event::Reached(progress) => Self::Reached(progress),
            Event::Gap(progress) => Self::Gap(progress),
        }
    }
}

impl LiveReader {
    /// Starts reading the topics of `inputs` (by [`StreamId`]) at the given positions. Owned partitions
    /// without a position are opened from their beginning when they are next looked for.
    ///
    /// # Errors
    /// When the positions can't be assigned.
    pub fn open(
        client: LiveClient,
        (inputs, watch): (&[String], &Arc<InputWatch>),
        share: Share,
        positions: &[Progress],
    ) -> Result<Self, Failure> {
        let mut reader = Self {
            watch: Arc::clone(watch),
            look_due: Instant::now() + LOOK_INTERVAL,
            client,
            inputs: inputs.to_vec(),
            share,
            next: vec![Vec::new(); inputs.len()],
            pending: VecDeque::new(),
            scratch: Scratch::default(),
        };
        reader.client.consumer.assign(&TopicPartitionList::new()).map_err(|error| reader.failed(&error))?;
        for &progress in positions {
            reader.assign(progress)?;
        }
        Ok(reader)
    }

    /// Every assigned partition and the next offset to read in it.
    pub fn positions(&self) -> impl Iterator<Item = Progress> {
        self.next.iter().enumerate().flat_map(|(stream, partitions)| {
            (0_i32..).zip(partitions).filter_map(move |(partition, next)| {
                next.map(|next_offset| Progress { stream: StreamId(stream), partition, next_offset })
            })
        })
    }

    fn failed(&self, error: &KafkaError) -> Failure {
        let mut failure = Failure::of(error, "reading", &self.client.settings.place(""));
        let detail = self.client.consumer.context().last_error();
        if !detail.is_empty() {
            failure.what = format!("{} ({detail})", failure.what);
        }
        failure
    }

    fn topic(&self, stream: StreamId) -> &str {
        self.inputs.get(stream.0).map_or("", String::as_str)
    }

    fn next_of(&mut self, stream: StreamId, partition: i32) -> Option<&mut Option<i64>> {
        let index = usize::try_from(partition).ok()?;
        let partitions = self.next.get_mut(stream.0)?;
        if partitions.len() <= index {
            partitions.resize(index + 1, None);
        }
        partitions.get_mut(index)
    }

    /// Reads a partition from `next_offset` on, whether or not it was being read before.
    fn assign(&mut self, progress: Progress) -> Result<(), Failure> {
        let Progress { stream, partition, next_offset } = progress;
        let topic = self.topic(stream).to_owned();
        let before = self.next_of(stream, partition).and_then(|next| next.replace(next_offset));
        let mut list = TopicPartitionList::new();
        list.add_partition_offset(&topic, partition, Offset::Offset(next_offset))
            .map_err(|error| self.failed(&error))?;
        if before.is_some() {
            self.client.consumer.incremental_unassign(&list).map_err(|error| self.failed(&error))?;
        }
        self.client.consumer.incremental_assign(&list).map_err(|error| self.failed(&error))?;
        self.show(progress, None);
        Ok(())
    }

    /// Takes a record in, unless it is one that was delivered before.
    fn accept(&mut self, message: &Arrived) -> bool {
        let Arrived { stream, position, .. } = *message;
        match self.next_of(stream, position.partition) {
            Some(Some(next)) if position.offset >= *next => {
                *next = position.offset + 1;
                true
            }
            _ => false,
        }
    }

    fn on_error(&mut self, error: &KafkaError) -> Result<(), Failure> {
        match error.rdkafka_error_code() {
            Some(RDKafkaErrorCode::AutoOffsetReset | RDKafkaErrorCode::OffsetOutOfRange) => {
                self.find_lost_offsets()
            }
            Some(code) if passes_by_itself(code) => Ok(()),
            _ => Err(self.failed(error)),
        }
    }

    /// A fetch met offsets that don't exist. The client doesn't say where and stops there, so all
    /// partitions are looked at and those that may have stopped are assigned anew.
    fn find_lost_offsets(&mut self) -> Result<(), Failure> {
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
    fn open_added_partitions(&mut self) -> Result<(), Failure> {
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
    fn take_statistics(&mut self, statistics: &Statistics) {
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
            self.show(progress, Some(seen));
        }
    }

    fn show(&self, progress: Progress, seen: Option<&crate::statistics::Partition>) {
        let known = |offset: i64| (offset >= 0).then_some(offset);
        let status = PartitionStatus {
            next_offset: progress.next_offset,
            end_offset: seen.and_then(|seen| known(seen.ls_offset)),
            low_offset: seen.and_then(|seen| known(seen.lo_offset)),
        };
        self.client.status.set(progress.stream, progress.partition, status);
    }

    /// One round: a record that is new, or nothing.
    fn receive(&mut self, timeout: Duration) -> Result<Option<Arrived>, Failure> {
        let outcome = match self.client.consumer.poll(timeout) {
            None => Ok(None),
            Some(Ok(message)) => Ok(Arrived::new(&message, &self.inputs).inspect(|_| {
                self.scratch.fill(&message);
            })),
            Some(Err(error)) => Err(error),
        };
        match outcome {
            Ok(arrived) => Ok(arrived.filter(|arrived| self.accept(arrived))),
            Err(error) => self.on_error(&error).map(|()| None),
        }
    }
}

impl Source for LiveReader {
    fn poll(&mut self, timeout: Duration) -> Result<Polled<'_>, SourceError> {
        if let Some(statistics) = self.client.consumer.context().take_statistics() {
            self.take_statistics(&statistics);
        }
        if self.pending.is_empty() && Instant::now() >= self.look_due {
            self.open_added_partitions()?;
        }
        if let Some(event) = self.pending.pop_front() {
            return Ok(event.into());
        }
        match self.receive(timeout)? {
            Some(Arrived { stream, position, timestamp_ms }) => {
                Ok(Polled::Record(self.scratch.record(stream, position, timestamp_ms)))
            }
            None => Ok(self.pending.pop_front().map_or(Polled::Idle, Polled::from)),
        }
    }
}

impl Drop for LiveReader {
    fn drop(&mut self) {
        let positions: Vec<_> = self.positions().collect();
        for Progress { stream, partition, .. } in positions {
            self.client.status.forget(stream, partition);
        }
    }
}

/// Where a record that just came in belongs.
#[derive(Debug, Clone, Copy)]
struct Arrived {
    stream: StreamId,
    position: Position,
    timestamp_ms: Option<i64>,
}

impl Arrived {
    /// `None` for a topic that is no input. There are a handful of inputs: comparing beats hashing.
    fn new(message: &BorrowedMessage<'_>, inputs: &[String]) -> Option<Self> {
        let topic = message.topic();
        let stream = inputs.iter().position(|input| input == topic).map(StreamId)?;
        let position = Position { partition: message.partition(), offset: message.offset() };
        Some(Self { stream, position, timestamp_ms: message.timestamp().to_millis() })
    }
}

/// Errors that the client library retries on its own.
fn passes_by_itself(code: RDKafkaErrorCode) -> bool {
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
