//! The seam to the models.

use bystander_core::input::ModelInput;
use bystander_core::record::Position;
use std::time::Duration;

/// One model version, ready to score; each shard has its own.
pub trait Scorer: Send {
    /// Appends one score per row of `input`, in order. A score may be NaN or infinite; the shard checks.
    ///
    /// The score of a row must not depend on the other rows, their order or their number.
    ///
    /// # Errors
    /// When the batch can't be scored; the shard then tries its rows one by one.
    fn score(&mut self, input: &ModelInput, scores: &mut Vec<f64>) -> Result<(), ScoreError>;

    /// Sets how long a call of [`score`](Self::score) may take before it ends with an error that says so.
    fn limit(&mut self, _deadline: Duration) {}

    /// Tells which record the rows of the next call begin with: this is what can be told of a call that never ends.
    fn about(&mut self, _topic: &str, _first: Position) {}
}

/// Why a batch can't be scored.
#[derive(Debug, thiserror::Error)]
#[error("model {model} can't score {rows} rows: {reason}")]
pub struct ScoreError {
    /// The model, as `name/version`.
    pub model: String,
    /// Rows in the batch.
    pub rows: usize,
    /// What the runtime said.
    pub reason: String,
    /// Whether it was ended for taking too long.
    pub timed_out: bool,
}
