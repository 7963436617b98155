//! How the rest of the pipeline reads what was captured.

use super::captured::{Captured, Slot};
use super::tree::{FieldTree, SlotId};
use crate::rejection::Code;
use crate::time::plausible_feature;

/// The captured fields of one event.
#[derive(Debug, Clone, Copy)]
pub struct Fields<'a> {
    pub(super) captured: &'a Captured,
    pub(super) tree: &'a FieldTree,
    /// The payload where it is text that slots point into.
    pub(super) text: &'a str,
}

impl<'a> Fields<'a> {
    /// The raw slot.
    pub fn slot(&self, slot: SlotId) -> Slot {
        self.captured.slots[slot.0]
    }

    /// The path of a slot, for rejections.
    pub fn path(&self, slot: SlotId) -> &'a str {
        self.tree.path(slot)
    }

    /// Text; `None` when missing or null.
    ///
    /// # Errors
    /// [`Code::WrongType`] for anything else.
    pub fn text(&self, slot: SlotId) -> Result<Option<&'a str>, Code> {
        match self.slot(slot) {
            Slot::Missing | Slot::Null => Ok(None),
            Slot::Digits { .. } => Err(Code::WrongType),
            value => text_of(value, self.text, &self.captured.scratch).map(Some).ok_or(Code::WrongType),
        }
    }

    /// A boolean, which shops also write as the texts `true` and `false` and as 1 and 0; `None` when missing or null.
    ///
    /// # Errors
    /// [`Code::WrongType`] for anything else.
    pub fn boolean(&self, slot: SlotId) -> Result<Option<bool>, Code> {
        match self.slot(slot) {
            Slot::Missing | Slot::Null => Ok(None),
            Slot::Bool(value) => Ok(Some(value)),
            Slot::Integer(number @ (0 | 1)) => Ok(Some(number == 1)),
            _ => match self.text(slot)?.map(str::trim_ascii) {
                Some(word) if word == "1" || word.eq_ignore_ascii_case("true") => Ok(Some(true)),
                Some(word) if word == "0" || word.eq_ignore_ascii_case("false") => Ok(Some(false)),
                _ => Err(Code::WrongType),
            },
        }
    }

    /// A finite number, which may stand inside a string, as 64-bit integers and decimals often do; `None` when missing or null.
    ///
    /// # Errors
    /// [`Code::WrongType`] for anything else.
    pub fn number(&self, slot: SlotId) -> Result<Option<f64>, Code> {
        match self.slot(slot) {
            Slot::Missing | Slot::Null => Ok(None),
            Slot::Integer(value) => Ok(Some(value as f64)),
            Slot::Float(value) => Ok(Some(value)),
            value @ (Slot::Unsigned(_) | Slot::Digits { .. }) => match value.rounded(self) {
                Slot::Float(value) => Ok(Some(value)),
                _ => Err(Code::WrongType),
            },
            _ => {
                let number = self.text(slot)?.and_then(|text| text.trim_ascii().parse::<f64>().ok());
                number.filter(|number| number.is_finite()).map(Some).ok_or(Code::WrongType)
            }
        }
    }

    /// A whole number, which may stand inside a string; `None` when missing or null.
    ///
    /// # Errors
    /// [`Code::WrongType`] for anything else, a float or a number beyond 64 bits among them.
    pub fn integer(&self, slot: SlotId) -> Result<Option<i64>, Code> {
        match self.slot(slot) {
            Slot::Missing | Slot::Null => Ok(None),
            Slot::Integer(value) => Ok(Some(value)),
            _ => {
                let digits = self.text(slot)?.map(str::trim_ascii).filter(|text| !text.starts_with('+'));
                digits.and_then(|digits| digits.parse().ok()).map(Some).ok_or(Code::WrongType)
            }
        }
    }

    /// A number with the digits that the payload has.
    pub(crate) fn digits_as_written(&self, slot: Slot) -> Option<&'a str> {
        text_of(slot, self.text, "")
    }

    /// A time in epoch milliseconds, for slots made by [`super::FieldTreeBuilder::time`]; `None` when missing.
    ///
    /// # Errors
    /// [`Code::WrongType`] or [`Code::InvalidTime`].
    pub fn time(&self, slot: SlotId) -> Result<Option<i64>, Code> {
        self.captured.times[slot.0].transpose()
    }

    /// The same, for a feature of the event: a time that can't be one is refused, because a unit that is wrong by a factor of a
    /// thousand would otherwise become a number like any other.
    ///
    /// # Errors
    /// As [`time`](Self::time), and [`Code::TimeOutOfRange`].
    pub(crate) fn feature_time(&self, slot: SlotId) -> Result<Option<i64>, Code> {
        let Some(epoch_ms) = self.time(slot)? else { return Ok(None) };
        let text = text_of(self.slot(slot), self.text, &self.captured.scratch);
        let says_its_year = text.is_some_and(|text| text.trim_ascii().parse::<f64>().is_err());
        if plausible_feature(epoch_ms, says_its_year) {
            Ok(Some(epoch_ms))
        } else {
            Err(Code::TimeOutOfRange)
        }
    }
}

impl Slot {
    /// The nearest double of a number that `i64` doesn't hold.
    pub(crate) fn rounded(self, fields: &Fields<'_>) -> Self {
        match self {
            Self::Unsigned(value) => Self::Float(value as f64),
            Self::Digits { .. } => {
                fields.digits_as_written(self).and_then(|text| text.parse().ok()).map_or(self, Self::Float)
            }
            other => other,
        }
    }
}

pub(super) fn text_of<'a>(slot: Slot, text: &'a str, scratch: &'a str) -> Option<&'a str> {
    match slot {
        Slot::Text { start, len } | Slot::Digits { start, len } => text.get(start..start + len),
        Slot::Unescaped { start, len } => scratch.get(start..start + len),
        _ => None,
    }
}
