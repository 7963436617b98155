//! Times of the command line: some stand still, some move on with the clock.

use crate::args::ReportArgs;
use crate::exit::Failure;
use bystander_replay::Bound;

/// Times of events that are reported.
#[derive(Debug, Clone, Copy)]
pub(super) struct Window {
    pub(super) from_ms: Option<i64>,
    pub(super) to_ms: Option<i64>,
}

impl Window {
    pub(super) fn holds(self, time: i64) -> bool {
        self.from_ms.is_none_or(|from| from <= time) && self.to_ms.is_none_or(|to| time < to)
    }
}

/// The times that the command line names.
#[derive(Debug, Clone, Copy)]
pub(super) struct Times {
    pub(super) from: Option<Time>,
    pub(super) to: Option<Time>,
    pub(super) as_of: Option<Time>,
}

/// A time, epoch milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Time {
    /// This one.
    Fixed(i64),
    /// So much before whatever time it is.
    Ago(i64),
}

impl Times {
    /// Reads them.
    ///
    /// # Errors
    /// Wrong usage, where one is no time.
    pub(super) fn of(args: &ReportArgs) -> Result<Self, Failure> {
        let read =
            |flag, text: &Option<String>| text.as_deref().map(|text| Time::read(flag, text)).transpose();
        Ok(Self {
            from: read("--from", &args.from)?,
            to: read("--to", &args.to)?,
            as_of: read("--as-of", &args.as_of)?,
        })
    }

    /// The window of events at `now_ms`.
    pub(super) fn window(&self, now_ms: i64) -> Window {
        Window { from_ms: self.from.map(|time| time.at(now_ms)), to_ms: self.to.map(|time| time.at(now_ms)) }
    }

    /// The time of knowledge at `now_ms`.
    pub(super) fn as_of_ms(&self, now_ms: i64) -> i64 {
        self.as_of.map_or(now_ms, |time| time.at(now_ms))
    }
}

impl Time {
    /// A point in time; offsets mean nothing here.
    fn read(flag: &str, text: &str) -> Result<Self, Failure> {
        let at = |now_ms| Bound::parse(text, now_ms).ok().and_then(Bound::time);
        match (at(0), at(1)) {
            (Some(time), Some(later)) if time == later => Ok(Self::Fixed(time)),
            (Some(time), Some(_)) => Ok(Self::Ago(-time)),
            _ => Err(Failure::Usage(format!(
                "{flag}: `{text}` is not a time; write it as 2026-11-01T00:00:00Z, 2026-11-01, epoch milliseconds or -24h"
            ))),
        }
    }

    fn at(self, now_ms: i64) -> i64 {
        match self {
            Self::Fixed(time) => time,
            Self::Ago(ago) => now_ms.saturating_sub(ago),
        }
    }

    /// Whether it moves on.
    pub(super) fn moves(self) -> bool {
        matches!(self, Self::Ago(_))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn relative_times_move_with_the_clock_and_others_stand() {
        let at = |text, now| Time::read("--from", text).unwrap().at(now);
        assert_eq!((at("-2h", 10_000_000), at("-2h", 20_000_000)), (2_800_000, 12_800_000));
        assert_eq!((at("now", 5), at("now", 7)), (5, 7));
        assert_eq!(at("1970-01-02", 5), 86_400_000);
        assert!(Time::read("--from", "-2h").unwrap().moves());
        assert!(!Time::read("--from", "1970-01-02").unwrap().moves());
    }

    #[test]
    fn offsets_and_words_are_refused_with_the_flag() {
        for text in ["17", "-17", "beginning", "yesterday", ""] {
            let said = Time::read("--to", text).unwrap_err().to_string();
            assert!(said.starts_with("--to: ") && said.contains("-24h"), "{said}");
        }
    }

    proptest! {
        #[test]
        fn a_relative_time_is_as_far_from_now_at_every_round(hours in 0_i64..100_000, now in 0_i64..4_102_444_800_000) {
            let time = Time::read("--from", &format!("-{hours}h")).unwrap();
            prop_assert_eq!(now - time.at(now), hours * 3_600_000);
        }
    }
}
