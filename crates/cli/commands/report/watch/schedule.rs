//! When the next round begins.

use bystander_pipeline::Backoff;
use std::time::Duration;

/// Longest wait after a first failure.
const FIRST_WAIT: Duration = Duration::from_secs(15);

/// Rounds at an interval, and sooner while they fail.
#[derive(Debug)]
pub(super) struct Schedule {
    interval: Duration,
    backoff: Backoff,
}

impl Schedule {
    /// A round every `interval`, from beginning to beginning.
    pub(super) fn new(interval: Duration) -> Self {
        Self { interval, backoff: Backoff::new(FIRST_WAIT.min(interval), interval) }
    }

    /// How long to wait after a round that made a report, or didn't, and took so long.
    ///
    /// A round that took longer than the interval is followed by a whole one: what it missed isn't made up for, and
    /// the clusters get their rest.
    pub(super) fn after(&mut self, made: bool, took: Duration) -> Duration {
        if made {
            self.backoff.reset();
            return match self.interval.checked_sub(took) {
                Some(rest) if !rest.is_zero() => rest,
                _ => self.interval,
            };
        }
        self.backoff.wait()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const HOUR: Duration = Duration::from_secs(3600);

    fn seconds(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn rounds_begin_at_the_interval_however_long_they_take() {
        let mut schedule = Schedule::new(HOUR);
        assert_eq!(schedule.after(true, seconds(60)), HOUR - seconds(60));
        assert_eq!(schedule.after(true, Duration::ZERO), HOUR);
        assert_eq!(schedule.after(true, HOUR), HOUR, "no two rounds without a rest");
        assert_eq!(schedule.after(true, 3 * HOUR), HOUR, "missed rounds don't pile up");
    }

    #[test]
    fn a_round_that_failed_is_tried_again_soon_and_then_less_and_less() {
        let mut schedule = Schedule::new(HOUR);
        for longest in [15, 30, 60, 120, 240, 480, 960, 1920, 3600, 3600].map(seconds) {
            let wait = schedule.after(false, seconds(1));
            assert!(wait <= longest && wait >= longest.mul_f64(0.8), "{wait:?} of {longest:?}");
        }
        schedule.after(true, seconds(1));
        assert!(
            schedule.after(false, seconds(1)) <= seconds(15),
            "after a success the waits are short again"
        );
    }

    proptest! {
        #[test]
        fn the_wait_is_never_zero_nor_longer_than_the_interval(
            interval in 1_u64..1_000_000, rounds in proptest::collection::vec((any::<bool>(), 0_u64..2_000_000), 1..80)
        ) {
            let mut schedule = Schedule::new(seconds(interval));
            for (made, took) in rounds {
                let wait = schedule.after(made, seconds(took));
                prop_assert!(!wait.is_zero() && wait <= seconds(interval));
            }
        }
    }
}
