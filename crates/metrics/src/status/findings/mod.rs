//! What of a status deserves a look, worst first. The limits are those of the alerts in `deploy/prometheus`, seen from
//! one instance: the alerts see all of them and wait for longer.

mod blocked;
mod clusters;
mod commands;
mod config;
mod finding;
mod inputs;
mod lag;
mod models;
mod readiness;
mod reason;
mod shards;
mod streams;

pub use finding::{Finding, Level, Step};

use super::{Status, StreamStatus};

/// Milliseconds after a start in which nothing needs to be read yet.
const SETTLING_MS: i64 = 60_000;

impl Status {
    /// What deserves a look, worst first; empty while all is well.
    pub fn findings(&self) -> Vec<Finding> {
        let of_records = |stream: &StreamStatus| [stream.dead_letter_finding(), stream.gap_finding()];
        let mut all: Vec<Finding> = self.isolation().into_iter().collect();
        all.extend(self.cluster_finding());
        all.extend(self.config_finding());
        all.extend(self.partition_findings());
        all.extend(self.unowned_findings());
        all.extend(self.models_finding().into_iter().chain(self.disabled_finding()));
        all.extend(self.halt_finding().into_iter().chain(self.risk_finding()));
        all.extend(self.shard_findings());
        all.extend(self.readiness().into_iter().chain(self.lag_finding()));
        all.extend(self.streams.iter().flat_map(of_records).flatten());
        // Stable, so a broken promise stays before what breaks down.
        all.sort_by_key(|finding| finding.level);
        all
    }

    fn isolation(&self) -> Option<Finding> {
        let offence = self.offending_request.as_ref()?;
        let step = Step::new(
            "Stop this instance, which is always safe: end the process with TERM, or scale it to 0.",
        );
        Some(
            Finding::new(Level::Alarm, "Isolation from the live cluster is broken", step)
                .impact("The checkout does not wait for Bystander, but Bystander can write to its cluster.")
                .then(Step::new("Take every right except reading from its principal on the live cluster."))
                .detail(format!(
                    "Seen: {offence}. Bystander should send only requests that read, and have no right to anything else."
                ))
                .runbook("BystanderIsolationBroken"),
        )
    }
}
