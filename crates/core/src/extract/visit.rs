//! The walk itself: serde visitors that follow the tree and ignore everything it doesn't name.
//!
//! Any deserializer of a self-describing encoding can drive it; nothing here knows JSON.
//!
//! Unbound values are skipped without recursion, so their nesting can't exhaust the stack; the walk
//! itself goes only as deep as the longest bound path.

use super::captured::{Captured, Slot};
use super::tree::FieldTree;
use crate::rejection::Code;
use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use std::fmt;
use std::marker::PhantomData;

/// Captures what stands at `node` and below.
pub(super) struct Walk<'t, 'c, I> {
    tree: &'t FieldTree,
    node: usize,
    /// Address and length of the text that values may be borrowed from.
    text: (usize, usize),
    /// Whether only an object will do.
    root: bool,
    captured: &'c mut Captured,
    identifiers: PhantomData<I>,
}

/// How an encoding gives the values of identifiers, whose digits all count.
pub(super) trait Identifiers: Sized {
    /// Whether it gives them as all other values, so that nobody needs to ask which is one.
    const ALIKE: bool;

    /// Drives `walk` by the value of an identifier.
    fn read<'de, D: Deserializer<'de>>(walk: Walk<'_, '_, Self>, deserializer: D) -> Result<(), D::Error>;
}

/// As all other values.
pub(super) enum AsParsed {}

impl Identifiers for AsParsed {
    const ALIKE: bool = true;

    fn read<'de, D: Deserializer<'de>>(walk: Walk<'_, '_, Self>, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(walk)
    }
}

/// From here on a double doesn't hold every whole number.
pub(super) const EXACT: f64 = (1_u64 << 53) as f64;

impl<'t, 'c, I> Walk<'t, 'c, I> {
    /// A walk from `node` down. Text that is borrowed from `text` is captured where it stands.
    pub(super) fn new(tree: &'t FieldTree, node: usize, text: &str, captured: &'c mut Captured) -> Self {
        let text = (text.as_ptr() as usize, text.len());
        Self { tree, node, text, root: true, captured, identifiers: PhantomData }
    }

    /// Captures a number by its digits, which are part of the text.
    pub(super) fn put_digits<E: Error>(&mut self, digits: &str) -> Result<(), E> {
        match self.within(digits) {
            Some(start) => self.put(Slot::Digits { start, len: digits.len() }),
            None => Err(E::custom("digits that the payload doesn't have")),
        }
    }

    /// Where `value` is in the text.
    fn within(&self, value: &str) -> Option<usize> {
        let (from, len) = self.text;
        let start = (value.as_ptr() as usize).checked_sub(from)?;
        (start + value.len() <= len).then_some(start)
    }

    fn put<E: Error>(&mut self, slot: Slot) -> Result<(), E> {
        if self.root && slot != Slot::Object {
            return Err(self.captured.fail(Code::NotAnObject, self.node));
        }
        if let Some(id) = self.tree.nodes[self.node].slot {
            self.captured.slots[id.0] = slot;
        }
        Ok(())
    }

    fn below(&mut self, node: usize) -> Walk<'_, '_, I> {
        Walk {
            tree: self.tree,
            node,
            text: self.text,
            root: node == super::tree::DATA,
            captured: self.captured,
            identifiers: PhantomData,
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

impl<'de, I: Identifiers> DeserializeSeed<'de> for Walk<'_, '_, I> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        if I::ALIKE || !self.is_identifier() {
            deserializer.deserialize_any(self)
        } else {
            I::read(self, deserializer)
        }
    }
}

impl<'de, I: Identifiers> Visitor<'de> for Walk<'_, '_, I> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an event")
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
        match self.within(value) {
            Some(start) => self.put(Slot::Text { start, len: value.len() }),
            None => self.visit_str(value),
        }
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
        while let Some(found) = map.next_key_seed(Member::<I> { members, hint, walk: PhantomData })? {
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
struct Member<'t, I> {
    members: &'t [(Box<str>, usize)],
    hint: usize,
    /// So that the compiler has one caller for each walk, and inlines it there.
    walk: PhantomData<I>,
}

impl<'de, I> DeserializeSeed<'de> for Member<'_, I> {
    type Value = Option<usize>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Option<usize>, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<I> Visitor<'_> for Member<'_, I> {
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

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::extract::{FieldPath, FieldTreeBuilder, Fields, SlotId};
    use crate::record::{Position, RawRecord, RecordHeaders, StreamId};
    use serde_json::{Value, json};

    const PATHS: [&str; 9] =
        ["/id", "/at", "/total", "/flag", "/none", "/items", "/items/1/sku", "/deep/er", "/gone"];

    fn tree() -> (FieldTree, Vec<SlotId>) {
        let mut builder = FieldTreeBuilder::default();
        let slots: Vec<_> = PATHS.iter().map(|path| builder.slot(&FieldPath::parse(path).unwrap())).collect();
        builder.time(&FieldPath::parse("/at").unwrap());
        builder.identifier(slots[0]);
        (builder.build(), slots)
    }

    fn event() -> Value {
        json!({
            "id": "o-\u{1F600}\"1", "at": "2026-11-20T10:00:00Z", "total": 12.5, "flag": true, "none": null,
            "unbound": { "list": [1, [2, { "x": "y" }]] }, "items": [{ "sku": "a" }, { "sku": "b" }, 3],
            "deep": { "er": -7 },
        })
    }

    fn record(payload: &[u8]) -> RawRecord<'_> {
        RawRecord {
            stream: StreamId(0),
            position: Position { partition: 0, offset: 0 },
            timestamp_ms: None,
            key: None,
            payload: Some(payload),
            withheld: None,
            headers: RecordHeaders::default(),
        }
    }

    /// What every bound field says, however it is asked.
    fn said(fields: &Fields<'_>, slots: &[SlotId]) -> Vec<String> {
        let one = |&slot: &SlotId| {
            let (text, number) = (fields.text(slot), fields.number(slot));
            let rest = (fields.boolean(slot), fields.integer(slot), fields.time(slot));
            let kind = match fields.slot(slot) {
                Slot::Text { .. } | Slot::Unescaped { .. } => "text".to_owned(),
                other => format!("{other:?}"),
            };
            format!("{text:?} {number:?} {rest:?} {kind}")
        };
        slots.iter().map(one).collect()
    }

    #[test]
    fn another_encoding_that_drives_the_walk_gives_the_same_fields() {
        let (tree, slots) = tree();
        let text = event().to_string();
        let mut json = Captured::default();
        let of_json = said(&json.read(&tree, &record(text.as_bytes())).unwrap(), &slots);
        // Values in memory: their texts are borrowed, and not from a payload.
        let (value, mut captured) = (event(), Captured::default());
        let payload = [0xff, 0x00];
        captured
            .capture::<AsParsed, _>(&tree, &record(&payload), ("", false), |walk| walk.deserialize(&value))
            .unwrap();
        let of_values = said(&Fields { captured: &captured, tree: &tree, text: "" }, &slots);
        assert_eq!(of_values, of_json);
        assert!(of_json[0].contains("o-😀") && of_json[8].contains("Missing"), "{of_json:?}");
    }

    #[test]
    fn a_text_from_elsewhere_is_copied_wherever_it_lies_in_memory() {
        let (tree, slots) = tree();
        let around = "x".repeat(64);
        for text in [&around[..0], &around[..10], &around[30..40], &around[60..]] {
            let (value, mut captured) = (event(), Captured::default());
            let driven = captured
                .capture::<AsParsed, _>(&tree, &record(b""), (text, false), |walk| walk.deserialize(&value));
            driven.unwrap();
            let fields = Fields { captured: &captured, tree: &tree, text };
            assert_eq!(fields.text(slots[0]), Ok(Some("o-😀\"1")));
        }
    }
}
