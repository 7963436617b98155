//! The work of a shard between two commits: poll, decode, score, decide, send.
//!
//! Order: of one input partition, each model's comparisons come in offset order, and so do the dead letters
//! from before scoring and those from scoring, each among themselves: the former don't wait for a batch.

mod rows;

use crate::alone::{self, Alone};
use crate::clock::Clock;
use crate::encode::Encoder;
use crate::failure::Failure;
use crate::generation::{GenerationSlot, ModelGeneration, OpenGeneration, StreamModels};
use crate::ledger::{Fate, Ledger};
use crate::letters;
use crate::observer::{Observer, TransactionEnd};
use crate::shard::{ShardConfig, ShardError};
use crate::sink::Transaction;
use crate::source::{Polled, Progress, Source, UnreadableBatch};
use crate::stop::StopMode;
use bystander_core::checkpoint::{Attempts, Checkpoint, Totals};
use bystander_core::dead_letter::{DeadLetter, Payload};
use bystander_core::record::{Position, RawRecord, RecordHeaders};
use bystander_core::rejection::{Code, Rejection, Stage};
use bystander_core::stream::Decoded;
use std::sync::Arc;
use std::time::Duration;

/// Longest wait for a record: how soon a stop is seen.
pub(crate) const IDLE_WAIT: Duration = Duration::from_millis(50);
/// A start that ran so long was a good one.
const ATTEMPTS_KEPT: Duration = Duration::from_secs(60);

/// What follows after a transaction was filled.
#[derive(Debug)]
pub(crate) enum Next {
    /// Commit and go on.
    Commit,
    /// Commit and end: the ends are reached.
    CaughtUp,
    /// End as told.
    Stop(StopMode),
    /// Commit and fail: the source gives nothing more.
    Failed(Failure),
}

/// Everything of a shard but its source and its sink.
pub(crate) struct BatchProcessor<O, C> {
    /// What it scores with; changed only while nothing is in hand, so that one generation scores all of a transaction.
    active: OpenGeneration,
    slot: Option<GenerationSlot>,
    ledger: Ledger,
    config: ShardConfig,
    encoder: Encoder,
    alone: Alone,
    /// Starts that came before are forgotten once this one has run so long.
    attempts_kept_until: Option<Duration>,
    /// Calls of models in this transaction that were ended at their deadline.
    late_calls: u32,
    pub(crate) observer: O,
    clock: C,
}

impl<O: Observer, C: Clock> BatchProcessor<O, C> {
    pub(crate) fn new(active: OpenGeneration, ledger: Ledger, config: ShardConfig, watch: (O, C)) -> Self {
        let encoder = Encoder::new(&config.job, config.settings.payloads);
        let alone = Alone::new(&ledger, config.alone);
        let (observer, clock) = watch;
        let attempts_kept_until = Some(clock.elapsed().saturating_add(ATTEMPTS_KEPT));
        let slot = None;
        let mut processor = Self {
            active,
            slot,
            ledger,
            config,
            encoder,
            alone,
            attempts_kept_until,
            late_calls: 0,
            observer,
            clock,
        };
        processor.adopted();
        processor
    }

    /// Adopts newer generations from there on.
    pub(crate) fn follow(&mut self, slot: GenerationSlot) {
        self.slot = Some(slot);
    }

    /// Adopts a newer generation, if there is one. Nothing may be in hand: it would be lost with the old one's batches.
    pub(crate) fn adopt(&mut self) {
        let Some(slot) = self.slot.as_ref().filter(|slot| slot.is_offered()) else { return };
        let start = self.clock.elapsed();
        if slot.exchange(&mut self.active) {
            self.adopted();
            self.observer.exchanged(self.clock.elapsed().saturating_sub(start));
            tracing::info!(generation = self.generation().number(), "the shard scores with newer models");
        }
    }

    fn adopted(&mut self) {
        let deadline = self.config.settings.deadline;
        self.active.pipelines.iter_mut().for_each(|pipeline| pipeline.limit(deadline));
        let streams = self.active.generation().streams();
        self.ledger.score_with(streams.iter().map(StreamModels::scored_by).collect());
        self.observer.adopted(self.active.generation());
    }

    /// What it scores with, and what scored all that the open transaction holds.
    pub(crate) fn generation(&self) -> &Arc<ModelGeneration> {
        self.active.generation()
    }

    pub(crate) fn into_generation(self) -> OpenGeneration {
        self.active
    }

    pub(crate) fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    /// Fills one transaction until it is time to commit or to end; all batches are empty afterwards,
    /// unless the answer is to abort.
    pub(crate) fn fill<S: Source, T: Transaction>(
        &mut self,
        source: &mut S,
        transaction: &mut T,
    ) -> Result<Next, ShardError> {
        let mut since = None;
        let mut idle = false;
        self.late_calls = 0;
        loop {
            if let Some(mode) = self.config.stop.requested() {
                if mode == StopMode::Drain {
                    self.flush_all(transaction)?;
                    self.ledger.forget_attempts();
                }
                return Ok(Next::Stop(mode));
            }
            let now = self.clock.elapsed();
            self.forget_attempts_in_time(now);
            let due = self.ledger_is_due(&mut since, now);
            if since.is_none() {
                // Nothing was read since the last commit. A quiet shard, which commits nothing, comes by here, too.
                self.adopt();
            }
            if due || idle && self.caught_up() {
                self.flush_all(transaction)?;
                if self.caught_up() {
                    self.ledger.forget_attempts();
                    return Ok(Next::CaughtUp);
                }
                return Ok(Next::Commit);
            }
            let wait = self.flush_due(transaction, now)?;
            let polled = match source.poll(wait) {
                Ok(polled) => polled,
                Err(error) => {
                    // What came before is done all the same. Otherwise a place that can't be read would hold up the
                    // records before it, and the position wouldn't show where it is.
                    self.flush_all(transaction)?;
                    return Ok(Next::Failed(error));
                }
            };
            idle = self.step(polled, transaction)?;
        }
    }

    /// Whether records are handled one at a time for now.
    pub(crate) fn is_alone(&mut self) -> bool {
        self.alone.goes_on(self.clock.elapsed())
    }

    /// How to stop, if that is wanted.
    pub(crate) fn stop(&self) -> Option<StopMode> {
        self.config.stop.requested()
    }

    /// Says that the starts before this one don't count any more, as it ends in order.
    pub(crate) fn forget_attempts(&mut self) {
        self.ledger.forget_attempts();
    }

    /// The mark that is to be committed before a record is handled by itself.
    pub(crate) fn mark(&mut self, record: &RawRecord<'_>) -> Result<Checkpoint, ShardError> {
        let Position { partition, offset } = record.position;
        self.alone.count();
        Ok(alone::mark(self.ledger.checkpoint(record.stream, partition)?, offset))
    }

    /// Handles one poll alone, to the end; tells whether everything is done that was to be.
    pub(crate) fn handle<T: Transaction>(
        &mut self,
        polled: Polled<'_>,
        transaction: &mut T,
    ) -> Result<bool, ShardError> {
        self.late_calls = 0;
        let idle = self.step(polled, transaction)?;
        self.flush_all(transaction)?;
        let now = self.clock.elapsed();
        self.forget_attempts_in_time(now);
        let done = idle && self.caught_up();
        if done {
            self.ledger.forget_attempts();
        }
        Ok(done)
    }

    fn forget_attempts_in_time(&mut self, now: Duration) {
        if self.attempts_kept_until.take_if(|until| now >= *until).is_some() {
            self.ledger.forget_attempts();
        }
    }

    /// Commits what the transaction holds, with the checkpoints that account for it.
    pub(crate) fn commit<S: Source, T: Transaction>(
        &mut self,
        source: &S,
        transaction: T,
    ) -> Result<(), ShardError> {
        self.ledger.see_logs(|stream, partition| source.log(stream, partition));
        let changed = self.ledger.changed();
        if changed.is_empty() {
            return Ok(transaction.abort()?);
        }
        let start = self.clock.elapsed();
        let committed = match self.ledger.check() {
            Ok(()) => transaction.commit(&changed).map_err(ShardError::from),
            Err(error) => Err(error.into()),
        };
        let took = self.clock.elapsed().saturating_sub(start);
        let end = if committed.is_ok() { TransactionEnd::Committed } else { TransactionEnd::Failed };
        self.observer.transaction(end, took);
        committed?;
        self.ledger.saved();
        Ok(())
    }

    /// Whether the first change since the last commit is a commit interval old.
    fn ledger_is_due(&self, since: &mut Option<Duration>, now: Duration) -> bool {
        if since.is_none() && self.ledger.has_changed() {
            *since = Some(now);
        }
        since.is_some_and(|since| now.saturating_sub(since) >= self.config.settings.commit_interval)
    }

    fn caught_up(&self) -> bool {
        let Some(ends) = &self.config.until else { return false };
        let reached = |next: i64, end: Option<&i64>| end.is_none_or(|&end| next >= end);
        self.ledger.checkpoints().all(|(stream, checkpoint)| {
            // A halted partition reaches nothing any more; whoever waits for the ends finds it in the checkpoints.
            checkpoint.log.halt.is_some()
                || reached(checkpoint.next_offset, ends.get(&(stream, checkpoint.partition)))
        })
    }

    /// Handles one poll; tells whether there was nothing to do.
    fn step<T: Transaction>(&mut self, polled: Polled<'_>, transaction: &mut T) -> Result<bool, ShardError> {
        match polled {
            Polled::Record(record) => self.take(&record, transaction).map(|()| false),
            Polled::Idle => {
                self.observer.idle();
                Ok(true)
            }
            Polled::Opened(progress) => self.open(progress).map(|()| false),
            Polled::Reached(Progress { stream, partition, next_offset }) => {
                self.ledger.pass(stream, partition, next_offset)?;
                // More may follow at once: a source that has nothing says so itself.
                Ok(false)
            }
            Polled::Gap(Progress { stream, partition, next_offset }) => {
                let lost = self.ledger.gap(stream, partition, next_offset)?;
                let topic = &self.active.pipelines[stream.0].stream.topic;
                tracing::error!(
                    topic,
                    partition,
                    lost,
                    next_offset,
                    "retention removed offsets before they were read"
                );
                self.observer.gap(stream, lost);
                Ok(false)
            }
            Polled::Unreadable(batch) => self.pass_unreadable(&batch, transaction).map(|()| false),
            Polled::Halted(Progress { stream, partition, .. }, halt) => {
                self.ledger.halt(stream, partition, halt)?;
                Ok(false)
            }
        }
    }

    /// A batch can't be read: its offsets become a gap, for how many records it holds is unknown, and one dead
    /// letter says which they are. It is no record: the totals of records leave it out.
    fn pass_unreadable<T: Transaction>(
        &mut self,
        batch: &UnreadableBatch,
        transaction: &mut T,
    ) -> Result<(), ShardError> {
        let UnreadableBatch { first_offset, passed, why } = *batch;
        let Progress { stream, partition, next_offset } = passed;
        let lost = self.ledger.gap(stream, partition, next_offset)?;
        let of = &self.active.pipelines[stream.0].stream;
        let position = Position { partition, offset: first_offset };
        let (topic, why) = (&of.topic, why.name());
        let letter = DeadLetter {
            at: why,
            last_offset: Some(next_offset - 1),
            ..letters::about(&self.config.labels, of, position, (Stage::Decode, Code::UnreadableBatch))
        };
        self.encoder.at(self.clock.now_ms());
        let to = (&mut self.encoder, &mut self.observer);
        letters::send(to, of, &letter, (None, &RecordHeaders::default()), transaction)?;
        tracing::error!(
            topic,
            partition,
            first_offset,
            next_offset,
            why,
            "a batch can't be read and was passed"
        );
        self.observer.gap(stream, lost);
        Ok(())
    }

    /// A partition was added: its account starts empty.
    fn open(&mut self, Progress { stream, partition, next_offset }: Progress) -> Result<(), ShardError> {
        let config = &self.config;
        let checkpoint = Checkpoint {
            job: config.job.clone(),
            topic: self.active.pipelines[stream.0].stream.topic.clone(),
            partition,
            next_offset,
            shard: config.shard,
            shards: config.shards,
            initial_partitions: config.initial_partitions.get(stream.0).copied().unwrap_or(partition),
            totals: Totals::default(),
            log: Default::default(),
            attempts: Attempts::default(),
            config: config.config.clone(),
            scored_by: None,
        };
        Ok(self.ledger.add(stream, checkpoint)?)
    }

    fn take<T: Transaction>(
        &mut self,
        record: &RawRecord<'_>,
        transaction: &mut T,
    ) -> Result<(), ShardError> {
        let stream = record.stream;
        self.ledger.read(stream, record.position)?;
        if self.alone.is_fatal(stream, record.position) {
            return self.leave_fatal(record, transaction);
        }
        let pipeline = &mut self.active.pipelines[stream.0];
        match pipeline.decoder.decode(&pipeline.stream, record, &mut pipeline.batch) {
            Ok(Decoded::Row) => {
                pipeline.since = pipeline.since.or_else(|| Some(self.clock.elapsed()));
                if pipeline.is_full(self.config.settings.batch_rows) {
                    self.flush(stream.0, transaction)?;
                }
            }
            Ok(Decoded::Skip(reason)) => {
                self.ledger.record_fate(stream, record.position.partition, Fate::Skipped(reason))?;
                self.observer.skipped(stream, reason);
            }
            Err(Rejection { stage, code, at, consented, .. }) => {
                let of = &pipeline.stream;
                let letter = DeadLetter {
                    timestamp_ms: record.timestamp_ms,
                    at,
                    payload: Payload::of(record),
                    withheld: self.encoder.withholds(of, code, consented, record.payload),
                    ..letters::about(&self.config.labels, of, record.position, (stage, code))
                };
                // A key that may not leave is left out: the position still says which record it is.
                let key = record.key.filter(|_| consented);
                let key = key.and_then(|key| of.outgoing_key(key).ok().flatten());
                let trace = of.outgoing_trace(&record.headers);
                self.encoder.at(self.clock.now_ms());
                let to = (&mut self.encoder, &mut self.observer);
                letters::send(to, of, &letter, (key.as_deref(), &trace), transaction)?;
                self.ledger.record_fate(stream, record.position.partition, Fate::DeadLettered)?;
            }
        }
        Ok(())
    }

    /// Handling this record ended a process: it becomes a dead letter without being looked into. Nor does any of it leave,
    /// for what the subject consented to isn't known.
    fn leave_fatal<T: Transaction>(
        &mut self,
        record: &RawRecord<'_>,
        transaction: &mut T,
    ) -> Result<(), ShardError> {
        let of = &self.active.pipelines[record.stream.0].stream;
        let letter = DeadLetter {
            timestamp_ms: record.timestamp_ms,
            payload: Payload::Unread(record.value_len()),
            ..letters::about(&self.config.labels, of, record.position, (Stage::Process, Code::Crashed))
        };
        self.encoder.at(self.clock.now_ms());
        let to = (&mut self.encoder, &mut self.observer);
        letters::send(to, of, &letter, (None, &RecordHeaders::default()), transaction)?;
        tracing::error!(topic = of.topic, position = ?record.position, "a record that ended the process is left aside");
        Ok(self.ledger.record_fate(record.stream, record.position.partition, Fate::DeadLettered)?)
    }
}
