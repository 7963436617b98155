//! What `/status` shows, and the metrics that are taken from the live side.

use super::fleet::Fleet;
use super::shard::ShardContext;
use bystander_metrics::StatusProvider;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

/// Everything that this process knows of itself.
pub(crate) struct ServiceStatus {
    context: Arc<ShardContext>,
    fleet: Arc<Mutex<Fleet>>,
    shown: Mutex<BTreeSet<(String, i32)>>,
}

impl ServiceStatus {
    /// Status of a process with these shards.
    pub(crate) fn new(context: Arc<ShardContext>, fleet: Arc<Mutex<Fleet>>) -> Self {
        Self { context, fleet, shown: Mutex::default() }
    }

    /// Brings lag and isolation up to date in the metrics.
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
    }
}

impl StatusProvider for ServiceStatus {
    fn status(&self) -> Value {
        let context = &self.context;
        // While shards change hands the fleet is busy; the answer then leaves them out.
        let shards = self.fleet.try_lock().ok().map(|fleet| fleet.shards());
        let inputs: Vec<_> = context
            .job
            .status()
            .partitions()
            .into_iter()
            .filter_map(|((stream, partition), seen)| {
                let topic = context.job.inputs().get(stream.0)?;
                Some(json!({
                    "topic": topic, "partition": partition, "next_offset": seen.next_offset,
                    "end_offset": seen.end_offset, "lag": seen.lag(),
                }))
            })
            .collect();
        let streams: Vec<_> = context
            .assembly
            .streams
            .iter()
            .zip(&context.assembly.models)
            .map(|(stream, models)| {
                let models: Vec<_> = models
                    .iter()
                    .map(|model| {
                        let identity = &model.identity;
                        json!({
                            "name": identity.name, "version": identity.version, "alias": identity.alias,
                            "sha256": identity.sha256,
                        })
                    })
                    .collect();
                json!({ "name": stream.name, "kind": stream.kind().name(), "topic": stream.topic, "models": models })
            })
            .collect();
        json!({
            "job": context.job.shadow().job,
            "version": env!("CARGO_PKG_VERSION"),
            "isolation": context.job.status().isolation().map_or_else(|request| json!(request), |()| json!("ok")),
            "shards": shards,
            "streams": streams,
            "inputs": inputs,
        })
    }
}
