//! Pacing: a replay takes no more of the live brokers than it was given.

use bystander_pipeline::{Stop, sleep_unless};
use parking_lot::Mutex;
use std::time::{Duration, Instant};

/// How fast a replay may go; `None` is as fast as it can.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Pace {
    /// Records per second, over all workers.
    pub records: Option<f64>,
    /// Bytes per second, over all workers.
    pub bytes: Option<f64>,
    /// Event time per time: 60 plays an hour in a minute.
    pub speed: Option<f64>,
}

/// Time that was left unused is made up for by this much: a busy machine must not lower the rate.
const BURST: Duration = Duration::from_secs(1);
/// Waits shorter than this are put together: sleeping is not more exact.
const SHORTEST_WAIT: Duration = Duration::from_millis(2);

/// Keeps all workers of a run to its pace.
pub struct Pacer {
    pace: Pace,
    state: Mutex<State>,
    stop: Stop,
}

#[derive(Debug, Default)]
struct State {
    records: Bucket,
    bytes: Bucket,
    /// The wall clock and the record time that event time is measured from.
    begun: Option<(Instant, i64)>,
}

/// When the next unit may pass.
#[derive(Debug, Default)]
struct Bucket {
    free_at: Option<Instant>,
}

impl Bucket {
    /// Takes `units` and says until when to wait.
    fn take(&mut self, units: f64, per_second: f64, now: Instant) -> Instant {
        let earliest = now.checked_sub(BURST).unwrap_or(now);
        let free_at = self.free_at.map_or(now, |free_at| free_at.max(earliest));
        let cost = Duration::try_from_secs_f64(units / per_second).unwrap_or(Duration::MAX);
        let next = free_at.checked_add(cost).unwrap_or(free_at);
        self.free_at = Some(next);
        next
    }
}

impl Pacer {
    /// A pacer; waiting ends early on `stop`.
    pub fn new(pace: Pace, stop: &Stop) -> Self {
        Self { pace, state: Mutex::default(), stop: stop.clone() }
    }

    /// Whether there is anything to wait for.
    pub fn is_free(&self) -> bool {
        self.pace == Pace::default()
    }

    /// Waits until a record of so many bytes and that time may pass.
    pub fn wait(&self, bytes: u64, time: Option<i64>) {
        let now = Instant::now();
        self.sleep_until(now, self.due(bytes, time, now));
    }

    /// Waits until so many bytes may pass.
    pub fn wait_bytes(&self, bytes: u64) {
        if let (Some(rate), true) = (self.pace.bytes, bytes > 0) {
            let now = Instant::now();
            let due = self.state.lock().bytes.take(bytes as f64, rate, now);
            self.sleep_until(now, due);
        }
    }

    fn due(&self, bytes: u64, time: Option<i64>, now: Instant) -> Instant {
        let mut state = self.state.lock();
        let mut until = now;
        if let Some(rate) = self.pace.records {
            until = until.max(state.records.take(1.0, rate, now));
        }
        if let (Some(rate), true) = (self.pace.bytes, bytes > 0) {
            until = until.max(state.bytes.take(bytes as f64, rate, now));
        }
        if let (Some(speed), Some(time)) = (self.pace.speed, time) {
            let (begun, first) = *state.begun.get_or_insert((now, time));
            // Records out of order are as late as they are: they don't wait.
            let after = time.saturating_sub(first).max(0) as f64 / 1e3 / speed;
            let after = Duration::try_from_secs_f64(after).unwrap_or(Duration::MAX);
            until = until.max(begun.checked_add(after).unwrap_or(until));
        }
        until
    }

    fn sleep_until(&self, now: Instant, until: Instant) {
        if until <= now + SHORTEST_WAIT {
            return;
        }
        sleep_unless(until - now, || self.stop.requested().is_some());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pacer(pace: Pace) -> Pacer {
        Pacer::new(pace, &Stop::default())
    }

    /// Time is a parameter: the n-th unit is due when the rate says, whatever the machine does.
    #[test]
    fn records_are_due_at_their_rate() {
        let pacer = pacer(Pace { records: Some(1_000.0), ..Pace::default() });
        let begun = Instant::now();
        let due: Vec<_> = (0..5_000).map(|_| pacer.due(0, None, begun)).collect();
        let last = due[4_999] - begun;
        assert!((4.999..5.001).contains(&last.as_secs_f64()), "{last:?}");
    }

    #[test]
    fn bytes_are_due_at_their_rate_whatever_the_records_are() {
        let pacer = pacer(Pace { bytes: Some(1e6), ..Pace::default() });
        let begun = Instant::now();
        let last = (0..1_000).map(|index| pacer.due(1_000 + index % 7, None, begun)).last();
        let last = last.map_or(0.0, |last| (last - begun).as_secs_f64());
        assert!((1.0..1.01).contains(&last), "{last}");
    }

    #[test]
    fn time_that_was_left_unused_is_made_up_for_by_a_second_at_most() {
        let pacer = pacer(Pace { records: Some(10.0), ..Pace::default() });
        let begun = Instant::now();
        pacer.due(0, None, begun);
        let later = begun + Duration::from_secs(60);
        let due: Vec<_> = (0..30).map(|_| pacer.due(0, None, later)).collect();
        assert!(
            due[29] >= later + Duration::from_millis(1_900),
            "a minute of silence gives a second's burst"
        );
    }

    #[test]
    fn event_time_runs_as_many_times_faster_as_asked() {
        let pacer = pacer(Pace { speed: Some(60.0), ..Pace::default() });
        let begun = Instant::now();
        assert_eq!(pacer.due(0, Some(1_000), begun), begun);
        assert_eq!(pacer.due(0, Some(3_601_000), begun), begun + Duration::from_secs(60));
        assert_eq!(pacer.due(0, Some(500), begun), begun, "what is late doesn't wait");
        assert_eq!(pacer.due(0, None, begun), begun);
    }

    #[test]
    fn a_stop_ends_the_waiting() {
        let stop = Stop::default();
        let pacer = Pacer::new(Pace { records: Some(1e-6), ..Pace::default() }, &stop);
        stop.request(bystander_pipeline::StopMode::Abort);
        pacer.wait(0, None);
        pacer.wait(0, None);
    }
}
