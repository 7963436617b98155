//! Keeps a reader's share of the live brokers' bytes below the rate that the config allows.

use super::wire::Wire;
use std::time::{Duration, Instant};

/// Time in which less was read is made up for by this much, so that an uneven flow still reaches the rate.
const BURST: Duration = Duration::from_secs(1);

/// How many bytes may still be taken off the wire. Pure: times are parameters.
#[derive(Debug)]
pub(super) struct Allowance {
    /// Bytes per second; `None` means no limit.
    rate: Option<f64>,
    wire: Wire,
    /// Bytes that the client's statistics told last.
    told: u64,
    /// Bytes that were paid for.
    paid: u64,
    /// When everything received so far is within the rate.
    free_at: Option<Instant>,
}

impl Allowance {
    pub(super) fn new(bytes_per_second: Option<u64>) -> Self {
        let rate = bytes_per_second.map(|rate| rate.max(1) as f64);
        Self { rate, wire: Wire::default(), told: 0, paid: 0, free_at: None }
    }

    /// The client's statistics tell how much came over the wire so far.
    pub(super) fn told(&mut self, received: u64) {
        self.told = received;
    }

    /// A record of so many bytes was delivered.
    pub(super) fn deliver(&mut self, bytes: usize) {
        if self.rate.is_some() {
            self.wire.deliver(bytes);
        }
    }

    /// How long to pause reading: zero without a limit, or while the rate is below it.
    pub(super) fn wait(&mut self, now: Instant) -> Duration {
        let Some(rate) = self.rate else { return Duration::ZERO };
        let received = self.wire.received(self.told);
        let bytes = received - self.paid;
        self.paid = received;
        let earliest = now.checked_sub(BURST).unwrap_or(now);
        let from = self.free_at.map_or(now, |free_at| free_at.max(earliest));
        let cost = Duration::try_from_secs_f64(bytes as f64 / rate).unwrap_or(Duration::MAX);
        let free_at = from.checked_add(cost).unwrap_or(from);
        self.free_at = Some(free_at);
        free_at.saturating_duration_since(now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MILLISECOND: Duration = Duration::from_millis(1);

    /// Reads records of so many bytes, as fast as it may, until `end`; how many bytes that were.
    fn read(allowance: &mut Allowance, bytes: usize, begin: Instant, end: Instant) -> usize {
        let (mut now, mut total) = (begin, 0);
        while now < end {
            let wait = allowance.wait(now);
            if wait.is_zero() {
                allowance.deliver(bytes);
                total += bytes;
            }
            now += wait.max(MILLISECOND / 100);
        }
        total
    }

    #[test]
    fn bytes_pass_at_the_rate_whatever_size_records_have() {
        for size in [100, 7_000, 300_000] {
            let mut allowance = Allowance::new(Some(1_000_000));
            let begin = Instant::now();
            let total = read(&mut allowance, size, begin, begin + Duration::from_secs(10));
            let most = 10_000_000 + size;
            assert!((9_500_000..=most).contains(&total), "{total} bytes of {size}");
        }
    }

    #[test]
    fn idle_time_is_made_up_for_by_one_second_at_most() {
        let mut allowance = Allowance::new(Some(1_000_000));
        let begin = Instant::now();
        allowance.wait(begin);
        let later = begin + Duration::from_secs(3600);
        let total = read(&mut allowance, 1_000, later, later + Duration::from_secs(1));
        assert!((1_900_000..=2_010_000).contains(&total), "{total}");
    }

    #[test]
    fn what_was_fetched_and_not_delivered_counts() {
        let mut allowance = Allowance::new(Some(1_000_000));
        let now = Instant::now();
        allowance.wait(now);
        allowance.told(500_000);
        assert_eq!(allowance.wait(now), Duration::from_millis(500));
    }

    #[test]
    fn without_a_limit_nothing_waits() {
        let mut allowance = Allowance::new(None);
        allowance.told(u64::MAX);
        allowance.deliver(usize::MAX);
        assert_eq!(allowance.wait(Instant::now()), Duration::ZERO);
    }
}
