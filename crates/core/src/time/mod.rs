//! Times of events: ISO 8601, epoch numbers and the forms that shops write, kept as epoch milliseconds.

mod forms;
mod reading;
pub(crate) mod written;

pub use reading::{DateOrder, TimeKeys, TimeReading, TimeUnit, zone};

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use std::time::Duration;

/// Milliseconds in a day.
pub const DAY_MS: i64 = 86_400_000;
/// 2000-01-01: no shop's events are older; what claims to be has a broken clock or a default value.
pub const OLDEST_MS: i64 = 946_684_800_000;
/// How far an event's own time may be ahead of its record's timestamp.
pub const AHEAD_MS: i64 = DAY_MS;
/// 2100-01-01: no event is as late as that, whatever its record says.
pub const NEWEST_MS: i64 = 4_102_444_800_000;

/// Epoch milliseconds, shown as RFC 3339 in UTC with milliseconds; what can't be written so is clamped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rfc3339(pub i64);

impl std::fmt::Display for Rfc3339 {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let nearest = if self.0 < 0 { Timestamp::MIN } else { Timestamp::MAX };
        let instant = Timestamp::from_millisecond(self.0).unwrap_or(nearest);
        write!(f, "{instant:.3}")
    }
}

impl serde::Serialize for Rfc3339 {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// A duration as people write it in configs and on command lines, such as `200ms`, `90m`, `24h` or `30d`; `None` for anything
/// else, and for one that goes back in time.
pub fn duration(text: &str) -> Option<Duration> {
    let days = text.strip_suffix('d').and_then(|days| days.parse::<i64>().ok());
    let duration = match days {
        Some(days) => SignedDuration::try_from_hours(days.checked_mul(24)?)?,
        None => text.parse::<SignedDuration>().ok()?,
    };
    Duration::try_from(duration).ok()
}

/// Whether an event's time is plausible, given its record's timestamp.
pub fn plausible(occurred_at_ms: i64, record_ms: Option<i64>) -> bool {
    let newest = record_ms.map_or(NEWEST_MS, |record| record.saturating_add(AHEAD_MS));
    (OLDEST_MS..=newest.min(NEWEST_MS - 1)).contains(&occurred_at_ms)
}

/// 1900-01-01: a date of birth, written as text, may be that old.
const OLDEST_TEXT_MS: i64 = -2_208_988_800_000;

/// Whether a time can be a feature of an event. A number must lie where events lie, which is what shows a wrong unit; a date
/// says its year itself and may be one of birth. Neither may be a placeholder such as the year 1 or 9999.
pub fn plausible_feature(epoch_ms: i64, says_its_year: bool) -> bool {
    let oldest = if says_its_year { OLDEST_TEXT_MS } else { OLDEST_MS };
    (oldest..NEWEST_MS).contains(&epoch_ms)
}

/// Hour of the day in UTC, 0 to 23.
pub fn hour_of_day(epoch_ms: i64) -> i64 {
    epoch_ms.rem_euclid(DAY_MS) / 3_600_000
}

/// Day of the week in UTC, Monday 0 to Sunday 6.
pub fn day_of_week(epoch_ms: i64) -> i64 {
    (epoch_ms.div_euclid(DAY_MS) + 3).rem_euclid(7)
}

/// The instant at which clocks in `zone` show what clocks in UTC show at the result, both in epoch milliseconds.
pub fn local_ms(epoch_ms: i64, zone: &TimeZone) -> i64 {
    let nearest = if epoch_ms < 0 { Timestamp::MIN } else { Timestamp::MAX };
    let instant = Timestamp::from_millisecond(epoch_ms).unwrap_or(nearest);
    epoch_ms + i64::from(zone.to_offset(instant).seconds()) * 1_000
}
