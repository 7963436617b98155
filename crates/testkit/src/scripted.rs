//! A scorer, an observer and a clock that do as they are told.

use bystander_core::input::ModelInput;
use bystander_core::record::StreamId;
use bystander_core::rejection::{Code, SkipReason, Stage};
use bystander_core::scored::ScoredBatch;
use bystander_pipeline::{
    Clock, ModelGeneration, Observer, OpenError, ScoreError, Scorer, ScorerOpener, TransactionEnd,
};
use std::cell::Cell;
use std::sync::Arc;
use std::time::Duration;

/// Scores a float32 matrix row by row with a function; a row for which it gives `None` can't be scored.
pub struct ScriptedScorer<F>(pub F);

impl<F: FnMut(&[f32]) -> Option<f64> + Send> Scorer for ScriptedScorer<F> {
    fn score(&mut self, input: &ModelInput, scores: &mut Vec<f64>) -> Result<(), ScoreError> {
        let refused = |reason: &str| ScoreError {
            model: "scripted/1".into(),
            rows: input.rows(),
            reason: reason.into(),
            timed_out: false,
        };
        let matrix = input.matrix_f32().ok_or_else(|| refused("only float32 matrices are scripted"))?;
        for row in matrix.rows() {
            let row = row.as_slice().ok_or_else(|| refused("rows are not contiguous"))?;
            scores.push((self.0)(row).ok_or_else(|| refused("a row was refused on order"))?);
        }
        Ok(())
    }
}

/// Opens scorers that a function makes; where it gives `None`, opening fails.
pub fn opener(make: impl Fn() -> Option<Box<dyn Scorer>> + Send + Sync + 'static) -> Arc<dyn ScorerOpener> {
    Arc::new(ScriptedOpener(make))
}

struct ScriptedOpener<F>(F);

impl<F: Fn() -> Option<Box<dyn Scorer>> + Send + Sync> ScorerOpener for ScriptedOpener<F> {
    fn open(&self) -> Result<Box<dyn Scorer>, OpenError> {
        (self.0)().ok_or_else(|| OpenError {
            model: "scripted/1".into(),
            reason: "session",
            what: "opening failed on order".into(),
            fix: "try again".into(),
        })
    }
}

/// Counts what it is told.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct CountingObserver {
    /// Numbers of the generations that it scored with, in order.
    pub generations: Vec<u64>,
    /// Batches.
    pub batches: usize,
    /// Rows with a decision of every model.
    pub compared: usize,
    /// Dead letters in order.
    pub dead_letters: Vec<(Stage, Code)>,
    /// Skips in order.
    pub skips: Vec<SkipReason>,
    /// Transactions in order.
    pub transactions: Vec<TransactionEnd>,
    /// Lost offsets.
    pub gap_offsets: u64,
}

impl Observer for CountingObserver {
    fn adopted(&mut self, generation: &ModelGeneration) {
        self.generations.push(generation.number());
    }

    fn scored(&mut self, batch: &ScoredBatch<'_>) {
        self.batches += 1;
        let decided = |row: usize| batch.models.iter().all(|model| model.decisions[row].is_some());
        self.compared += (0..batch.occurred_at_ms.len()).filter(|&row| decided(row)).count();
    }

    fn dead_lettered(&mut self, _stream: StreamId, stage: Stage, code: Code) {
        self.dead_letters.push((stage, code));
    }

    fn skipped(&mut self, _stream: StreamId, reason: SkipReason) {
        self.skips.push(reason);
    }

    fn transaction(&mut self, end: TransactionEnd, _took: Duration) {
        self.transactions.push(end);
    }

    fn gap(&mut self, _stream: StreamId, offsets: u64) {
        self.gap_offsets += offsets;
    }
}

/// A clock that moves by a fixed step each time its elapsed time is read.
#[derive(Debug)]
pub struct SteppingClock {
    step: Duration,
    elapsed: Cell<Duration>,
}

impl SteppingClock {
    /// A clock at zero.
    pub fn new(step: Duration) -> Self {
        Self { step, elapsed: Cell::new(Duration::ZERO) }
    }
}

impl Clock for SteppingClock {
    fn now_ms(&self) -> i64 {
        1_767_225_600_000
    }

    fn elapsed(&self) -> Duration {
        self.elapsed.set(self.elapsed.get() + self.step);
        self.elapsed.get()
    }
}
