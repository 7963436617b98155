//! The lists of a comparison: as they were read, or as the shard's comparison holds them, which needs no allocation.

use super::Comparison;
use crate::features::FeatureValue;
use crate::text::Text;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde::ser::Serializer;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

/// Where a list is.
#[derive(Debug, Clone)]
enum Held<'a, T> {
    Read(Vec<T>),
    Scored(&'a Comparison<'a>),
}

impl<'a, T> Held<'a, T> {
    fn read(&self) -> impl Iterator<Item = &T> + Clone {
        match self {
            Self::Read(list) => list.as_slice(),
            Self::Scored(_) => &[],
        }
        .iter()
    }

    fn scored(&self) -> Option<&'a Comparison<'a>> {
        match self {
            Self::Read(_) => None,
            Self::Scored(comparison) => Some(comparison),
        }
    }
}

/// A guardrail that moved a price, or a price point that was missed. Minor units.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GuardrailRecord<'a> {
    /// Which.
    #[serde(borrow)]
    pub rule: Text<'a>,
    /// Price before.
    pub before: i64,
    /// Price after.
    pub after: i64,
}

impl GuardrailRecord<'_> {
    fn borrowed(&self) -> GuardrailRecord<'_> {
        GuardrailRecord { rule: Cow::Borrowed(&self.rule), before: self.before, after: self.after }
    }
}

/// Which guardrails moved a price, in order.
#[derive(Debug, Clone)]
pub struct GuardrailHits<'a>(Held<'a, GuardrailRecord<'a>>);

/// Names and values that reports are sliced by, in the stream's order.
#[derive(Debug, Clone)]
pub struct Segments<'a>(Held<'a, (Text<'a>, Text<'a>)>);

/// What a model was fed, by feature, in its contract's order. A number is shown as the first of these that the contract
/// gives it to: a word of the vocabulary, a missing value, a word outside the vocabulary.
#[derive(Debug, Clone)]
pub struct Features<'a>(Held<'a, (Text<'a>, FeatureValue<'a>)>);

impl<'a> GuardrailHits<'a> {
    pub(super) fn of(comparison: &'a Comparison<'a>) -> Self {
        Self(Held::Scored(comparison))
    }

    /// The steps, in order.
    pub fn iter(&self) -> impl Iterator<Item = GuardrailRecord<'_>> {
        let scored = self.0.scored().into_iter().flat_map(|one| one.decision.trail.steps());
        self.0.read().map(GuardrailRecord::borrowed).chain(scored.map(|step| GuardrailRecord {
            rule: Cow::Borrowed(step.rule.name()),
            before: step.before,
            after: step.after,
        }))
    }
}

impl<'a> Segments<'a> {
    pub(super) fn of(comparison: &'a Comparison<'a>) -> Self {
        Self(Held::Scored(comparison))
    }

    /// Names and values, in order; what an event lacks isn't there.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        let scored = self.0.scored().into_iter().flat_map(|one| {
            let named = one.stream.segments.iter().zip(one.batch.row_segments(one.row));
            named.filter_map(|(segment, value)| Some((&*segment.name, one.batch.text((*value)?))))
        });
        self.0.read().map(|(name, value)| (&**name, &**value)).chain(scored)
    }
}

impl<'a> Features<'a> {
    pub(super) fn of(comparison: &'a Comparison<'a>) -> Self {
        Self(Held::Scored(comparison))
    }

    /// Names and values, in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, FeatureValue<'_>)> {
        let scored = self.0.scored().into_iter().flat_map(|one| {
            let model = one.stream.models.get(one.model_index).filter(|_| one.stream.shows_features);
            model.into_iter().flat_map(|model| model.plan.show(one.batch.input(one.model_index), one.row))
        });
        self.0.read().map(|(name, value)| (&**name, value.borrowed())).chain(scored)
    }
}

/// What all three lists have: made of what was read, equal where they hold the same, as a list or an object in JSON.
macro_rules! list {
    ($list:ident, $element:ty) => {
        impl Default for $list<'_> {
            fn default() -> Self {
                Self(Held::Read(Vec::new()))
            }
        }

        impl<'a> From<Vec<$element>> for $list<'a> {
            fn from(read: Vec<$element>) -> Self {
                Self(Held::Read(read))
            }
        }

        impl<'a> FromIterator<$element> for $list<'a> {
            fn from_iter<I: IntoIterator<Item = $element>>(read: I) -> Self {
                Self(Held::Read(read.into_iter().collect()))
            }
        }

        impl PartialEq for $list<'_> {
            fn eq(&self, other: &Self) -> bool {
                self.iter().eq(other.iter())
            }
        }

        impl $list<'_> {
            /// Whether there is nothing in it.
            pub fn is_empty(&self) -> bool {
                self.iter().next().is_none()
            }

            /// How many there are.
            pub fn len(&self) -> usize {
                self.iter().count()
            }
        }
    };
}

list!(GuardrailHits, GuardrailRecord<'a>);
list!(Segments, (Text<'a>, Text<'a>));
list!(Features, (Text<'a>, FeatureValue<'a>));

impl Serialize for GuardrailHits<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter())
    }
}

impl Serialize for Segments<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.iter())
    }
}

impl Serialize for Features<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.iter())
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for GuardrailHits<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Vec::deserialize(deserializer).map(Self::from)
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Segments<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let entries = entries::<D, Borrowed<'de>>(deserializer)?;
        Ok(entries.into_iter().map(|(name, Borrowed(value))| (name, value)).collect())
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Features<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        entries::<D, FeatureValue<'de>>(deserializer).map(|entries| entries.into_iter().collect())
    }
}

/// An object's entries in the order they stand.
fn entries<'de, D: Deserializer<'de>, V: Deserialize<'de>>(
    deserializer: D,
) -> Result<Vec<(Text<'de>, V)>, D::Error> {
    struct Entries<V>(PhantomData<V>);
    impl<'de, V: Deserialize<'de>> Visitor<'de> for Entries<V> {
        type Value = Vec<(Text<'de>, V)>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("an object")
        }

        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
            let mut pairs = Vec::new();
            while let Some((Borrowed(name), value)) = map.next_entry()? {
                pairs.push((name, value));
            }
            Ok(pairs)
        }
    }
    deserializer.deserialize_map(Entries(PhantomData))
}

/// A text that is borrowed where it stands without escapes.
#[derive(Deserialize)]
pub(super) struct Borrowed<'a>(#[serde(borrow)] pub(super) Text<'a>);
