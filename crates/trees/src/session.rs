//! Sessions: of the trees, and of the engine that they were taken from.

use crate::program::{Memory, Program};
use bystander_core::input::ModelInput;
use bystander_core::record::Position;
use bystander_models::{EngineChoice, Session, Unscored};
use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

/// What scores a model's rows, in the number type of its ensemble.
#[derive(Debug, Clone)]
pub(crate) enum Scoring {
    F32(Arc<Program<f32>>),
    F64(Arc<Program<f64>>),
}

/// A session of the trees.
pub(crate) struct TreeSession {
    scoring: Scoring,
    memory: (Memory<f32>, Memory<f64>),
    choice: EngineChoice,
}

impl TreeSession {
    pub(crate) fn new(scoring: Scoring, choice: EngineChoice) -> Self {
        Self { scoring, memory: Default::default(), choice }
    }
}

impl Session for TreeSession {
    fn score(
        &mut self,
        input: &ModelInput,
        rows: Range<usize>,
        scores: &mut Vec<f64>,
    ) -> Result<(), Unscored> {
        let (narrow, wide) = &mut self.memory;
        match (&self.scoring, input) {
            (Scoring::F32(program), ModelInput::MatrixF32 { data, width }) => {
                program.score(part(data, *width, rows)?, *width, |value| value, narrow, scores);
            }
            (Scoring::F32(program), ModelInput::MatrixF64 { data, width }) => {
                program.score(part(data, *width, rows)?, *width, |value| value as f32, narrow, scores);
            }
            (Scoring::F64(program), ModelInput::MatrixF64 { data, width }) => {
                program.score(part(data, *width, rows)?, *width, |value| value, wide, scores);
            }
            (Scoring::F64(program), ModelInput::MatrixF32 { data, width }) => {
                program.score(part(data, *width, rows)?, *width, f64::from, wide, scores);
            }
            _ => return Err("the input is not one matrix of floating-point numbers".into()),
        }
        Ok(())
    }

    /// A call can't hang: a row takes at most one step per level of each tree.
    fn limit(&mut self, _: Duration) {}

    fn about(&mut self, _: &str, _: Position) {}

    fn choice(&self) -> Option<&EngineChoice> {
        Some(&self.choice)
    }
}

fn part<G>(data: &[G], width: usize, rows: Range<usize>) -> Result<&[G], Unscored> {
    let part = data.get(rows.start * width..rows.end * width);
    part.filter(|_| width > 0).ok_or_else(|| "rows out of range".into())
}

/// A session of the other engine, with the reason why it is used.
pub(crate) struct KeptSession {
    session: Box<dyn Session>,
    choice: EngineChoice,
}

impl KeptSession {
    pub(crate) fn new(session: Box<dyn Session>, choice: EngineChoice) -> Self {
        Self { session, choice }
    }
}

impl Session for KeptSession {
    fn score(
        &mut self,
        input: &ModelInput,
        rows: Range<usize>,
        scores: &mut Vec<f64>,
    ) -> Result<(), Unscored> {
        self.session.score(input, rows, scores)
    }

    fn limit(&mut self, deadline: Duration) {
        self.session.limit(deadline);
    }

    fn about(&mut self, topic: &str, first: Position) {
        self.session.about(topic, first);
    }

    fn choice(&self) -> Option<&EngineChoice> {
        Some(&self.choice)
    }
}
