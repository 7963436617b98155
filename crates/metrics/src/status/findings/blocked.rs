//! Input partitions that can't be read although the cluster answers.

use super::{Finding, Level, Step};
use crate::status::{InputStatus, Status};
use crate::text::{count, duration, numbers};
use std::collections::BTreeMap;

/// Seconds that a transaction of a producer may stay open before it is shown, and before it is an alarm. Usual ones
/// take less than a second, and the usual time-out of a dead producer's is one minute.
const OPEN_SECONDS: (u64, u64) = (90, 300);
/// Seconds without an answer of its broker after which a partition is shown.
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
        let held = held.into_iter().map(|(topic, inputs)| self.transaction(topic, &inputs));
        held.chain(silent.into_iter().map(|(topic, inputs)| self.unanswered(topic, &inputs))).collect()
    }

    fn transaction(&self, topic: &str, inputs: &[&InputStatus]) -> Finding {
        let records = inputs.iter().filter_map(|input| u64::try_from(input.blocked?).ok());
        let records = count(records.fold(0, u64::saturating_add));
        let longest = inputs.iter().map(|input| input.blocked_seconds).max().unwrap_or(0);
        let first = inputs.iter().map(|input| input.partition).min().unwrap_or(0);
        let level = if longest > OPEN_SECONDS.1 { Level::Alarm } else { Level::Warning };
        let cause = match inputs.len() {
            1 => format!(
                "A producer's open transaction has blocked {topic} partition {first} for {}",
                duration(longest)
            ),
            many => {
                format!(
                    "A producer's open transaction has blocked {many} {topic} partitions for {}",
                    duration(longest)
                )
            }
        };
        let step =
            Step::run("Find its producer, whose team must end it:", self.describe_producers(topic, first));
        Finding::new(level, cause, step)
            .impact(
                "The checkout may be affected: the shop's own consumers of committed records are blocked here, too.",
            )
            .then(Step::run(
                "Find the transactional id of that producer id, and ask the team that owns it to end the transaction:",
                self.list_transactions(),
            ))
            .detail(format!(
                "{records} offsets of {topic}, {}, wait for it. Bystander writes nothing there. Reading resumes by itself.",
                named(inputs)
            ))
            .runbook("BystanderTransactionHangs")
    }

    fn unanswered(&self, topic: &str, inputs: &[&InputStatus]) -> Finding {
        let longest = duration(inputs.iter().map(|input| input.answer_seconds).max().unwrap_or(0));
        let cause = match inputs {
            [one] => {
                format!("The leader of {topic} partition {} has not answered for {longest}", one.partition)
            }
            many => {
                format!("The leaders of {} {topic} partitions have not answered for {longest}", many.len())
            }
        };
        let step = Step::run(
            "Find the hanging leader, and tell the live cluster's team:",
            self.describe_topic(topic),
        );
        Finding::new(Level::Alarm, cause, step)
            .impact("The checkout may be affected: the shop's producers and consumers of these partitions wait, too.")
            .detail(format!(
                "Without an answer: {topic}, {}. The rest of the live cluster answers. Reading resumes by itself.",
                named(inputs)
            ))
            .runbook("BystanderPartitionsSilent")
    }
}

fn named(inputs: &[&InputStatus]) -> String {
    numbers("partition", "partitions", inputs.iter().map(|input| input.partition))
}
