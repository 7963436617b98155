//! A config that is not the job's.

use super::{Finding, Level};
use crate::status::Status;
use crate::text::utc;

impl Status {
    /// As bad as what it leads to: with shards that run nowhere it is their cause, and comes before them.
    pub(super) fn config_finding(&self) -> Option<Finding> {
        let agreed = self.config.agreed.as_ref().filter(|_| self.config.agrees() == Some(false))?;
        let nowhere =
            self.group.as_ref().is_none_or(|group| group.instances == 0 || !group.unowned.is_empty());
        let since =
            self.config.agreed_since.map_or(String::new(), |since| format!(" since {}", utc(since.0)));
        Some(Finding {
            level: if nowhere { Level::Alarm } else { Level::Warning },
            headline: "This instance has another config than the job".to_owned(),
            what: format!(
                "This instance takes no shards: its config is {}, and the job has run with {agreed}{since}.",
                self.config.hash
            ),
            detail: format!(
                "The two configs differ in streams, filters, models, topics or privacy settings. {}",
                if nowhere {
                    "No instance is known to run the shards."
                } else {
                    "Instances with the job's config run the shards."
                }
            ),
            runbook: Some("BystanderConfigDiffers"),
        })
    }
}
