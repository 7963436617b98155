//! What the status page and `/status` show, and the metrics that are taken from the live side.

use super::shard::ShardContext;
use bystander_core::time::Rfc3339;
use bystander_metrics::health::Readiness;
use bystander_metrics::status::{History, InputStatus, Status};
use bystander_metrics::{Health, StatusProvider};
use bystander_pipeline::{Clock, SystemClock};
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Everything that this process knows of itself. It asks nobody who could be busy: while shards change hands, the
/// health machine says which.
pub(crate) struct ServiceStatus {
    context: Arc<ShardContext>,
    history: Mutex<History>,
    shown: Mutex<BTreeSet<(String, i32)>>,
}

impl ServiceStatus {
    /// Status of a process that starts now.
    pub(crate) fn new(context: Arc<ShardContext>) -> Self {
        let history = Mutex::new(History::new(now_ms(), context.catalogue.counts()));
        Self { context, history, shown: Mutex::default() }
    }

    /// Brings lag and isolation up to date in the metrics, and notes what is counted now.
    pub(crate) fn refresh(&self) {
        let job = &self.context.job;
        self.context.catalogue.set_isolation(job.status().isolation().is_ok());
        let mut now = BTreeSet::new();
        for ((stream, partition), seen) in job.status().partitions() {
            let Some(topic) = job.inputs().get(stream.0) else { continue };
            if let Some(lag) = seen.lag() {
                self.context.catalogue.set_lag(topic, partition, lag);
                now.insert((topic.clone(), partition));
            }
        }
        let mut shown = self.shown.lock().unwrap_or_else(PoisonError::into_inner);
        for (topic, partition) in shown.difference(&now) {
            self.context.catalogue.forget_lag(topic, *partition);
        }
        *shown = now;
        self.history().note(now_ms(), self.context.catalogue.counts());
    }

    /// A panic while it was held left whole readings.
    fn history(&self) -> MutexGuard<'_, History> {
        self.history.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn inputs(&self, history: &History) -> Vec<InputStatus> {
        let job = &self.context.job;
        let partitions = job.status().partitions().into_iter();
        let inputs = partitions.filter_map(|((stream, partition), seen)| {
            let topic = job.inputs().get(stream.0)?;
            Some(InputStatus {
                topic: topic.clone(),
                partition,
                next_offset: seen.next_offset,
                end_offset: seen.end_offset,
                lag: seen.lag(),
                lag_before: history.lag_before(topic, partition),
            })
        });
        inputs.collect()
    }
}

impl StatusProvider for ServiceStatus {
    fn status(&self) -> Status {
        self.refresh();
        let ShardContext { job, catalogue, health, .. } = &*self.context;
        let history = self.history();
        let build = super::serve::build();
        Status {
            job: job.shadow().job.clone(),
            version: build.version.to_owned(),
            revision: build.revision.to_owned(),
            started_at: Rfc3339(history.started_ms()),
            now: Rfc3339(history.now_ms()),
            window_seconds: history.window_seconds(),
            not_ready: match health.readiness() {
                Readiness::Ready => None,
                Readiness::NotReady(reason) => Some(reason),
            },
            offending_request: job.status().isolation().err(),
            shards: health.shards(),
            streams: history.streams(catalogue, job.inputs()),
            inputs: self.inputs(&history),
            dead_letters: history.dead_letters(),
        }
    }
}

fn now_ms() -> i64 {
    SystemClock::default().now_ms()
}
