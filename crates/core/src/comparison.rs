//! The comparison record: one event × one model, as it is written to the shadow topic.

mod canonical;
mod decision;
mod id;
mod lists;
mod record;

pub use decision::DecisionRecord;
pub use id::ComparisonId;
pub use lists::{Features, GuardrailHits, GuardrailRecord, Segments};
pub use record::{ComparisonRecord, ModelRecord, NotAComparison, SourceRecord};

use crate::batch::Batch;
use crate::decision::Decision;
use crate::model::ModelIdentity;
use crate::run::{Mode, RunLabels};
use crate::stream::Stream;
use std::borrow::Cow;

/// A comparison as the shard holds it, parts of it shared with others of the batch.
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

impl<'a> Comparison<'a> {
    /// What names it among all comparisons.
    pub fn id(&self) -> ComparisonId<'a> {
        let position = self.batch.rows()[self.row].position;
        ComparisonId {
            topic: &self.stream.topic,
            partition: position.partition,
            offset: position.offset,
            model: &self.model.name,
            version: self.model.version,
            sha256: &self.model.sha256,
            run_id: &self.labels.run_id,
            generation: self.generation,
        }
    }

    /// What it says; `id` is the text of [`id`](Self::id). Allocates nothing.
    pub fn record<'r>(&'r self, id: &'r str) -> ComparisonRecord<'r> {
        let (event, facts) = (&self.batch.rows()[self.row], self.batch.facts(self.row));
        let text = |span| Cow::Borrowed(self.batch.text(span));
        ComparisonRecord {
            comparison_id: Cow::Borrowed(id),
            mode: Cow::Borrowed(self.labels.mode.name()),
            run_id: Cow::Borrowed(&self.labels.run_id),
            stream: Cow::Borrowed(&self.stream.name),
            kind: self.stream.kind(),
            subject_id: text(event.subject),
            item_id: event.item.map(text),
            customer_id: event.customer.map(text),
            occurred_at_ms: event.occurred_at_ms,
            scored_at_ms: (self.labels.mode == Mode::Live).then_some(self.scored_at_ms),
            model: ModelRecord {
                name: Cow::Borrowed(&self.model.name),
                version: self.model.version,
                sha256: Cow::Borrowed(&self.model.sha256),
                alias: self.model.alias.as_deref().map(Cow::Borrowed),
            },
            score: self.score,
            would_be: self.decision.would_be.into(),
            live: self.decision.live.map(DecisionRecord::from),
            live_score: facts.live_score(),
            live_propensity: facts.live_propensity(),
            agrees: self.decision.agrees,
            delta_amount: self.decision.delta_amount,
            amount: facts.money().map(|(amount, _)| amount),
            cost_amount: facts.cost(),
            quantity: facts.quantity(),
            currency: facts.currency_code().map(Cow::Borrowed),
            guardrails: GuardrailHits::of(self),
            segments: Segments::of(self),
            features: Features::of(self),
            source: SourceRecord {
                cluster: Cow::Borrowed(&self.labels.cluster),
                topic: Cow::Borrowed(&self.stream.topic),
                partition: event.position.partition,
                offset: event.position.offset,
                timestamp_ms: event.timestamp_ms,
            },
        }
    }
}
