//! A decision as records have it: an object with the one field that its kind decides.

use super::lists::Borrowed;
use crate::decision::{Action, Decides, DecisionValue};
use crate::kind::Kind;
use serde::de::{IgnoredAny, MapAccess, Visitor};
use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;

/// `{"action": "review"}`, `{"price_amount": 1999}`; nothing where no field of any kind is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct DecisionRecord(pub Option<DecisionValue>);

impl DecisionRecord {
    /// The action, if it is one.
    pub fn action(self) -> Option<Action> {
        match self.0 {
            Some(DecisionValue::Action(action)) => Some(action),
            Some(DecisionValue::Number(..)) | None => None,
        }
    }

    /// The number, if it is one that streams of this kind decide.
    pub fn number(self, of: Kind) -> Option<i64> {
        match self.0 {
            Some(DecisionValue::Number(kind, number)) if kind == of => Some(number),
            _ => None,
        }
    }
}

impl From<DecisionValue> for DecisionRecord {
    fn from(decision: DecisionValue) -> Self {
        Self(Some(decision))
    }
}

impl Serialize for DecisionRecord {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(usize::from(self.0.is_some())))?;
        match self.0 {
            Some(DecisionValue::Action(action)) => map.serialize_entry(Decides::Action.field(), &action)?,
            Some(DecisionValue::Number(kind, number)) => {
                map.serialize_entry(kind.decides().field(), &number)?;
            }
            None => {}
        }
        map.end()
    }
}

impl<'de> Deserialize<'de> for DecisionRecord {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Fields)
    }
}

struct Fields;

impl<'de> Visitor<'de> for Fields {
    type Value = DecisionRecord;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a decision")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<DecisionRecord, A::Error> {
        let (mut action, mut number) = (None, None);
        while let Some(Borrowed(field)) = map.next_key::<Borrowed<'de>>()? {
            let of = Kind::ALL.into_iter().find(|kind| kind.decides().field() == field);
            match of.map(|kind| (kind, kind.decides())) {
                Some((_, Decides::Action)) => action = map.next_value::<Option<Action>>()?,
                Some((kind, Decides::Number(_))) => {
                    number =
                        map.next_value::<Option<i64>>()?.map(|number| DecisionValue::Number(kind, number));
                }
                None => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        Ok(DecisionRecord(action.map(DecisionValue::Action).or(number)))
    }
}
