//! What of a status deserves a look, worst first. The limits are those of the alerts in `deploy/prometheus`, seen from
//! one instance: the alerts see all of them and wait for longer.

use super::{InputStatus, Status, StreamStatus};
use crate::health::{ShardState, ShardStatus};
use crate::page::text::{count, duration, numbers, share};
use std::collections::BTreeMap;

/// Share of a stream's recent records above which dead letters are told, and above which they are a flood.
const DEAD_LETTERS: (f64, f64) = (0.05, 0.5);
/// Fewer recent records than this say nothing about a share.
const FEW_RECORDS: u64 = 20;
/// Lag below this is none: a transaction's marker alone leaves 1 on an idle partition.
const LITTLE_LAG: u64 = 1000;
/// Seconds of work that may wait.
const LONG_WAIT: f64 = 1800.0;
/// Milliseconds after a start in which nothing needs to be read yet.
const SETTLING_MS: i64 = 60_000;

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Evidence is not made, or a promise is broken.
    Alarm,
    /// It works and something is wrong.
    Warning,
    /// It will pass by itself.
    Passing,
}

/// Something to look at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// How bad it is.
    pub level: Level,
    /// A sentence.
    pub what: String,
    /// What else is known; may be empty.
    pub detail: String,
    /// The entry of the runbook that says what to do, named by its alert.
    pub runbook: Option<&'static str>,
}

impl Status {
    /// What deserves a look, worst first; empty while all is well.
    pub fn findings(&self) -> Vec<Finding> {
        let mut all: Vec<Finding> = self.isolation().into_iter().collect();
        all.extend(self.shard_findings());
        all.extend(self.readiness());
        all.extend(self.lag_findings());
        all.extend(
            self.streams
                .iter()
                .flat_map(|stream| [stream.dead_letter_finding(), stream.gap_finding()])
                .flatten(),
        );
        all.sort_by_key(|finding| finding.level);
        all
    }

    fn isolation(&self) -> Option<Finding> {
        let request = self.offending_request.as_ref()?;
        let what = format!("Isolation is broken: a live client has sent a {request} request.");
        Some(Finding {
            level: Level::Alarm,
            what,
            detail: "Nothing but requests that read may go to the live cluster. Stopping Bystander is always safe.".to_owned(),
            runbook: Some("BystanderIsolationBroken"),
        })
    }

    /// Where no shard explains it: a process that waits for shards, has none, or ends.
    fn readiness(&self) -> Option<Finding> {
        let (none, age_ms) = (self.shards.is_empty(), self.now.0.saturating_sub(self.started_at.0));
        match &self.not_ready {
            Some(reason) if none && age_ms > SETTLING_MS => Some(Finding {
                level: Level::Warning,
                what: format!("Not ready: {reason}."),
                detail: "Until then it reads nothing.".to_owned(),
                runbook: Some("BystanderPartitionsUnread"),
            }),
            Some(reason) if self.shards.iter().all(|shard| shard.state == ShardState::Running) => {
                Some(passing(format!("Not ready: {reason}."), String::new()))
            }
            None if none => Some(passing(
                "No shard is assigned to this instance.".to_owned(),
                "Others have them all, or shards are just being shared out; it takes over when another ends."
                    .to_owned(),
            )),
            _ => None,
        }
    }

    /// Shards that don't run, together where their state is the same: what stops one usually stops them all.
    fn shard_findings(&self) -> Vec<Finding> {
        let mut groups: BTreeMap<(bool, ShardState), Vec<&ShardStatus>> = BTreeMap::new();
        for shard in self.shards.iter().filter(|shard| shard.overdue || shard.state != ShardState::Running) {
            groups.entry((shard.overdue, shard.state)).or_default().push(shard);
        }
        groups.into_iter().map(|((overdue, state), shards)| shard_finding(overdue, state, &shards)).collect()
    }

    fn lag_findings(&self) -> Vec<Finding> {
        let lag = self.lag();
        let read = self.streams.iter().map(|stream| stream.recent.read()).fold(0, u64::saturating_add);
        if lag <= LITTLE_LAG || self.window_seconds < SETTLING_MS.unsigned_abs() / 1000 {
            return Vec::new();
        }
        let behind = format!("{} records wait to be read", count(lag));
        let seconds = lag as f64 * self.window_seconds as f64 / read as f64;
        let (level, what, runbook) = if read == 0 {
            let what = format!("{behind}, and none was read in the last {}.", duration(self.window_seconds));
            (Level::Alarm, what, "BystanderNotReading")
        } else if seconds > LONG_WAIT {
            let what = format!("{behind}: at the present rate that takes {}.", duration(seconds as u64));
            (Level::Warning, what, "BystanderLagHigh")
        } else {
            return Vec::new();
        };
        vec![Finding { level, what, detail: self.lag_trend(), runbook: Some(runbook) }]
    }

    /// How the lag of those partitions moved that were read here all the time.
    fn lag_trend(&self) -> String {
        let moved = |input: &InputStatus| Some(input.lag?.saturating_sub(input.lag_before?));
        let moved = self.inputs.iter().filter_map(moved).fold(0, i64::saturating_add);
        let (window, by) = (duration(self.window_seconds), count(moved.unsigned_abs()));
        match moved {
            0 => format!("As many as {window} ago."),
            1.. => format!("{by} more than {window} ago: it grows."),
            _ => format!("{by} fewer than {window} ago: it shrinks."),
        }
    }
}

impl InputStatus {
    /// Whether much waits and it doesn't get less.
    pub(crate) fn high(&self) -> bool {
        let lag = self.lag.and_then(|lag| u64::try_from(lag).ok()).unwrap_or(0);
        lag > LITTLE_LAG && self.lag_before.is_none_or(|before| self.lag >= Some(before))
    }
}

impl StreamStatus {
    fn dead_letter_finding(&self) -> Option<Finding> {
        let part = self.recent.dead_letters as f64 / self.recent.read() as f64;
        let (told, flood) = DEAD_LETTERS;
        if self.recent.read() < FEW_RECORDS || part <= told {
            return None;
        }
        let (level, runbook) = match part > flood {
            true => (Level::Alarm, "BystanderDeadLetterFlood"),
            false => (Level::Warning, "BystanderDeadLetterRatioHigh"),
        };
        let share = share(self.recent.dead_letters, self.recent.read());
        let what = format!("{share} of the latest records of {} became dead letters.", self.name);
        Some(Finding { level, what, detail: "Their codes stand below.".to_owned(), runbook: Some(runbook) })
    }

    fn gap_finding(&self) -> Option<Finding> {
        let lost = self.recent.gap_offsets;
        (lost > 0).then(|| Finding {
            level: Level::Warning,
            what: format!(
                "Retention removed {} offsets of {} before they were read.",
                count(lost),
                self.name
            ),
            detail: "They stand in the books as gaps.".to_owned(),
            runbook: Some("BystanderEventsLost"),
        })
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

fn passing(what: String, detail: String) -> Finding {
    Finding { level: Level::Passing, what, detail, runbook: None }
}
