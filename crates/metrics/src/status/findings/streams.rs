//! What became of records.

use super::{Finding, Level};
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
        let what = format!("{share} of the latest records of {} became dead letters.", self.name);
        Some(Finding {
            level,
            headline: String::new(),
            what,
            detail: "Their codes are listed below.".to_owned(),
            runbook: Some(runbook),
        })
    }

    pub(super) fn gap_finding(&self) -> Option<Finding> {
        let lost = self.recent.gap_offsets;
        (lost > 0).then(|| Finding {
            level: Level::Warning,
            headline: String::new(),
            what: format!(
                "Retention removed {} offsets of {} before they were read.",
                count(lost),
                self.name
            ),
            detail: "The account counts them as gaps.".to_owned(),
            runbook: Some("BystanderEventsLost"),
        })
    }
}
