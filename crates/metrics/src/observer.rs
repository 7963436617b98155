//! The catalogue as a shard sees it.

use crate::catalogue::Ended;
use crate::meters::StreamMeters;
use crate::registry::{Families, StreamLabels};
use crate::scoring::ScoringModels;
use bystander_core::record::StreamId;
use bystander_core::rejection::{Code, SkipReason, Stage};
use bystander_core::scored::ScoredBatch;
use bystander_pipeline::{ModelGeneration, Observer, TransactionEnd};
use prometheus::local::{LocalHistogram, LocalIntCounter};
use std::sync::Arc;
use std::time::Duration;

/// How a transaction can end, in the order of its declaration.
pub(crate) const ENDS: [TransactionEnd; 3] =
    [TransactionEnd::Committed, TransactionEnd::Aborted, TransactionEnd::Failed];

/// Counts for one shard. It is flushed with every scored batch and at the end of every transaction, so a
/// scrape is never further behind than that.
pub struct ShardObserver {
    families: Families,
    models: Arc<ScoringModels>,
    streams: Vec<StreamMeters>,
    transactions: [LocalIntCounter; ENDS.len()],
    commits: LocalHistogram,
    exchanges: LocalHistogram,
}

impl ShardObserver {
    /// An observer of a shard that begins with the newest models.
    pub(crate) fn new(families: &Families, models: &Arc<ScoringModels>) -> Self {
        let mut observer = Self {
            families: families.clone(),
            models: Arc::clone(models),
            streams: Vec::new(),
            transactions: ENDS.map(|end| families.transactions.with(&Ended { result: end.name() }).local()),
            commits: families.commits.with(&()).local(),
            exchanges: families.exchanges.with(&()).local(),
        };
        observer.resolve(0, &models.streams());
        observer
    }

    /// Finds the meters of these streams and their models.
    fn resolve(&mut self, generation: u64, streams: &[StreamLabels]) {
        let windows = self.models.adopt(generation, streams);
        let meters =
            |(stream, drift): (&StreamLabels, Vec<_>)| StreamMeters::new(&self.families, stream, &drift);
        self.streams = streams.iter().zip(windows).map(meters).collect();
    }

    /// The stream's meters; a stream that the catalogue doesn't know is a mistake in the wiring.
    fn stream(&mut self, stream: StreamId) -> Option<&mut StreamMeters> {
        debug_assert!(stream.0 < self.streams.len(), "the catalogue was made for other streams");
        self.streams.get_mut(stream.0)
    }

    fn flush(&self) {
        self.streams.iter().for_each(StreamMeters::flush);
        self.transactions.iter().for_each(LocalIntCounter::flush);
        self.commits.flush();
        self.exchanges.flush();
    }
}

impl Observer for ShardObserver {
    fn adopted(&mut self, generation: &ModelGeneration) {
        // What was counted belongs to the models before.
        self.flush();
        let streams: Vec<_> = generation.streams().iter().map(StreamLabels::of).collect();
        self.resolve(generation.number(), &streams);
    }

    fn exchanged(&mut self, took: Duration) {
        self.exchanges.observe(took.as_secs_f64());
    }

    fn scored(&mut self, batch: &ScoredBatch<'_>) {
        if let Some(stream) = self.stream(batch.stream) {
            stream.scored(batch);
            stream.flush();
        }
    }

    fn dead_lettered(&mut self, stream: StreamId, stage: Stage, code: Code) {
        if let Some(stream) = self.stream(stream) {
            stream.dead_lettered(stage, code);
        }
    }

    fn skipped(&mut self, stream: StreamId, reason: SkipReason) {
        if let Some(stream) = self.stream(stream) {
            stream.skipped(reason);
        }
    }

    fn transaction(&mut self, end: TransactionEnd, took: Duration) {
        self.transactions[end as usize].inc();
        if end == TransactionEnd::Committed {
            self.commits.observe(took.as_secs_f64());
        }
        self.flush();
    }

    fn gap(&mut self, stream: StreamId, offsets: u64) {
        if let Some(stream) = self.stream(stream) {
            stream.gap(offsets);
        }
    }
}

impl Drop for ShardObserver {
    fn drop(&mut self) {
        self.flush();
    }
}
