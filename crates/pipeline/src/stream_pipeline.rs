//! A stream's pipeline through a shard: its batch and its models.

use crate::scorer::{ScoreError, Scorer};
use crate::shard::ShardError;
use bystander_core::batch::Batch;
use bystander_core::model::ModelIdentity;
use bystander_core::rejection::Code;
use bystander_core::scored::ScoredModel;
use bystander_core::stream::{Decoder, Stream};
use std::sync::Arc;
use std::time::Duration;

/// Bytes of events that a batch holds at most, beside its last one: memory stays flat when events are large.
const MOST_BYTES: usize = 4 << 20;

/// A model ready to score for one shard.
pub(crate) struct PipelineModel {
    /// Which.
    pub(crate) identity: Arc<ModelIdentity>,
    /// Its session.
    pub(crate) scorer: Box<dyn Scorer>,
    refused: u64,
}

impl PipelineModel {
    /// A model with its session.
    pub(crate) fn new(identity: Arc<ModelIdentity>, scorer: Box<dyn Scorer>) -> Self {
        Self { identity, scorer, refused: 0 }
    }

    /// Counts a call that was ended at its deadline.
    fn count_late(
        &self,
        error: Option<&ScoreError>,
        (late_calls, most): &mut (&mut u32, u32),
    ) -> Result<(), ShardError> {
        **late_calls += u32::from(error.is_some_and(|error| error.timed_out));
        if **late_calls > *most {
            return Err(ShardError::Hangs { model: self.identity.to_string(), late_calls: **late_calls });
        }
        Ok(())
    }
}

/// One stream inside one shard.
pub(crate) struct StreamPipeline {
    pub(crate) stream: Arc<Stream>,
    pub(crate) batch: Batch,
    pub(crate) decoder: Decoder,
    pub(crate) models: Vec<PipelineModel>,
    pub(crate) results: Vec<ScoredModel>,
    pub(crate) failures: Vec<Option<(usize, Code)>>,
    /// When the first row of the batch came in.
    pub(crate) since: Option<Duration>,
}

impl StreamPipeline {
    /// A pipeline for `stream` with its models in the stream's order.
    pub(crate) fn new(stream: Arc<Stream>, models: Vec<PipelineModel>) -> Self {
        let results = models.iter().map(|_| ScoredModel::default()).collect();
        let batch = stream.new_batch();
        Self {
            stream,
            batch,
            decoder: Decoder::default(),
            models,
            results,
            failures: Vec::new(),
            since: None,
        }
    }

    /// Scores the batch with every model. A row that any model can't decide is noted in `failures` and has
    /// no decision by any of them: a record is compared by all its models or becomes one dead letter.
    ///
    /// # Errors
    /// When more calls than are allowed were ended at their deadline; `late` is how many were, and how many may be.
    pub(crate) fn score(
        &mut self,
        mut elapsed: impl FnMut() -> Duration,
        mut late: (&mut u32, u32),
    ) -> Result<(), ShardError> {
        let rows = self.batch.len();
        self.failures.clear();
        self.failures.resize(rows, None);
        for (index, model) in self.models.iter_mut().enumerate() {
            let result = &mut self.results[index];
            result.scores.clear();
            let start = elapsed();
            let of = (&*self.stream.topic, &self.batch);
            score_all(model, of, index, &mut result.scores, &mut self.failures, &mut late)?;
            result.inference = elapsed().saturating_sub(start);
            result.decisions.clear();
            for row in 0..rows {
                let decision = match self.failures[row] {
                    Some(_) => None,
                    None => match self.stream.decide(&self.batch, row, index, result.scores[row]) {
                        Ok(decision) => Some(decision),
                        Err(code) => {
                            self.failures[row] = Some((index, code));
                            None
                        }
                    },
                };
                result.decisions.push(decision);
            }
        }
        for result in &mut self.results {
            for (decision, failure) in result.decisions.iter_mut().zip(&self.failures) {
                *decision = decision.filter(|_| failure.is_none());
            }
        }
        Ok(())
    }

    /// Sets the deadline of its models' calls.
    pub(crate) fn limit(&mut self, deadline: Duration) {
        self.models.iter_mut().for_each(|model| model.scorer.limit(deadline));
    }

    /// Whether the batch must be scored before another row comes in.
    pub(crate) fn is_full(&self, rows: usize) -> bool {
        self.batch.len() >= rows || self.batch.held_bytes() >= MOST_BYTES
    }

    pub(crate) fn clear(&mut self) {
        self.batch.clear();
        self.since = None;
    }
}

/// Scores a batch whole, or, where the model refuses it or takes too long, row by row to find the culprits.
fn score_all(
    model: &mut PipelineModel,
    (topic, batch): (&str, &Batch),
    index: usize,
    scores: &mut Vec<f64>,
    failures: &mut [Option<(usize, Code)>],
    late: &mut (&mut u32, u32),
) -> Result<(), ShardError> {
    let (input, rows) = (batch.input(index), batch.rows());
    model.scorer.about(topic, rows[0].position);
    let whole = model.scorer.score(input, scores);
    if whole.is_ok() && scores.len() == rows.len() {
        return Ok(());
    }
    model.refused += 1;
    // A model that refuses everything must not flood the log.
    if model.refused.is_power_of_two() {
        let (model, refused, error, rows) =
            (&model.identity, model.refused, whole.as_ref().err(), rows.len());
        tracing::warn!(%model, refused, rows, ?error, "a batch was refused, its rows are scored one by one");
    }
    scores.clear();
    let mut first = Some(whole);
    for (row, failure) in failures.iter_mut().enumerate() {
        let scored = match first.take() {
            // A batch of one row has had its try.
            Some(whole) if rows.len() == 1 => whole,
            whole => {
                model.count_late(whole.and_then(Result::err).as_ref(), late)?;
                model.scorer.about(topic, rows[row].position);
                model.scorer.score(&input.slice(row..row + 1), scores)
            }
        };
        let timed_out = scored.as_ref().is_err_and(|error| error.timed_out);
        if scored.is_err() || scores.len() != row + 1 {
            let code = if timed_out { Code::InferenceTimeout } else { Code::InferenceFailed };
            *failure = failure.or(Some((index, code)));
            scores.resize(row + 1, f64::NAN);
        }
        model.count_late(scored.err().as_ref(), late)?;
    }
    Ok(())
}
