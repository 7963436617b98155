//! Times of events: RFC 3339 or epoch numbers, kept as epoch milliseconds.

use crate::dead_letter::Code;
use crate::extract::Slot;
use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use serde::Deserialize;

/// Unit of times that are written as numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
pub enum TimeUnit {
    /// Seconds.
    #[serde(rename = "s")]
    Seconds,
    /// Milliseconds.
    #[default]
    #[serde(rename = "ms")]
    Milliseconds,
    /// Microseconds.
    #[serde(rename = "us")]
    Microseconds,
}

/// Milliseconds in a day.
pub const DAY_MS: i64 = 86_400_000;
/// 2000-01-01: no shop's events are older; what claims to be has a broken clock or a default value.
pub const OLDEST_MS: i64 = 946_684_800_000;
/// How far an event's own time may be ahead of its record's timestamp.
pub const AHEAD_MS: i64 = DAY_MS;
/// 2100-01-01: no event is as late as that, whatever its record says.
pub const NEWEST_MS: i64 = 4_102_444_800_000;

/// Epoch milliseconds of a captured value; text without an offset is UTC. `None` when missing or null.
///
/// # Errors
/// [`Code::InvalidTime`] for text that is no time, [`Code::WrongType`] for other types.
pub(crate) fn parse(value: Slot, text: Option<&str>, unit: TimeUnit) -> Result<Option<i64>, Code> {
    let per_unit = |number: f64| match unit {
        TimeUnit::Seconds => number * 1e3,
        TimeUnit::Milliseconds => number,
        TimeUnit::Microseconds => number / 1e3,
    };
    match (value, text) {
        (Slot::Missing | Slot::Null, _) => Ok(None),
        (_, Some(text)) => parse_text(text).map(Some).ok_or(Code::InvalidTime),
        (Slot::Integer(number), _) => Ok(Some(whole(number, unit))),
        (Slot::Float(number), _) => {
            let milliseconds = per_unit(number).floor();
            let fits = milliseconds.abs() < 9e15;
            if fits { Ok(Some(milliseconds as i64)) } else { Err(Code::InvalidTime) }
        }
        _ => Err(Code::WrongType),
    }
}

fn whole(number: i64, unit: TimeUnit) -> i64 {
    match unit {
        TimeUnit::Seconds => number.saturating_mul(1_000),
        TimeUnit::Milliseconds => number,
        TimeUnit::Microseconds => number.div_euclid(1_000),
    }
}

fn parse_text(text: &str) -> Option<i64> {
    let instant = match text.parse::<Timestamp>() {
        Ok(instant) => instant,
        Err(_) => TimeZone::UTC.to_timestamp(text.parse::<DateTime>().ok()?).ok()?,
    };
    Some(instant.as_nanosecond().div_euclid(1_000_000) as i64)
}

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

/// Whether an event's time is plausible, given its record's timestamp.
pub fn plausible(occurred_at_ms: i64, record_ms: Option<i64>) -> bool {
    let newest = record_ms.map_or(NEWEST_MS, |record| record.saturating_add(AHEAD_MS));
    (OLDEST_MS..=newest.min(NEWEST_MS - 1)).contains(&occurred_at_ms)
}

/// Hour of the day in UTC, 0 to 23.
pub fn hour_of_day(epoch_ms: i64) -> i64 {
    epoch_ms.rem_euclid(DAY_MS) / 3_600_000
}

/// Day of the week in UTC, Monday 0 to Sunday 6.
pub fn day_of_week(epoch_ms: i64) -> i64 {
    (epoch_ms.div_euclid(DAY_MS) + 3).rem_euclid(7)
}
