//! Shards that don't run.

use super::{Finding, Level, passing};
use crate::health::{ShardState, ShardStatus};
use crate::status::Status;
use crate::text::{duration, numbers};
use std::collections::BTreeMap;

impl Status {
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
        return Finding { level: Level::Alarm, what, detail: error, runbook: Some("BystanderShardStuck") };
    }
    let said = |singular: &str, plural: &str| format!("{who} {}.", if one { singular } else { plural });
    match state {
        ShardState::Failed => {
            let what = said("failed and starts anew", "failed and start anew");
            Finding { level: Level::Warning, what, detail: error, runbook: Some("BystanderShardStuck") }
        }
        ShardState::Draining => passing(
            said("changes hands", "change hands"),
            "What was read is committed, and then another instance takes over.".to_owned(),
        ),
        ShardState::Starting | ShardState::Running => passing(said("starts", "start"), error),
    }
}
