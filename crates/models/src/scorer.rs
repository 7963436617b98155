//! A `Scorer` that calls one session of an engine.

use crate::batching::Batching;
use crate::engine::{Session, Unscored};
use crate::rows::{copy_rows, empty_like};
use bystander_core::input::ModelInput;
use bystander_core::record::Position;
use bystander_pipeline::{ScoreError, Scorer};
use std::ops::Range;
use std::time::Duration;

/// Largest number of rows in one call of an engine: memory that it takes for the worst shape often stays.
pub(crate) const MAX_ROWS: usize = 256;

/// Puts rows together as the load gate found it right for the model, and gives them to its session; each shard has its own.
pub struct BatchedScorer {
    model: String,
    session: Box<dyn Session>,
    batching: Batching,
    padded: Option<ModelInput>,
}

impl BatchedScorer {
    pub(crate) fn new(model: String, session: Box<dyn Session>, batching: Batching) -> Self {
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

impl Scorer for BatchedScorer {
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
        self.session.limit(deadline);
    }

    fn about(&mut self, topic: &str, first: Position) {
        self.session.about(topic, first);
    }
}
