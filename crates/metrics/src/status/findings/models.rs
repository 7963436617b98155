//! Models that can't be used, although the aliases name them.

use super::{Finding, Level, Step};
use crate::status::Status;
use crate::text::utc;

impl Status {
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
