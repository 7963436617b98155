//! A process that is not ready although its clusters answer and its shards don't explain it.

use super::{Finding, Level, SETTLING_MS, Step};
use crate::health::ShardState;
use crate::status::{GroupStatus, Status};
use crate::text::duration;

impl GroupStatus {
    /// Whether every shard has an instance.
    pub(super) fn is_complete(&self) -> bool {
        self.settled && self.unowned.is_empty()
    }
}

impl Status {
    /// A process that waits for shards, has none, or ends.
    pub(super) fn readiness(&self) -> Option<Finding> {
        let (none, age_ms) = (self.shards.is_empty(), self.now.0.saturating_sub(self.started_at.0));
        if self.outages().next().is_some() || self.config.agrees() == Some(false) {
            return None;
        }
        match &self.not_ready {
            Some(reason) if none && age_ms > SETTLING_MS => Some(self.without_shards(reason)),
            Some(reason) if self.shards.iter().all(|shard| shard.state == ShardState::Running) => {
                Some(Finding::passing("This instance is not ready", format!("Not ready: {reason}.")))
            }
            None if none => Some(self.standing_by()),
            _ => None,
        }
    }

    fn without_shards(&self, reason: &str) -> Finding {
        let Some(group) = &self.group else { return self.coordinator_away(reason) };
        let (cause, step) = if group.is_complete() {
            (
                "This instance has no shards; other instances run them all",
                "Nothing is urgent. If it stays not ready, restart this instance.",
            )
        } else {
            (
                "The group has not assigned shards to this instance yet",
                "Wait for the rebalance to end. If this lasts longer than five minutes, restart this instance.",
            )
        };
        Finding::new(Level::Warning, cause, Step::new(step))
            .detail(format!("Not ready: {reason}."))
            .runbook("BystanderInstanceNotReady")
    }

    /// The group can't assign shards to anybody while its coordinator is silent.
    fn coordinator_away(&self, reason: &str) -> Finding {
        let silence = duration(self.group_seconds);
        let cause = format!("The shadow cluster's group coordinator has not answered for {silence}");
        let step =
            Step::run("Find the shadow broker that is fenced, and restart it:", self.list_shadow_brokers());
        Finding::new(Level::Alarm, cause, step)
            .then(Step::run(
                "If none is fenced, look for partitions without a leader, and for a leader that hangs:",
                self.describe_offsets_topic(),
            ))
            .detail(format!(
                "The coordinator is the broker that assigns shards to instances. Not ready: {reason}. What other instances run is \
                 not known. Instances rejoin by themselves; to restart them does not help."
            ))
            .runbook("BystanderShardsMissing")
    }

    fn standing_by(&self) -> Finding {
        let detail = match &self.group {
            Some(group) if group.is_complete() => {
                "Other instances have them all; this one takes over when one of them ends."
            }
            Some(_) => "Shards are being assigned.",
            None => "Which instances have them is not known: the group's coordinator does not answer.",
        };
        Finding::passing("No shard is assigned to this instance", detail)
    }
}
