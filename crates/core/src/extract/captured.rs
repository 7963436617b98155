//! What one walk captures.

use super::fields::{Fields, text_of};
use super::json;
use super::tree::{DATA, ENVELOPE, FieldTree};
use super::visit::Walk;
use crate::record::RawRecord;
use crate::rejection::{Code, Rejection};
use crate::time::{TimeReading, TimeUnit};
use serde::de::Error;

/// A captured value. Text points into the payload where it can, so nothing is copied or allocated.
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
    pub(super) decoded: String,
    pub(super) times: Vec<Option<Result<i64, Code>>>,
    visited: Vec<u64>,
    visit: u64,
    fault: Option<(Code, usize)>,
    /// Whether an identifier is a number that a double doesn't hold exactly.
    pub(super) inexact: bool,
}

/// Why an event can't be read.
#[derive(Debug)]
pub(super) enum Unread<'a, E> {
    /// A value at that path is wrong.
    At(Code, &'a str),
    /// The payload itself, as its encoding's driver says.
    Undriven(E),
}

impl Captured {
    pub(super) fn fail<E: Error>(&mut self, code: Code, node: usize) -> E {
        self.fault = Some((code, node));
        E::custom(code.name())
    }

    pub(super) fn first_visit(&mut self, node: usize) -> bool {
        std::mem::replace(&mut self.visited[node], self.visit) != self.visit
    }

    /// Captures the tree's fields of `record` in one walk over its payload, which is JSON.
    ///
    /// # Errors
    /// At the decode stage, when the payload isn't a JSON object, or has a bound field twice.
    pub fn read<'a>(
        &'a mut self,
        tree: &'a FieldTree,
        record: &RawRecord<'a>,
    ) -> Result<Fields<'a>, Rejection<'a>> {
        json::read(self, tree, record)
    }

    /// What one walk over an event captures, driven by `drive`. `text` is the payload where it is text that values may be
    /// borrowed from; values from elsewhere are copied. In an envelope the event is the value of `data`.
    ///
    /// # Errors
    /// What was wrong with the values, at the decode stage, else what `drive` ended with.
    pub(super) fn capture<'a, I, E>(
        &mut self,
        tree: &'a FieldTree,
        record: &RawRecord<'_>,
        (text, envelope): (&str, bool),
        drive: impl FnOnce(Walk<'_, '_, I>) -> Result<(), E>,
    ) -> Result<(), Unread<'a, E>> {
        self.reset(tree);
        let node = if envelope { ENVELOPE } else { DATA };
        let walked = drive(Walk::new(tree, node, text, self));
        if let Err(error) = walked {
            return Err(match self.fault {
                Some((code, DATA)) if envelope => Unread::At(code, "/data"),
                Some((code, node)) => Unread::At(code, &tree.nodes[node].path),
                None => Unread::Undriven(error),
            });
        }
        if envelope && self.visited[DATA] != self.visit {
            return Err(Unread::At(Code::MissingField, "/data"));
        }
        if !envelope {
            self.take_attributes(tree, record);
        }
        self.parse_times(tree, text);
        Ok(())
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

    fn parse_times(&mut self, tree: &FieldTree, text: &str) {
        for (slot, unit) in &tree.times {
            let value = self.slots[slot.0];
            let text = match value {
                Slot::Digits { .. } => None,
                value => text_of(value, text, &self.scratch),
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
