//! Seams that cost nothing, for the pipeline bench.

use crate::support::Events;
use bystander_core::checkpoint::{Attempts, Checkpoint, Totals};
use bystander_core::input::ModelInput;
use bystander_core::record::StreamId;
use bystander_core::rejection::{Code, SkipReason, Stage};
use bystander_core::run::{Mode, RunLabels};
use bystander_core::scored::ScoredBatch;
use bystander_pipeline::{
    Clock, Failure, Ledger, Message, ModelGeneration, Observer, OpenError, Polled, ScoreError, Scorer,
    ScorerOpener, Shard, ShardConfig, ShardSettings, Sink, SinkError, Source, Stop, StreamModels,
    Transaction, TransactionEnd,
};
use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

/// Hands the events over without copying them.
pub(crate) struct EventSource<'e> {
    events: &'e Events,
    next: usize,
}

impl<'e> EventSource<'e> {
    /// A source of all the events.
    pub(crate) fn new(events: &'e Events) -> Self {
        Self { events, next: 0 }
    }
}

impl Source for EventSource<'_> {
    fn poll(&mut self, _: Duration) -> Result<Polled<'_>, Failure> {
        if self.next == self.events.len() {
            return Ok(Polled::Idle);
        }
        self.next += 1;
        Ok(Polled::Record(self.events.record(self.next - 1)))
    }
}

/// Counts bytes and forgets them.
#[derive(Default)]
pub(crate) struct NullSink {
    bytes: Rc<Cell<usize>>,
}

impl NullSink {
    pub(crate) fn bytes(&self) -> Rc<Cell<usize>> {
        Rc::clone(&self.bytes)
    }
}

impl Sink for NullSink {
    type Transaction<'a> = NullTransaction<'a>;

    fn begin(&mut self) -> Result<NullTransaction<'_>, SinkError> {
        Ok(NullTransaction(&self.bytes))
    }
}

pub(crate) struct NullTransaction<'a>(&'a Cell<usize>);

impl Transaction for NullTransaction<'_> {
    fn send(&mut self, message: Message<'_>) -> Result<(), SinkError> {
        self.0.set(self.0.get() + message.value.unwrap_or_default().len());
        Ok(())
    }

    fn commit(self, _: &[Checkpoint]) -> Result<(), SinkError> {
        Ok(())
    }

    fn abort(self) -> Result<(), SinkError> {
        Ok(())
    }
}

/// Sees nothing.
pub(crate) struct NullObserver;

impl Observer for NullObserver {
    fn adopted(&mut self, _: &ModelGeneration) {}
    fn scored(&mut self, _: &ScoredBatch<'_>) {}
    fn dead_lettered(&mut self, _: StreamId, _: Stage, _: Code) {}
    fn skipped(&mut self, _: StreamId, _: SkipReason) {}
    fn transaction(&mut self, _: TransactionEnd, _: Duration) {}
    fn gap(&mut self, _: StreamId, _: u64) {}
}

/// Scores every row 0.01 at no cost.
pub(crate) struct FreeScorer;

impl Scorer for FreeScorer {
    fn score(&mut self, input: &ModelInput, scores: &mut Vec<f64>) -> Result<(), ScoreError> {
        scores.resize(scores.len() + input.rows(), 0.01);
        Ok(())
    }
}

/// Opens [`FreeScorer`]s.
pub(crate) struct Free;

impl ScorerOpener for Free {
    fn open(&self) -> Result<Box<dyn Scorer>, OpenError> {
        Ok(Box::new(FreeScorer))
    }
}

/// A shard over partition 0 of stream 0 that ends when all events are done.
pub(crate) fn shard<'e, O: Observer, C: Clock>(
    source: EventSource<'e>,
    sink: NullSink,
    streams: Vec<StreamModels>,
    watch: (O, C),
    batch_rows: usize,
) -> Shard<EventSource<'e>, NullSink, O, C> {
    let checkpoint = Checkpoint {
        job: "bench".into(),
        topic: "shop.orders".into(),
        partition: 0,
        next_offset: 0,
        shard: 0,
        shards: 1,
        initial_partitions: 1,
        totals: Totals::default(),
        log: Default::default(),
        attempts: Attempts::default(),
        config: None,
        scored_by: None,
    };
    let orders = ShardConfig {
        job: "bench".into(),
        shard: 0,
        shards: 1,
        initial_partitions: vec![1],
        config: None,
        labels: RunLabels { mode: Mode::Live, run_id: "bench".into(), cluster: "live".into() },
        settings: ShardSettings { batch_rows, ..ShardSettings::default() },
        alone: false,
        until: Some([((StreamId(0), 0), source.events.len() as i64)].into()),
        stop: Stop::default(),
    };
    let ledger = Ledger::open(vec![(StreamId(0), checkpoint)]).unwrap();
    Shard::new(source, sink, ModelGeneration::new(1, streams).open().unwrap(), ledger, orders, watch)
}
