//! A config that is not the job's.

use super::{Finding, Level, Step};
use crate::status::Status;
use crate::text::utc;
use bystander_core::time::Rfc3339;

/// Says what would change, and changes nothing.
const PREVIEW: &str = "bystander resume --accept-config -c new.toml";

impl Status {
    /// As bad as what it leads to: with shards that no instance runs it is their cause, and comes before them.
    pub(super) fn config_finding(&self) -> Option<Finding> {
        let agreed = self.config.agreed.as_ref().filter(|_| self.config.agrees() == Some(false))?;
        let idle = self.group.as_ref().is_none_or(|group| group.instances == 0 || !group.unowned.is_empty());
        let (level, impact) = if idle {
            (Level::Alarm, "The checkout is not affected, but no instance is known to run the shards.")
        } else {
            (
                Level::Warning,
                "The checkout is not affected, and this can wait: other instances run the shards.",
            )
        };
        let finding = match self.superseded() {
            Some(since) => self.older(level, since),
            None => self.another(level),
        };
        let detail = format!(
            "This instance takes no shards: its config is {}, and the job's is {agreed}. They differ in streams, filters, \
             models, topics or privacy settings. {}",
            self.config.hash, finding.detail
        );
        Some(finding.impact(impact).detail(detail).runbook("BystanderConfigDiffers"))
    }

    /// When the job changed its config, if that was after this process had read its own. A job's first config comes
    /// after the start of its instances, too, and replaces none.
    fn superseded(&self) -> Option<Rfc3339> {
        let changed = self.config.agreed_number.is_some_and(|number| number > 1);
        self.config.agreed_since.filter(|since| changed && since.0 > self.started_at.0)
    }

    /// To accept this one would take the job back, so that is not offered.
    fn older(&self, level: Level, since: Rfc3339) -> Finding {
        let cause = "This instance has a different config from the job: an older one";
        Finding::new(level, cause, Step::new("Restart this instance with the job's current config.")).detail(
            format!(
                "The job changed its config at {}, after this instance had started at {}. To accept the config of this \
                 instance would take the job back.",
                utc(since.0),
                utc(self.started_at.0)
            ),
        )
    }

    /// Nobody but a person knows which of the two is meant.
    fn another(&self, level: Level) -> Finding {
        let cause = "This instance has a different config from the job";
        let step = Step::run(
            "Either restart it with the job's config or, if its own is intended, preview that:",
            PREVIEW,
        );
        let accept =
            Step::run("Only if its own is intended, make it the job's:", format!("{PREVIEW} --execute"));
        let since = self.config.agreed_since.map_or(String::new(), |since| format!(" at {}", utc(since.0)));
        Finding::new(level, cause, step).then(accept).detail(format!(
            "The job agreed on its config{since}; this instance started at {}. Its config is a newer one, or comes from a \
             wrong or old file: to accept an old one would take the job back.",
            utc(self.started_at.0)
        ))
    }
}
