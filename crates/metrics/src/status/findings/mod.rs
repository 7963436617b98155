//! What of a status deserves a look, worst first. The limits are those of the alerts in `deploy/prometheus`, seen from
//! one instance: the alerts see all of them and wait for longer.

mod blocked;
mod clusters;
mod config;
mod inputs;
mod lag;
mod next;
mod shards;
mod streams;

pub(crate) use next::next_step;

use super::{Status, StreamStatus};
use crate::health::ShardState;

/// Milliseconds after a start in which nothing needs to be read yet.
const SETTLING_MS: i64 = 60_000;

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Evidence is not made, or a promise is broken.
    Alarm,
    /// Something is wrong, and not all of the work stands still.
    Warning,
    /// It will pass by itself.
    Passing,
}

/// Something to look at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// How bad it is.
    pub level: Level,
    /// What the page's headline says when nothing is worse; empty where the number of findings says enough.
    pub headline: String,
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
        let of_records = |stream: &StreamStatus| [stream.dead_letter_finding(), stream.gap_finding()];
        let mut all: Vec<Finding> = self.isolation().into_iter().collect();
        all.extend(self.cluster_findings());
        all.extend(self.config_finding());
        all.extend(self.partition_findings());
        all.extend(self.unowned_findings());
        all.extend(self.halt_finding().into_iter().chain(self.risk_finding()));
        all.extend(self.shard_findings());
        all.extend(self.readiness().into_iter().chain(self.lag_finding()));
        all.extend(self.streams.iter().flat_map(of_records).flatten());
        // Stable, so a broken promise stays before what breaks down.
        all.sort_by_key(|finding| finding.level);
        all
    }

    fn isolation(&self) -> Option<Finding> {
        let request = self.offending_request.as_ref()?;
        let what = format!("Isolation is broken by {request}.");
        Some(Finding {
            level: Level::Alarm,
            headline: "Isolation is broken".to_owned(),
            what,
            detail: "Nothing but requests that read may go to the live cluster, and its principal should be allowed nothing else. Stopping Bystander is always safe.".to_owned(),
            runbook: Some("BystanderIsolationBroken"),
        })
    }

    fn without_shards(&self, reason: &str) -> Finding {
        let (level, who) = match &self.group {
            None => (
                Level::Alarm,
                "The group's coordinator, the broker of the shadow cluster that assigns them, does not answer. Whether other \
                 instances have shards is not known.",
            ),
            Some(group) if group.settled && group.unowned.is_empty() => {
                (Level::Warning, "Other instances run all shards of the job.")
            }
            Some(_) => (
                Level::Warning,
                "The group's coordinator, a broker of the shadow cluster, answers and has assigned none to it yet.",
            ),
        };
        Finding {
            level,
            headline: "This instance has no shards".to_owned(),
            what: format!("Not ready: {reason}."),
            detail: format!("It reads nothing until it has shards. {who}"),
            runbook: Some("BystanderInstanceNotReady"),
        }
    }

    /// Where neither a shard nor a cluster explains it: a process that waits for shards, has none, or ends.
    fn readiness(&self) -> Option<Finding> {
        let (none, age_ms) = (self.shards.is_empty(), self.now.0.saturating_sub(self.started_at.0));
        if self.outages().next().is_some() || self.config.agrees() == Some(false) {
            return None;
        }
        match &self.not_ready {
            Some(reason) if none && age_ms > SETTLING_MS => Some(self.without_shards(reason)),
            Some(reason) if self.shards.iter().all(|shard| shard.state == ShardState::Running) => {
                Some(passing(format!("Not ready: {reason}."), String::new()))
            }
            None if none => {
                let detail = match &self.group {
                    Some(group) if group.settled && group.unowned.is_empty() => {
                        "Other instances have them all; it takes over when one of them ends."
                    }
                    Some(_) => "Shards are being shared out.",
                    None => {
                        "Which instances have them is not known: the group's coordinator does not answer."
                    }
                };
                Some(passing("No shard is assigned to this instance.".to_owned(), detail.to_owned()))
            }
            _ => None,
        }
    }
}

fn passing(what: String, detail: String) -> Finding {
    Finding { level: Level::Passing, headline: String::new(), what, detail, runbook: None }
}
