//! A shard's source of records.

use super::arrived::Arrived;
use super::client::LiveClient;
use super::scratch::Scratch;
use super::share::Share;
use super::unreadable::is_unreadable;
use super::upkeep::{LOOK_INTERVAL, passes_by_itself};
use super::watch::InputWatch;
use crate::failure::Failure;
use crate::waiting::whole_milliseconds;
use bystander_core::record::StreamId;
use bystander_pipeline::{Polled, Progress, Source, SourceError, UnreadableBatch};
use rdkafka::consumer::Consumer;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::{Offset, TopicPartitionList};
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Reads a shard's share of all input topics, committed records only, from explicit positions.
pub struct LiveReader {
    pub(super) client: LiveClient,
    pub(super) inputs: Vec<String>,
    pub(super) share: Share,
    /// The next offset to read, by stream and partition; `None` is not ours, or not opened yet.
    next: Vec<Vec<Option<i64>>>,
    pub(super) pending: VecDeque<Event>,
    pub(super) watch: Arc<InputWatch>,
    pub(super) look_due: Instant,
    scratch: Scratch,
}

/// Something found that is no record.
#[derive(Debug, Clone, Copy)]
pub(super) enum Event {
    Opened(Progress),
    Reached(Progress),
    Gap(Progress),
    Unreadable(UnreadableBatch),
}

impl From<Event> for Polled<'_> {
    fn from(event: Event) -> Self {
        match event {
            Event::Opened(progress) => Self::Opened(progress),
            Event::Reached(progress) => Self::Reached(progress),
            Event::Gap(progress) => Self::Gap(progress),
            Event::Unreadable(batch) => Self::Unreadable(batch),
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
        let places = positions.iter().map(|at| (at.stream, at.partition, at.next_offset));
        reader.client.status.opened(share.shard, places);
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
        // The client library doesn't say which of them; a wrong permission concerns few enough to look at.
        let topics = self.inputs.join(", ");
        let mut failure = Failure::of(error, "reading", &self.client.place(&topics));
        let detail = self.client.consumer.context().last_error();
        if !detail.is_empty() {
            failure.what = format!("{} ({detail})", failure.what);
        }
        failure
    }

    pub(super) fn topic(&self, stream: StreamId) -> &str {
        self.inputs.get(stream.0).map_or("", String::as_str)
    }

    pub(super) fn next_of(&mut self, stream: StreamId, partition: i32) -> Option<&mut Option<i64>> {
        let index = usize::try_from(partition).ok()?;
        let partitions = self.next.get_mut(stream.0)?;
        if partitions.len() <= index {
            partitions.resize(index + 1, None);
        }
        partitions.get_mut(index)
    }

    /// Reads a partition from `next_offset` on, whether or not it was being read before.
    pub(super) fn assign(&mut self, progress: Progress) -> Result<(), Failure> {
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
        self.show(progress);
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
            Some(code) if is_unreadable(code) => self.pass_unreadable(),
            _ => Err(self.failed(error)),
        }
    }

    /// One round: a record that is new, or nothing.
    fn receive(&mut self, timeout: Duration) -> Result<Option<Arrived>, Failure> {
        let outcome = match self.client.consumer.poll(whole_milliseconds(timeout)) {
            None => Ok(None),
            Some(Ok(message)) => Ok(Arrived::new(&message, &self.inputs).inspect(|_| {
                self.scratch.fill(&message, self.client.settings.largest_value);
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
