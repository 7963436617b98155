//! What a comparison says: its fields, their order, types and units, and which may be missing.
//!
//! This is their only definition. The shard's [`Comparison`](super::Comparison) gives such a record of what it holds, and
//! whoever reads a comparison gets one; JSON, canonical bytes and the columns of tables are written from it. JSON has the
//! fields in the order they have here.

use super::decision::DecisionRecord;
use super::lists::{Features, GuardrailHits, Segments};
use crate::kind::Kind;
use crate::text::Text;
use crate::time::written::{instant, optional_instant};
use serde::{Deserialize, Serialize};

/// One event × one model. Amounts are minor units of `currency`, times epoch milliseconds.
///
/// Unknown fields are ignored: a later version may add some. What no event of a stream can have, because its config
/// doesn't bind it, isn't named in JSON; everything else that is missing is null there.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ComparisonRecord<'a> {
    /// The text of a [`ComparisonId`](super::ComparisonId).
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
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub item_id: Option<Text<'a>>,
    /// Who it is for: what reports resample by, possibly pseudonymised.
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub customer_id: Option<Text<'a>>,
    /// When it happened.
    #[serde(rename = "occurred_at", with = "instant")]
    pub occurred_at_ms: i64,
    /// When it was scored; a replay doesn't say.
    #[serde(rename = "scored_at", default, with = "optional_instant")]
    pub scored_at_ms: Option<i64>,
    /// The model.
    #[serde(borrow)]
    pub model: ModelRecord<'a>,
    /// The model's score.
    pub score: f64,
    /// What the model would have decided.
    pub would_be: DecisionRecord,
    /// What the checkout decided, if the event says so.
    pub live: Option<DecisionRecord>,
    /// Orders: the score that the live system logged, if it is bound.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub live_score: Option<f64>,
    /// Prices: the chance with which live served a price within the tolerance of the one it served, if it is bound.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub live_propensity: Option<f64>,
    /// Whether both agree; `None` without a live decision.
    pub agrees: Option<bool>,
    /// Orders: amount taken at once, would-be minus live. Prices: would-be minus live price.
    pub delta_amount: Option<i64>,
    /// The order's total, or the quote's price.
    pub amount: Option<i64>,
    /// Prices: what the item costs the shop, if it is bound.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cost_amount: Option<i64>,
    /// Prices: how many were asked for, if it is bound.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quantity: Option<f64>,
    /// ISO 4217.
    #[serde(borrow)]
    pub currency: Option<Text<'a>>,
    /// Which guardrails moved the price, in order; a `price_point` whose price stays the same was missed because of the others.
    #[serde(borrow, default)]
    pub guardrails: GuardrailHits<'a>,
    /// Named values that reports are sliced by, in the stream's order.
    #[serde(borrow, default)]
    pub segments: Segments<'a>,
    /// What the model was fed, by feature, where the stream's config asks for it.
    #[serde(borrow, default, skip_serializing_if = "Features::is_empty")]
    pub features: Features<'a>,
    /// Where the event came from.
    #[serde(borrow)]
    pub source: SourceRecord<'a>,
}

/// The model of a comparison.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
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

/// Where an event came from.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
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
    #[serde(rename = "timestamp", default, with = "optional_instant")]
    pub timestamp_ms: Option<i64>,
}

impl<'a> ComparisonRecord<'a> {
    /// A record of that kind that says nothing else yet, for readers that fill in one field after the other.
    pub fn empty(kind: Kind) -> Self {
        Self {
            comparison_id: Text::default(),
            mode: Text::default(),
            run_id: Text::default(),
            stream: Text::default(),
            kind,
            subject_id: Text::default(),
            item_id: None,
            customer_id: None,
            occurred_at_ms: 0,
            scored_at_ms: None,
            model: ModelRecord::default(),
            score: 0.0,
            would_be: DecisionRecord::default(),
            live: None,
            live_score: None,
            live_propensity: None,
            agrees: None,
            delta_amount: None,
            amount: None,
            cost_amount: None,
            quantity: None,
            currency: None,
            guardrails: GuardrailHits::default(),
            segments: Segments::default(),
            features: Features::default(),
            source: SourceRecord::default(),
        }
    }

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

    /// Appends the record as JSON.
    ///
    /// # Errors
    /// Never for what a stream decodes; the signature is serde's.
    pub fn write_json(&self, out: &mut Vec<u8>) -> Result<(), serde_json::Error> {
        serde_json::to_writer(out, self)
    }
}

/// Why bytes aren't a comparison.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct NotAComparison(String);
