//! Input partitions that are halted, and settings that would lose positions.

use super::{Finding, Level, Step};
use crate::status::Status;

impl Status {
    pub(super) fn halt_finding(&self) -> Option<Finding> {
        let halted = self.inputs.iter().filter_map(|input| Some((input, input.halted.as_ref()?)));
        let told: Vec<String> = halted
            .map(|(input, halt)| {
                format!("{} partition {} since {}: {}", input.topic, input.partition, halt.since, halt.what)
            })
            .collect();
        let cause = match told.len() {
            0 => return None,
            1 => "An input partition is halted: its log changed".to_owned(),
            many => format!("{many} input partitions are halted: their logs changed"),
        };
        let step = Step::run(
            "See where reading can go on; this changes nothing:",
            "bystander resume --accept-recreated -c bystander.toml",
        );
        Some(
            Finding::new(Level::Alarm, cause, step)
                .detail(format!("{}. A new job name would start over.", told.join("; ")))
                .runbook("BystanderInputHalted"),
        )
    }

    pub(super) fn risk_finding(&self) -> Option<Finding> {
        let step = Step::run(
            "Correct the topic settings that are named below; this checks them again:",
            "bystander check -c bystander.toml",
        );
        (!self.risks.is_empty()).then(|| {
            Finding::new(Level::Warning, "Settings of the shadow topics would lose what is written", step)
                .detail(format!("{}.", self.risks.join("; ")))
        })
    }
}
