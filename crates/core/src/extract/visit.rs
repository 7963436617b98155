//! The walk itself: serde visitors that follow the tree and ignore everything it doesn't name.
//!
//! Unbound values are skipped without recursion, so their nesting can't exhaust the stack; the walk
//! itself goes only as deep as the longest bound path.

use super::captured::{Captured, Slot};
use super::tree::FieldTree;
use crate::dead_letter::Code;
use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use std::fmt;

/// Captures what stands at `node` and below.
pub(super) struct At<'t, 'c> {
    pub(super) tree: &'t FieldTree,
    pub(super) node: usize,
    pub(super) payload_start: usize,
    pub(super) captured: &'c mut Captured,
    /// Whether only an object will do.
    pub(super) root: bool,
}

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
        }
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

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
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
        self.put(i64::try_from(value).map_or(Slot::Float(value as f64), Slot::Integer))
    }

    fn visit_f64<E: Error>(mut self, value: f64) -> Result<(), E> {
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
