//! The walk itself: serde visitors that follow the tree and ignore everything it doesn't name.
//!
//! Unbound values are skipped without recursion, so their nesting can't exhaust the stack; the walk
//! itself goes only as deep as the longest bound path.

use super::captured::{Captured, Slot};
use super::tree::FieldTree;
use crate::rejection::Code;
use serde::Deserialize as _;
use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;
use std::fmt;

/// Captures what stands at `node` and below.
pub(super) struct At<'t, 'c> {
    pub(super) tree: &'t FieldTree,
    pub(super) node: usize,
    pub(super) payload_start: usize,
    pub(super) captured: &'c mut Captured,
    /// Whether only an object will do.
    pub(super) root: bool,
    /// How the numbers of identifiers are captured.
    pub(super) identifiers: Numbers,
}

/// How numbers are captured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Numbers {
    /// As what they parse to.
    Parsed,
    /// As their digits stand, where a double doesn't hold them.
    AsWritten,
}

/// From here on a double doesn't hold every whole number.
const EXACT: f64 = (1_u64 << 53) as f64;

impl At<'_, '_> {
    fn put<E: Error>(&mut self, slot: Slot) -> Result<(), E> {
        if self.root && slot != Slot::Object {
            return Err(self.captured.fail(Code::NotAnObject, self.node));
        }
        if let Some(id) = self.tree.nodes[self.node].slot {
            self.captured.slots[id.0] = slot;
        }
        Ok(())
    }

    fn below(&mut self, node: usize) -> At<'_, '_> {
        At {
            tree: self.tree,
            node,
            payload_start: self.payload_start,
            root: node == super::tree::DATA,
            captured: self.captured,
            identifiers: self.identifiers,
        }
    }

    fn is_identifier(&self) -> bool {
        self.tree.nodes[self.node].identifier
    }

    fn enter<E: Error>(&mut self, node: usize) -> Result<(), E> {
        if self.tree.nodes[node].forbidden {
            return Err(self.captured.fail(Code::UnsupportedEncoding, node));
        }
        if !self.captured.first_visit(node) {
            return Err(self.captured.fail(Code::DuplicateKey, node));
        }
        Ok(())
    }
}

impl<'de> DeserializeSeed<'de> for At<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(mut self, deserializer: D) -> Result<(), D::Error> {
        if self.identifiers == Numbers::Parsed || !self.is_identifier() {
            return deserializer.deserialize_any(self);
        }
        let raw = <&RawValue>::deserialize(deserializer)?.get();
        let number = raw.starts_with(|first: char| first == '-' || first.is_ascii_digit());
        if number && raw.parse::<i64>().is_err() && raw.parse::<f64>().is_ok_and(|value| value.abs() >= EXACT)
        {
            let start = raw.as_ptr() as usize - self.payload_start;
            return self.put(Slot::Digits { start, len: raw.len() });
        }
        serde_json::Deserializer::from_str(raw).deserialize_any(self).map_err(D::Error::custom)
    }
}

impl<'de> Visitor<'de> for At<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E: Error>(mut self) -> Result<(), E> {
        self.put(Slot::Null)
    }

    fn visit_bool<E: Error>(mut self, value: bool) -> Result<(), E> {
        self.put(Slot::Bool(value))
    }

    fn visit_i64<E: Error>(mut self, value: i64) -> Result<(), E> {
        self.put(Slot::Integer(value))
    }

    fn visit_u64<E: Error>(mut self, value: u64) -> Result<(), E> {
        self.put(i64::try_from(value).map_or(Slot::Unsigned(value), Slot::Integer))
    }

    fn visit_f64<E: Error>(mut self, value: f64) -> Result<(), E> {
        self.captured.inexact |= value.abs() >= EXACT && self.is_identifier();
        self.put(Slot::Float(value))
    }

    fn visit_borrowed_str<E: Error>(mut self, value: &'de str) -> Result<(), E> {
        let start = value.as_ptr() as usize - self.payload_start;
        self.put(Slot::Text { start, len: value.len() })
    }

    fn visit_str<E: Error>(mut self, value: &str) -> Result<(), E> {
        let start = self.captured.scratch.len();
        self.captured.scratch.push_str(value);
        self.put(Slot::Unescaped { start, len: value.len() })
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut map: A) -> Result<(), A::Error> {
        self.put(Slot::Object)?;
        let tree = self.tree;
        let members = &tree.nodes[self.node].members;
        // Producers write keys in a steady order: look on where the last one was found.
        let mut hint = 0;
        while let Some(found) = map.next_key_seed(Member { members, hint })? {
            match found {
                None => drop(map.next_value::<IgnoredAny>()?),
                Some(index) => {
                    hint = index + 1;
                    let node = members[index].1;
                    self.enter(node)?;
                    map.next_value_seed(self.below(node))?;
                }
            }
        }
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut seq: A) -> Result<(), A::Error> {
        if self.root {
            return self.put(Slot::Array(0));
        }
        let elements = &self.tree.nodes[self.node].elements;
        let mut count = 0;
        loop {
            let more = match elements.iter().find(|(index, _)| *index == count) {
                None => seq.next_element::<IgnoredAny>()?.is_some(),
                Some(&(_, node)) => seq.next_element_seed(self.below(node))?.is_some(),
            };
            if !more {
                return self.put(Slot::Array(count));
            }
            count += 1;
        }
    }
}

/// Finds a key among the bound members.
struct Member<'t> {
    members: &'t [(Box<str>, usize)],
    hint: usize,
}

impl<'de> DeserializeSeed<'de> for Member<'_> {
    type Value = Option<usize>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Option<usize>, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for Member<'_> {
    type Value = Option<usize>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_str<E: Error>(self, key: &str) -> Result<Option<usize>, E> {
        let (before, from) = self.members.split_at(self.hint.min(self.members.len()));
        let is = |member: &(Box<str>, usize)| *member.0 == *key;
        Ok(from.iter().position(is).map(|index| index + before.len()).or_else(|| before.iter().position(is)))
    }
}
