//! Numbers, money and times in words, the same in every form of the report.

use super::{rounding, signs};
use crate::document::Measured;
pub(crate) use bystander_core::text::clean;
use bystander_core::text::thousands;
use bystander_core::time::Rfc3339;

/// What a number is of, and so how it is written.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Unit {
    /// A plain number.
    Number,
    /// 0 to 1, as percent.
    Share,
    /// A difference of two plain numbers. Its sign is written as a word.
    Difference,
    /// A relative change of a price, as percent. Its sign is written as a word.
    Change,
    /// A difference of two shares, in percentage points. Its sign is written as a word.
    Points,
    /// 0 to 1, as percent: what is saved of something, or below zero lost. Its sign is written as a word.
    Saving,
    /// Days.
    Days,
    /// Milliseconds, written in the unit that people would use.
    Milliseconds,
    /// Epoch milliseconds; only the day is written.
    Date,
    /// Minor units of a currency that is named elsewhere.
    Minor,
    /// Minor units of one currency.
    Money {
        /// ISO 4217.
        code: String,
        /// Digits after the decimal point of the major unit.
        exponent: u32,
        /// Whether it is a difference, whose sign is written as a word.
        signed: bool,
    },
    /// A difference of costs in minor units of one currency: below zero saves. Its sign is written as a word.
    Cost {
        /// ISO 4217.
        code: String,
        /// Digits after the decimal point of the major unit.
        exponent: u32,
    },
}

impl Unit {
    /// Money of a currency.
    pub(crate) fn money(code: &str, exponent: u32) -> Self {
        Self::Money { code: code.to_owned(), exponent, signed: false }
    }

    /// A difference of money. Its sign is written as a word.
    pub(crate) fn signed_money(code: &str, exponent: u32) -> Self {
        Self::Money { code: code.to_owned(), exponent, signed: true }
    }

    /// A difference of costs.
    pub(crate) fn cost(code: &str, exponent: u32) -> Self {
        Self::Cost { code: code.to_owned(), exponent }
    }

    /// One value.
    pub(crate) fn show(&self, value: f64) -> String {
        signs::one(self, value, None).unwrap_or_else(|| self.written(value, value.abs(), true))
    }

    /// Two limits, with the same number of decimals and the unit of money once.
    pub(crate) fn range(&self, low: f64, high: f64) -> String {
        if let Some(words) = signs::two(self, low, high, None) {
            return words;
        }
        let size = low.abs().max(high.abs());
        let (low_named, high_named) = self.names();
        format!("{} to {}", self.written(low, size, low_named), self.written(high, size, high_named))
    }

    /// One value, rounded to a place as [`rounding::place`] gives it.
    pub(crate) fn to_place(&self, value: f64, place: Option<i32>) -> String {
        match place {
            Some(place) => {
                signs::one(self, value, Some(place)).unwrap_or_else(|| self.placed(value, place, true))
            }
            None => self.show(value),
        }
    }

    /// Two values, rounded to a place.
    pub(crate) fn range_to_place(&self, low: f64, high: f64, place: Option<i32>) -> String {
        if let Some(words) = signs::two(self, low, high, place) {
            return words;
        }
        let Some(place) = place else { return self.range(low, high) };
        let (low_named, high_named) = self.names();
        format!("{} to {}", self.placed(low, place, low_named), self.placed(high, place, high_named))
    }

    /// Whether the lower and the higher of two limits name their unit.
    fn names(&self) -> (bool, bool) {
        match self {
            Self::Money { .. } => (true, false),
            Self::Minor | Self::Points => (false, true),
            _ => (true, true),
        }
    }

    /// `place` digits after the point of the number that is written; below zero tens, hundreds and so on.
    pub(crate) fn placed(&self, value: f64, place: i32, named: bool) -> String {
        if !value.is_finite() {
            return "undefined".to_owned();
        }
        let written = |value: f64| rounding::rounded(value, place);
        match self {
            Self::Share | Self::Saving => format!("{}%", written(value * 100.0)),
            Self::Change => format!("{}{}%", plus(value), written(value * 100.0)),
            Self::Points => {
                let points = format!("{}{}", plus(value), written(value * 100.0));
                if named { in_points(&points) } else { points }
            }
            Self::Money { code, exponent, signed } => {
                let major = value / 10_f64.powi(i32::try_from(*exponent).unwrap_or(0));
                let sign = if *signed { plus(major) } else { "" };
                let name = if named { format!("{code}\u{a0}") } else { String::new() };
                format!("{name}{sign}{}", written(major))
            }
            Self::Number | Self::Difference => written(value),
            Self::Cost { code, exponent } => Self::money(code, *exponent).placed(value, place, named),
            _ => self.written(value, value.abs(), named),
        }
    }

    /// What somebody wrote into a file, to the last digit and without a sign of its own: `2.5 points`, `EUR 1.00`.
    pub(crate) fn stated(&self, value: f64) -> String {
        // Digits that only multiplying by 100 made are cut off.
        let percent = || grouped_exact((value * 1e14).round() / 1e12);
        match self {
            Self::Share | Self::Change | Self::Saving => format!("{}%", percent()),
            Self::Points => format!("{} {}", percent(), if value == 0.01 { "point" } else { "points" }),
            Self::Money { code, exponent, .. } => Self::money(code, *exponent).show(value),
            Self::Number | Self::Difference => grouped_exact(value),
            _ => self.show(value),
        }
    }

    /// Short, for an axis whose ticks are `step` apart.
    pub(crate) fn tick(&self, value: f64, step: f64) -> String {
        match self {
            Self::Share | Self::Saving => format!("{}%", trimmed(value * 100.0, step * 100.0)),
            Self::Change => format!("{}{}%", plus(value), trimmed(value * 100.0, step * 100.0)),
            Self::Points => format!("{}{}", plus(value), trimmed(value * 100.0, step * 100.0)),
            Self::Money { exponent, signed, .. } => {
                let scale = 10_f64.powi(i32::try_from(*exponent).unwrap_or(0));
                let sign = if *signed { plus(value) } else { "" };
                format!("{sign}{}", compact(value / scale, step / scale))
            }
            Self::Date => day(Rfc3339(value as i64)),
            Self::Cost { code, exponent } => Self::money(code, *exponent).tick(value, step),
            Self::Number | Self::Difference | Self::Minor | Self::Days | Self::Milliseconds => {
                compact(value, step)
            }
        }
    }

    /// With a sign, `size` decides how many digits.
    pub(super) fn written(&self, value: f64, size: f64, named: bool) -> String {
        if !value.is_finite() {
            return "undefined".to_owned();
        }
        match self {
            Self::Number | Self::Difference => number(value, size),
            Self::Share | Self::Saving => format!("{}%", grouped(value * 100.0, share_decimals(size))),
            Self::Change => format!("{}{}%", plus(value), grouped(value * 100.0, share_decimals(size))),
            Self::Points => {
                let points = format!("{}{}", plus(value), grouped(value * 100.0, share_decimals(size)));
                if named { in_points(&points) } else { points }
            }
            Self::Days => format!("{} d", grouped(value, 1)),
            Self::Milliseconds => duration(value, size),
            Self::Date => day(Rfc3339(value as i64)),
            Self::Cost { code, exponent } => Self::money(code, *exponent).written(value, size, named),
            Self::Minor if named => format!("{} minor units", grouped(value, 0)),
            Self::Minor => grouped(value, 0),
            Self::Money { code, exponent, signed } => {
                let digits = usize::try_from(*exponent).unwrap_or(0);
                let major = value / 10_f64.powi(i32::try_from(*exponent).unwrap_or(0));
                let sign = if *signed { plus(major) } else { "" };
                let name = if named { format!("{code}\u{a0}") } else { String::new() };
                format!("{name}{sign}{}", grouped(major, digits))
            }
        }
    }
}

/// A figure's number, or the range that it lies in, to the digits that its interval supports.
pub(crate) fn value(measured: &Measured, unit: &Unit) -> String {
    let place = rounding::of(measured, unit);
    match (measured.value, &measured.range) {
        (Some(value), _) => unit.to_place(value, place),
        (None, Some(range)) => unit.range_to_place(range.low, range.high, place),
        (None, None) => "undefined".to_owned(),
    }
}

/// The limits of a figure's interval, to the digits that they support.
pub(crate) fn limits(measured: &Measured, unit: &Unit) -> Option<String> {
    let interval = measured.interval?;
    Some(unit.range_to_place(interval.low, interval.high, rounding::of(measured, unit)))
}

fn plus(value: f64) -> &'static str {
    if value > 0.0 { "+" } else { "" }
}

fn share_decimals(size: f64) -> usize {
    match size * 100.0 {
        0.0 => 0,
        percent if percent >= 10.0 => 1,
        percent if percent >= 0.1 => 2,
        _ => 3,
    }
}

fn number(value: f64, size: f64) -> String {
    match size {
        0.0 => "0".to_owned(),
        size if size >= 1e15 => format!("{value:.2e}"),
        size if size >= 1000.0 => grouped(value, usize::from(value.fract() != 0.0 && size < 10_000.0)),
        size if value.fract() == 0.0 && size == value.abs() => grouped(value, 0),
        size if size >= 100.0 => grouped(value, 1),
        size if size >= 10.0 => grouped(value, 2),
        size if size >= 0.001 => grouped(value, 3),
        size if size >= 1e-5 => grouped(value, 6),
        _ => format!("{value:.1e}"),
    }
}

/// Milliseconds in a unit that suits `size`.
fn duration(value: f64, size: f64) -> String {
    match size {
        ..10.0 => format!("{} ms", grouped(value, 1)),
        ..10_000.0 => format!("{} ms", grouped(value, 0)),
        ..600_000.0 => format!("{} s", grouped(value / 1e3, 1)),
        ..10_800_000.0 => format!("{} min", grouped(value / 6e4, 1)),
        ..259_200_000.0 => format!("{} h", grouped(value / 3.6e6, 1)),
        _ => format!("{} d", grouped(value / 8.64e7, 1)),
    }
}

/// A p-value.
pub(crate) fn p_value(value: f64) -> String {
    if value < 0.001 { "< 0.001".to_owned() } else { format!("{value:.3}") }
}

/// With commas between thousands and a real minus; zero has no sign.
pub(crate) fn grouped(value: f64, decimals: usize) -> String {
    let plain = format!("{:.decimals$}", value.abs());
    let (whole, fraction) = plain.split_once('.').map_or((plain.as_str(), None), |(a, b)| (a, Some(b)));
    let mut out = String::with_capacity(plain.len() + 8);
    if value < 0.0 && plain.bytes().any(|byte| (b'1'..=b'9').contains(&byte)) {
        out.push('\u{2212}');
    }
    out.push_str(&thousands(whole));
    if let Some(fraction) = fraction {
        out.push('.');
        out.push_str(fraction);
    }
    out
}

/// All digits that a number has, up to twelve after the point.
fn grouped_exact(value: f64) -> String {
    let text = format!("{value:.12}");
    let decimals = text.split_once('.').map_or(0, |(_, fraction)| fraction.trim_end_matches('0').len());
    grouped(value, decimals)
}

/// A count.
pub(crate) fn count(value: u64) -> String {
    grouped(value as f64, 0)
}

/// `+3.1 points`, and `+1 point`.
fn in_points(number: &str) -> String {
    let one = number.trim_start_matches(['+', '-', '\u{2212}']) == "1";
    format!("{number} {}", if one { "point" } else { "points" })
}

/// `count`, and the noun in the right number.
pub(crate) fn counted(value: u64, one: &str, many: &str) -> String {
    format!("{} {}", count(value), if value == 1 { one } else { many })
}

fn trimmed(value: f64, step: f64) -> String {
    let decimals = (-step.abs().log10().floor()).clamp(0.0, 6.0);
    grouped(value, if decimals.is_finite() { decimals as usize } else { 0 })
}

fn compact(value: f64, step: f64) -> String {
    let (divisor, suffix) = match value.abs() {
        size if size >= 1e9 => (1e9, "bn"),
        size if size >= 1e6 => (1e6, "m"),
        size if size >= 1e4 => (1e3, "k"),
        _ => (1.0, ""),
    };
    format!("{}{suffix}", trimmed(value / divisor, step / divisor))
}

/// Money that is exact.
pub(crate) fn amount(amount: &crate::document::Amount) -> String {
    Unit::money(&amount.currency, amount.exponent).show(amount.minor as f64)
}

/// Money per currency, one after the other, never added up.
pub(crate) fn amounts(all: &[crate::document::Amount]) -> String {
    let each: Vec<_> = all.iter().map(amount).collect();
    if each.is_empty() { "no amount".to_owned() } else { each.join(", ") }
}

/// `2026-01-31`.
pub(crate) fn day(time: Rfc3339) -> String {
    time.to_string().split('T').next().unwrap_or_default().to_owned()
}

/// `2026-01-31 14:05 UTC`.
pub(crate) fn minute(time: Rfc3339) -> String {
    let text = time.to_string();
    let (day, clock) = text.split_once('T').unwrap_or((&text, ""));
    format!("{day} {} UTC", clock.get(..5).unwrap_or_default())
}
