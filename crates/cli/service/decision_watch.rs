//! What happens on the shadow cluster beside the shards: a person's decisions on halted partitions, and settings of its
//! topics that would lose what is written.

use super::fleet::Fleet;
use super::shard::ShardContext;
use bystander_kafka::{ShadowTopics, read_checkpoints};
use bystander_pipeline::Failure;
use bystander_pipeline::Stop;
use parking_lot::Mutex;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// How often decisions are looked for, while a partition is halted here: each look reads all checkpoints.
const DECISIONS: Duration = Duration::from_secs(5);
/// How often settings are looked at, and how soon again when the cluster didn't answer.
const SETTINGS: Duration = Duration::from_secs(600);
const SETTINGS_AGAIN: Duration = Duration::from_secs(30);
/// How soon an end is noticed.
const SLICE: Duration = Duration::from_millis(200);

/// Its thread ends when it is dropped.
pub(crate) struct DecisionWatch {
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    risks: Mutex<Vec<String>>,
    ended: AtomicBool,
}

impl DecisionWatch {
    /// Starts watching for the shards of a fleet.
    ///
    /// # Errors
    /// When no thread can be started.
    pub(crate) fn start(context: &Arc<ShardContext>, fleet: &Arc<Mutex<Fleet>>) -> std::io::Result<Self> {
        let shared = Arc::new(Shared::default());
        let (watched, context, fleet) = (Arc::clone(&shared), Arc::clone(context), Arc::clone(fleet));
        let watch = move || watch(&context, &fleet, &watched);
        std::thread::Builder::new().name("decision-watch".to_owned()).spawn(watch)?;
        Ok(Self { shared })
    }

    /// Settings of shadow topics that would lose what is written, in words, as last seen.
    pub(crate) fn risks(&self) -> Vec<String> {
        self.shared.risks.lock().clone()
    }
}

impl Drop for DecisionWatch {
    fn drop(&mut self) {
        self.shared.ended.store(true, Ordering::Relaxed);
    }
}

fn watch(context: &ShardContext, fleet: &Mutex<Fleet>, shared: &Shared) {
    let (mut decisions_due, mut settings_due) = (Instant::now(), Instant::now());
    while !shared.ended.load(Ordering::Relaxed) {
        if Instant::now() >= settings_due {
            settings_due =
                Instant::now() + if look_at_settings(context, shared) { SETTINGS } else { SETTINGS_AGAIN };
        }
        if Instant::now() >= decisions_due {
            decisions_due = Instant::now() + DECISIONS;
            match decided(context) {
                // A halted shard that has nothing else to read would never notice by itself.
                Ok(shards) => {
                    let mut fleet = fleet.lock();
                    shards.into_iter().for_each(|shard| fleet.restart(shard));
                }
                Err(failure) => tracing::debug!(%failure, "decisions can't be looked for"),
            }
        }
        std::thread::sleep(SLICE);
    }
}

/// The shards of partitions that are halted here, and no longer by their checkpoints.
fn decided(context: &ShardContext) -> Result<BTreeSet<i32>, Failure> {
    let halted: BTreeSet<_> = context
        .job
        .status()
        .partitions()
        .into_iter()
        .filter(|(_, seen)| seen.halt.is_some())
        .filter_map(|((stream, partition), seen)| {
            Some((context.job.inputs().get(stream.0)?.clone(), partition, seen.next_offset))
        })
        .collect();
    if halted.is_empty() {
        return Ok(BTreeSet::new());
    }
    let checkpoints = read_checkpoints(context.job.shadow(), &Stop::default())?;
    // The halt that was just met is not committed yet: only another log tells a decision from that.
    let settled = halted.into_iter().filter_map(|(topic, partition, next_offset)| {
        let checkpoint = checkpoints.get(&(topic, partition))?;
        let decided = checkpoint.log.halt.is_none()
            && checkpoint.log.former.last().is_some_and(|former| former.next_offset == next_offset);
        decided.then_some(checkpoint.shard)
    });
    Ok(settled.collect())
}

/// Looks at the settings of the shadow topics; tells whether that could be done.
fn look_at_settings(context: &ShardContext, shared: &Shared) -> bool {
    let risks = match ShadowTopics::new(context.job.shadow()).and_then(|topics| topics.risks()) {
        Ok(risks) => risks,
        Err(failure) => {
            tracing::warn!(%failure, "the settings of the shadow topics can't be looked at");
            return !failure.is_retriable();
        }
    };
    let risks: Vec<String> = risks.iter().map(ToString::to_string).collect();
    risks.iter().for_each(|risk| tracing::error!("{risk}"));
    *shared.risks.lock() = risks;
    true
}
