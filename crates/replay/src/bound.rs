//! Ends of a range as people write them: times as RFC 3339, epoch milliseconds or `-24h`, offsets as kcat
//! writes them.

use bystander_core::time::duration;
use jiff::{Timestamp, civil::DateTime, tz::TimeZone};
use serde::{Deserialize, Serialize};

/// One end of a range.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Bound {
    /// The oldest record kept.
    Beginning,
    /// The end as it stood when the plan was made.
    End,
    /// This offset, in every partition.
    Offset(i64),
    /// So many offsets before the end.
    Last(i64),
    /// The first record at or after this time, epoch milliseconds.
    Time(i64),
}

/// Whole numbers from here on are epoch milliseconds (2001-09-09), below it offsets.
const FIRST_TIME: i64 = 1_000_000_000_000;

/// The text is no end of a range.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is neither a time nor an offset; write a time as 2026-11-01T00:00:00Z, 2026-11-01, epoch milliseconds or \
     -24h, an offset as a number, -N, beginning or end"
)]
pub struct BoundError(pub String);

impl Bound {
    /// Reads `text`; `now_ms` is what `-24h` counts from.
    ///
    /// # Errors
    /// When it is neither a time nor an offset.
    pub fn parse(text: &str, now_ms: i64) -> Result<Self, BoundError> {
        let wrong = || BoundError(text.to_owned());
        let trimmed = text.trim();
        match trimmed {
            "beginning" | "earliest" => return Ok(Self::Beginning),
            "end" | "latest" => return Ok(Self::End),
            "now" => return Ok(Self::Time(now_ms)),
            _ => {}
        }
        // kcat's way to say that a number is a time.
        if let Some(time) = trimmed.strip_prefix("s@").or_else(|| trimmed.strip_prefix("e@")) {
            return time.parse().map(Self::Time).map_err(|_| wrong());
        }
        if let Ok(number) = trimmed.parse::<i64>() {
            return match number {
                FIRST_TIME.. => Ok(Self::Time(number)),
                0.. => Ok(Self::Offset(number)),
                _ => number.checked_neg().map(Self::Last).ok_or_else(wrong),
            };
        }
        if let Some(ago) = trimmed.strip_prefix('-') {
            let ago = duration(ago).and_then(|ago| i64::try_from(ago.as_millis()).ok()).ok_or_else(wrong)?;
            return now_ms.checked_sub(ago).map(Self::Time).ok_or_else(wrong);
        }
        let instant = match trimmed.parse::<Timestamp>() {
            Ok(instant) => instant,
            Err(_) => {
                // A day is its first instant; without an offset a time is UTC, as in events.
                let civil = trimmed.parse::<DateTime>().map_err(|_| wrong())?;
                TimeZone::UTC.to_timestamp(civil).map_err(|_| wrong())?
            }
        };
        Ok(Self::Time(instant.as_millisecond()))
    }

    /// The time it means, if it is one.
    pub fn time(self) -> Option<i64> {
        match self {
            Self::Time(time) => Some(time),
            _ => None,
        }
    }

    /// The offset it means in a partition. Times are found by the caller, who hands over the first offset at or
    /// after it as `found`; `None` is none.
    pub fn offset(self, extent: Extent, found: Option<i64>) -> i64 {
        match self {
            Self::Beginning => extent.low,
            Self::End => extent.high,
            Self::Offset(offset) => offset,
            Self::Last(count) => extent.high.saturating_sub(count).max(extent.low),
            Self::Time(_) => found.unwrap_or(extent.high),
        }
    }
}

/// What a partition holds: offsets from `low` to before `high`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Extent {
    /// The oldest offset kept.
    pub low: i64,
    /// The end.
    pub high: i64,
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use proptest::prelude::*;

    const NOW: i64 = 1_795_262_400_000;

    #[test]
    fn times_and_offsets_are_read_as_people_write_them() {
        for (text, bound) in [
            ("2026-11-01T00:00:00Z", Bound::Time(1_793_491_200_000)),
            ("2026-11-01T01:00:00+01:00", Bound::Time(1_793_491_200_000)),
            ("2026-11-01", Bound::Time(1_793_491_200_000)),
            ("2026-11-01T00:00:00", Bound::Time(1_793_491_200_000)),
            ("1793491200000", Bound::Time(1_793_491_200_000)),
            ("s@1793491200000", Bound::Time(1_793_491_200_000)),
            ("e@5", Bound::Time(5)),
            ("-24h", Bound::Time(NOW - 86_400_000)),
            ("-90m", Bound::Time(NOW - 5_400_000)),
            ("-30d", Bound::Time(NOW - 30 * 86_400_000)),
            ("now", Bound::Time(NOW)),
            ("0", Bound::Offset(0)),
            ("999999999999", Bound::Offset(999_999_999_999)),
            ("-500", Bound::Last(500)),
            ("beginning", Bound::Beginning),
            ("end", Bound::End),
        ] {
            assert_eq!(Bound::parse(text, NOW), Ok(bound), "{text}");
        }
    }

    #[test]
    fn what_is_neither_is_refused_with_all_forms_named() {
        for text in ["", "yesterday", "2026-13-01", "24h", "--5", "1.5", "-", "s@x"] {
            let error = Bound::parse(text, NOW).unwrap_err().to_string();
            assert!(error.contains(text) && error.contains("-24h"), "{error}");
        }
    }

    #[test]
    fn a_time_after_the_last_record_is_the_end_as_it_stood() {
        let extent = Extent { low: 10, high: 50 };
        assert_eq!(Bound::Time(5).offset(extent, None), 50);
        assert_eq!(Bound::Time(5).offset(extent, Some(20)), 20);
        assert_eq!(Bound::Last(5).offset(extent, None), 45);
        assert_eq!(Bound::Last(500).offset(extent, None), 10);
    }

    proptest! {
        #[test]
        fn no_text_is_too_odd_to_be_answered(text in ".{0,20}") {
            let _ = Bound::parse(&text, NOW);
        }

        #[test]
        fn what_is_no_explicit_offset_lies_within_the_partition(low in 0..1000_i64, len in 0..1000_i64, last in 0..5000_i64) {
            let extent = Extent { low, high: low + len };
            for bound in [Bound::Beginning, Bound::End, Bound::Last(last), Bound::Time(0)] {
                let offset = bound.offset(extent, None);
                prop_assert!((extent.low..=extent.high).contains(&offset));
            }
        }
    }
}
