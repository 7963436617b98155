//! Whether the process is well: a state machine over its shards, with time as a parameter.
//!
//! A shard is judged by progress, not by being alive: one that fails, restarts and fails again never makes
//! progress and is found out, however busy it is.

use serde::Serialize;
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

/// What a shard is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ShardState {
    /// Fencing its predecessor, reading its checkpoint, loading its models.
    Starting,
    /// Reading and committing, or waiting for events.
    Running,
    /// Finishing because it was revoked or the process ends.
    Draining,
    /// Stopped by an error, about to start anew.
    Failed,
}

impl ShardState {
    /// All states.
    pub const ALL: [Self; 4] = [Self::Starting, Self::Running, Self::Draining, Self::Failed];

    /// The word used in metrics and reasons.
    pub fn name(self) -> &'static str {
        match self {
            Self::Starting => "starting",
            Self::Running => "running",
            Self::Draining => "draining",
            Self::Failed => "failed",
        }
    }
}

/// What happens to a shard.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ShardEvent {
    /// It was assigned here, or starts anew after a failure.
    Starting,
    /// It reads.
    Running,
    /// It made progress: a commit went through, or it turned round with nothing to do. Reading alone is none.
    Progressed,
    /// It has to finish.
    Draining,
    /// An error stopped it; what and how to fix it.
    Failed(String),
    /// It is gone from this process on purpose.
    Released,
}

/// How long a shard may go without progress before the process counts as unhealthy.
#[derive(Debug, Clone, Copy)]
pub struct HealthLimits {
    /// While starting: fencing waits for the predecessor's transaction to time out.
    pub starting: Duration,
    /// While running.
    pub running: Duration,
    /// While draining, since it began.
    pub draining: Duration,
    /// While failed: what retries may take.
    pub failed: Duration,
}

impl Default for HealthLimits {
    fn default() -> Self {
        Self {
            starting: Duration::from_secs(120),
            running: Duration::from_secs(60),
            draining: Duration::from_secs(60),
            failed: Duration::from_secs(60),
        }
    }
}

impl HealthLimits {
    fn of(&self, state: ShardState) -> Duration {
        match state {
            ShardState::Starting => self.starting,
            ShardState::Running => self.running,
            ShardState::Draining => self.draining,
            ShardState::Failed => self.failed,
        }
    }
}

/// Whether the process does its work.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Liveness {
    /// Every shard makes progress or is within its limit.
    Healthy,
    /// At least one shard is beyond its limit; those that are.
    Unhealthy(Vec<ShardStatus>),
}

/// How one shard is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ShardStatus {
    /// The shard.
    pub shard: i32,
    /// Its state, as a word in JSON.
    pub state: ShardState,
    /// Whole seconds without progress.
    pub seconds: u64,
    /// Whole seconds without progress that its state allows.
    pub limit_seconds: u64,
    /// Whether it is beyond its limit.
    pub overdue: bool,
    /// The error that stopped it last, if one did.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_error: Option<String>,
}

/// Whether the process takes part in the work.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Readiness {
    /// Both clusters answer, and all assigned shards run and none of their partitions is halted, or none is assigned.
    Ready,
    /// Not yet, or no longer; why.
    NotReady(String),
}

/// Where the process is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    Joining,
    Serving,
    Lost,
    Draining,
}

/// The health of a process and its shards.
#[derive(Debug)]
pub struct HealthMachine {
    limits: HealthLimits,
    phase: Phase,
    outages: Vec<String>,
    /// How its config differs from the job's, in words.
    config_differs: Option<String>,
    shards: BTreeMap<i32, ShardHealth>,
    /// Input partitions that are not read on, in words.
    halted: Vec<String>,
}

#[derive(Debug, Clone)]
struct ShardHealth {
    state: ShardState,
    /// Since when its limit counts.
    progressed_at: Instant,
    last_error: Option<String>,
}

impl ShardHealth {
    /// The shard after an event; `None` when it is gone.
    fn after(shard: Option<Self>, event: ShardEvent, now: Instant) -> Option<Self> {
        use ShardState::{Draining, Failed, Running, Starting};
        let known = shard.is_some();
        let mut next = shard.unwrap_or(Self { state: Starting, progressed_at: now, last_error: None });
        match (next.state, event) {
            // any -> gone
            (_, ShardEvent::Released) => return None,
            // unknown -> unknown: a late word from a shard that was released says nothing
            (_, ShardEvent::Progressed | ShardEvent::Draining) if !known => return None,
            // any -> starting; a restart is no progress
            (_, ShardEvent::Starting) => next.state = Starting,
            // starting, failed -> running; once told to finish it stays so
            (Starting | Running | Failed, ShardEvent::Running) => next.state = Running,
            (Draining, ShardEvent::Running) => {}
            // starting, running, failed -> running
            (Starting | Running | Failed, ShardEvent::Progressed) => {
                next = Self { state: Running, progressed_at: now, last_error: None };
            }
            // a draining shard's limit counts from when it was told, so it can't drain for ever
            (Draining, ShardEvent::Progressed | ShardEvent::Draining) => {}
            // starting, running, failed -> draining
            (Starting | Running | Failed, ShardEvent::Draining) => {
                next.state = Draining;
                next.progressed_at = now;
            }
            // any -> failed
            (_, ShardEvent::Failed(error)) => {
                next.state = Failed;
                next.last_error = Some(error);
            }
        }
        Some(next)
    }

    fn status(&self, shard: i32, limits: &HealthLimits, now: Instant) -> ShardStatus {
        let (without, limit) = (now.saturating_duration_since(self.progressed_at), limits.of(self.state));
        ShardStatus {
            shard,
            state: self.state,
            seconds: without.as_secs(),
            limit_seconds: limit.as_secs(),
            overdue: without > limit,
            last_error: self.last_error.clone(),
        }
    }
}

impl HealthMachine {
    /// A process that has not been assigned anything yet.
    pub fn new(limits: HealthLimits) -> Self {
        let (outages, halted) = (Vec::new(), Vec::new());
        let shards = BTreeMap::new();
        Self { limits, phase: Phase::Joining, outages, config_differs: None, shards, halted }
    }

    /// An assignment is here, be it empty. Has no effect once draining.
    pub fn assigned(&mut self) {
        if self.phase != Phase::Draining {
            self.phase = Phase::Serving;
        }
    }

    /// The group counts this process as gone, so it has no assignment until the next one. Has no effect once draining.
    pub fn lost(&mut self) {
        if self.phase != Phase::Draining {
            self.phase = Phase::Lost;
        }
    }

    /// The process has left the group and given its shards up. Has no effect once draining.
    pub fn left(&mut self) {
        if self.phase != Phase::Draining {
            self.phase = Phase::Joining;
        }
    }

    /// How this process's config differs from the job's, in words; `None` while it doesn't. Tells whether that is new.
    pub fn config_differs(&mut self, how: Option<String>) -> bool {
        let news = self.config_differs != how;
        self.config_differs = how;
        news
    }

    /// The process ends.
    pub fn draining(&mut self) {
        self.phase = Phase::Draining;
    }

    /// Clusters that don't answer now, in words. A restart would not help, so the verdict doesn't depend on it.
    pub fn outages(&mut self, outages: Vec<String>) {
        self.outages = outages;
    }

    /// Which input partitions are not read on, in words. Starting again mends none of them, so this concerns readiness
    /// alone.
    pub fn halted(&mut self, partitions: Vec<String>) {
        self.halted = partitions;
    }

    /// Takes in what happened to a shard at `now`.
    pub fn apply(&mut self, shard: i32, event: ShardEvent, now: Instant) {
        if let Some(next) = ShardHealth::after(self.shards.remove(&shard), event, now) {
            self.shards.insert(shard, next);
        }
    }

    /// Whether all shards are within their limits at `now`.
    pub fn verdict(&self, now: Instant) -> Liveness {
        let overdue: Vec<_> = self.shards(now).into_iter().filter(|shard| shard.overdue).collect();
        if overdue.is_empty() { Liveness::Healthy } else { Liveness::Unhealthy(overdue) }
    }

    /// Every shard at `now`, by number.
    pub fn shards(&self, now: Instant) -> Vec<ShardStatus> {
        self.shards.iter().map(|(&shard, health)| health.status(shard, &self.limits, now)).collect()
    }

    /// Whether the process takes part.
    pub fn readiness(&self) -> Readiness {
        match self.phase {
            // Whatever else is wrong usually follows from it.
            Phase::Joining | Phase::Lost | Phase::Serving if !self.outages.is_empty() => {
                Readiness::NotReady(self.outages.join("; "))
            }
            Phase::Joining | Phase::Lost | Phase::Serving if self.config_differs.is_some() => {
                Readiness::NotReady(self.config_differs.clone().unwrap_or_default())
            }
            Phase::Joining => Readiness::NotReady("waiting for the first assignment of shards".to_owned()),
            Phase::Lost => Readiness::NotReady(
                "the group on the shadow cluster took its shards away; waiting for it to assign some"
                    .to_owned(),
            ),
            Phase::Draining => Readiness::NotReady("draining".to_owned()),
            Phase::Serving => self.shards_ready(),
        }
    }

    fn shards_ready(&self) -> Readiness {
        let waiting: Vec<String> = self
            .shards
            .iter()
            .filter(|(_, health)| matches!(health.state, ShardState::Starting | ShardState::Failed))
            .map(|(shard, health)| format!("shard {shard} is {}", health.state.name()))
            .collect();
        let waiting = [waiting, self.halted.clone()].concat();
        if waiting.is_empty() { Readiness::Ready } else { Readiness::NotReady(waiting.join(", ")) }
    }

    /// How many shards are in a state.
    pub fn count(&self, state: ShardState) -> usize {
        self.shards.values().filter(|shard| shard.state == state).count()
    }
}
