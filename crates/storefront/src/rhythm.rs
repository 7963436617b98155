//! When things happen: a fixed number of arrivals over the window, following the hour of the day.

use crate::config::{DayRhythm, ShopConfig};
use crate::dice::Dice;

/// Relative activity per hour of the day, UTC: quiet at night, a lunch shoulder, a peak in the evening.
const HOURS: [f64; 24] = [
    0.45, 0.30, 0.22, 0.18, 0.18, 0.25, 0.45, 0.75, 1.00, 1.15, 1.20, 1.25, 1.35, 1.25, 1.15, 1.15, 1.25,
    1.45, 1.70, 1.95, 2.05, 1.80, 1.30, 0.80,
];
const DAY: f64 = 86_400_000.0;

/// Maps a share of the window's activity to a time.
#[derive(Debug, Clone)]
pub(crate) struct Rhythm {
    /// Share of a day's activity before each hour; 25 entries from 0 to 1.
    before: [f64; 25],
    midnight_millis: i64,
    first: f64,
    total: f64,
}

impl Rhythm {
    /// The rhythm of the shop's window.
    pub(crate) fn of(config: &ShopConfig) -> Self {
        let hours = match config.rhythm {
            DayRhythm::Daily => HOURS,
            DayRhythm::Even => [1.0; 24],
        };
        Self::new(config.start.as_millisecond(), config.days, &hours)
    }

    fn new(start_millis: i64, days: f64, hours: &[f64; 24]) -> Self {
        let sum: f64 = hours.iter().sum();
        let mut before = [0.0; 25];
        for hour in 0..24 {
            before[hour + 1] = before[hour] + hours[hour] / sum;
        }
        let midnight_millis = start_millis.div_euclid(DAY as i64) * DAY as i64;
        let mut rhythm = Self { before, midnight_millis, first: 0.0, total: 0.0 };
        let offset = (start_millis - midnight_millis) as f64 / DAY;
        rhythm.first = rhythm.activity(offset);
        rhythm.total = rhythm.activity(offset + days) - rhythm.first;
        rhythm
    }

    /// The time, in epoch milliseconds, by which `share` of the window's activity has happened.
    pub(crate) fn at(&self, share: f64) -> i64 {
        let activity = self.first + self.total * share;
        let (day, within) = (activity.floor(), activity.fract());
        let hour = self.before[1..].iter().position(|before| within < *before).unwrap_or(23);
        let part = (within - self.before[hour]) / (self.before[hour + 1] - self.before[hour]);
        let days = day + (hour as f64 + part) / 24.0;
        self.midnight_millis + (days * DAY) as i64
    }

    /// Activity from midnight of the first day until `days` later, in days' worth.
    fn activity(&self, days: f64) -> f64 {
        let hours = days.fract() * 24.0;
        let hour = (hours as usize).min(23);
        let share = (self.before[hour + 1] - self.before[hour]) * (hours - hour as f64);
        days.floor() + self.before[hour] + share
    }
}

/// The order statistics of a known number of arrivals, drawn one after the other.
#[derive(Debug, Clone)]
pub(crate) struct Arrivals {
    rhythm: Rhythm,
    share: f64,
}

impl Arrivals {
    pub(crate) fn new(rhythm: Rhythm) -> Self {
        Self { rhythm, share: 0.0 }
    }

    /// The time of the next of `left` arrivals that are still to come, this one included.
    ///
    /// The smallest of n uniforms on the rest of the window is `1 - U^(1/n)` of it.
    pub(crate) fn next(&mut self, left: u64, dice: &mut Dice) -> i64 {
        let uniform = 1.0 - dice.unit();
        let step = -(uniform.ln() / left.max(1) as f64).exp_m1();
        self.share += (1.0 - self.share) * step;
        self.rhythm.at(self.share.min(1.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dice::Stream;

    #[test]
    fn the_window_begins_and_ends_where_it_was_asked_to() {
        let start = 1_767_225_600_000 + 5 * 3_600_000;
        let rhythm = Rhythm::new(start, 2.5, &HOURS);
        assert!((rhythm.at(0.0) - start).abs() <= 1);
        assert!((rhythm.at(1.0) - start - (2.5 * DAY) as i64).abs() <= 1);
    }

    #[test]
    fn evenings_are_busier_than_nights() {
        let mut dice = Dice::new(1, Stream::ORDERS);
        let mut arrivals = Arrivals::new(Rhythm::new(1_767_225_600_000, 30.0, &HOURS));
        let times: Vec<_> = (0..10_000).rev().map(|left| arrivals.next(left + 1, &mut dice)).collect();
        assert!(times.is_sorted());
        let at = |hour| times.iter().filter(|millis| **millis / 3_600_000 % 24 == hour).count();
        assert!(at(20) > 6 * at(3), "{} at 20 o'clock, {} at 3", at(20), at(3));
    }
}
