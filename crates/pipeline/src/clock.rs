//! Time as a parameter.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// Where a shard reads the time.
pub trait Clock {
    /// Wall clock, epoch milliseconds.
    fn now_ms(&self) -> i64;
    /// A clock that never goes back, from any start.
    fn elapsed(&self) -> Duration;
}

/// The machine's clocks.
#[derive(Debug, Clone, Copy)]
pub struct SystemClock {
    started: Instant,
}

impl Default for SystemClock {
    fn default() -> Self {
        Self { started: Instant::now() }
    }
}

impl Clock for SystemClock {
    fn now_ms(&self) -> i64 {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
    }

    fn elapsed(&self) -> Duration {
        self.started.elapsed()
    }
}
