//! The comparison record: one event × one model, as it is written to the shadow topic.

mod canonical;
mod record;

pub use record::{
    ComparisonRecord, FeatureValue, GuardrailRecord, ModelRecord, SourceRecord, Text, VerdictRecord,
};

use crate::batch::Batch;
use crate::decision::{Decision, GuardrailStep, GuardrailTrail, Verdict};
use crate::model::ModelIdentity;
use crate::stream::{Segment, Stream};
use crate::time::Rfc3339;
use serde::ser::{Serialize, SerializeMap, SerializeSeq, Serializer};
use std::fmt::Write as _;

/// What all comparisons of one run share.
#[derive(Debug, Clone)]
pub struct RunLabels {
    /// Whether it follows the live events or goes through history.
    pub mode: Mode,
    /// The job for `live`, the run's own id for `replay`.
    pub run_id: String,
    /// Name of the live cluster.
    pub cluster: String,
}

/// What a run does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Follows the live events.
    Live,
    /// Goes through a range of history. Its comparisons are a function of the events and the models alone,
    /// so they don't say when they were scored.
    Replay,
}

impl Mode {
    /// The word used in records.
    pub fn name(self) -> &'static str {
        match self {
            Self::Live => "live",
            Self::Replay => "replay",
        }
    }
}

/// Everything that one comparison says.
#[derive(Debug, Clone, Copy)]
pub struct Comparison<'a> {
    /// The run.
    pub labels: &'a RunLabels,
    /// The stream.
    pub stream: &'a Stream,
    /// The batch that holds the event.
    pub batch: &'a Batch,
    /// The event's row there.
    pub row: usize,
    /// The model.
    pub model: &'a ModelIdentity,
    /// The model's score.
    pub score: f64,
    /// Both decisions.
    pub decision: &'a Decision,
    /// Wall clock, epoch milliseconds; shown by live runs only.
    pub scored_at_ms: i64,
}

/// Hex digits of a model's sha256 that a comparison id carries.
const SHORT_SHA: usize = 12;

impl Comparison<'_> {
    /// Writes the id: `topic/partition/offset/model/version/sha/run`. The same event, model version and run
    /// give the same id, so a duplicate can always be told; versions that differ in their contract alone have
    /// ids of their own.
    pub fn write_id(&self, out: &mut String) {
        let position = self.batch.rows()[self.row].position;
        let sha = self.model.sha256.get(..SHORT_SHA).unwrap_or(&self.model.sha256);
        let (topic, run) = (&self.stream.topic, &self.labels.run_id);
        // Writing into a String can't fail.
        let _ = write!(out, "{topic}/{}/{}/{}/{sha}/{run}", position.partition, position.offset, self.model);
    }

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
        let Comparison { labels, stream, batch, row: index, model, score, decision, scored_at_ms } =
            *self.comparison;
        let row = &batch.rows()[index];
        let money = row.facts.money();
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("comparison_id", self.id)?;
        map.serialize_entry("mode", labels.mode.name())?;
        map.serialize_entry("run_id", &labels.run_id)?;
        map.serialize_entry("stream", &stream.name)?;
        map.serialize_entry("kind", stream.kind().name())?;
        map.serialize_entry("subject_id", batch.text(row.subject))?;
        if let Some(item) = row.item {
            map.serialize_entry("item_id", batch.text(item))?;
        }
        map.serialize_entry("occurred_at", &Rfc3339(row.occurred_at_ms))?;
        let scored_at = (labels.mode == Mode::Live).then_some(Rfc3339(scored_at_ms));
        map.serialize_entry("scored_at", &scored_at)?;
        map.serialize_entry("model", &ModelObject(model))?;
        map.serialize_entry("score", &score)?;
        map.serialize_entry("would_be", &decision.would_be)?;
        map.serialize_entry("live", &decision.live)?;
        map.serialize_entry("agrees", &decision.agrees)?;
        map.serialize_entry("delta_amount", &decision.delta_amount)?;
        map.serialize_entry("amount", &money.map(|(amount, _)| amount))?;
        map.serialize_entry("currency", &money.as_ref().map(|(_, currency)| currency.code()))?;
        map.serialize_entry("guardrails", &decision.trail)?;
        map.serialize_entry("segments", &Segments { stream: &stream.segments, batch, row: index })?;
        map.serialize_entry("source", &SourceObject(self.comparison))?;
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

impl Serialize for GuardrailTrail {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut steps = serializer.serialize_seq(None)?;
        self.steps().try_for_each(|step| steps.serialize_element(&step))?;
        steps.end()
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

struct Segments<'a> {
    stream: &'a [Segment],
    batch: &'a Batch,
    row: usize,
}

impl Serialize for Segments<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        for (segment, value) in self.stream.iter().zip(self.batch.row_segments(self.row)) {
            if let Some(value) = value {
                map.serialize_entry(&segment.name, self.batch.text(*value))?;
            }
        }
        map.end()
    }
}

struct SourceObject<'a>(&'a Comparison<'a>);

impl Serialize for SourceObject<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let row = &self.0.batch.rows()[self.0.row];
        let mut map = serializer.serialize_map(Some(5))?;
        map.serialize_entry("cluster", &self.0.labels.cluster)?;
        map.serialize_entry("topic", &self.0.stream.topic)?;
        map.serialize_entry("partition", &row.position.partition)?;
        map.serialize_entry("offset", &row.position.offset)?;
        map.serialize_entry("timestamp", &row.timestamp_ms.map(Rfc3339))?;
        map.end()
    }
}
