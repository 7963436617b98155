//! The comparison record: one event × one model, as it is written to the shadow topic.

mod canonical;
mod json;
mod record;
mod values;

pub use record::{
    ComparisonRecord, FeatureValue, GuardrailRecord, ModelRecord, NotAComparison, SourceRecord, Text,
    VerdictRecord,
};

use crate::batch::Batch;
use crate::decision::Decision;
use crate::model::ModelIdentity;
use crate::stream::Stream;
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
    /// Its place among the stream's models.
    pub model_index: usize,
    /// How many logs the input partition was read from before its present one; nearly always 0.
    pub generation: usize,
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
    /// ids of their own. Offsets that a recreated topic counts from 0 once more get ids of their own by the number of
    /// logs before it, `/1` at the end.
    pub fn write_id(&self, out: &mut String) {
        let position = self.position();
        let sha = self.model.sha256.get(..SHORT_SHA).unwrap_or(&self.model.sha256);
        let (topic, run) = (&self.stream.topic, &self.labels.run_id);
        // Writing into a String can't fail.
        let _ = write!(out, "{topic}/{}/{}/{}/{sha}/{run}", position.partition, position.offset, self.model);
        if self.generation > 0 {
            let _ = write!(out, "/{}", self.generation);
        }
    }
}
