//! Waits between attempts.

use std::hash::{BuildHasher, RandomState};
use std::time::{Duration, Instant};

/// How often a wait looks whether it is still wanted.
const SLICE: Duration = Duration::from_millis(50);

/// Each wait is twice as long as the one before, up to a longest. A fifth of it at most is left off by chance, so that those
/// who failed together don't all try again together.
#[derive(Debug, Clone)]
pub struct Backoff {
    first: Duration,
    longest: Duration,
    next: Duration,
}

impl Backoff {
    /// From a first wait up to a longest.
    pub const fn new(first: Duration, longest: Duration) -> Self {
        Self { first, longest, next: first }
    }

    /// Begins with the first wait again: what came before this attempt doesn't count any more.
    pub fn reset(&mut self) {
        self.next = self.first;
    }

    /// The next wait.
    pub fn wait(&mut self) -> Duration {
        let wait = self.next;
        self.next = self.next.saturating_mul(2).min(self.longest);
        // The standard library's hashers have random keys; there is no need for better chance here.
        let chance = RandomState::new().hash_one(0_u8) as f64 / u64::MAX as f64;
        wait.mul_f64(1.0 - chance / 5.0)
    }
}

/// Sleeps, unless `ended` says that there is nothing to wait for any more.
pub fn sleep_unless(wait: Duration, ended: impl Fn() -> bool) {
    let begun = Instant::now();
    while !ended() {
        let left = wait.saturating_sub(begun.elapsed());
        if left.is_zero() {
            return;
        }
        std::thread::sleep(left.min(SLICE));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_the_longest_and_differ_by_a_fifth_at_most() {
        let seconds = Duration::from_secs;
        let mut seen = Vec::new();
        for _ in 0..20 {
            let mut backoff = Backoff::new(seconds(1), seconds(6));
            for full in [1, 2, 4, 6, 6].map(seconds) {
                let wait = backoff.wait();
                assert!(wait <= full && wait >= full.mul_f64(0.8), "{wait:?} of {full:?}");
                seen.push(wait.div_duration_f64(full));
            }
            backoff.reset();
            assert!(backoff.wait() <= seconds(1));
        }
        seen.sort_by(f64::total_cmp);
        seen.dedup();
        assert!(seen.len() > 90, "{} of 100 waits differ", seen.len());
    }

    #[test]
    fn a_wait_that_nobody_wants_any_more_ends_at_once() {
        // It would outlast any patience otherwise.
        sleep_unless(Duration::MAX, || true);
    }
}
