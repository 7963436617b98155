//! Shards that don't run.

use super::{Finding, Level, Step};
use crate::health::{ShardState, ShardStatus};
use crate::status::{GroupStatus, Status};
use crate::text::{duration, numbers};
use std::collections::BTreeMap;

/// Seconds that a shard may be between two instances.
const HANDOVER_SECONDS: u64 = 30;
/// Shards whose numbers take more words than this are counted in a cause; the detail has the numbers.
const WORDS: usize = 4;

impl Status {
    /// Shards that no instance has or may have, as this one knows by the group's coordinator.
    pub(super) fn unowned_findings(&self) -> Vec<Finding> {
        let Some(group) = &self.group else { return Vec::new() };
        if group.unsettled_seconds > HANDOVER_SECONDS {
            return vec![self.rebalance(group)];
        }
        let (late, soon): (Vec<_>, Vec<_>) =
            group.unowned.iter().partition(|shard| shard.seconds > HANDOVER_SECONDS);
        let mut findings = Vec::new();
        if !late.is_empty() {
            let who = numbers("shard", "shards", late.iter().map(|shard| shard.shard));
            let longest = duration(late.iter().map(|shard| shard.seconds).max().unwrap_or(0));
            let all = self.shards_expected.unwrap_or(0);
            let detail =
                format!("No instance runs {who} (the job has {all}), so their partitions are not read.");
            findings.push(self.unassigned(group, &longest, late.len()).detail(detail));
        }
        if !soon.is_empty() {
            let shards: Vec<i32> = soon.iter().map(|shard| shard.shard).collect();
            let waits = if soon.len() == 1 { "waits" } else { "wait" };
            findings.push(Finding::passing(format!("{} {waits} for an instance", few(&shards)), ""));
        }
        findings
    }

    /// Why shards have no instance, as far as the coordinator knows it.
    fn unassigned(&self, group: &GroupStatus, longest: &str, shards: usize) -> Finding {
        let all = self.shards_expected.unwrap_or(0);
        let (cause, step) = if group.instances == 0 {
            (
                format!("No instance has taken part in the group for {longest}"),
                "Start an instance with the job's config.",
            )
        } else {
            (
                format!("The group has assigned {shards} of {all} shards to no instance for {longest}"),
                "Restart one instance: that makes the group assign all shards again.",
            )
        };
        Finding::new(Level::Alarm, cause, Step::new(step)).runbook("BystanderShardsMissing")
    }

    /// A rebalance that doesn't end. Meanwhile brokers tell the assignments from before, or none, by their version, so
    /// which shards run elsewhere is not known.
    fn rebalance(&self, group: &GroupStatus) -> Finding {
        let waited = duration(group.unsettled_seconds);
        let cause = format!("A rebalance has waited {waited} for an unresponsive instance");
        let step =
            Step::run("Find the unresponsive instance in this list, and restart it:", self.list_members());
        let (here, all) = (self.shards.len(), self.shards_expected.unwrap_or(0));
        Finding::new(Level::Alarm, cause, step)
            .then(Step::new(
                "The list has the host of each instance. Restart the one whose status page or /healthz does not answer.",
            ))
            .detail(format!(
                "The shards of that instance are not known to run, and none change hands until the rebalance ends. {here} of {all} \
                 shards run here. The group waits five minutes at most; then the other instances take the shards."
            ))
            .runbook("BystanderShardsMissing")
    }

    /// Shards that don't run, together where their state is the same: what stops one usually stops them all.
    pub(super) fn shard_findings(&self) -> Vec<Finding> {
        let mut groups: BTreeMap<(bool, ShardState), Vec<&ShardStatus>> = BTreeMap::new();
        for shard in self.shards.iter().filter(|shard| shard.overdue || shard.state != ShardState::Running) {
            groups.entry((shard.overdue, shard.state)).or_default().push(shard);
        }
        groups.into_iter().map(|((overdue, state), shards)| shard_finding(overdue, state, &shards)).collect()
    }
}

fn shard_finding(overdue: bool, state: ShardState, shards: &[&ShardStatus]) -> Finding {
    let which: Vec<i32> = shards.iter().map(|shard| shard.shard).collect();
    let (who, one) = (few(&which), shards.len() == 1);
    let said = |singular: &str, plural: &str| format!("{who} {}", if one { singular } else { plural });
    let error = shards.iter().find_map(|shard| shard.last_error.as_deref()).unwrap_or_default();
    let longest = duration(shards.iter().map(|shard| shard.seconds).max().unwrap_or(0));
    let step = Step::new("Fix what the error below names; the shard then restarts by itself.");
    if overdue {
        let cause = format!("{} no progress for {longest} ({})", said("has made", "have made"), state.name());
        return Finding::new(Level::Alarm, cause, step)
            .detail(detailed(&which, error))
            .runbook("BystanderShardStuck");
    }
    match state {
        ShardState::Failed => {
            Finding::new(Level::Warning, said("failed and restarts", "failed and restart"), step)
                .detail(detailed(&which, error))
                .runbook("BystanderShardStuck")
        }
        ShardState::Draining => Finding::passing(
            said("changes hands", "change hands"),
            detailed(&which, "What was read is committed, and then another instance takes over."),
        ),
        ShardState::Starting | ShardState::Running => {
            Finding::passing(said("starts", "start"), detailed(&which, error))
        }
    }
}

/// Shards by their numbers, or counted where these would be long.
fn few(shards: &[i32]) -> String {
    if is_long(shards) { format!("{} shards", shards.len()) } else { numbered(shards) }
}

fn is_long(shards: &[i32]) -> bool {
    numbered(shards).split(' ').count() > WORDS
}

fn numbered(shards: &[i32]) -> String {
    numbers("Shard", "Shards", shards.iter().copied())
}

/// The error, after the numbers that the cause leaves out.
fn detailed(shards: &[i32], error: &str) -> String {
    match (is_long(shards), error) {
        (false, error) => error.to_owned(),
        (true, "") => format!("{}.", numbered(shards)),
        (true, error) => format!("{}. {error}", numbered(shards)),
    }
}
