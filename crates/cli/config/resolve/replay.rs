//! `[replay]`.

use super::super::raw::RawReplay;
use super::values::Resolver;
use std::time::Duration;

/// How replays are planned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ReplaySettings {
    /// Records above which a plan asks for `--execute`.
    pub(crate) confirm_above: u64,
    /// How far records' timestamps may be out of order.
    pub(crate) lateness: Duration,
}

impl Default for ReplaySettings {
    fn default() -> Self {
        Self { confirm_above: 50_000_000, lateness: Duration::from_secs(3_600) }
    }
}

impl Resolver<'_> {
    pub(super) fn replay(&mut self, raw: &RawReplay) -> ReplaySettings {
        let defaults = ReplaySettings::default();
        ReplaySettings {
            confirm_above: raw.confirm_above.unwrap_or(defaults.confirm_above),
            lateness: self.duration("replay.lateness", raw.lateness.as_deref()).unwrap_or(defaults.lateness),
        }
    }
}
