//! Input partitions that are not read on, and positions that would be lost.

use super::{Finding, Level};
use crate::status::Status;

impl Status {
    pub(super) fn halt_finding(&self) -> Option<Finding> {
        let halted = self.inputs.iter().filter_map(|input| Some((input, input.halted.as_ref()?)));
        let told: Vec<String> = halted
            .map(|(input, halt)| {
                format!("{} partition {} since {}: {}", input.topic, input.partition, halt.since, halt.what)
            })
            .collect();
        let what = match told.len() {
            0 => return None,
            1 => "An input partition is halted: its log changed, and nothing more of it is read.".to_owned(),
            many => format!(
                "{many} input partitions are halted: their logs changed, and nothing more of them is read."
            ),
        };
        Some(Finding {
            level: Level::Alarm,
            headline: "An input changed and is not read on".to_owned(),
            what,
            detail: format!(
                "{}. `bystander resume --accept-recreated` shows how they can go on; a new job name starts over.",
                told.join("; ")
            ),
            runbook: Some("BystanderInputHalted"),
        })
    }

    pub(super) fn risk_finding(&self) -> Option<Finding> {
        (!self.risks.is_empty()).then(|| Finding {
            level: Level::Warning,
            headline: "Settings of the shadow topics lose what is written".to_owned(),
            what: "Settings of the shadow topics lose what is written.".to_owned(),
            detail: format!("{}. `bystander check` names them, too.", self.risks.join("; ")),
            runbook: None,
        })
    }
}
