//! Times as shops write them: every form that has one meaning.
//!
//! ISO 8601 comes first, because nearly all times are written so. Everything else is taken apart into words, and what a word
//! is follows from its shape: `09:12:33`, `Jan`, `+01:00`, `UTC`, `2026`. A date of three numbers whose year comes last needs the
//! binding's `date_order`, always, so that the 5th and the 13th of a month are treated alike.

use super::reading::{DateOrder, TimeReading, TimeUnit};
use super::{NEWEST_MS, OLDEST_MS};
use crate::rejection::Code;
use jiff::civil::{Date, DateTime, Time};
use jiff::tz::{Offset, TimeZone};
use jiff::{Span, Timestamp};

/// Epoch milliseconds of a text.
///
/// # Errors
/// [`Code::InvalidTime`] or [`Code::AmbiguousTime`].
pub(super) fn parse(text: &str, unit: TimeUnit, reading: &TimeReading) -> Result<i64, Code> {
    let text = text.trim_ascii();
    if text.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b'-')) {
        if let Ok(number) = text.parse::<i64>() {
            return Ok(integer(number, unit, reading));
        }
        if let (Ok(number), 1) = (text.parse::<f64>(), text.matches('.').count()) {
            return unit.float(number).ok_or(Code::InvalidTime);
        }
    }
    if let Ok(instant) = text.parse::<Timestamp>() {
        return Ok(milliseconds(instant));
    }
    if let Some(number) = dot_net(text) {
        return Ok(number);
    }
    // The zone of `2026-01-05T09:12:33` is the binding's; one that the text names must not be passed over.
    let named = text.contains('[') || text.ends_with(['Z', 'z']);
    match text.parse::<DateTime>() {
        Ok(local) if !named => in_zone(local, &reading.zone),
        _ => Words::default().read(text, reading),
    }
}

/// Epoch milliseconds of a whole number: in the unit, or the digits of a date as in 20260105 and 20260105091233, which in any
/// unit would lie outside of 2000 to 2100.
pub(super) fn integer(number: i64, unit: TimeUnit, reading: &TimeReading) -> i64 {
    let in_unit = unit.whole(number);
    if (OLDEST_MS..NEWEST_MS).contains(&in_unit) {
        return in_unit;
    }
    let (date, time) = match number {
        20_000_101..=21_000_101 => (number, 0),
        200_001_010_000..=210_001_010_000 => (number / 10_000, number % 10_000 * 100),
        20_000_101_000_000..=21_000_101_000_000 => (number / 1_000_000, number % 1_000_000),
        _ => return in_unit,
    };
    let part = |number: i64| i8::try_from(number % 100).unwrap_or(-1);
    let date = Date::new((date / 10_000) as i16, part(date / 100), part(date));
    let time = Time::new(part(time / 10_000), part(time / 100), part(time), 0);
    match (date, time) {
        (Ok(date), Ok(time)) => in_zone(date.to_datetime(time), &reading.zone).unwrap_or(in_unit),
        _ => in_unit,
    }
}

/// `/Date(1767604353000)/`, with or without an offset, which says nothing about the instant.
fn dot_net(text: &str) -> Option<i64> {
    let inner = text.strip_prefix("/Date(")?.strip_suffix(")/")?;
    let digits = inner.get(..1 + inner.get(1..)?.find(['+', '-']).unwrap_or(inner.len() - 1))?;
    digits.parse().ok()
}

fn milliseconds(instant: Timestamp) -> i64 {
    instant.as_nanosecond().div_euclid(1_000_000) as i64
}

/// The instant of a local time. One that a zone's clocks show twice is the earlier one; one that they leave out is as much later.
fn in_zone(local: DateTime, zone: &TimeZone) -> Result<i64, Code> {
    zone.to_timestamp(local).map(milliseconds).map_err(|_| Code::TimeOutOfRange)
}

/// What the words of a text say, as far as they are read.
#[derive(Debug, Default)]
struct Words {
    year: Option<i16>,
    month: Option<i8>,
    day: Option<i8>,
    time: Option<Time>,
    afternoon: Option<bool>,
    zone: Option<TimeZone>,
    /// 24:00, the end of a day.
    next_day: bool,
}

impl Words {
    fn read(mut self, text: &str, reading: &TimeReading) -> Result<i64, Code> {
        for word in text.split([' ', ',', '\u{a0}', '\u{202f}']).filter(|word| !word.is_empty()) {
            self.word(word, reading)?;
        }
        let (Some(year), Some(month), Some(day)) = (self.year, self.month, self.day) else {
            return Err(Code::InvalidTime);
        };
        let date = Date::new(year, month, day).map_err(|_| Code::InvalidTime)?;
        let time = self.time_of_day()?;
        let next = if self.next_day { 1 } else { 0 };
        let local = date.to_datetime(time).checked_add(Span::new().days(next));
        in_zone(local.map_err(|_| Code::InvalidTime)?, self.zone.as_ref().unwrap_or(&reading.zone))
    }

    fn time_of_day(&self) -> Result<Time, Code> {
        let time = self.time.unwrap_or(Time::midnight());
        let hour = match (self.afternoon, time.hour()) {
            (None, hour) => hour,
            (Some(_), 0 | 13..) => return Err(Code::InvalidTime),
            (Some(false), hour) => hour % 12,
            (Some(true), hour) => hour % 12 + 12,
        };
        time.with().hour(hour).build().map_err(|_| Code::InvalidTime)
    }

    fn word(&mut self, word: &str, reading: &TimeReading) -> Result<(), Code> {
        if let Some((date, rest)) = split_at_t(word) {
            self.word(date, reading)?;
            return self.word(rest, reading);
        }
        if let Some((rest, name)) = word.strip_suffix(']').and_then(|word| word.split_once('[')) {
            if !rest.is_empty() {
                self.word(rest, reading)?;
            }
            return self.zone_named(name);
        }
        let first = word.as_bytes().first().copied().unwrap_or_default();
        if word.contains(':') && first.is_ascii_digit() {
            return self.clock(word);
        }
        if matches!(first, b'+' | b'-') {
            return self.offset(word);
        }
        if first.is_ascii_digit() {
            return self.digits(word, reading);
        }
        self.letters(word.trim_end_matches('.'))
    }

    /// `9:12`, `09:12:33.5`, with whatever follows directly: `Z`, an offset, `PM`.
    fn clock(&mut self, word: &str) -> Result<(), Code> {
        let end = word.find(|sign: char| !(sign.is_ascii_digit() || matches!(sign, ':' | '.' | ',')));
        let (clock, rest) = word.split_at(end.unwrap_or(word.len()));
        let (clock, fraction) = clock.split_once(['.', ',']).unwrap_or((clock, ""));
        let mut parts = clock.split(':');
        let mut number = || match parts.next() {
            None => Ok(0),
            Some(part) if matches!(part.len(), 1 | 2) => part.parse::<i8>().map_err(|_| Code::InvalidTime),
            Some(_) => Err(Code::InvalidTime),
        };
        let (hour, minute, second) = (number()?, number()?, number()?);
        if parts.next().is_some() || self.time.is_some() {
            return Err(Code::InvalidTime);
        }
        let nanosecond = format!("{fraction:0<9}").get(..9).and_then(|digits| digits.parse::<i32>().ok());
        let whole_day = (hour, minute, second, nanosecond) == (24, 0, 0, Some(0));
        self.next_day = whole_day;
        // A leap second is the second before it, as clocks have it.
        let time =
            Time::new(if whole_day { 0 } else { hour }, minute, second.min(59), nanosecond.unwrap_or(-1));
        if second > 60 {
            return Err(Code::InvalidTime);
        }
        self.time = Some(time.map_err(|_| Code::InvalidTime)?);
        match rest.as_bytes().first() {
            None => Ok(()),
            Some(b'+' | b'-') => self.offset(rest),
            Some(_) => self.letters(rest),
        }
    }

    /// `+01:00`, `+0100`, `+01`.
    fn offset(&mut self, word: &str) -> Result<(), Code> {
        let (sign, digits) = word.split_at(1);
        let digits: String = digits.chars().filter(|sign| *sign != ':').collect();
        let number =
            |range: std::ops::Range<usize>| digits.get(range).and_then(|part| part.parse::<i32>().ok());
        let (hours, minutes) = match digits.len() {
            2 => (number(0..2), Some(0)),
            4 => (number(0..2), number(2..4)),
            _ => (None, None),
        };
        let seconds = hours.zip(minutes).filter(|(hours, minutes)| *hours <= 18 && *minutes < 60);
        let seconds =
            seconds.map(|(hours, minutes)| (hours * 60 + minutes) * if sign == "-" { -60 } else { 60 });
        let offset =
            seconds.and_then(|seconds| Offset::from_seconds(seconds).ok()).ok_or(Code::InvalidTime)?;
        // Go writes `+0000 UTC`: the offset says it all.
        self.zone = Some(TimeZone::fixed(offset));
        Ok(())
    }

    fn digits(&mut self, word: &str, reading: &TimeReading) -> Result<(), Code> {
        let parts: Vec<&str> = word.split(['-', '/', '.']).collect();
        match parts[..] {
            [year, month, day] if year.len() == 4 => self.date(year, month, day),
            [first, second, year] if year.len() == 4 => match reading.order {
                // A month by its name: 05-Jan-2026.
                _ if second.starts_with(|sign: char| sign.is_ascii_alphabetic()) => {
                    self.letters(second)?;
                    let month = self.month.ok_or(Code::InvalidTime)?.to_string();
                    self.month = None;
                    self.date(year, &month, first)
                }
                Some(DateOrder::Dmy) => self.date(year, second, first),
                Some(DateOrder::Mdy) => self.date(year, first, second),
                None => Err(Code::AmbiguousTime),
            },
            // A year of two digits: 05/01/26 could be any of three orders.
            [_, _, _] => Err(Code::AmbiguousTime),
            [number] if number.len() == 4 && self.year.is_none() => {
                self.year = Some(number.parse().map_err(|_| Code::InvalidTime)?);
                Ok(())
            }
            [number] if self.day.is_none() => {
                let digits = number.trim_end_matches(|sign: char| sign.is_ascii_alphabetic());
                let ordinal = matches!(&number[digits.len()..], "" | "st" | "nd" | "rd" | "th");
                let day = digits.parse().ok().filter(|_| ordinal);
                self.day = Some(day.ok_or(Code::InvalidTime)?);
                Ok(())
            }
            // `5.` of a German date: `5. Jan 2026`.
            [number, ""] if self.day.is_none() => {
                self.day = Some(number.parse().map_err(|_| Code::InvalidTime)?);
                Ok(())
            }
            _ => Err(Code::InvalidTime),
        }
    }

    fn date(&mut self, year: &str, month: &str, day: &str) -> Result<(), Code> {
        let twice = self.year.is_some() || self.month.is_some() || self.day.is_some();
        let short = |part: &str| part.parse::<i8>().ok().filter(|_| matches!(part.len(), 1 | 2));
        match (year.parse::<i16>(), short(month), short(day)) {
            (Ok(year), Some(month), Some(day)) if !twice => {
                (self.year, self.month, self.day) = (Some(year), Some(month), Some(day));
                Ok(())
            }
            _ => Err(Code::InvalidTime),
        }
    }

    fn letters(&mut self, word: &str) -> Result<(), Code> {
        let lower = word.to_ascii_lowercase();
        if let Some(month) = place(&MONTHS, &lower) {
            return match self.month.replace(month) {
                None => Ok(()),
                Some(_) => Err(Code::InvalidTime),
            };
        }
        match lower.as_str() {
            "am" | "a.m" => self.afternoon = Some(false),
            "pm" | "p.m" => self.afternoon = Some(true),
            "z" | "utc" | "gmt" | "ut" => {
                self.zone.get_or_insert(TimeZone::UTC);
            }
            "at" => {}
            _ if place(&WEEKDAYS, &lower).is_some() => {}
            _ if word.contains('/') => return self.zone_named(word),
            // EST, IST, CST: several zones have the same letters.
            _ if word.len() <= 5
                && word.bytes().all(|byte| byte.is_ascii_uppercase())
                && self.time.is_some() =>
            {
                return if self.zone.is_some() { Ok(()) } else { Err(Code::AmbiguousTime) };
            }
            _ => return Err(Code::InvalidTime),
        }
        Ok(())
    }

    fn zone_named(&mut self, name: &str) -> Result<(), Code> {
        if self.zone.is_none() {
            self.zone = Some(TimeZone::get(name).map_err(|_| Code::InvalidTime)?);
        }
        Ok(())
    }
}

const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];
const WEEKDAYS: [&str; 7] = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];

/// The place, from 1, of a name that is written out or as three letters (four for `sept`).
fn place(names: &[&str], word: &str) -> Option<i8> {
    let short = |name: &&str| word.len() >= 3 && (word == *name || word.len() <= 4 && name.starts_with(word));
    names.iter().position(short).and_then(|place| i8::try_from(place + 1).ok())
}

/// `2026-01-05T09:12` in two, but no word that happens to have a T.
fn split_at_t(word: &str) -> Option<(&str, &str)> {
    let at = word.find(['T', 't'])?;
    let digit = |at: Option<usize>| at.and_then(|at| word.as_bytes().get(at)).is_some_and(u8::is_ascii_digit);
    (digit(at.checked_sub(1)) && digit(Some(at + 1))).then(|| (&word[..at], &word[at + 1..]))
}
