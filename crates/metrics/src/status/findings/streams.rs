//! What became of records.

use super::{Finding, Level, Step};
use crate::status::StreamStatus;
use crate::text::{count, share};

/// Share of a stream's recent records above which dead letters are told, and above which they are a flood.
const DEAD_LETTERS: (f64, f64) = (0.05, 0.5);
/// Fewer recent records than this say nothing about a share.
const FEW_RECORDS: u64 = 20;

impl StreamStatus {
    pub(super) fn dead_letter_finding(&self) -> Option<Finding> {
        let part = self.recent.dead_letters as f64 / self.recent.read() as f64;
        let (told, flood) = DEAD_LETTERS;
        if self.recent.read() < FEW_RECORDS || part <= told {
            return None;
        }
        let (level, runbook) = match part > flood {
            true => (Level::Alarm, "BystanderDeadLetterFlood"),
            false => (Level::Warning, "BystanderDeadLetterRatioHigh"),
        };
        let share = share(self.recent.dead_letters, self.recent.read());
        let cause = format!("{share} of recent records of {} became dead letters", self.name);
        let step = Step::new("Look at the codes below, and ask the shop's team what changed in its events.");
        Some(
            Finding::new(level, cause, step)
                .impact(
                    "Bystander does not affect the checkout, but damaged events may point at a fault there.",
                )
                .runbook(runbook),
        )
    }

    pub(super) fn gap_finding(&self) -> Option<Finding> {
        let lost = self.recent.gap_offsets;
        let step = Step::new("Raise retention.ms of the input topic, so that no more of them expire unread.");
        let cause =
            format!("Retention removed {} offsets of {} before they were read", count(lost), self.name);
        (lost > 0).then(|| {
            Finding::new(Level::Warning, cause, step)
                .detail("They are counted as gaps.")
                .runbook("BystanderEventsLost")
        })
    }
}
