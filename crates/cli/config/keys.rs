//! The keys that a section knows, asked of its own `Deserialize`, so that no list can go stale.

use serde::Deserialize;
use serde::de::{self, Deserializer, Visitor};
use serde::forward_to_deserialize_any;
use std::fmt;

/// The keys of `T`'s table.
pub(super) fn known<T: for<'de> Deserialize<'de>>() -> &'static [&'static str] {
    let mut fields: &'static [&'static str] = &[];
    // The probe always fails, after it has seen the fields.
    let _ = T::deserialize(Probe(&mut fields));
    fields
}

/// The nearest known key to a misspelt one, if one is near.
pub(super) fn nearest(key: &str, known: &'static [&'static str]) -> Option<&'static str> {
    let distance = |candidate: &&&str| strsim::damerau_levenshtein(key, candidate);
    known.iter().min_by_key(distance).filter(|candidate| distance(candidate) <= 1 + key.len() / 4).copied()
}

struct Probe<'f>(&'f mut &'static [&'static str]);

#[derive(Debug)]
struct Seen;

impl fmt::Display for Seen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("seen")
    }
}

impl std::error::Error for Seen {}

impl de::Error for Seen {
    fn custom<T: fmt::Display>(_: T) -> Self {
        Self
    }
}

impl<'de> Deserializer<'de> for Probe<'_> {
    type Error = Seen;

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Seen> {
        Err(Seen)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        _: V,
    ) -> Result<V::Value, Seen> {
        *self.0 = fields;
        Err(Seen)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit
        unit_struct newtype_struct seq tuple tuple_struct map enum identifier ignored_any
    }
}
