//! Input partitions that can't be read although the cluster answers.

use super::{Finding, Level};
use crate::status::{InputStatus, Status};
use crate::text::{count, duration, numbers};
use std::collections::BTreeMap;

/// Seconds that a transaction of a producer may stay open before it is told, and before it is an alarm. Usual ones
/// take less than a second, and the usual time-out of a dead producer's is one minute.
const OPEN_SECONDS: (u64, u64) = (90, 300);
/// Seconds without an answer of its broker after which a partition is told.
const SILENT_SECONDS: u64 = 60;

impl InputStatus {
    /// Whether an open transaction has held records back for too long to be an ordinary one.
    pub(crate) fn held(&self) -> bool {
        self.blocked.is_some_and(|records| records > 0) && self.blocked_seconds > OPEN_SECONDS.0
    }

    /// Offsets that wait and can be read now.
    pub(crate) fn readable(&self) -> Option<i64> {
        Some(self.lag?.saturating_sub(self.blocked.unwrap_or(0).max(0)))
    }
}

impl Status {
    pub(super) fn partition_findings(&self) -> Vec<Finding> {
        let mut held: BTreeMap<&str, Vec<&InputStatus>> = BTreeMap::new();
        let mut silent: BTreeMap<&str, Vec<&InputStatus>> = BTreeMap::new();
        let live_is_away = self.outages().any(|cluster| cluster.cluster == crate::clusters::Cluster::Live);
        for input in &self.inputs {
            if input.held() && !live_is_away {
                held.entry(&input.topic).or_default().push(input);
            }
            if input.answer_seconds > SILENT_SECONDS && !live_is_away {
                silent.entry(&input.topic).or_default().push(input);
            }
        }
        let held = held.into_iter().map(|(topic, inputs)| transaction(topic, &inputs));
        held.chain(silent.into_iter().map(|(topic, inputs)| unanswered(topic, &inputs))).collect()
    }
}

fn named(inputs: &[&InputStatus]) -> String {
    numbers("partition", "partitions", inputs.iter().map(|input| input.partition))
}

fn transaction(topic: &str, inputs: &[&InputStatus]) -> Finding {
    let records = inputs.iter().filter_map(|input| u64::try_from(input.blocked?).ok());
    let records = count(records.fold(0, u64::saturating_add));
    let longest = inputs.iter().map(|input| input.blocked_seconds).max().unwrap_or(0);
    let places = named(inputs);
    Finding {
        level: if longest > OPEN_SECONDS.1 { Level::Alarm } else { Level::Warning },
        headline: "An open transaction holds events back".to_owned(),
        what: format!(
            "{records} offsets of {topic}, {places}, wait behind a transaction that a producer has held open for {}.",
            duration(longest)
        ),
        detail: "No reader of committed records gets past it, whoever that is. It is a transaction of the shop, not of \
                 Bystander, which writes nothing there."
            .to_owned(),
        runbook: Some("BystanderTransactionHangs"),
    }
}

fn unanswered(topic: &str, inputs: &[&InputStatus]) -> Finding {
    let longest = inputs.iter().map(|input| input.answer_seconds).max().unwrap_or(0);
    Finding {
        level: Level::Alarm,
        headline: "Brokers of some partitions do not answer".to_owned(),
        what: format!("No broker has answered for {topic}, {}, for {}.", named(inputs), duration(longest)),
        detail: "The rest of the live cluster answers; these partitions have no leader, or it stands still."
            .to_owned(),
        runbook: Some("BystanderPartitionsSilent"),
    }
}
