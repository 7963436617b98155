//! A shard's source of records.

#[cfg(test)]
mod tests;

use super::allowance::Allowance;
use super::arrived::{Arrived, unasked};
use super::client::LiveClient;
use super::reading::{Reading, RecordCheck};
use super::scratch::Scratch;
use super::share::Share;
use super::unreadable::is_unreadable;
use super::upkeep::{LOOK_INTERVAL, passes_by_itself};
use super::watch::InputWatch;
use crate::failure::failed_at;
use crate::waiting::whole_milliseconds;
use bystander_core::checkpoint::{Checkpoint, Halt, LogChange};
use bystander_core::record::{Position, StreamId};
use bystander_pipeline::{Failure, Polled, Progress, SeenLog, Source, UnreadableBatch};
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
    /// The topics' ids as they were at the start, by stream.
    pub(super) topic_ids: Vec<Option<String>>,
    /// What is read, by stream and partition; `None` is not ours, or not opened yet.
    readings: Vec<Vec<Option<Reading>>>,
    pub(super) pending: VecDeque<Event>,
    pub(super) watch: Arc<InputWatch>,
    pub(super) look_due: Instant,
    /// Changes of topic ids that the watch had seen when they were last looked at here.
    pub(super) changes_seen: u64,
    pub(super) allowance: Allowance,
    scratch: Scratch,
    /// The record in `scratch`, if it was handed over and its mark hasn't been kept: hashing every record for the last
    /// one of each commit would be waste.
    unmarked: Option<Arrived>,
}

/// Something found that is no record.
#[derive(Debug, Clone, Copy)]
pub(super) enum Event {
    Opened(Progress),
    Reached(Progress),
    Gap(Progress),
    Unreadable(UnreadableBatch),
    Halted(Progress, Halt),
}

impl From<Event> for Polled<'_> {
    fn from(event: Event) -> Self {
        match event {
            Event::Opened(progress) => Self::Opened(progress),
            Event::Reached(progress) => Self::Reached(progress),
            Event::Gap(progress) => Self::Gap(progress),
            Event::Unreadable(batch) => Self::Unreadable(batch),
            Event::Halted(progress, halt) => Self::Halted(progress, halt),
        }
    }
}

impl LiveReader {
    /// Starts reading the topics of `inputs` (by [`StreamId`]), whose ids are `topic_ids`, at the given checkpoints.
    /// Partitions that a checkpoint halts, or whose topic has another id, are not read. Owned partitions without a
    /// checkpoint are opened from their beginning when they are next looked for.
    ///
    /// # Errors
    /// When the positions can't be assigned.
    pub fn open(
        client: LiveClient,
        (inputs, topic_ids, watch): (&[String], Vec<Option<String>>, &Arc<InputWatch>),
        share: Share,
        checkpoints: &[(StreamId, Checkpoint)],
    ) -> Result<Self, Failure> {
        let mut reader = Self {
            changes_seen: watch.changes(),
            watch: Arc::clone(watch),
            look_due: Instant::now() + LOOK_INTERVAL,
            allowance: Allowance::new(client.settings.bytes_per_second),
            client,
            inputs: inputs.to_vec(),
            topic_ids,
            share,
            readings: vec![Vec::new(); inputs.len()],
            pending: VecDeque::new(),
            scratch: Scratch::default(),
            unmarked: None,
        };
        reader.client.consumer.assign(&TopicPartitionList::new()).map_err(|error| reader.failed(&error))?;
        let places = checkpoints
            .iter()
            .map(|(stream, checkpoint)| (*stream, checkpoint.partition, checkpoint.next_offset));
        reader.client.status.opened(share.shard, places);
        for (stream, checkpoint) in checkpoints {
            reader.take_up(*stream, checkpoint)?;
        }
        Ok(reader)
    }

    /// Reads a partition on from its checkpoint, unless its log is another one.
    fn take_up(&mut self, stream: StreamId, checkpoint: &Checkpoint) -> Result<(), Failure> {
        let Checkpoint { partition, next_offset, ref log, .. } = *checkpoint;
        let progress = Progress { stream, partition, next_offset };
        let reading = Reading::of(checkpoint);
        self.set_reading(progress, reading)?;
        if let Some(halt) = log.halt {
            self.show_halt(progress, halt);
            return Ok(());
        }
        let now = self.topic_ids.get(stream.0).and_then(Option::as_deref);
        match (log.topic_id.as_deref(), now) {
            (Some(then), Some(now))
                if then != now && self.client.is_recreated(self.topic(stream), then)? =>
            {
                self.halt(progress, LogChange::Recreated);
                Ok(())
            }
            _ => self.fetch(progress, reading.begin()),
        }
    }

    /// Every partition that is read, and the next offset to read in it.
    pub fn positions(&self) -> impl Iterator<Item = Progress> {
        self.all_positions().filter(|(_, halted)| !halted).map(|(progress, _)| progress)
    }

    /// The same with those that are halted, and whether they are.
    fn all_positions(&self) -> impl Iterator<Item = (Progress, bool)> {
        self.readings.iter().enumerate().flat_map(|(stream, partitions)| {
            (0_i32..).zip(partitions).filter_map(move |(partition, reading)| {
                let Reading { next, halted, .. } = (*reading)?;
                Some((Progress { stream: StreamId(stream), partition, next_offset: next }, halted))
            })
        })
    }

    fn failed(&self, error: &KafkaError) -> Failure {
        // The client library doesn't say which of them; a wrong permission concerns few enough to look at.
        let topics = self.inputs.join(", ");
        let mut failure = failed_at(error, "reading", &self.client.place(&topics));
        let detail = self.client.consumer.context().last_error();
        if !detail.is_empty() {
            failure.what = format!("{} ({detail})", failure.what);
        }
        if failure.is_retriable() {
            failure.fix.push_str(
                "; where it fails at the same offset again and again, see BystanderShardStuck in the runbook about \
                 `bystander skip`",
            );
        }
        failure
    }

    pub(super) fn topic(&self, stream: StreamId) -> &str {
        self.inputs.get(stream.0).map_or("", String::as_str)
    }

    /// The place of a partition; `None` for a stream that there isn't.
    pub(super) fn reading_of(&mut self, stream: StreamId, partition: i32) -> Option<&mut Option<Reading>> {
        let index = usize::try_from(partition).ok()?;
        let partitions = self.readings.get_mut(stream.0)?;
        if partitions.len() <= index {
            partitions.resize(index + 1, None);
        }
        partitions.get_mut(index)
    }

    fn set_reading(&mut self, progress: Progress, reading: Reading) -> Result<(), Failure> {
        let Progress { stream, partition, next_offset } = progress;
        match self.reading_of(stream, partition) {
            Some(place) => *place = Some(reading),
            // Without a reading its records would be taken for nobody's.
            None => {
                return Err(unasked(self.topic(stream), Position { partition, offset: next_offset }));
            }
        }
        Ok(())
    }

    /// Opens a partition of which nothing was read yet.
    pub(super) fn open_partition(&mut self, progress: Progress) -> Result<(), Failure> {
        self.set_reading(progress, Reading::from(progress.next_offset))?;
        self.fetch(progress, progress.next_offset)
    }

    /// Reads a partition again from where it stands, after the client lost its place. Offsets before `oldest` are gone.
    pub(super) fn read_again(&mut self, progress: Progress, oldest: i64) -> Result<(), Failure> {
        keep_mark(&mut self.readings, &mut self.unmarked, &self.scratch, None);
        self.release(progress.stream, progress.partition);
        let begin = match self.reading_of(progress.stream, progress.partition) {
            Some(Some(reading)) => {
                reading.next = progress.next_offset;
                reading.again();
                reading.expire(oldest);
                reading.begin()
            }
            _ => progress.next_offset,
        };
        self.fetch(progress, begin)
    }

    /// Reads a partition again from its last record on, to see whether that is still there.
    pub(super) fn meet_again(&mut self, progress: Progress) -> Result<(), Failure> {
        // Nothing is known to be gone. If something is, the fetch will say so.
        self.read_again(progress, 0)
    }

    /// Has the client fetch a partition from an offset on, which may lie before the next one to hand over.
    fn fetch(&mut self, progress: Progress, from: i64) -> Result<(), Failure> {
        let mut list = TopicPartitionList::new();
        list.add_partition_offset(self.topic(progress.stream), progress.partition, Offset::Offset(from))
            .map_err(|error| self.failed(&error))?;
        self.client.consumer.incremental_assign(&list).map_err(|error| self.failed(&error))?;
        let Progress { stream, partition, next_offset } = progress;
        self.client.status.assigned((stream, partition), self.share.shard, next_offset);
        Ok(())
    }

    /// Ends fetching a partition, if it is fetched.
    pub(super) fn release(&mut self, stream: StreamId, partition: i32) {
        let mut list = TopicPartitionList::new();
        list.add_partition(self.topic(stream), partition);
        if let Err(error) = self.client.consumer.incremental_unassign(&list) {
            tracing::debug!(%error, partition, "a partition was not fetched");
        }
    }

    /// Takes in the record that was just filled into the buffer; tells whether it is to be handed over.
    fn accept(&mut self, arrived: &Arrived) -> Result<bool, Failure> {
        let Arrived { stream, position, .. } = *arrived;
        let index = usize::try_from(position.partition).ok();
        let readings = self.readings.get_mut(stream.0);
        let Some(Some(reading)) = readings.zip(index).and_then(|(readings, index)| readings.get_mut(index))
        else {
            return Err(unasked(self.topic(stream), position));
        };
        let progress = Progress { stream, partition: position.partition, next_offset: reading.next };
        match reading.judge(arrived, || self.scratch.mark(arrived)) {
            RecordCheck::New => {
                self.unmarked = Some(*arrived);
                Ok(true)
            }
            RecordCheck::Known => Ok(false),
            RecordCheck::Foreign(reason) => {
                self.halt(progress, reason);
                Ok(false)
            }
            // It comes once more behind the last record.
            RecordCheck::Unverified => self.meet_again(progress).map(|()| false),
            RecordCheck::Unmet => Ok(self.check_lineage(progress, position.offset)? && self.accept(arrived)?),
        }
    }

    fn on_error(&mut self, error: &KafkaError) -> Result<(), Failure> {
        match error.rdkafka_error_code() {
            Some(RDKafkaErrorCode::AutoOffsetReset | RDKafkaErrorCode::OffsetOutOfRange) => {
                self.find_lost_offsets()
            }
            Some(code) if passes_by_itself(code) => Ok(()),
            Some(code) if is_unreadable(code) => self.pass_unreadable(),
            // A topic that is gone for a moment, or lacks partitions that it had, may be another one by now.
            _ if self.halt_recreated().unwrap_or(false) => Ok(()),
            _ => Err(self.failed(error)),
        }
    }

    /// One round: a record that is new, or nothing.
    fn receive(&mut self, timeout: Duration) -> Result<Option<Arrived>, Failure> {
        let outcome = match self.client.consumer.poll(whole_milliseconds(timeout)) {
            None => return Ok(None),
            Some(Ok(message)) => {
                let arrived = Arrived::new(&message, &self.inputs)?;
                keep_mark(&mut self.readings, &mut self.unmarked, &self.scratch, Some(&arrived));
                self.scratch.fill(&message, self.client.settings.largest_value);
                self.allowance.deliver(self.scratch.len());
                Ok(arrived)
            }
            Some(Err(error)) => Err(error),
        };
        match outcome {
            Ok(arrived) => Ok(self.accept(&arrived)?.then_some(arrived)),
            Err(error) => self.on_error(&error).map(|()| None),
        }
    }
}

/// Keeps the mark of the record in the buffer before `next` takes its place there; not when that is the one after it in
/// the same partition, of which only the latest mark counts. One of another leader may turn out not to be.
fn keep_mark(
    readings: &mut [Vec<Option<Reading>>],
    unmarked: &mut Option<Arrived>,
    scratch: &Scratch,
    next: Option<&Arrived>,
) {
    let Some(arrived) = *unmarked else { return };
    let (stream, position) = (arrived.stream, arrived.position);
    let follows = |next: &Arrived| {
        (next.stream, next.position.partition) == (stream, position.partition)
            && next.position.offset > position.offset
            && next.leader_epoch == arrived.leader_epoch
    };
    if next.is_some_and(follows) {
        return;
    }
    *unmarked = None;
    let index = usize::try_from(position.partition).unwrap_or_default();
    if let Some(Some(reading)) = readings.get_mut(stream.0).and_then(|readings| readings.get_mut(index)) {
        reading.last = Some(scratch.mark(&arrived));
    }
}

impl Source for LiveReader {
    fn poll(&mut self, timeout: Duration) -> Result<Polled<'_>, Failure> {
        if let Some(statistics) = self.client.consumer.context().take_statistics() {
            self.take_statistics(&statistics)?;
        }
        if self.watch.changes() != self.changes_seen {
            self.look_into_changes();
        }
        if self.pending.is_empty() && Instant::now() >= self.look_due {
            self.open_added_partitions()?;
        }
        if let Some(event) = self.pending.pop_front() {
            return Ok(event.into());
        }
        let wait = self.allowance.wait(Instant::now());
        if !wait.is_zero() {
            std::thread::sleep(wait.min(timeout));
        }
        if wait > timeout {
            return Ok(Polled::Idle);
        }
        match self.receive(timeout.saturating_sub(wait))? {
            Some(Arrived { stream, position, timestamp_ms, .. }) => {
                Ok(Polled::Record(self.scratch.record(stream, position, timestamp_ms)))
            }
            None => Ok(self.pending.pop_front().map_or(Polled::Idle, Polled::from)),
        }
    }

    fn log(&self, stream: StreamId, partition: i32) -> SeenLog<'_> {
        let here = |arrived: &Arrived| (arrived.stream, arrived.position.partition) == (stream, partition);
        let latest = self.unmarked.filter(here).map(|arrived| self.scratch.mark(&arrived));
        let index = usize::try_from(partition).ok();
        let reading =
            self.readings.get(stream.0).zip(index).and_then(|(readings, index)| *readings.get(index)?);
        SeenLog {
            topic_id: self.topic_ids.get(stream.0).and_then(Option::as_deref),
            last_record: latest.or(reading.and_then(|reading| reading.last)),
        }
    }
}
