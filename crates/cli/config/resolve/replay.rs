//! `[replay]`.

use super::super::raw::RawReplay;
use super::values::Resolver;
use std::time::Duration;

/// How replays are planned.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct ReplaySettings {
    /// Records above which a plan asks for `--execute`.
    pub(crate) confirm_above: u64,
    /// How far records' timestamps may be out of order.
    pub(crate) lateness: Duration,
    /// Smallest share of records, skipped ones left out, that must have been compared.
    pub(crate) min_readable: f64,
}

impl Default for ReplaySettings {
    fn default() -> Self {
        Self { confirm_above: 50_000_000, lateness: Duration::from_secs(3_600), min_readable: 0.0 }
    }
}

impl Resolver<'_> {
    pub(super) fn replay(&mut self, raw: &RawReplay) -> ReplaySettings {
        let defaults = ReplaySettings::default();
        ReplaySettings {
            confirm_above: raw.confirm_above.unwrap_or(defaults.confirm_above),
            lateness: self.duration("replay.lateness", raw.lateness.as_deref()).unwrap_or(defaults.lateness),
            min_readable: self.share("replay.min_readable", raw.min_readable),
        }
    }

    /// A share from 0 to 1; 0 where nothing is written.
    pub(super) fn share(&mut self, key: &str, written: Option<f64>) -> f64 {
        let share = written.unwrap_or(0.0);
        if !(0.0..=1.0).contains(&share) {
            self.wrong(key, format!("{share} is not a share"), "write a number from 0 to 1, such as 0.95");
        }
        share
    }
}
