//! The seam to metrics: told once a batch, never once a field.

use crate::generation::ModelGeneration;
use bystander_core::dead_letter::DeadLetter;
use bystander_core::record::StreamId;
use bystander_core::rejection::{Code, SkipReason, Stage};
use bystander_core::scored::ScoredBatch;
use std::time::Duration;

/// What happened in a shard, as it happens. All methods must be quick: they run on the hot path.
pub trait Observer: Send {
    /// From now on batches are scored by the models of this generation, in its order; told at the shard's start, too. What was
    /// told before is of the generation before. Nothing is in hand then, so this may allocate.
    fn adopted(&mut self, generation: &ModelGeneration);
    /// The shard stood still for that long to adopt a newer generation; told after [`adopted`](Self::adopted), and not at the start.
    fn exchanged(&mut self, _took: Duration) {}
    /// A batch was scored and sent; it becomes visible with the next commit.
    fn scored(&mut self, batch: &ScoredBatch<'_>);
    /// A record became a dead letter.
    fn dead_lettered(&mut self, stream: StreamId, stage: Stage, code: Code);
    /// The same with all that is known of it, for those who tell people where to look.
    fn dead_letter(&mut self, _letter: &DeadLetter<'_>) {}
    /// A record was left aside.
    fn skipped(&mut self, stream: StreamId, reason: SkipReason);
    /// A transaction ended.
    fn transaction(&mut self, end: TransactionEnd, took: Duration);
    /// There was nothing to do: told at most a few times a second, so that idle can be told from stuck.
    fn idle(&mut self) {}
    /// Retention removed offsets before they were read.
    fn gap(&mut self, stream: StreamId, offsets: u64);
}

/// How a transaction ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TransactionEnd {
    /// Visible.
    Committed,
    /// Thrown away on purpose.
    Aborted,
    /// Not known, or failed.
    Failed,
}

impl TransactionEnd {
    /// The word used in metrics.
    pub fn name(self) -> &'static str {
        match self {
            Self::Committed => "committed",
            Self::Aborted => "aborted",
            Self::Failed => "failed",
        }
    }
}
