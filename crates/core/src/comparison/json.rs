//! The comparison as JSON: the form it has in the shadow topic.

use super::Comparison;
use crate::decision::{GuardrailStep, Verdict};
use crate::features::FeatureValue;
use crate::model::ModelIdentity;
use crate::time::Rfc3339;
use serde::ser::{Serialize, SerializeMap, Serializer};

impl Comparison<'_> {
    /// Appends the record as JSON. `id` is what [`write_id`](Self::write_id) wrote.
    ///
    /// # Errors
    /// Never for what a stream decodes; the signature is serde's.
    pub fn write_json(&self, id: &str, out: &mut Vec<u8>) -> Result<(), serde_json::Error> {
        serde_json::to_writer(out, &Record { id, comparison: self })
    }
}

struct Record<'a> {
    id: &'a str,
    comparison: &'a Comparison<'a>,
}

impl Serialize for Record<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let one = self.comparison;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("comparison_id", self.id)?;
        map.serialize_entry("mode", one.labels.mode.name())?;
        map.serialize_entry("run_id", &one.labels.run_id)?;
        map.serialize_entry("stream", &one.stream.name)?;
        map.serialize_entry("kind", one.stream.kind().name())?;
        map.serialize_entry("subject_id", one.subject())?;
        if let Some(item) = one.item() {
            map.serialize_entry("item_id", item)?;
        }
        if let Some(customer) = one.customer() {
            map.serialize_entry("customer_id", customer)?;
        }
        map.serialize_entry("occurred_at", &Rfc3339(one.occurred_at_ms()))?;
        map.serialize_entry("scored_at", &one.shown_scored_at_ms().map(Rfc3339))?;
        map.serialize_entry("model", &ModelObject(one.model))?;
        map.serialize_entry("score", &one.score)?;
        map.serialize_entry("would_be", &one.would_be())?;
        map.serialize_entry("live", &one.live())?;
        if let Some(score) = one.live_score() {
            map.serialize_entry("live_score", &score)?;
        }
        if let Some(chance) = one.live_propensity() {
            map.serialize_entry("live_propensity", &chance)?;
        }
        map.serialize_entry("agrees", &one.agrees())?;
        map.serialize_entry("delta_amount", &one.delta_amount())?;
        map.serialize_entry("amount", &one.amount())?;
        if let Some(cost) = one.cost_amount() {
            map.serialize_entry("cost_amount", &cost)?;
        }
        if let Some(quantity) = one.quantity() {
            map.serialize_entry("quantity", &quantity)?;
        }
        map.serialize_entry("currency", &one.currency())?;
        map.serialize_entry("guardrails", &Guardrails(one))?;
        map.serialize_entry("segments", &Segments(one))?;
        if one.features().is_some() {
            map.serialize_entry("features", &Features(one))?;
        }
        map.serialize_entry("source", &Source(one))?;
        map.end()
    }
}

impl Serialize for Verdict {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(1))?;
        match self {
            Self::Action(action) => map.serialize_entry("action", action.name())?,
            Self::Price(amount) => map.serialize_entry("price_amount", amount)?,
        }
        map.end()
    }
}

struct Guardrails<'a>(&'a Comparison<'a>);

impl Serialize for Guardrails<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.guardrails())
    }
}

impl Serialize for GuardrailStep {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(3))?;
        map.serialize_entry("rule", self.rule.name())?;
        map.serialize_entry("before", &self.before)?;
        map.serialize_entry("after", &self.after)?;
        map.end()
    }
}

struct ModelObject<'a>(&'a ModelIdentity);

impl Serialize for ModelObject<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(4))?;
        map.serialize_entry("name", &self.0.name)?;
        map.serialize_entry("version", &self.0.version)?;
        map.serialize_entry("sha256", &self.0.sha256)?;
        map.serialize_entry("alias", &self.0.alias)?;
        map.end()
    }
}

struct Segments<'a>(&'a Comparison<'a>);

impl Serialize for Segments<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.segments())
    }
}

struct Features<'a>(&'a Comparison<'a>);

impl Serialize for Features<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.features().into_iter().flatten())
    }
}

impl Serialize for FeatureValue<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Number(number) => serializer.serialize_f64(*number),
            Self::Category(text) => serializer.serialize_str(text),
            Self::Missing => serializer.serialize_unit(),
        }
    }
}

struct Source<'a>(&'a Comparison<'a>);

impl Serialize for Source<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let position = self.0.position();
        let mut map = serializer.serialize_map(Some(5))?;
        map.serialize_entry("cluster", &self.0.labels.cluster)?;
        map.serialize_entry("topic", &self.0.stream.topic)?;
        map.serialize_entry("partition", &position.partition)?;
        map.serialize_entry("offset", &position.offset)?;
        map.serialize_entry("timestamp", &self.0.timestamp_ms().map(Rfc3339))?;
        map.end()
    }
}
