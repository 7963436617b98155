//! The window in days or weeks.

use bystander_core::time::DAY_MS;

const WEEK_MS: i64 = 7 * DAY_MS;
/// Windows up to this length are shown by day.
const BY_DAY_MS: i64 = 21 * DAY_MS;
/// Windows up to this length are shown by week, longer ones by four weeks.
const BY_WEEK_MS: i64 = 740 * DAY_MS;
/// 1970-01-05 was a Monday.
const MONDAY_MS: i64 = 4 * DAY_MS;

/// A window cut into stretches of one length, in UTC; weeks start on Mondays.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Periods {
    first_ms: i64,
    length_ms: i64,
    pub(crate) count: usize,
}

impl Periods {
    /// Of the times from `first` to `last`, both included.
    pub(crate) fn of(first: i64, last: i64) -> Self {
        let length_ms = match last.saturating_sub(first) {
            span if span <= BY_DAY_MS => DAY_MS,
            span if span <= BY_WEEK_MS => WEEK_MS,
            _ => 4 * WEEK_MS,
        };
        let origin = if length_ms == DAY_MS { 0 } else { MONDAY_MS };
        let start = (first - origin).div_euclid(length_ms) * length_ms + origin;
        Self { first_ms: start, length_ms, count: ((last - start) / length_ms + 1) as usize }
    }

    /// Over the events' times; `None` without events.
    pub(crate) fn over(times: impl Iterator<Item = i64>) -> Option<Self> {
        let range = times.fold(None, |range: Option<(i64, i64)>, time| {
            let (first, last) = range.unwrap_or((time, time));
            Some((first.min(time), last.max(time)))
        });
        range.map(|(first, last)| Self::of(first, last))
    }

    /// Which stretch a time of the window is in.
    pub(crate) fn index(&self, time_ms: i64) -> usize {
        (((time_ms - self.first_ms).max(0) / self.length_ms) as usize).min(self.count - 1)
    }

    /// First instant of a stretch.
    pub(crate) fn start_ms(&self, index: usize) -> i64 {
        self.first_ms + self.length_ms * index as i64
    }

    /// `day`, `week` or `four weeks`.
    pub(crate) fn word(&self) -> &'static str {
        match self.length_ms {
            DAY_MS => "day",
            WEEK_MS => "week",
            _ => "four weeks",
        }
    }
}

/// The date of a time, `2026-01-05`.
pub(crate) fn date(time_ms: i64) -> String {
    bystander_core::time::Rfc3339(time_ms).to_string().chars().take(10).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_short_window_is_cut_by_day_a_long_one_by_monday() {
        let day = Periods::of(10 * DAY_MS + 5, 12 * DAY_MS);
        assert_eq!((day.count, day.word(), day.start_ms(0)), (3, "day", 10 * DAY_MS));
        let week = Periods::of(10 * DAY_MS, 60 * DAY_MS);
        assert_eq!((week.word(), week.start_ms(0)), ("week", 4 * DAY_MS));
        assert_eq!(week.index(11 * DAY_MS), 1);
        assert_eq!(date(week.start_ms(0)), "1970-01-05");
    }
}
