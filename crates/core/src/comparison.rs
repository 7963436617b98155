//! The comparison record: one event × one model, as it is written to the shadow topic.

mod canonical;
mod json;
mod record;
mod values;

pub use record::{
    ComparisonRecord, GuardrailRecord, ModelRecord, NotAComparison, SourceRecord, VerdictRecord,
};

use crate::batch::Batch;
use crate::decision::Decision;
use crate::model::ModelIdentity;
use crate::run::RunLabels;
use crate::stream::Stream;
use std::fmt::Write as _;

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
