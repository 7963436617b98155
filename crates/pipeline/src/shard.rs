//! The shard: a whole pipeline in one thread, from poll to commit.

use crate::accounting::AccountingError;
use crate::alone;
use crate::batch_processor::{BatchProcessor, IDLE_WAIT, Next};
use crate::clock::Clock;
use crate::failure::Failure;
use crate::generation::{GenerationSlot, ModelGeneration, OpenGeneration};
use crate::ledger::{Ledger, OutOfOrder};
use crate::observer::{Observer, TransactionEnd};
use crate::sink::{Sink, SinkError, Transaction};
use crate::source::{Polled, Source};
use crate::stop::{Stop, StopMode};
use bystander_core::checkpoint::AgreedConfig;
use bystander_core::dead_letter::PayloadPolicy;
use bystander_core::record::StreamId;
use bystander_core::run::RunLabels;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

/// How a shard batches and commits.
#[derive(Debug, Clone, Copy)]
pub struct ShardSettings {
    /// Rows that are scored together at most.
    pub batch_rows: usize,
    /// How long a row waits for others.
    pub linger: Duration,
    /// How often a transaction is committed.
    pub commit_interval: Duration,
    /// Whether dead letters carry the payload.
    pub payloads: PayloadPolicy,
    /// How long one call of a model may take.
    pub deadline: Duration,
    /// Calls in one transaction that may be ended at their deadline; after more the shard starts again and handles
    /// records one at a time. It keeps the transaction within its own timeout.
    pub late_calls: u32,
}

impl Default for ShardSettings {
    fn default() -> Self {
        Self {
            batch_rows: 256,
            // A row isn't seen before the commit, so waiting for it costs nothing and makes fuller batches: most of a
            // quiet shard's time would go into calling models for one row each.
            linger: Duration::from_millis(200),
            commit_interval: Duration::from_millis(200),
            payloads: PayloadPolicy::Omit,
            deadline: Duration::from_secs(5),
            late_calls: 5,
        }
    }
}

/// The offset at which each partition counts as caught up.
pub type EndOffsets = BTreeMap<(StreamId, i32), i64>;

/// What a shard works for.
#[derive(Debug, Clone)]
pub struct ShardConfig {
    /// Job: names the source in CloudEvents, and the checkpoints.
    pub job: String,
    /// Which shard it is.
    pub shard: i32,
    /// Of how many.
    pub shards: i32,
    /// Partitions that each input had when the job first saw it, by stream.
    pub initial_partitions: Vec<i32>,
    /// The config that the job agreed on; goes into the checkpoints of partitions that are opened later.
    pub config: Option<AgreedConfig>,
    /// Mode, run and cluster, as comparisons say them.
    pub labels: RunLabels,
    /// Batching and committing.
    pub settings: ShardSettings,
    /// Handle records one at a time at first, whatever the checkpoints say about earlier starts.
    pub alone: bool,
    /// Stop once everything before these offsets is done.
    pub until: Option<EndOffsets>,
    /// Stop when told.
    pub stop: Stop,
}

/// Why a shard ended without an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// It was told to.
    Stopped,
    /// It reached the ends it was given.
    CaughtUp,
}

/// Why a shard failed. Nothing of its open transaction is visible; it starts anew from its checkpoints.
#[derive(Debug, thiserror::Error)]
pub enum ShardError {
    /// Reading failed.
    #[error(transparent)]
    Source(#[from] Failure),
    /// Writing failed.
    #[error(transparent)]
    Sink(#[from] SinkError),
    /// A model ran into its deadline again and again.
    #[error("model {model} was ended at its deadline {late_calls} times in one transaction")]
    Hangs {
        /// The model, as `name/version`.
        model: String,
        /// How often.
        late_calls: u32,
    },
    /// The source broke its promise of order.
    #[error(transparent)]
    Order(#[from] OutOfOrder),
    /// The accounts would stop balancing.
    #[error(transparent)]
    Accounting(#[from] AccountingError),
}

/// A running shard.
pub struct Shard<S, K, O, C> {
    source: S,
    sink: K,
    processor: BatchProcessor<O, C>,
}

impl<S: Source, K: Sink, O: Observer, C: Clock> Shard<S, K, O, C> {
    /// A shard that reads `source`, scores with `models` and writes to `sink`.
    pub fn new(
        source: S,
        sink: K,
        models: OpenGeneration,
        ledger: Ledger,
        config: ShardConfig,
        watch: (O, C),
    ) -> Self {
        Self { source, sink, processor: BatchProcessor::new(models, ledger, config, watch) }
    }

    /// The same, adopting newer models from the slot between two commits.
    #[must_use]
    pub fn following(mut self, slot: GenerationSlot) -> Self {
        self.processor.follow(slot);
        self
    }

    /// Runs until stopped, caught up or failed.
    ///
    /// # Errors
    /// When the source or the sink fails.
    pub fn run(&mut self) -> Result<Ended, ShardError> {
        while self.processor.is_alone() {
            if let Some(ended) = self.run_alone()? {
                return Ok(ended);
            }
        }
        loop {
            let mut transaction = self.sink.begin()?;
            let next = match self.processor.fill(&mut self.source, &mut transaction) {
                Ok(next) => next,
                Err(error) => {
                    self.processor.observer.transaction(TransactionEnd::Failed, Duration::ZERO);
                    return Err(error);
                }
            };
            if matches!(next, Next::Stop(StopMode::Abort)) {
                transaction.abort()?;
                self.processor.observer.transaction(TransactionEnd::Aborted, Duration::ZERO);
                return Ok(Ended::Stopped);
            }
            self.processor.commit(&self.source, transaction)?;
            match next {
                Next::Stop(_) => return Ok(Ended::Stopped),
                Next::CaughtUp => return Ok(Ended::CaughtUp),
                Next::Failed(error) => return Err(error.into()),
                Next::Commit => {}
            }
        }
    }

    /// Handles what one poll finds in a transaction of its own, and a record only after a mark of it is committed.
    fn run_alone(&mut self) -> Result<Option<Ended>, ShardError> {
        let Self { source, sink, processor } = self;
        processor.adopt();
        match processor.stop() {
            Some(StopMode::Abort) => return Ok(Some(Ended::Stopped)),
            Some(StopMode::Drain) => {
                processor.forget_attempts();
                processor.commit(&*source, sink.begin()?)?;
                return Ok(Some(Ended::Stopped));
            }
            None => {}
        }
        let polled = source.poll(IDLE_WAIT)?;
        let mut in_hand = None;
        if let Polled::Record(record) = &polled {
            in_hand = Some(alone::one_record_at_a_time());
            sink.begin()?.commit(&[processor.mark(record)?])?;
        }
        let mut transaction = sink.begin()?;
        let done = processor.handle(polled, &mut transaction)?;
        processor.commit(&*source, transaction)?;
        drop(in_hand);
        Ok(done.then_some(Ended::CaughtUp))
    }

    /// What it scores with.
    pub fn generation(&self) -> &Arc<ModelGeneration> {
        self.processor.generation()
    }

    /// Its models, open as they are, for another shard.
    pub fn into_generation(self) -> OpenGeneration {
        self.processor.into_generation()
    }

    /// The accounts, as they are now.
    pub fn ledger(&self) -> &Ledger {
        self.processor.ledger()
    }
}
