//! What the benches share: events, models, and seams that cost nothing.

use bystander_core::checkpoint::{Checkpoint, Totals};
use bystander_core::comparison::RunLabels;
use bystander_core::dead_letter::{Code, SkipReason, Stage};
use bystander_core::input::ModelInput;
use bystander_core::record::{Position, RawRecord, RecordHeaders, StreamId};
use bystander_core::scored::ScoredBatch;
use bystander_core::stream::StreamConfig;
use bystander_onnx::{LoadedModel, Repository, Runtime, gate};
use bystander_pipeline::{
    Clock, Lane, Ledger, Message, Observer, Polled, ScoreError, Scorer, Shard, ShardOrders, ShardSettings,
    Sink, SinkError, Source, SourceError, Stop, Transaction, TransactionEnd,
};
use bystander_storefront::{Expected, Shop, ShopConfig, ShopTopic};
use std::cell::Cell;
use std::path::Path;
use std::rc::Rc;
use std::time::Duration;

/// A number from the environment.
pub(crate) fn number(name: &str, default: usize) -> usize {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

/// The middle of some numbers.
pub(crate) fn median(mut numbers: Vec<f64>) -> f64 {
    numbers.sort_by(f64::total_cmp);
    numbers[numbers.len() / 2]
}

/// A shipped model through the load gate.
pub(crate) fn model(name: &str) -> LoadedModel {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let runtime = Runtime::open(Some(&root.join("target/onnxruntime/libonnxruntime.so"))).unwrap();
    let repository = Repository::open(&root.join("models")).unwrap();
    gate::load(&runtime, &repository, &repository.resolve(name).unwrap()).unwrap()
}

/// The orders stream of `deploy/local/bystander.toml`.
pub(crate) fn orders_config() -> StreamConfig {
    let text =
        std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("deploy/local/bystander.toml"))
            .unwrap();
    let table: toml::Table = toml::from_str(&text).unwrap();
    table["streams"][0].clone().try_into().unwrap()
}

/// Simulated orders in memory; every one a fresh row, as branch predictors remember repeated ones.
pub(crate) struct Events {
    payloads: Vec<Vec<u8>>,
    keys: Vec<String>,
}

impl Events {
    /// Sound orders of seed 1.
    pub(crate) fn orders(count: usize) -> Self {
        let config = ShopConfig { orders: count as u64 * 11 / 10, quotes: 0, ..ShopConfig::default() };
        let sound = Shop::new(&config)
            .unwrap()
            .filter(|event| event.topic == ShopTopic::Orders && event.expected == Expected::Good);
        let (payloads, keys) = sound.take(count).map(|event| (event.payload.unwrap(), event.key)).unzip();
        Self { payloads, keys }
    }

    pub(crate) fn len(&self) -> usize {
        self.payloads.len()
    }

    pub(crate) fn mean_bytes(&self) -> usize {
        self.payloads.iter().map(Vec::len).sum::<usize>() / self.len()
    }

    pub(crate) fn records(&self) -> impl Iterator<Item = RawRecord<'_>> {
        (0..self.len()).map(|index| self.record(index))
    }

    pub(crate) fn source(&self) -> EventSource<'_> {
        EventSource { events: self, next: 0 }
    }

    fn record(&self, index: usize) -> RawRecord<'_> {
        RawRecord {
            stream: StreamId(0),
            position: Position { partition: 0, offset: index as i64 },
            timestamp_ms: None,
            key: Some(self.keys[index].as_bytes()),
            payload: Some(&self.payloads[index]),
            headers: RecordHeaders::default(),
        }
    }
}

/// Hands the events over without copying them.
pub(crate) struct EventSource<'e> {
    events: &'e Events,
    next: usize,
}

impl Source for EventSource<'_> {
    fn poll(&mut self, _: Duration) -> Result<Polled<'_>, SourceError> {
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

/// A shard over partition 0 of stream 0 that ends when all events are done.
pub(crate) fn shard<'e, O: Observer, C: Clock>(
    source: EventSource<'e>,
    sink: NullSink,
    lane: Lane,
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
    };
    let orders = ShardOrders {
        job: "bench".into(),
        shard: 0,
        shards: 1,
        initial_partitions: vec![1],
        labels: RunLabels { mode: "live", run_id: "bench".into(), cluster: "live".into() },
        settings: ShardSettings { batch_rows, ..ShardSettings::default() },
        until: Some([((StreamId(0), 0), source.events.len() as i64)].into()),
        stop: Stop::default(),
    };
    Shard::new(source, sink, vec![lane], Ledger::open(vec![(StreamId(0), checkpoint)]), orders, watch)
}
