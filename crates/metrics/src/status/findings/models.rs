//! Models that can't be used, although the aliases name them.

use super::{Finding, Level, Step};
use crate::status::Status;
use crate::text::utc;

impl Status {
    /// A person wanted it, so it is not an alarm, but it explains what is missing in reports.
    pub(super) fn disabled_finding(&self) -> Option<Finding> {
        let first = self.disabled_models.first()?;
        let cause = match self.disabled_models.len() {
            1 => format!("Model {first} is disabled"),
            many => format!("{many} models are disabled"),
        };
        let step = Step::run(
            "Leave it so, or let it score again:",
            format!("bystander models enable {first} --reason WHY"),
        );
        Some(Finding::new(Level::Warning, cause, step).detail(format!(
            "A person has disabled {} in aliases.toml; `bystander models history` says who, when and why. Events of a stream \
             whose models are all disabled are counted as skips with the reason disabled.",
            self.disabled_models.join(", ")
        )))
    }

    pub(super) fn models_finding(&self) -> Option<Finding> {
        let refused = self.refused_models.as_ref()?;
        let step = Step::run(
            "Correct it, or go back with the alias; this tells whether it can be used:",
            "bystander models verify -c bystander.toml",
        );
        Some(
            Finding::new(Level::Warning, format!("Model {} was refused", refused.model), step)
                .impact("The checkout is not affected, and the former models go on scoring.")
                .detail(format!(
                    "Since {} aliases.toml names models that can't be used: {}. Each change of the file is tried, and the \
                     same state again after a while.",
                    utc(refused.since.0),
                    refused.reason.trim_end_matches('.')
                ))
                .runbook("BystanderModelLoadFailed"),
        )
    }
}
