//! Numbers, times and lists in words.

use bystander_core::text::thousands;
use bystander_core::time::Rfc3339;
use std::fmt::Write;

/// Digits in groups of three.
pub(crate) fn count(number: u64) -> String {
    thousands(&number.to_string())
}

/// A number that fits where there is little room: three digits and a letter beyond 99,999.
pub(crate) fn short(number: u64) -> String {
    let (unit, letter) = match number {
        0..100_000 => return count(number),
        100_000..1_000_000 => (1_000, 'k'),
        1_000_000..1_000_000_000 => (1_000_000, 'M'),
        _ => (1_000_000_000, 'G'),
    };
    let (whole, tenth) = (number / unit, number % unit / (unit / 10));
    if whole < 100 { format!("{whole}.{tenth}{letter}") } else { format!("{}{letter}", count(whole)) }
}

/// A part of a whole in percent, rounded down so that only all is 100 %; a dash of nothing.
pub(crate) fn share(part: u64, whole: u64) -> String {
    if whole == 0 {
        return "–".to_owned();
    }
    let permille = u128::from(part) * 1000 / u128::from(whole);
    format!("{}.{}%", permille / 10, permille % 10)
}

/// Seconds in their two largest units at most, as a person says how long something lasts. The report has its own form: its
/// durations are figures with an interval, all in one unit.
pub(crate) fn duration(seconds: u64) -> String {
    let (minutes, hours, days) = (seconds / 60, seconds / 3600, seconds / 86_400);
    let and = |rest: u64, unit: &str| if rest == 0 { String::new() } else { format!(" {rest} {unit}") };
    match seconds {
        0..60 => format!("{seconds} s"),
        60..3600 => format!("{minutes} min"),
        3600..86_400 => format!("{hours} h{}", and(minutes % 60, "min")),
        _ => format!("{days} d{}", and(hours % 24, "h")),
    }
}

/// How long ago an instant is; both in epoch milliseconds.
pub(crate) fn ago(then_ms: i64, now_ms: i64) -> String {
    let seconds = u64::try_from(now_ms.saturating_sub(then_ms) / 1000).unwrap_or(0);
    if seconds == 0 { "now".to_owned() } else { format!("{} ago", duration(seconds)) }
}

/// Epoch milliseconds as date and time of day.
pub(crate) fn utc(epoch_ms: i64) -> String {
    let instant = Rfc3339(epoch_ms).to_string();
    match instant.split_once('.') {
        Some((seconds, _)) => format!("{} UTC", seconds.replace('T', " ")),
        None => instant,
    }
}

/// Records per second, with a decimal where it is few.
pub(crate) fn rate(records: u64, seconds: u64) -> String {
    if seconds == 0 {
        return "–".to_owned();
    }
    let rate = records as f64 / seconds as f64;
    if rate < 9.95 { format!("{rate:.1}/s") } else { format!("{}/s", count(rate.round() as u64)) }
}

/// Rising numbers with runs drawn together: `Shards 1–3, 7`.
pub(crate) fn numbers(one: &str, many: &str, rising: impl Iterator<Item = i32>) -> String {
    let mut runs: Vec<(i32, i32)> = Vec::new();
    for number in rising {
        match runs.last_mut() {
            Some((_, last)) if last.checked_add(1) == Some(number) => *last = number,
            _ => runs.push((number, number)),
        }
    }
    let mut out = if runs.len() == 1 && runs[0].0 == runs[0].1 { one.to_owned() } else { many.to_owned() };
    for (index, (first, last)) in runs.into_iter().enumerate() {
        let comma = if index == 0 { " " } else { ", " };
        // Writing to a string can't fail.
        let _ = match last - first {
            0 => write!(out, "{comma}{first}"),
            1 => write!(out, "{comma}{first}, {last}"),
            _ => write!(out, "{comma}{first}–{last}"),
        };
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_all_of_it_is_a_hundred_percent() {
        assert_eq!(share(9_999_999, 10_000_000), "99.9%");
        assert_eq!(share(5, 5), "100.0%");
        assert_eq!(share(u64::MAX - 1, u64::MAX), "99.9%");
        assert_eq!(share(0, 0), "–");
    }

    #[test]
    fn durations_have_the_unit_that_one_would_say() {
        let said: Vec<_> = [0, 59, 61, 3661, 7200, 90_000].map(duration).into();
        assert_eq!(said, ["0 s", "59 s", "1 min", "1 h 1 min", "2 h", "1 d 1 h"]);
        assert_eq!(utc(1_790_000_000_000), "2026-09-21 14:13:20 UTC");
        assert_eq!((ago(5_000, 9_000), ago(9_000, 5_000)), ("4 s ago".to_owned(), "now".to_owned()));
    }

    #[test]
    fn runs_of_numbers_are_drawn_together() {
        let said = |numbers_of: &[i32]| numbers("Shard", "Shards", numbers_of.iter().copied());
        assert_eq!(said(&[3]), "Shard 3");
        assert_eq!(said(&[1, 2]), "Shards 1, 2");
        assert_eq!(said(&[0, 1, 2, 3, 7, 9, 10]), "Shards 0–3, 7, 9, 10");
        assert_eq!(said(&[i32::MAX]), "Shard 2147483647");
    }

    #[test]
    fn a_short_number_keeps_its_size() {
        let said: Vec<_> = [0, 99_999, 100_000, 9_090_909, 123_456_789, 2_000_000_000].map(short).into();
        assert_eq!(said, ["0", "99,999", "100k", "9.0M", "123M", "2.0G"]);
    }

    #[test]
    fn numbers_are_grouped_and_rates_have_a_decimal_where_they_are_few() {
        assert_eq!((count(0), count(999), count(1_234_567)), ("0".into(), "999".into(), "1,234,567".into()));
        assert_eq!(
            (rate(30, 60), rate(90_000, 60), rate(1, 0)),
            ("0.5/s".into(), "1,500/s".into(), "–".into())
        );
    }
}
