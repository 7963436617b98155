//! A comparison as it is read back: from the shadow topic, from JSON lines, from Parquet.

use crate::decision::Action;
use crate::features::FeatureValue;
use crate::kind::Kind;
use crate::text::Text;
use jiff::Timestamp;
use serde::{Deserialize, Deserializer};

/// One event × one model, read back. Amounts are minor units of `currency`, times epoch milliseconds.
///
/// Unknown fields are ignored: a later version may add some.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct ComparisonRecord<'a> {
    /// `topic/partition/offset/model/version/sha/run`.
    #[serde(borrow)]
    pub comparison_id: Text<'a>,
    /// `live` or `replay`.
    #[serde(borrow)]
    pub mode: Text<'a>,
    /// The job for `live`, the run's own id for `replay`.
    #[serde(borrow)]
    pub run_id: Text<'a>,
    /// Name of the stream.
    #[serde(borrow)]
    pub stream: Text<'a>,
    /// What the event is about.
    pub kind: Kind,
    /// Order id or quote id, possibly pseudonymised.
    #[serde(borrow)]
    pub subject_id: Text<'a>,
    /// Prices: the item.
    #[serde(borrow, default)]
    pub item_id: Option<Text<'a>>,
    /// Who ordered: what reports resample by, possibly pseudonymised.
    #[serde(borrow, default)]
    pub customer_id: Option<Text<'a>>,
    /// When it happened.
    #[serde(rename = "occurred_at", deserialize_with = "time")]
    pub occurred_at_ms: i64,
    /// When it was scored; a replay doesn't say.
    #[serde(rename = "scored_at", default, deserialize_with = "optional_time")]
    pub scored_at_ms: Option<i64>,
    /// The model.
    #[serde(borrow)]
    pub model: ModelRecord<'a>,
    /// The model's score.
    pub score: f64,
    /// What the model would have decided.
    pub would_be: VerdictRecord,
    /// What the checkout decided, if the event says so.
    pub live: Option<VerdictRecord>,
    /// The score that the live system logged, if it is bound.
    #[serde(default)]
    pub live_score: Option<f64>,
    /// Prices: the chance with which live served a price within the tolerance of the one it served, if it is bound.
    #[serde(default)]
    pub live_propensity: Option<f64>,
    /// Whether both agree; `None` without a live decision.
    pub agrees: Option<bool>,
    /// Orders: amount taken at once, would-be minus live. Prices: would-be minus live price.
    pub delta_amount: Option<i64>,
    /// The order's total, or the quote's price.
    pub amount: Option<i64>,
    /// Prices: what the item costs the shop, if it is bound.
    #[serde(default)]
    pub cost_amount: Option<i64>,
    /// Prices: how many were asked for, if it is bound.
    #[serde(default)]
    pub quantity: Option<f64>,
    /// ISO 4217.
    #[serde(borrow)]
    pub currency: Option<Text<'a>>,
    /// Which guardrails moved the price, in order; a `price_point` whose price stays the same was missed because of the others.
    #[serde(borrow, default)]
    pub guardrails: Vec<GuardrailRecord<'a>>,
    /// Named values that reports are sliced by, in the stream's order.
    #[serde(borrow, default, deserialize_with = "pairs")]
    pub segments: Vec<(Text<'a>, Text<'a>)>,
    /// What the model was fed, by feature, where the stream's config asks for it.
    #[serde(borrow, default, deserialize_with = "features")]
    pub features: Vec<(Text<'a>, FeatureValue<'a>)>,
    /// Where the event came from.
    #[serde(borrow)]
    pub source: SourceRecord<'a>,
}

/// The model of a comparison.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct ModelRecord<'a> {
    /// Name.
    #[serde(borrow)]
    pub name: Text<'a>,
    /// Version.
    pub version: u32,
    /// SHA-256 of the model's bytes, lower-case hex.
    #[serde(borrow)]
    pub sha256: Text<'a>,
    /// The alias it was named by.
    #[serde(borrow)]
    pub alias: Option<Text<'a>>,
}

/// A decision of either kind: one of the two is there.
#[derive(Debug, Clone, Copy, PartialEq, Default, Deserialize)]
pub struct VerdictRecord {
    /// Orders.
    #[serde(default)]
    pub action: Option<Action>,
    /// Prices, minor units.
    #[serde(default)]
    pub price_amount: Option<i64>,
}

/// A guardrail that moved a price, minor units.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct GuardrailRecord<'a> {
    /// Which.
    #[serde(borrow)]
    pub rule: Text<'a>,
    /// Price before.
    pub before: i64,
    /// Price after.
    pub after: i64,
}

/// Where an event came from.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct SourceRecord<'a> {
    /// Name of the live cluster.
    #[serde(borrow)]
    pub cluster: Text<'a>,
    /// Input topic.
    #[serde(borrow)]
    pub topic: Text<'a>,
    /// Its partition.
    pub partition: i32,
    /// Its offset.
    pub offset: i64,
    /// The record's own time.
    #[serde(rename = "timestamp", default, deserialize_with = "optional_time")]
    pub timestamp_ms: Option<i64>,
}

impl<'a> ComparisonRecord<'a> {
    /// Reads one JSON record.
    ///
    /// # Errors
    /// When the bytes are not a comparison. The error gives the place and never repeats a value, which may be personal data.
    pub fn from_json(bytes: &'a [u8]) -> Result<Self, NotAComparison> {
        serde_json::from_slice(bytes).map_err(|error| {
            let what = error.to_string();
            let names_a_value = error.is_data() && !what.starts_with("missing field");
            let (line, column) = (error.line(), error.column());
            NotAComparison(if names_a_value {
                format!("a value that isn't a comparison's at line {line} column {column}")
            } else {
                what
            })
        })
    }
}

/// Why bytes aren't a comparison.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct NotAComparison(String);

fn time<'de, D: Deserializer<'de>>(deserializer: D) -> Result<i64, D::Error> {
    let text = Text::deserialize(deserializer)?;
    let instant: Timestamp = text.parse().map_err(serde::de::Error::custom)?;
    Ok(instant.as_millisecond())
}

fn optional_time<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<i64>, D::Error> {
    let Some(text) = Option::<Text<'de>>::deserialize(deserializer)? else { return Ok(None) };
    let instant: Timestamp = text.parse().map_err(serde::de::Error::custom)?;
    Ok(Some(instant.as_millisecond()))
}

fn pairs<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<(Text<'de>, Text<'de>)>, D::Error> {
    let entries = entries::<D, Borrowed<'de>>(deserializer)?;
    Ok(entries.into_iter().map(|(name, Borrowed(value))| (name, value)).collect())
}

fn features<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Vec<(Text<'de>, FeatureValue<'de>)>, D::Error> {
    entries(deserializer)
}

/// An object's entries in the order they stand.
fn entries<'de, D: Deserializer<'de>, V: Deserialize<'de>>(
    deserializer: D,
) -> Result<Vec<(Text<'de>, V)>, D::Error> {
    struct Entries<V>(std::marker::PhantomData<V>);
    impl<'de, V: Deserialize<'de>> serde::de::Visitor<'de> for Entries<V> {
        type Value = Vec<(Text<'de>, V)>;

        fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("an object")
        }

        fn visit_map<A: serde::de::MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
            let mut pairs = Vec::new();
            while let Some((Borrowed(name), value)) = map.next_entry()? {
                pairs.push((name, value));
            }
            Ok(pairs)
        }
    }
    deserializer.deserialize_map(Entries(std::marker::PhantomData))
}

/// A text that is borrowed where it stands without escapes.
#[derive(Deserialize)]
struct Borrowed<'a>(#[serde(borrow)] Text<'a>);
