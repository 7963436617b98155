//! A batch after scoring, as observers see it.

use crate::decision::Decision;
use crate::input::ModelInput;
use crate::kind::Kind;
use crate::money::Currency;
use crate::record::StreamId;
use std::time::Duration;

/// The rows of one batch with every model's decisions.
#[derive(Debug, Clone, Copy)]
pub struct ScoredBatch<'a> {
    /// The stream.
    pub stream: StreamId,
    /// Its kind.
    pub kind: Kind,
    /// Wall clock when the batch was scored, epoch milliseconds.
    pub scored_at_ms: i64,
    /// When each event occurred, epoch milliseconds; one per row.
    pub occurred_at_ms: &'a [i64],
    /// Amount in minor units and currency of each event, where it has one; one per row.
    pub money: &'a [Option<(i64, Currency)>],
    /// What each model was fed, in the stream's order.
    pub inputs: &'a [ModelInput],
    /// One per model, in the stream's order.
    pub models: &'a [ScoredModel],
}

/// One model's results; `None` rows became dead letters at the score stage.
#[derive(Debug, Clone, Default)]
pub struct ScoredModel {
    /// Time inside the model.
    pub inference: Duration,
    /// One score per row, as the model gave it.
    pub scores: Vec<f64>,
    /// One decision per row.
    pub decisions: Vec<Option<Decision>>,
}
