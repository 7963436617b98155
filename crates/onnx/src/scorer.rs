//! A `Scorer` that runs one session.

use crate::batching::Batching;
use crate::rows::{copy_rows, empty_like};
use crate::session::{BoundSession, Unscored};
use bystander_core::input::ModelInput;
use bystander_core::record::Position;
use bystander_pipeline::{ScoreError, Scorer};
use std::ops::Range;
use std::time::Duration;

/// Largest number of rows in one call of the runtime, whose arenas grow to the worst shape and stay there.
pub(crate) const MAX_ROWS: usize = 256;

/// One session of one model version; each shard has its own.
pub struct OnnxScorer {
    model: String,
    session: BoundSession,
    batching: Batching,
    padded: Option<ModelInput>,
}

impl OnnxScorer {
    pub(crate) fn new(model: String, session: BoundSession, batching: Batching) -> Self {
        session.run().name(&model);
        Self { model, session, batching, padded: None }
    }

    pub(crate) fn set_batching(&mut self, batching: Batching) {
        self.batching = batching;
    }

    fn score_all(&mut self, input: &ModelInput, scores: &mut Vec<f64>) -> Result<(), Unscored> {
        let (rows, step) = (input.rows(), self.batching.rows_per_call());
        for start in (0..rows).step_by(step) {
            let part = start..rows.min(start + step);
            match self.batching {
                Batching::Fixed(size) if part.len() < size => self.score_padded(input, part, size, scores)?,
                _ => self.session.score(input, part, scores)?,
            }
        }
        Ok(())
    }

    /// Scores a part as a full batch: its last row is repeated, and the repeats' scores dropped.
    fn score_padded(
        &mut self,
        input: &ModelInput,
        part: Range<usize>,
        size: usize,
        scores: &mut Vec<f64>,
    ) -> Result<(), Unscored> {
        let padded = self.padded.get_or_insert_with(|| empty_like(input));
        let last = part.end.saturating_sub(1);
        copy_rows(input, part.clone().chain(std::iter::repeat_n(last, size - part.len())), padded);
        let kept = scores.len() + part.len();
        self.session.score(padded, 0..size, scores)?;
        scores.truncate(kept);
        Ok(())
    }
}

impl Scorer for OnnxScorer {
    fn score(&mut self, input: &ModelInput, scores: &mut Vec<f64>) -> Result<(), ScoreError> {
        let before = scores.len();
        self.score_all(input, scores).map_err(|unscored| {
            scores.truncate(before);
            let (reason, timed_out) = match unscored {
                Unscored::Refused(reason) => (reason, false),
                Unscored::Late(deadline) => (format!("it took longer than {deadline:?} and was ended"), true),
            };
            ScoreError { model: self.model.clone(), rows: input.rows(), reason, timed_out }
        })
    }

    fn limit(&mut self, deadline: Duration) {
        self.session.run().limit(deadline);
    }

    fn about(&mut self, topic: &str, first: Position) {
        self.session.run().about(topic, first);
    }
}
