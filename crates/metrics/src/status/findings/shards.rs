//! Shards that don't run.

use super::{Finding, Level, passing};
use crate::health::{ShardState, ShardStatus};
use crate::status::{GroupStatus, Status};
use crate::text::{duration, numbers};
use std::collections::BTreeMap;

/// Seconds that a shard may be between two instances.
const HANDOVER_SECONDS: u64 = 30;

impl GroupStatus {
    /// Why shards have no instance, as far as the coordinator knows it.
    fn unassigned(&self) -> String {
        match (self.instances, self.settled) {
            (0, _) => "No instance takes part in the group.".to_owned(),
            (_, false) => {
                "The group has not finished assigning them: it waits for an instance that does not respond."
                    .to_owned()
            }
            (1, true) => "1 instance takes part in the group and was not assigned them.".to_owned(),
            (many, true) => format!("{many} instances take part in the group, and none was assigned them."),
        }
    }
}

impl Status {
    /// Shards that no instance has, which this one knows of by the group's coordinator.
    pub(super) fn unowned_findings(&self) -> Vec<Finding> {
        let Some(group) = &self.group else { return Vec::new() };
        let (late, soon): (Vec<_>, Vec<_>) =
            group.unowned.iter().partition(|shard| shard.seconds > HANDOVER_SECONDS);
        let all = self.shards_expected.unwrap_or(0);
        let mut findings = Vec::new();
        if !late.is_empty() {
            let who = numbers("Shard", "Shards", late.iter().map(|shard| shard.shard));
            let longest = late.iter().map(|shard| shard.seconds).max().unwrap_or(0);
            let (runs, their) = if late.len() == 1 { ("runs", "Its") } else { ("run", "Their") };
            findings.push(Finding {
                level: Level::Alarm,
                headline: format!("{} of {all} shards run nowhere", late.len()),
                what: format!("{who} of {all} {runs} on no instance, for {}.", duration(longest)),
                detail: format!("{their} partitions are read by nobody. {}", group.unassigned()),
                runbook: Some("BystanderShardsMissing"),
            });
        }
        if !soon.is_empty() {
            let who = numbers("Shard", "Shards", soon.iter().map(|shard| shard.shard));
            let waits = if soon.len() == 1 { "waits" } else { "wait" };
            findings.push(passing(format!("{who} {waits} for an instance."), String::new()));
        }
        findings
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
    let who = numbers("Shard", "Shards", shards.iter().map(|shard| shard.shard));
    let one = shards.len() == 1;
    let error = shards.iter().find_map(|shard| shard.last_error.clone()).unwrap_or_default();
    let longest = shards.iter().map(|shard| shard.seconds).max().unwrap_or(0);
    if overdue {
        let has = if one { "has" } else { "have" };
        let what = format!("{who} {has} made no progress for {} ({}).", duration(longest), state.name());
        return Finding {
            level: Level::Alarm,
            headline: String::new(),
            what,
            detail: error,
            runbook: Some("BystanderShardStuck"),
        };
    }
    let said = |singular: &str, plural: &str| format!("{who} {}.", if one { singular } else { plural });
    match state {
        ShardState::Failed => {
            let what = said("failed and restarts", "failed and restart");
            Finding {
                level: Level::Warning,
                headline: String::new(),
                what,
                detail: error,
                runbook: Some("BystanderShardStuck"),
            }
        }
        ShardState::Draining => passing(
            said("changes hands", "change hands"),
            "What was read is committed, and then another instance takes over.".to_owned(),
        ),
        ShardState::Starting | ShardState::Running => passing(said("starts", "start"), error),
    }
}
