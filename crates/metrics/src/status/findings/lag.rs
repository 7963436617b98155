//! What waits to be read.

use super::{Finding, Level, SETTLING_MS, Step};
use crate::clusters::Cluster;
use crate::status::{InputStatus, Status};
use crate::text::{count, duration};

/// Lag below this is none: a transaction's marker alone leaves 1 on an idle partition.
const LITTLE_LAG: u64 = 1000;
/// Seconds of work that may wait.
const LONG_WAIT: f64 = 1800.0;

impl Status {
    pub(super) fn lag_finding(&self) -> Option<Finding> {
        // What waits behind an open transaction has a finding of its own.
        let readable = self.inputs.iter().filter_map(|input| u64::try_from(input.readable()?).ok());
        let lag = readable.fold(0, u64::saturating_add);
        let read = self.streams.iter().map(|stream| stream.recent.read()).fold(0, u64::saturating_add);
        // Without shards, or without the cluster that it writes to, an instance reads nothing, which has its own finding.
        if self.shards.is_empty() || self.shadow_is_away() {
            return None;
        }
        if lag <= LITTLE_LAG || self.window_seconds < SETTLING_MS.unsigned_abs() / 1000 {
            return None;
        }
        let seconds = lag as f64 * self.window_seconds as f64 / read as f64;
        let (lag, window) = (count(lag), duration(self.window_seconds));
        let finding = if read == 0 {
            let step =
                Step::run("Check config, topics and permissions:", "bystander check -c bystander.toml");
            let cause = format!("{lag} records wait, and none was read for {window}");
            Finding::new(Level::Alarm, cause, step).runbook("BystanderNotReading")
        } else if seconds > LONG_WAIT {
            let step = Step::new("If the lag grows, add instances, up to the number of shards.");
            let cause =
                format!("{lag} records wait: {} of work at the present rate", duration(seconds as u64));
            Finding::new(Level::Warning, cause, step).runbook("BystanderLagHigh")
        } else {
            return None;
        };
        Some(finding.detail(self.lag_trend()))
    }

    fn shadow_is_away(&self) -> bool {
        self.outages().any(|cluster| cluster.cluster == Cluster::Shadow)
    }

    /// How the lag of those partitions moved that were read here all the time.
    fn lag_trend(&self) -> String {
        let moved = |input: &InputStatus| Some(input.lag?.saturating_sub(input.lag_before?));
        let moved = self.inputs.iter().filter_map(moved).fold(0, i64::saturating_add);
        let (window, by) = (duration(self.window_seconds), count(moved.unsigned_abs()));
        match moved {
            0 => format!("As many waited {window} ago."),
            1.. => format!("{by} more than {window} ago: the lag grows."),
            _ => format!("{by} fewer than {window} ago: the lag shrinks."),
        }
    }
}

impl InputStatus {
    /// Whether much waits and it doesn't get less.
    pub(crate) fn high(&self) -> bool {
        let lag = self.lag.and_then(|lag| u64::try_from(lag).ok()).unwrap_or(0);
        lag > LITTLE_LAG && self.lag_before.is_none_or(|before| self.lag >= Some(before))
    }
}
