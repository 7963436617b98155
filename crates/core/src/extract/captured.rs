//! What one walk captured, and how the rest of the pipeline reads it.

use super::encoding::{self, Decoding};
use super::tree::{DATA, ENVELOPE, FieldTree, SlotId};
use super::visit::{At, Numbers};
use crate::record::RawRecord;
use crate::rejection::{Code, Rejection, Stage};
use crate::time::{TimeReading, TimeUnit, plausible_feature};
use serde::de::{DeserializeSeed, Error};

/// A captured value. Text points into the payload, so nothing is copied or allocated.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Slot {
    /// Not in the event.
    Missing,
    /// `null`.
    Null,
    /// A boolean.
    Bool(bool),
    /// A whole number that fits.
    Integer(i64),
    /// A larger whole number that fits without a sign.
    Unsigned(u64),
    /// Any other number; always finite.
    Float(f64),
    /// An identifier's number that neither type holds exactly, with the digits that the payload has.
    Digits {
        /// Byte offset in the payload.
        start: usize,
        /// Bytes.
        len: usize,
    },
    /// Text as it stands in the payload.
    Text {
        /// Byte offset in the payload.
        start: usize,
        /// Bytes.
        len: usize,
    },
    /// Text that had escapes, unescaped beside the payload.
    Unescaped {
        /// Byte offset in the scratch text.
        start: usize,
        /// Bytes.
        len: usize,
    },
    /// An array and its number of elements.
    Array(usize),
    /// An object.
    Object,
}

/// Reused from event to event.
#[derive(Debug, Default)]
pub struct Captured {
    pub(super) slots: Vec<Slot>,
    pub(super) scratch: String,
    /// A payload that wasn't UTF-8, as UTF-8; or what a rejection says of its beginning.
    decoded: String,
    times: Vec<Option<Result<i64, Code>>>,
    visited: Vec<u64>,
    visit: u64,
    fault: Option<(Code, usize)>,
    /// Whether an identifier is a number that a double doesn't hold exactly.
    pub(super) inexact: bool,
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

impl Captured {
    pub(super) fn fail<E: Error>(&mut self, code: Code, node: usize) -> E {
        self.fault = Some((code, node));
        E::custom(code.name())
    }

    pub(super) fn first_visit(&mut self, node: usize) -> bool {
        std::mem::replace(&mut self.visited[node], self.visit) != self.visit
    }

    /// Walks `record`'s payload once and captures the tree's fields.
    ///
    /// # Errors
    /// At the decode stage, when the payload is no JSON object, or a bound field stands in it twice.
    pub fn read<'a>(
        &'a mut self,
        tree: &'a FieldTree,
        record: &RawRecord<'a>,
    ) -> Result<Fields<'a>, Rejection<'a>> {
        let envelope = is_structured(record.headers.content_type)
            .map_err(|code| Rejection::new(Stage::Decode, code, ""))?;
        let mut decoded = std::mem::take(&mut self.decoded);
        let decoding = encoding::decode(record.payload.unwrap_or_default(), &mut decoded);
        let walked = match &decoding {
            Ok(Decoding::AsItIs(text)) => self.walk(tree, record, text, envelope),
            Ok(Decoding::Decoded) => self.walk(tree, record, &decoded, envelope),
            Err(_) => Ok(()),
        };
        self.decoded = decoded;
        let captured: &'a Self = self;
        let payload = match decoding {
            Err(code) => return Err(Rejection::new(Stage::Decode, code, &captured.decoded)),
            Ok(Decoding::AsItIs(payload)) => payload,
            Ok(Decoding::Decoded) => &captured.decoded,
        };
        walked.map(|()| Fields { captured, tree, payload })
    }

    /// Captures the fields of one JSON text.
    fn walk<'a>(
        &mut self,
        tree: &'a FieldTree,
        record: &RawRecord<'_>,
        text: &str,
        envelope: bool,
    ) -> Result<(), Rejection<'a>> {
        let reject = |code| Rejection::new(Stage::Decode, code, "");
        let mut walked = self.walk_json(tree, text, envelope, Numbers::Parsed);
        if walked.is_ok() && self.inexact {
            // Seldom: an identifier beyond what 64 bits hold. Only then is the text walked twice.
            walked = self.walk_json(tree, text, envelope, Numbers::AsWritten);
        }
        if let Err(error) = walked {
            return Err(match self.fault {
                Some((code, DATA)) if envelope => Rejection::new(Stage::Decode, code, "/data"),
                Some((code, node)) => Rejection::new(Stage::Decode, code, &tree.nodes[node].path),
                None if error.to_string().starts_with("number out of range") => {
                    reject(Code::NumberOutOfRange)
                }
                None => reject(Code::NotJson),
            });
        }
        if envelope && self.visited[DATA] != self.visit {
            return Err(Rejection::new(Stage::Decode, Code::MissingField, "/data"));
        }
        if !envelope {
            self.take_attributes(tree, record);
        }
        self.parse_times(tree, text);
        Ok(())
    }

    fn walk_json(
        &mut self,
        tree: &FieldTree,
        text: &str,
        envelope: bool,
        identifiers: Numbers,
    ) -> Result<(), serde_json::Error> {
        self.reset(tree);
        let mut json = serde_json::Deserializer::from_str(text);
        let at = At {
            tree,
            node: if envelope { ENVELOPE } else { DATA },
            payload_start: text.as_ptr() as usize,
            root: true,
            captured: self,
            identifiers,
        };
        at.deserialize(&mut json).and_then(|()| json.end())
    }

    fn reset(&mut self, tree: &FieldTree) {
        self.slots.clear();
        self.slots.resize(tree.slots(), Slot::Missing);
        self.visited.resize(tree.nodes.len(), 0);
        self.visit += 1;
        self.scratch.clear();
        self.times.clear();
        self.times.resize(tree.slots(), None);
        self.fault = None;
        self.inexact = false;
    }

    fn take_attributes(&mut self, tree: &FieldTree, record: &RawRecord<'_>) {
        for (slot, value) in tree.attributes.iter().zip(record.headers.attributes) {
            if let (Some(slot), Some(Ok(value))) = (slot, value.map(std::str::from_utf8)) {
                self.slots[slot.0] = Slot::Unescaped { start: self.scratch.len(), len: value.len() };
                self.scratch.push_str(value);
            }
        }
    }

    fn parse_times(&mut self, tree: &FieldTree, payload: &str) {
        for (slot, unit) in &tree.times {
            let value = self.slots[slot.0];
            let text = match value {
                Slot::Digits { .. } => None,
                value => text_of(value, payload, &self.scratch),
            };
            self.times[slot.0] = time_of(&tree.reading, value, text, *unit).transpose();
        }
    }
}

/// Epoch milliseconds of a captured value; `None` when missing or null.
///
/// # Errors
/// Those of [`TimeReading::text`], and [`Code::WrongType`] for a value of another type.
fn time_of(
    reading: &TimeReading,
    value: Slot,
    text: Option<&str>,
    unit: TimeUnit,
) -> Result<Option<i64>, Code> {
    match (value, text) {
        (Slot::Missing | Slot::Null, _) => Ok(None),
        (_, Some(text)) => reading.text(text, unit).map(Some),
        (Slot::Integer(number), _) => Ok(Some(reading.whole(number, unit))),
        (Slot::Unsigned(_) | Slot::Digits { .. }, _) => Err(Code::InvalidTime),
        (Slot::Float(number), _) => reading.float(number, unit).map(Some),
        _ => Err(Code::WrongType),
    }
}

fn text_of<'a>(slot: Slot, payload: &'a str, scratch: &'a str) -> Option<&'a str> {
    match slot {
        Slot::Text { start, len } | Slot::Digits { start, len } => payload.get(start..start + len),
        Slot::Unescaped { start, len } => scratch.get(start..start + len),
        _ => None,
    }
}

/// Whether the payload is a CloudEvents envelope in JSON, by its content type.
fn is_structured(content_type: Option<&[u8]>) -> Result<bool, Code> {
    let starts = |prefix: &str| {
        content_type.is_some_and(|value| {
            value.get(..prefix.len()).is_some_and(|head| head.eq_ignore_ascii_case(prefix.as_bytes()))
        })
    };
    if !starts("application/cloudevents") {
        return Ok(false);
    }
    let rest = content_type.map_or(&b""[..], |value| &value["application/cloudevents".len()..]);
    let rest = rest.split(|byte| *byte == b';').next().unwrap_or_default();
    match rest.trim_ascii() {
        b"" => Ok(true),
        format if format.eq_ignore_ascii_case(b"+json") => Ok(true),
        _ => Err(Code::UnsupportedEncoding),
    }
}

/// The captured fields of one event.
#[derive(Debug, Clone, Copy)]
pub struct Fields<'a> {
    captured: &'a Captured,
    tree: &'a FieldTree,
    payload: &'a str,
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
            value => text_of(value, self.payload, &self.captured.scratch).map(Some).ok_or(Code::WrongType),
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
        text_of(slot, self.payload, "")
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
        let text = text_of(self.slot(slot), self.payload, &self.captured.scratch);
        let says_its_year = text.is_some_and(|text| text.trim_ascii().parse::<f64>().is_err());
        if plausible_feature(epoch_ms, says_its_year) {
            Ok(Some(epoch_ms))
        } else {
            Err(Code::TimeOutOfRange)
        }
    }
}
