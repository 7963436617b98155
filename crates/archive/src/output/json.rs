//! A comparison as a line of JSON, to the byte as it stands in the shadow topic.

use bystander_core::comparison::{
    ComparisonRecord, GuardrailRecord, ModelRecord, SourceRecord, VerdictRecord,
};
use bystander_core::text::Text;
use bystander_core::time::Rfc3339;
use serde::ser::{Serialize, SerializeMap, Serializer};

/// The record to write.
pub(super) struct Line<'a>(pub(super) &'a ComparisonRecord<'a>);

impl Serialize for Line<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let one = self.0;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("comparison_id", &one.comparison_id)?;
        map.serialize_entry("mode", &one.mode)?;
        map.serialize_entry("run_id", &one.run_id)?;
        map.serialize_entry("stream", &one.stream)?;
        map.serialize_entry("kind", one.kind.name())?;
        map.serialize_entry("subject_id", &one.subject_id)?;
        bound(&mut map, "item_id", one.item_id.as_ref())?;
        bound(&mut map, "customer_id", one.customer_id.as_ref())?;
        map.serialize_entry("occurred_at", &Rfc3339(one.occurred_at_ms))?;
        map.serialize_entry("scored_at", &one.scored_at_ms.map(Rfc3339))?;
        map.serialize_entry("model", &Model(&one.model))?;
        map.serialize_entry("score", &one.score)?;
        map.serialize_entry("would_be", &Verdict(one.would_be))?;
        map.serialize_entry("live", &one.live.map(Verdict))?;
        bound(&mut map, "live_score", one.live_score.as_ref())?;
        bound(&mut map, "live_propensity", one.live_propensity.as_ref())?;
        map.serialize_entry("agrees", &one.agrees)?;
        map.serialize_entry("delta_amount", &one.delta_amount)?;
        map.serialize_entry("amount", &one.amount)?;
        bound(&mut map, "cost_amount", one.cost_amount.as_ref())?;
        bound(&mut map, "quantity", one.quantity.as_ref())?;
        map.serialize_entry("currency", &one.currency)?;
        map.serialize_entry("guardrails", &Steps(&one.guardrails))?;
        map.serialize_entry("segments", &Pairs(&one.segments))?;
        if !one.features.is_empty() {
            map.serialize_entry("features", &Pairs(&one.features))?;
        }
        map.serialize_entry("source", &Source(&one.source))?;
        map.end()
    }
}

/// Writes what only some bindings have; the others' records don't name it.
fn bound<M: SerializeMap>(map: &mut M, name: &str, value: Option<&impl Serialize>) -> Result<(), M::Error> {
    value.map_or(Ok(()), |value| map.serialize_entry(name, value))
}

struct Verdict(VerdictRecord);

impl Serialize for Verdict {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        bound(&mut map, "action", self.0.action.map(|action| action.name()).as_ref())?;
        bound(&mut map, "price_amount", self.0.price_amount.as_ref())?;
        map.end()
    }
}

struct Model<'a>(&'a ModelRecord<'a>);

impl Serialize for Model<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(4))?;
        map.serialize_entry("name", &self.0.name)?;
        map.serialize_entry("version", &self.0.version)?;
        map.serialize_entry("sha256", &self.0.sha256)?;
        map.serialize_entry("alias", &self.0.alias)?;
        map.end()
    }
}

struct Steps<'a>(&'a [GuardrailRecord<'a>]);

impl Serialize for Steps<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.iter().map(Step))
    }
}

struct Step<'a>(&'a GuardrailRecord<'a>);

impl Serialize for Step<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(3))?;
        map.serialize_entry("rule", &self.0.rule)?;
        map.serialize_entry("before", &self.0.before)?;
        map.serialize_entry("after", &self.0.after)?;
        map.end()
    }
}

struct Pairs<'a, V>(&'a [(Text<'a>, V)]);

impl<V: Serialize> Serialize for Pairs<'_, V> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, value)| (name, value)))
    }
}

struct Source<'a>(&'a SourceRecord<'a>);

impl Serialize for Source<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(5))?;
        map.serialize_entry("cluster", &self.0.cluster)?;
        map.serialize_entry("topic", &self.0.topic)?;
        map.serialize_entry("partition", &self.0.partition)?;
        map.serialize_entry("offset", &self.0.offset)?;
        map.serialize_entry("timestamp", &self.0.timestamp_ms.map(Rfc3339))?;
        map.end()
    }
}
