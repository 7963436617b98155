//! Days in UTC: what files of comparisons are parted by.

use bystander_core::time::DAY_MS;
use bystander_pipeline::Failure;
use jiff::civil::Date;
use jiff::{Timestamp, tz::TimeZone};
use std::path::Path;

/// A day in UTC, by its number since 1970-01-01.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Day(i64);

impl Day {
    pub(crate) fn of(time_ms: i64) -> Self {
        Self(time_ms.div_euclid(DAY_MS))
    }

    /// The folder `dt=YYYY-MM-DD`.
    ///
    /// # Errors
    /// When the calendar has no such day.
    pub(crate) fn folder(self) -> Result<String, Failure> {
        let midnight = self.0.checked_mul(DAY_MS).and_then(|ms| Timestamp::from_millisecond(ms).ok());
        let midnight = midnight.ok_or_else(|| {
            Failure::lasting(
                format!("an event is said to have occurred on day {} since 1970", self.0),
                "bind `occurred_at` to a time, in the unit that `time_unit` says",
            )
        })?;
        Ok(format!("dt={}", midnight.to_zoned(TimeZone::UTC).date()))
    }

    /// The day that the last folder of `path` named `dt=YYYY-MM-DD` stands for.
    pub(crate) fn of_path(path: &Path) -> Option<Self> {
        let named = |part: &std::ffi::OsStr| {
            let date: Date = part.to_str()?.strip_prefix("dt=")?.parse().ok()?;
            Some(Self::of(TimeZone::UTC.to_timestamp(date.at(0, 0, 0, 0)).ok()?.as_millisecond()))
        };
        path.iter().rev().find_map(named)
    }

    /// Whether any time from `from_ms` to before `to_ms` lies on it.
    pub(crate) fn meets(self, from_ms: i64, to_ms: i64) -> bool {
        from_ms < to_ms && Self::of(from_ms) <= self && self <= Self::of(to_ms - 1)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn a_day_is_the_folder_of_all_its_milliseconds() {
        let midnight = 1_793_491_200_000;
        for (time, folder) in [
            (midnight - 1, "dt=2026-10-31"),
            (midnight, "dt=2026-11-01"),
            (midnight + DAY_MS - 1, "dt=2026-11-01"),
            (-1, "dt=1969-12-31"),
        ] {
            assert_eq!(Day::of(time).folder().unwrap(), folder);
            let path = format!("out/comparisons/{folder}/shop.orders+0+0.parquet");
            assert_eq!(Day::of_path(Path::new(&path)), Some(Day::of(time)));
        }
        assert_eq!(Day::of_path(Path::new("dt=yesterday/x.parquet")), None);
        assert!(Day::of(i64::MAX).folder().is_err());
    }

    #[test]
    fn a_range_meets_the_days_it_touches_and_no_other() {
        let day = Day::of(0);
        assert!(day.meets(0, 1) && day.meets(DAY_MS - 1, DAY_MS) && day.meets(i64::MIN, i64::MAX));
        assert!(!day.meets(DAY_MS, DAY_MS + 1) && !day.meets(-1, 0) && !day.meets(5, 5));
    }
}
