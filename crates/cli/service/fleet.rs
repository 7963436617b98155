//! The shards that run in this process, started and stopped as the group assigns them.

use super::shard::{ServiceEvent, ShardContext};
use bystander_kafka::GroupEvent;
use bystander_metrics::health::ShardEvent;
use bystander_pipeline as pipeline;
use bystander_pipeline::{Stop, StopMode};
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// How long a revoked shard may take to commit what it has before its transaction is given up.
const DRAIN: Duration = Duration::from_secs(10);
/// How long it may take after that; then it is left to be fenced.
const ABORT: Duration = Duration::from_secs(5);

/// Running shards by number.
pub(crate) struct Fleet {
    context: Arc<ShardContext>,
    running: BTreeMap<i32, Running>,
}

struct Running {
    stop: Stop,
    caught_up: Arc<AtomicBool>,
    thread: JoinHandle<()>,
}

impl Fleet {
    /// No shard runs yet.
    pub(crate) fn new(context: Arc<ShardContext>) -> Self {
        Self { context, running: BTreeMap::new() }
    }

    /// Does what the group decided; returns when it is done.
    pub(crate) fn handle(&mut self, event: GroupEvent) {
        match event {
            GroupEvent::Assigned(shards) => {
                self.context.health.assigned();
                shards.into_iter().for_each(|shard| self.start(shard));
                self.context.job.status().keep_shards(|shard| self.running.contains_key(&shard));
            }
            GroupEvent::Revoked(shards) => {
                self.stop(&shards, StopMode::Drain);
                self.context.job.status().keep_shards(|shard| !shards.contains(&shard));
            }
            // Who reads their partitions now is not known, so these stay shown until the next assignment.
            GroupEvent::Lost(shards) => {
                self.context.health.lost();
                self.stop(&shards, StopMode::Abort);
            }
            GroupEvent::Resized { shards } => {
                tracing::info!(shards, "the number of shards changed, all shards restart");
                let mine: Vec<i32> = self.running.keys().copied().collect();
                self.stop(&mine, StopMode::Drain);
                mine.into_iter().for_each(|shard| self.start(shard));
            }
            GroupEvent::Refused { failure, wait } => {
                tracing::error!(error = %failure, ?wait, "the group refuses this instance; it joins again");
                self.context.health.lost();
                if self.context.ends_with(&failure) {
                    let _ = self.context.events.send(ServiceEvent::Failed(failure));
                }
            }
        }
    }

    /// Restarts a shard from its checkpoints, if it runs here.
    pub(crate) fn restart(&mut self, shard: i32) {
        if self.running.contains_key(&shard) {
            tracing::info!(shard, "a person decided on a halted partition; its shard restarts");
            self.stop(&[shard], StopMode::Drain);
            self.start(shard);
        }
    }

    fn start(&mut self, shard: i32) {
        let (stop, caught_up) = (Stop::default(), Arc::new(AtomicBool::new(false)));
        let context = Arc::clone(&self.context);
        let (stop_too, caught_up_too) = (stop.clone(), Arc::clone(&caught_up));
        let run = move || {
            match catch_unwind(AssertUnwindSafe(|| context.supervise(shard, &stop_too))) {
                Ok(true) => {
                    caught_up_too.store(true, Ordering::Release);
                    context.health.shard(shard, ShardEvent::Released);
                    let _ = context.events.send(ServiceEvent::CaughtUp);
                }
                Ok(false) => {}
                // A dead thread would hold its shard for ever; ending the process lets another have it.
                Err(_) => {
                    let what = format!("shard {shard} panicked");
                    let fix = "start it again, and report this with the message above";
                    let failure = pipeline::Failure::lasting(what, fix);
                    let _ = context.events.send(ServiceEvent::Failed(failure));
                }
            }
        };
        match std::thread::Builder::new().name(format!("shard-{shard}")).spawn(run) {
            Ok(thread) => drop(self.running.insert(shard, Running { stop, caught_up, thread })),
            Err(error) => {
                let what = format!("no thread for shard {shard}: {error}");
                let failure = pipeline::Failure::lasting(what, "raise the limit of processes");
                let _ = self.context.events.send(ServiceEvent::Failed(failure));
            }
        }
    }

    fn stop(&mut self, shards: &[i32], mode: StopMode) {
        let stopping: Vec<_> =
            shards.iter().filter_map(|shard| Some((*shard, self.running.remove(shard)?))).collect();
        for (shard, running) in &stopping {
            self.context.health.shard(*shard, ShardEvent::Draining);
            running.stop.request(mode);
        }
        let patience = if mode == StopMode::Drain { DRAIN } else { Duration::ZERO };
        wait_for(&stopping, patience);
        stopping.iter().for_each(|(_, running)| running.stop.request(StopMode::Abort));
        wait_for(&stopping, ABORT);
        for (shard, running) in stopping {
            if !running.thread.is_finished() {
                tracing::warn!(shard, "the shard doesn't stop; its next owner will fence it");
            }
            self.context.health.shard(shard, ShardEvent::Released);
        }
    }

    /// Whether no shard here has anything left to do up to the ends.
    pub(crate) fn all_caught_up(&self) -> bool {
        self.running.values().all(|running| running.caught_up.load(Ordering::Acquire))
    }
}

fn wait_for(stopping: &[(i32, Running)], patience: Duration) {
    let end = Instant::now() + patience;
    while Instant::now() < end && !stopping.iter().all(|(_, running)| running.thread.is_finished()) {
        std::thread::sleep(Duration::from_millis(5));
    }
}
