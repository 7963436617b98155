//! One shard's thread: start it, run it, start it anew when it fails.

use super::active_models::ActiveModels;
use bystander_core::record::StreamId;
use bystander_core::rejection::{Code, SkipReason, Stage};
use bystander_core::run::RunLabels;
use bystander_core::scored::ScoredBatch;
use bystander_kafka::{Job, ShadowWatch, StartedShard};
use bystander_metrics::health::ShardEvent;
use bystander_metrics::{Catalogue, ShardObserver, SharedHealth};
use bystander_pipeline::Failure;
use bystander_pipeline::{
    Backoff, EndOffsets, Ended, Ledger, ModelGeneration, Observer, Shard, ShardConfig, ShardError,
    ShardSettings, SinkError, Stop, SystemClock, TransactionEnd, sleep_unless,
};
use std::sync::Arc;
use std::sync::mpsc::Sender;
use std::time::{Duration, Instant};

/// Waits before a failed shard starts again.
const BACKOFF: Backoff = Backoff::new(Duration::from_millis(500), Duration::from_secs(30));
/// A shard that ran this long before it failed waits as after its first failure.
const SETTLED: Duration = Duration::from_secs(60);

/// What the main thread has to hear of.
#[derive(Debug)]
pub(crate) enum ServiceEvent {
    /// A signal asks for an orderly end.
    Signal,
    /// The shard has done everything up to the ends.
    CaughtUp,
    /// Something failed for good.
    Failed(Failure),
}

/// What all shards of this process share.
pub(crate) struct ShardContext {
    pub(crate) job: Job,
    pub(crate) shadow: ShadowWatch,
    pub(crate) models: ActiveModels,
    pub(crate) labels: RunLabels,
    pub(crate) settings: ShardSettings,
    pub(crate) until: Option<EndOffsets>,
    pub(crate) catalogue: Arc<Catalogue>,
    pub(crate) health: Arc<SharedHealth>,
    pub(crate) events: Sender<ServiceEvent>,
}

impl ShardContext {
    /// Whether a failure ends the process. A service is there to outlast everything that can be mended while it runs: a
    /// missing permission or topic is tried again like a broker that is away, at growing intervals, and shown by health,
    /// status and log until then. A run with an end (`--until-caught-up`) ends with what only a person can mend, because
    /// somebody waits for its answer.
    pub(super) fn ends_with(&self, failure: &Failure) -> bool {
        failure.ends(self.until.is_some())
    }

    /// Runs a shard until it is stopped or caught up; tells whether it caught up.
    pub(crate) fn supervise(&self, shard: i32, stop: &Stop) -> bool {
        let mut backoff = BACKOFF;
        let mut hung = false;
        while stop.requested().is_none() {
            self.health.shard(shard, ShardEvent::Starting);
            let began = Instant::now();
            match self.run_once(shard, hung, stop) {
                Ok(Round::Reopen(why)) => {
                    tracing::info!(shard, why, "the shard is opened again");
                    backoff.reset();
                }
                Ok(Round::CaughtUp) => {
                    tracing::info!(shard, "caught up");
                    return true;
                }
                Ok(Round::Stopped) => break,
                Err(_) if stop.requested().is_some() => break,
                Err(Failed { failure, hangs }) => {
                    hung = hangs;
                    self.health.shard(shard, ShardEvent::Failed(failure.to_string()));
                    if self.ends_with(&failure) {
                        tracing::error!(shard, error = %failure, "the shard failed and ends the process");
                        let _ = self.events.send(ServiceEvent::Failed(failure));
                        return false;
                    }
                    if began.elapsed() > SETTLED {
                        backoff.reset();
                    }
                    let wait = backoff.wait();
                    tracing::error!(shard, error = %failure, ?wait, "the shard failed and will restart");
                    sleep_unless(wait, || stop.requested().is_some());
                }
            }
        }
        false
    }

    /// Runs the shard once; `alone` is for records one at a time, after a model hung.
    fn run_once(&self, shard: i32, alone: bool, stop: &Stop) -> Result<Round, Failed> {
        let models = self.models.of_shard();
        let opened = models.generation.open().map_err(|error| {
            self.catalogue.load_failure(&error.model, error.reason);
            Failure::passing(error.what, error.fix)
        })?;
        let started = bystander_kafka::start(&self.job, shard, stop)?;
        let StartedShard { reader, writer, checkpoints, initial_partitions, config, share, .. } = started;
        tracing::info!(shard, shards = share.shards, partitions = checkpoints.len(), "the shard runs");
        self.health.shard(shard, ShardEvent::Running);
        let orders = ShardConfig {
            job: self.job.shadow().job.clone(),
            shard,
            shards: share.shards,
            initial_partitions,
            config,
            labels: self.labels.clone(),
            settings: self.settings,
            alone,
            until: self.until.clone(),
            stop: stop.clone(),
        };
        let (inner, health) = (self.catalogue.observer(), &*self.health);
        let observer = Watched { shard, inner, health, shadow: &self.shadow, told: None };
        let watch = (observer, SystemClock::default());
        let ledger = Ledger::open(checkpoints).map_err(Failure::from)?;
        let mut shard =
            Shard::new(reader, writer, opened, ledger, orders, watch).following(models.slot.clone());
        match shard.run() {
            Ok(Ended::Stopped) => Ok(Round::Stopped),
            Ok(Ended::CaughtUp) => Ok(Round::CaughtUp),
            Err(ShardError::Sink(SinkError::Reopen(why))) => Ok(Round::Reopen(why)),
            Err(error) => {
                Err(Failed { hangs: matches!(error, ShardError::Hangs { .. }), failure: failure(error) })
            }
        }
    }
}

/// Why a shard ended, and whether a model hung.
struct Failed {
    failure: Failure,
    hangs: bool,
}

impl From<Failure> for Failed {
    fn from(failure: Failure) -> Self {
        Self { failure, hangs: false }
    }
}

/// How one run of a shard ended that didn't fail.
enum Round {
    Stopped,
    CaughtUp,
    /// All is well, but its sink has to be opened again.
    Reopen(String),
}

/// A shard's error as something to retry or to mend.
fn failure(error: ShardError) -> Failure {
    match error {
        ShardError::Source(failure) => failure,
        ShardError::Sink(error) => error.into(),
        ShardError::Accounting(error) => error.into(),
        ShardError::Hangs { .. } => {
            Failure::passing(error.to_string(), "it starts again and handles records one at a time")
        }
        ShardError::Order(_) => {
            Failure::passing(error.to_string(), "it starts again from its last checkpoint")
        }
    }
}

/// The catalogue's observer, with the health machine told of progress.
struct Watched<'a> {
    shard: i32,
    inner: ShardObserver,
    health: &'a SharedHealth,
    shadow: &'a ShadowWatch,
    told: Option<Instant>,
}

impl Watched<'_> {
    /// Once a second is enough to tell idle from stuck.
    fn progressed(&mut self) {
        if self.told.is_none_or(|told| told.elapsed() > Duration::from_secs(1)) {
            self.told = Some(Instant::now());
            self.health.shard(self.shard, ShardEvent::Progressed);
        }
    }
}

impl Observer for Watched<'_> {
    fn adopted(&mut self, generation: &ModelGeneration) {
        self.inner.adopted(generation);
    }

    fn exchanged(&mut self, took: Duration) {
        self.inner.exchanged(took);
    }

    fn scored(&mut self, batch: &ScoredBatch<'_>) {
        self.inner.scored(batch);
    }

    fn dead_lettered(&mut self, stream: StreamId, stage: Stage, code: Code) {
        self.inner.dead_lettered(stream, stage, code);
    }

    fn skipped(&mut self, stream: StreamId, reason: SkipReason) {
        self.inner.skipped(stream, reason);
    }

    fn transaction(&mut self, end: TransactionEnd, took: Duration) {
        self.inner.transaction(end, took);
        if end == TransactionEnd::Committed {
            self.health.committed();
            let now = Instant::now();
            self.shadow.contact().answered(now.checked_sub(took).unwrap_or(now));
            self.progressed();
        }
    }

    fn idle(&mut self) {
        self.progressed();
    }

    fn gap(&mut self, stream: StreamId, offsets: u64) {
        self.inner.gap(stream, offsets);
    }
}
