//! How a binding writes times: the unit of numbers, the zone of texts without one, the order of day and month.

use super::forms;
use crate::problem::Problem;
use crate::rejection::Code;
use jiff::tz::TimeZone;
use serde::Deserialize;
use std::collections::BTreeMap;

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
    /// Nanoseconds.
    #[serde(rename = "ns")]
    Nanoseconds,
}

/// Order of day and month in dates such as `01/05/2026`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DateOrder {
    /// Day, month, year.
    Dmy,
    /// Month, day, year.
    Mdy,
}

/// The keys of a binding that say how times are written.
#[derive(Debug, Clone, Copy)]
pub struct TimeKeys<'a> {
    /// `time_unit`; default milliseconds.
    pub unit: Option<TimeUnit>,
    /// `time_units`: by pointer, where a field differs.
    pub units: &'a BTreeMap<String, TimeUnit>,
    /// `time_zone`; default UTC.
    pub zone: Option<&'a str>,
    /// `date_order`.
    pub order: Option<DateOrder>,
}

/// How times are read.
#[derive(Debug, Clone)]
pub struct TimeReading {
    unit: TimeUnit,
    units: BTreeMap<String, TimeUnit>,
    pub(super) zone: TimeZone,
    pub(super) order: Option<DateOrder>,
}

impl Default for TimeReading {
    fn default() -> Self {
        Self { unit: TimeUnit::default(), units: BTreeMap::new(), zone: TimeZone::UTC, order: None }
    }
}

impl TimeReading {
    /// Compiles the keys; what is wrong with them goes to `problems`.
    pub fn compile(keys: &TimeKeys<'_>, problems: &mut Vec<Problem>) -> Self {
        let named = keys.zone.map_or(Ok(TimeZone::UTC), |name| zone("time_zone", name));
        let zone = named.unwrap_or_else(|problem| {
            problems.push(problem);
            TimeZone::UTC
        });
        Self { unit: keys.unit.unwrap_or_default(), units: keys.units.clone(), zone, order: keys.order }
    }

    /// The unit of the field at `path`.
    pub(crate) fn unit_of(&self, path: &str) -> TimeUnit {
        self.units.get(path).copied().unwrap_or(self.unit)
    }

    /// The pointers that `time_units` names.
    pub(crate) fn named(&self) -> impl Iterator<Item = &str> {
        self.units.keys().map(String::as_str)
    }

    /// Epoch milliseconds of a text.
    ///
    /// # Errors
    /// [`Code::InvalidTime`] for text that is not a time, [`Code::AmbiguousTime`] for one that can be read in two ways.
    pub(crate) fn text(&self, text: &str, unit: TimeUnit) -> Result<i64, Code> {
        forms::parse(text, unit, self)
    }

    /// Epoch milliseconds of a whole number.
    pub(crate) fn whole(&self, number: i64, unit: TimeUnit) -> i64 {
        forms::integer(number, unit, self)
    }

    /// Epoch milliseconds of any other number.
    ///
    /// # Errors
    /// [`Code::InvalidTime`] for a number that is too large.
    pub(crate) fn float(&self, number: f64, unit: TimeUnit) -> Result<i64, Code> {
        unit.float(number).ok_or(Code::InvalidTime)
    }
}

impl TimeUnit {
    /// The word used in configs.
    pub fn name(self) -> &'static str {
        match self {
            Self::Seconds => "s",
            Self::Milliseconds => "ms",
            Self::Microseconds => "us",
            Self::Nanoseconds => "ns",
        }
    }

    /// Epoch milliseconds of a whole number.
    pub(super) fn whole(self, number: i64) -> i64 {
        match self {
            Self::Seconds => number.saturating_mul(1_000),
            Self::Milliseconds => number,
            Self::Microseconds => number.div_euclid(1_000),
            Self::Nanoseconds => number.div_euclid(1_000_000),
        }
    }

    /// Epoch milliseconds of any other number, if it fits.
    pub(super) fn float(self, number: f64) -> Option<i64> {
        let milliseconds = match self {
            Self::Seconds => number * 1e3,
            Self::Milliseconds => number,
            Self::Microseconds => number / 1e3,
            Self::Nanoseconds => number / 1e6,
        };
        let whole = milliseconds.floor();
        (whole.abs() < 9e15).then_some(whole as i64)
    }
}

/// The time zone of an IANA name such as `Europe/Berlin`, from the database that the program carries.
///
/// # Errors
/// When there is no such zone.
pub fn zone(key: &str, name: &str) -> Result<TimeZone, Problem> {
    TimeZone::get(name).map_err(|_| {
        let fix = "write a name of the IANA time zone database, such as \"Europe/Berlin\" or \"UTC\"";
        Problem::new(key, format!("`{name}` is not a known time zone"), fix)
    })
}
