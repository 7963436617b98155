//! The health machine shared between shards, the control plane and the HTTP endpoints.

use crate::health::{HealthLimits, HealthMachine, Liveness, Readiness, ShardEvent, ShardState, ShardStatus};
use crate::http::Health;
use crate::registry::Catalogue;
use parking_lot::{Mutex, MutexGuard};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// A [`HealthMachine`] on the process's clock; it keeps the metric of shards by state up to date.
///
/// Shards report a few times per second, with a commit or an idle turn, so one lock does.
pub struct SharedHealth {
    machine: Mutex<HealthMachine>,
    catalogue: Arc<Catalogue>,
    began: Instant,
    /// Milliseconds from the beginning to the last commit.
    committed: AtomicU64,
}

impl SharedHealth {
    /// A process that has not been assigned anything yet.
    pub fn new(limits: HealthLimits, catalogue: Arc<Catalogue>) -> Self {
        let machine = Mutex::new(HealthMachine::new(limits));
        Self { machine, catalogue, began: Instant::now(), committed: AtomicU64::new(0) }
    }

    /// See [`HealthMachine::assigned`].
    pub fn assigned(&self) {
        self.machine().assigned();
    }

    /// See [`HealthMachine::lost`].
    pub fn lost(&self) {
        self.machine().lost();
    }

    /// See [`HealthMachine::left`].
    pub fn left(&self) {
        self.machine().left();
    }

    /// See [`HealthMachine::config_differs`].
    pub fn config_differs(&self, how: Option<String>) -> bool {
        self.machine().config_differs(how)
    }

    /// See [`HealthMachine::draining`].
    pub fn draining(&self) {
        self.machine().draining();
    }

    /// See [`HealthMachine::outages`].
    pub fn outages(&self, outages: Vec<String>) {
        self.machine().outages(outages);
    }

    /// A shard has just committed.
    pub fn committed(&self) {
        let now = u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.committed.fetch_max(now, Ordering::Relaxed);
    }

    /// Time since the last commit of any shard, or since the start before the first one.
    pub fn since_commit(&self) -> Duration {
        self.began.elapsed().saturating_sub(Duration::from_millis(self.committed.load(Ordering::Relaxed)))
    }

    /// See [`HealthMachine::halted`].
    pub fn halted(&self, partitions: Vec<String>) {
        self.machine().halted(partitions);
    }

    /// Takes in what happened to a shard just now.
    pub fn shard(&self, shard: i32, event: ShardEvent) {
        let mut machine = self.machine();
        machine.apply(shard, event, Instant::now());
        for state in ShardState::ALL {
            self.catalogue.set_shards(state, machine.count(state));
        }
    }

    /// Every shard as it is now, by number.
    pub fn shards(&self) -> Vec<ShardStatus> {
        self.machine().shards(Instant::now())
    }

    /// A shard that panicked while it reported leaves a sound machine: each event is one assignment.
    fn machine(&self) -> MutexGuard<'_, HealthMachine> {
        self.machine.lock()
    }
}

impl Health for SharedHealth {
    fn verdict(&self) -> Liveness {
        self.machine().verdict(Instant::now())
    }

    fn readiness(&self) -> Readiness {
        self.machine().readiness()
    }
}
