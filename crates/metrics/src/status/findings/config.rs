//! A config that is not the job's.

use super::{Finding, Level, Step};
use crate::status::Status;
use crate::text::utc;

/// Says what would change, and changes nothing.
const PREVIEW: &str = "bystander resume --accept-config -c new.toml";

impl Status {
    /// As bad as what it leads to: with shards that no instance runs it is their cause, and comes before them.
    pub(super) fn config_finding(&self) -> Option<Finding> {
        let agreed = self.config.agreed.as_ref().filter(|_| self.config.agrees() == Some(false))?;
        let idle = self.group.as_ref().is_none_or(|group| group.instances == 0 || !group.unowned.is_empty());
        let since =
            self.config.agreed_since.map_or(String::new(), |since| format!(", agreed at {}", utc(since.0)));
        let (level, impact) = if idle {
            (Level::Alarm, "The checkout is not affected, but no instance is known to run the shards.")
        } else {
            (
                Level::Warning,
                "The checkout is not affected, and this can wait: other instances run the shards.",
            )
        };
        let step = Step::run(
            "Restart this instance with the job's config. Only if the change is intended, preview it:",
            PREVIEW,
        );
        Some(
            Finding::new(level, "This instance has a different config from the job", step)
                .then(Step::run("Only if the change is intended, make this config the job's:", format!("{PREVIEW} --execute")))
                .impact(impact)
                .detail(format!(
                    "This instance takes no shards: its config is {}, and the job's is {agreed}{since}. They differ in \
                     streams, filters, models, topics or privacy settings.",
                    self.config.hash
                ))
                .runbook("BystanderConfigDiffers"),
        )
    }
}
