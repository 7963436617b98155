//! The work: every piece once, by as many workers as there are cores.

use crate::journal::{Journal, PieceAccount, PieceDone};
use crate::letters::Letters;
use crate::pace::Pacer;
use crate::piece::Piece;
use crate::plan::{Form, Plan};
use crate::schedule::Schedule;
use crate::seams::{PieceSink, PieceSource, WorkerFactory};
use crate::tally::{Tallied, Tally};
use crate::window::{Walked, Windowed};
use bystander_core::checkpoint::{Attempts, Checkpoint, Totals};
use bystander_core::dead_letter::DeadLetter;
use bystander_core::record::StreamId;
use bystander_core::rejection::{Code, SkipReason, Stage};
use bystander_core::run::RunLabels;
use bystander_core::scored::ScoredBatch;
use bystander_pipeline::{
    AccountingError, Backoff, Ended, Failure, Ledger, ModelGeneration, Observer, OpenGeneration, Shard,
    ShardConfig, ShardError, ShardSettings, SinkError, Stop, StopMode, SystemClock, TransactionEnd,
    sleep_unless,
};
use parking_lot::Mutex;
use std::collections::{BTreeMap, HashSet};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// How a run is worked off.
pub struct Work<'w> {
    /// The plan.
    pub plan: &'w Plan,
    /// Names of the streams, by id.
    pub streams: &'w [String],
    /// Mode, run and cluster.
    pub labels: RunLabels,
    /// Batching; a piece is one transaction whatever the commit interval says.
    pub settings: ShardSettings,
    /// How many pieces at a time.
    pub workers: usize,
    /// Whether an input's pieces must be done in order by one worker.
    pub whole_inputs: bool,
    /// The pace of all workers together.
    pub pacer: Pacer,
    /// Told to stop, also by a worker that fails: pieces in hand are thrown away.
    pub stop: Stop,
    /// How long a piece that fails in passing is tried again.
    pub patience: Duration,
}

/// How far a run is, for whoever shows it.
#[derive(Debug, Default)]
pub struct ReplayProgress {
    records: AtomicU64,
    bytes: AtomicU64,
    published: AtomicU64,
    retries: AtomicU64,
}

impl ReplayProgress {
    pub(crate) fn read(&self, bytes: u64) {
        self.records.fetch_add(1, Ordering::Relaxed);
        self.bytes.fetch_add(bytes, Ordering::Relaxed);
    }

    /// Records read.
    pub fn records(&self) -> u64 {
        self.records.load(Ordering::Relaxed)
    }

    /// Bytes of keys and values read.
    pub fn bytes(&self) -> u64 {
        self.bytes.load(Ordering::Relaxed)
    }

    /// Offsets or lines that are done and published, those of former parts of the run among them.
    pub fn published(&self) -> u64 {
        self.published.load(Ordering::Relaxed)
    }

    /// Pieces that were tried again.
    pub fn retries(&self) -> u64 {
        self.retries.load(Ordering::Relaxed)
    }
}

/// Works off all pieces that the journal doesn't hold yet.
///
/// # Errors
/// When a piece fails for good: the others in hand are thrown away, what is published stays.
pub fn work<W: WorkerFactory>(
    work: &Work<'_>,
    factory: &W,
    journal: &mut Journal,
    progress: &ReplayProgress,
) -> Result<Ended, Failure> {
    let done: HashSet<Piece> = journal.done().iter().map(|done| done.piece).collect();
    let size = |piece: &Piece| u64::try_from(piece.end - piece.start).unwrap_or(0);
    progress.published.store(done.iter().map(size).sum(), Ordering::Relaxed);
    let left = work.plan.pieces().filter(|piece| !done.contains(piece));
    let schedule = Mutex::new(Schedule::new(left, work.whole_inputs));
    let journal = Mutex::new(journal);
    let failure = Mutex::new(None);
    std::thread::scope(|scope| {
        for number in 0..work.workers.max(1) {
            let (schedule, journal, failure) = (&schedule, &journal, &failure);
            scope.spawn(move || {
                let worker = Worker { work, factory, progress, number };
                let next = || schedule.lock().next(number);
                let note = |done: PieceDone| {
                    let size = size(&done.piece);
                    journal.lock().append(done)?;
                    progress.published.fetch_add(size, Ordering::Relaxed);
                    Ok(())
                };
                if let Err(error) = worker.run(next, note) {
                    failure.lock().get_or_insert(error);
                    work.stop.request(StopMode::Abort);
                }
            });
        }
    });
    match failure.into_inner() {
        Some(error) => Err(error),
        None if work.stop.requested().is_some() => Ok(Ended::Stopped),
        None => Ok(Ended::CaughtUp),
    }
}

struct Worker<'w, 'p, W> {
    work: &'w Work<'p>,
    factory: &'w W,
    progress: &'w ReplayProgress,
    number: usize,
}

/// What a worker works with; made anew after a failure.
struct WorkerState<W: WorkerFactory> {
    source: W::Source,
    sink: W::Sink,
    models: OpenGeneration,
    /// Bytes off the source's wire that were paced already.
    paced: u64,
}

/// Waits before a piece is tried again.
const BACKOFF: Backoff = Backoff::new(Duration::from_millis(200), Duration::from_secs(10));

impl<W: WorkerFactory> Worker<'_, '_, W> {
    fn run(
        &self,
        next: impl Fn() -> Option<Piece>,
        note: impl Fn(PieceDone) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        let mut state = None;
        while !self.stopped() {
            let Some(piece) = next() else { return Ok(()) };
            match self.insist(&mut state, &piece)? {
                Some(done) => note(done)?,
                None => return Ok(()),
            }
        }
        Ok(())
    }

    fn stopped(&self) -> bool {
        self.work.stop.requested().is_some()
    }

    /// Scores a piece, again where that can help; `None` when stopped.
    fn insist(
        &self,
        state: &mut Option<WorkerState<W>>,
        piece: &Piece,
    ) -> Result<Option<PieceDone>, Failure> {
        let deadline = Instant::now() + self.work.patience;
        let mut backoff = BACKOFF;
        loop {
            let error = match self.score(state, piece) {
                Ok(done) => return Ok(done),
                Err(error) => error,
            };
            // Whatever is half done goes with the state.
            *state = None;
            if self.stopped() {
                return Ok(None);
            }
            let wait = backoff.wait();
            if !error.is_retriable() || Instant::now() + wait > deadline {
                return Err(error);
            }
            self.progress.retries.fetch_add(1, Ordering::Relaxed);
            let input = &self.work.plan.inputs[piece.input].label;
            tracing::warn!(input, start = piece.start, end = piece.end, %error, "a piece is tried again");
            sleep_unless(wait, || self.stopped());
        }
    }

    fn score(&self, state: &mut Option<WorkerState<W>>, piece: &Piece) -> Result<Option<PieceDone>, Failure> {
        let plan = self.work.plan;
        let mut used = match state.take() {
            Some(state) => state,
            None => WorkerState {
                source: self.factory.source(self.number)?,
                sink: self.factory.sink(self.number)?,
                models: self.factory.models()?,
                paced: 0,
            },
        };
        used.source.assign(plan, piece)?;
        used.sink.start(plan, piece)?;
        let mut walked = self.walked(piece)?;
        let ledger = self.ledger(piece, &walked)?;
        let orders = self.orders(piece, &walked);
        let mut tally = Tally::default();
        let windowed = Windowed {
            source: &mut used.source,
            window: plan.window,
            walked: &mut walked,
            pacer: &self.work.pacer,
            paced: &mut used.paced,
            progress: self.progress,
        };
        let tallied = Tallied { sink: &mut used.sink, tally: &mut tally };
        let mut letters = Letters::default();
        let watch = (Watch { letters: &mut letters }, SystemClock::default());
        let mut shard = Shard::new(windowed, tallied, used.models, ledger, orders, watch);
        if shard.run().map_err(failure_of)? == Ended::Stopped {
            return Ok(None);
        }
        let totals: BTreeMap<_, _> = shard
            .ledger()
            .checkpoints()
            .map(|(stream, checkpoint)| ((stream, checkpoint.partition), checkpoint.totals.clone()))
            .collect();
        used.models = shard.into_generation();
        let files = used.sink.publish()?;
        *state = Some(used);
        let accounts = plan.inputs[piece.input].accounts.iter().zip(walked).map(|(account, walked)| {
            let (stream, partition) = (walked.stream, account.partition);
            let none = AccountingError::NoAccount { stream, partition };
            let totals = totals.get(&(stream, partition)).cloned().ok_or(none)?;
            let topic = account.topic.clone();
            Ok(PieceAccount { topic, partition, totals, outside: walked.outside, gaps: walked.gaps })
        });
        let accounts = accounts.collect::<Result<Vec<_>, Failure>>()?;
        let accounts = accounts.into_iter().filter(PieceAccount::is_of_use).collect();
        let Tally { comparisons, digest, .. } = tally;
        let dead_letters = letters.into_counts();
        Ok(Some(PieceDone { piece: *piece, accounts, comparisons, digest, files, dead_letters }))
    }

    fn walked(&self, piece: &Piece) -> Result<Vec<Walked>, Failure> {
        let input = &self.work.plan.inputs[piece.input];
        let by_offset = input.form == Form::Partition;
        let accounts = input.accounts.iter().map(|account| {
            let stream =
                self.work.streams.iter().position(|name| *name == account.stream).ok_or_else(|| {
                    let what = format!("the plan's stream {} is not in the config", account.stream);
                    Failure::lasting(what, "resume with the config that the run was begun with")
                })?;
            Ok(Walked::new(StreamId(stream), account, if by_offset { piece.start } else { account.start }))
        });
        accounts.collect()
    }

    fn ledger(&self, piece: &Piece, walked: &[Walked]) -> Result<Ledger, Failure> {
        let input = &self.work.plan.inputs[piece.input];
        let checkpoints = input.accounts.iter().zip(walked).map(|(account, walked)| {
            let checkpoint = Checkpoint {
                job: self.work.labels.run_id.clone(),
                topic: account.topic.clone(),
                partition: account.partition,
                next_offset: walked.from(),
                shard: shard_number(self.number),
                shards: shard_number(self.work.workers),
                initial_partitions: 0,
                totals: Totals::default(),
                log: Default::default(),
                attempts: Attempts::default(),
                config: None,
                scored_by: None,
            };
            (walked.stream, checkpoint)
        });
        Ok(Ledger::open(checkpoints.collect())?)
    }

    /// A file is done when nothing more comes of it, a partition when its end is reached.
    fn orders(&self, piece: &Piece, walked: &[Walked]) -> ShardConfig {
        let input = &self.work.plan.inputs[piece.input];
        let until = match input.form {
            Form::File => BTreeMap::new(),
            Form::Partition => walked
                .iter()
                .zip(&input.accounts)
                .map(|(walked, account)| ((walked.stream, account.partition), piece.end))
                .collect(),
        };
        ShardConfig {
            job: self.work.labels.run_id.clone(),
            shard: shard_number(self.number),
            shards: shard_number(self.work.workers),
            initial_partitions: Vec::new(),
            config: None,
            labels: self.work.labels.clone(),
            // However many rows take too long, the piece is done: each becomes a dead letter.
            settings: ShardSettings {
                commit_interval: Duration::MAX,
                late_calls: u32::MAX,
                ..self.work.settings
            },
            alone: false,
            until: Some(until),
            stop: self.work.stop.clone(),
        }
    }
}

fn shard_number(number: usize) -> i32 {
    i32::try_from(number).unwrap_or(i32::MAX)
}

impl PieceAccount {
    fn is_of_use(&self) -> bool {
        self.totals != Totals::default() || self.outside > 0 || !self.gaps.is_empty()
    }
}

/// Counts dead letters; the journal says the rest.
struct Watch<'w> {
    letters: &'w mut Letters,
}

impl Observer for Watch<'_> {
    fn adopted(&mut self, _: &ModelGeneration) {}
    fn scored(&mut self, _: &ScoredBatch<'_>) {}
    fn dead_lettered(&mut self, _: StreamId, _: Stage, _: Code) {}
    fn dead_letter(&mut self, letter: &DeadLetter<'_>) {
        self.letters.note(letter);
    }
    fn skipped(&mut self, _: StreamId, _: SkipReason) {}
    fn transaction(&mut self, _: TransactionEnd, _: Duration) {}
    fn gap(&mut self, _: StreamId, _: u64) {}
}

/// What a shard's error means for a replay.
fn failure_of(error: ShardError) -> Failure {
    match error {
        ShardError::Source(failure) | ShardError::Sink(SinkError::Failed(failure)) => failure,
        ShardError::Hangs { .. } => Failure::lasting(error.to_string(), "raise scoring.deadline"),
        ShardError::Accounting(error) => error.into(),
        ShardError::Sink(_) => Failure::lasting(error.to_string(), "see that this run runs only once"),
        ShardError::Order(_) => Failure::lasting(
            error.to_string(),
            "a file must hold each partition in the order of its offsets; sort it, or give one file per partition",
        ),
    }
}
