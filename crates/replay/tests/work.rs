//! Whatever fails, whoever does what: every record of the range is scored once, and the digest says so.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use bystander_core::checkpoint::Checkpoint;
use bystander_core::comparison::Comparison;
use bystander_core::config::StreamConfig;
use bystander_core::contract::Contract;
use bystander_core::model::ModelIdentity;
use bystander_core::record::StreamId;
use bystander_core::run::{Mode, RunLabels};
use bystander_core::stream::Stream;
use bystander_pipeline::{
    Ended, Failure, GenerationModel, Message, ModelGeneration, OpenGeneration, Polled, Progress as At,
    ShardSettings, Sink, SinkError, Source, Stop, StopMode, StreamModels, Transaction,
};
use bystander_replay::{
    Account, Bound, Extent, Input, Journal, Pace, Pacer, Piece, PieceSink, PieceSource, Plan, PublishedFile,
    Receipt, ReplayProgress, TimeWindow, Work, WorkerFactory, work,
};
use bystander_testkit::{MemorySource, OwnedRecord, ScriptedScorer, Step, opener};
use parking_lot::Mutex;
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

const TOPIC: &str = "shop.orders";
const FIRST_MS: i64 = 1_767_225_600_000;

/// A partition: what stands at each offset, from `low` on.
#[derive(Debug, Clone)]
struct Log {
    low: i64,
    slots: Vec<Slot>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Slot {
    /// An order, so many seconds after the first.
    Order(i64),
    /// Not JSON.
    Broken(i64),
    /// A control record, an aborted one, or one compacted away.
    Nothing,
}

impl Log {
    fn extent(&self) -> Extent {
        Extent { low: self.low, high: self.slots.len() as i64 }
    }

    fn record(&self, partition: i32, offset: i64) -> Option<OwnedRecord> {
        let (payload, second) = match self.slots[offset as usize] {
            Slot::Nothing => return None,
            Slot::Broken(second) => ("{".to_owned(), second),
            Slot::Order(second) => {
                let payload = format!(
                    r#"{{"id":"o-{partition}-{offset}","amount":{},"currency":"EUR","live":"accept"}}"#,
                    100 + offset
                );
                (payload, second)
            }
        };
        let mut record = OwnedRecord::new(0, partition, offset, payload);
        record.timestamp_ms = Some(FIRST_MS + second * 1_000);
        Some(record)
    }
}

/// Everything that was published, by piece: publishing again replaces.
type Published = Arc<Mutex<BTreeMap<Piece, Vec<String>>>>;

struct Shop<'a> {
    logs: &'a [Log],
    published: Published,
    /// Calls after which one fails, counted down by all workers.
    fuse: AtomicUsize,
    /// Publications after which the run is stopped.
    stop_after: AtomicUsize,
    stop: Stop,
}

struct ShopSource<'a> {
    logs: &'a [Log],
    fuse: &'a AtomicUsize,
    inner: MemorySource,
}

/// Whether the fuse burns down now; it can once.
fn burns(fuse: &AtomicUsize) -> bool {
    fuse.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1)) == Ok(1)
}

impl Source for ShopSource<'_> {
    fn poll(&mut self, timeout: Duration) -> Result<Polled<'_>, Failure> {
        if burns(self.fuse) {
            let (what, fix) = ("reading failed on order".to_owned(), "start again".to_owned());
            return Err(Failure::passing(what, fix));
        }
        self.inner.poll(timeout)
    }
}

impl PieceSource for ShopSource<'_> {
    fn assign(&mut self, plan: &Plan, piece: &Piece) -> Result<(), Failure> {
        let partition = plan.inputs[piece.input].accounts[0].partition;
        let log = &self.logs[partition as usize];
        let at = |next_offset| At { stream: StreamId(0), partition, next_offset };
        let gap = (piece.start < log.low).then(|| Step::Gap(at(log.low.min(piece.end))));
        let records =
            (piece.start.max(log.low)..piece.end).filter_map(|offset| log.record(partition, offset));
        let steps = gap.into_iter().chain(records.map(Step::Record)).chain([Step::Reached(at(piece.end))]);
        self.inner = MemorySource::new(steps);
        Ok(())
    }
}

struct ShopSink<'a> {
    shop: &'a Shop<'a>,
    piece: Option<Piece>,
    rows: Vec<String>,
}

struct Rows<'a>(&'a mut Vec<String>, usize);

impl Sink for ShopSink<'_> {
    type Transaction<'a>
        = Rows<'a>
    where
        Self: 'a;

    fn begin(&mut self) -> Result<Rows<'_>, SinkError> {
        let from = self.rows.len();
        Ok(Rows(&mut self.rows, from))
    }
}

impl Transaction for Rows<'_> {
    fn take(&mut self, comparison: &Comparison<'_>) -> Result<bool, SinkError> {
        self.0.push(comparison.id().to_string());
        Ok(true)
    }

    fn send(&mut self, message: Message<'_>) -> Result<(), SinkError> {
        let value: serde_json::Value = serde_json::from_slice(message.value.unwrap()).unwrap();
        self.0.push(format!("dead/{}/{}", value["source"]["partition"], value["source"]["offset"]));
        Ok(())
    }

    fn commit(self, _: &[Checkpoint]) -> Result<(), SinkError> {
        Ok(())
    }

    fn abort(self) -> Result<(), SinkError> {
        self.0.truncate(self.1);
        Ok(())
    }
}

impl PieceSink for ShopSink<'_> {
    fn start(&mut self, _: &Plan, piece: &Piece) -> Result<(), Failure> {
        self.piece = Some(*piece);
        self.rows.clear();
        Ok(())
    }

    fn publish(&mut self) -> Result<Vec<PublishedFile>, Failure> {
        let piece = self.piece.take().unwrap();
        self.shop.published.lock().insert(piece, std::mem::take(&mut self.rows));
        if burns(&self.shop.stop_after) {
            self.shop.stop.request(StopMode::Abort);
        }
        // The answer is lost after everything was written: the piece is done again.
        if burns(&self.shop.fuse) {
            return Err(Failure::passing("publishing failed on order", "start again"));
        }
        Ok(Vec::new())
    }
}

impl<'s> WorkerFactory for &'s Shop<'s> {
    type Source = ShopSource<'s>;
    type Sink = ShopSink<'s>;

    fn source(&self, _: usize) -> Result<Self::Source, Failure> {
        Ok(ShopSource { logs: self.logs, fuse: &self.fuse, inner: MemorySource::default() })
    }

    fn sink(&self, _: usize) -> Result<Self::Sink, Failure> {
        Ok(ShopSink { shop: self, piece: None, rows: Vec::new() })
    }

    fn models(&self) -> Result<OpenGeneration, Failure> {
        let model = |version: u32| {
            let sha256 = version.to_string().repeat(64);
            let identity = ModelIdentity {
                name: "fraud".into(),
                version,
                sha256,
                alias: None,
                contract_sha256: "c".repeat(64),
                engine: "onnxruntime 1.31".into(),
            };
            let score = move |row: &[f32]| Some(f64::from(row[0]) / 1e4 + f64::from(version));
            GenerationModel::new(Arc::new(identity), opener(move || Some(Box::new(ScriptedScorer(score)))))
        };
        let streams = vec![StreamModels::new(Arc::new(stream()), vec![model(1), model(2)])];
        Ok(ModelGeneration::new(1, streams).open().unwrap())
    }
}

fn stream() -> Stream {
    let config: StreamConfig = toml::from_str(&format!(
        r#"
        name = "orders"
        kind = "orders"
        topic = "{TOPIC}"
        subject = "/id"
        amount = "/amount"
        currency = "/currency"
        live_action = "/live"
        models = ["fraud/1", "fraud/2"]
        "#
    ))
    .unwrap();
    let contract: Contract = toml::from_str(
        r#"
        schema = 1
        kind = "orders"
        input = { layout = "matrix", name = "x", type = "float32" }
        features = [{ name = "amount", source = "amount", field = "/amount", missing = "reject" }]
        output = { name = "y" }
        policy = { review = 0.4, reject = 0.8 }
        "#,
    )
    .unwrap();
    Stream::compile(StreamId(0), &config, &[&contract, &contract], None).unwrap()
}

fn plan(logs: &[Log], (from, to): (Bound, Bound), piece_size: i64) -> Plan {
    let inputs = (0_i32..).zip(logs).map(|(partition, log)| {
        let found = |bound: Bound| {
            let reached = |slot: &Slot| match (slot, bound.time()) {
                (Slot::Order(second) | Slot::Broken(second), Some(time)) => FIRST_MS + second * 1_000 >= time,
                _ => false,
            };
            log.slots.iter().position(reached).map(|offset| offset as i64)
        };
        // Times may be out of order: a range of times is read to the end and filtered.
        let to = if to.time().is_some() { Bound::End } else { to };
        Input::partition(Account::resolve(
            ("orders", TOPIC, partition),
            (from, to),
            log.extent(),
            (found(from), None),
        ))
    });
    let mut plan = Plan {
        schema: 1,
        run: String::new(),
        version: "0".into(),
        config_sha256: String::new(),
        cluster: "live".into(),
        cluster_id: None,
        models: Vec::new(),
        window: TimeWindow::of(from, to),
        inputs: inputs.collect(),
        output: "nothing".into(),
        piece_size,
    };
    plan.run = plan.name();
    plan
}

struct Done {
    ended: Ended,
    receipt: Receipt,
    published: BTreeMap<Piece, Vec<String>>,
}

/// One part of a run: `fuse` and `stop_after` as in [`Shop`], zero is never.
fn part(
    logs: &[Log],
    plan: &Plan,
    published: &Published,
    journal: &mut Journal,
    workers: usize,
    (fuse, stop_after): (usize, usize),
) -> Done {
    let stop = Stop::default();
    let shop = Shop {
        logs,
        published: Arc::clone(published),
        fuse: AtomicUsize::new(fuse),
        stop_after: AtomicUsize::new(stop_after),
        stop: stop.clone(),
    };
    let settings = ShardSettings { batch_rows: 4, ..ShardSettings::default() };
    let orders = Work {
        plan,
        streams: &["orders".to_owned()],
        labels: RunLabels { mode: Mode::Replay, run_id: "replay-test".into(), cluster: "live".into() },
        settings,
        workers,
        whole_inputs: false,
        pacer: Pacer::new(Pace::default(), &stop),
        stop,
        patience: Duration::from_secs(60),
    };
    let ended = work(&orders, &&shop, journal, &ReplayProgress::default()).unwrap();
    let receipt = Receipt::new(plan, journal.done(), (0, 0));
    Done { ended, receipt, published: published.lock().clone() }
}

/// What must come out, found without any of the code under test.
fn expected(logs: &[Log], asked: impl Fn(i32, i64, i64) -> bool) -> Vec<String> {
    let mut ids = Vec::new();
    for (partition, log) in (0_i32..).zip(logs) {
        for (offset, slot) in (0_i64..).zip(&log.slots).skip(log.low as usize) {
            match *slot {
                Slot::Order(second) if asked(partition, offset, second) => {
                    ids.extend([1, 2].map(|version| {
                        let sha = version.to_string().repeat(12);
                        format!("{TOPIC}/{partition}/{offset}/fraud/{version}/{sha}/replay-test")
                    }));
                }
                Slot::Broken(second) if asked(partition, offset, second) => {
                    ids.push(format!("dead/{partition}/{offset}"));
                }
                _ => {}
            }
        }
    }
    ids.sort();
    ids
}

fn all(published: &BTreeMap<Piece, Vec<String>>) -> Vec<String> {
    let mut ids: Vec<_> = published.values().flatten().cloned().collect();
    ids.sort();
    ids
}

fn logs() -> impl Strategy<Value = Vec<Log>> {
    let slot = prop_oneof![
        8 => (0..100_i64).prop_map(Slot::Order),
        1 => (0..100_i64).prop_map(Slot::Broken),
        2 => Just(Slot::Nothing),
    ];
    let log = (prop::collection::vec(slot, 0..60), 0..20_i64)
        .prop_map(|(slots, low)| Log { low: low.min(slots.len() as i64), slots });
    prop::collection::vec(log, 1..4)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn every_record_of_a_range_of_offsets_is_scored_once_and_the_books_close(logs in logs(), from in 0..70_i64, len in 0..70_i64, size in 1..30_i64, workers in 1..4_usize) {
        let plan = plan(&logs, (Bound::Offset(from), Bound::Offset(from + len)), size);
        let done = part(&logs, &plan, &Published::default(), &mut Journal::in_memory(), workers, (0, 0));
        prop_assert_eq!(done.ended, Ended::CaughtUp);
        prop_assert_eq!(all(&done.published), expected(&logs, |_, offset, _| (from..from + len).contains(&offset)));
        for (account, log) in done.receipt.partitions.iter().zip(&logs) {
            let gaps: i64 = account.gaps.iter().map(|(from, to)| to - from).sum();
            let lost = log.low.min(account.end) - account.start;
            prop_assert_eq!(gaps, lost.max(0), "what retention removed is declared");
            let held = (account.start.max(log.low)..account.end).filter(|&offset| log.slots[offset as usize] != Slot::Nothing);
            prop_assert_eq!(account.totals.read + account.outside, held.count() as u64);
            prop_assert!(account.without_record >= 0 && account.totals.balanced());
        }
    }

    #[test]
    fn a_range_of_times_takes_records_by_their_own_time_however_they_stand(logs in logs(), from in 0..100_i64, len in 0..100_i64, size in 1..30_i64) {
        let bounds = (Bound::Time(FIRST_MS + from * 1_000), Bound::Time(FIRST_MS + (from + len) * 1_000));
        let plan = plan(&logs, bounds, size);
        let done = part(&logs, &plan, &Published::default(), &mut Journal::in_memory(), 2, (0, 0));
        prop_assert_eq!(all(&done.published), expected(&logs, |_, _, second| (from..from + len).contains(&second)));
    }

    #[test]
    fn faults_stops_and_resumes_leave_no_trace_in_what_comes_out(logs in logs(), size in 1..30_i64, faults in prop::collection::vec((0..60_usize, 0..5_usize, 1..4_usize), 0..5)) {
        let plan = plan(&logs, (Bound::Beginning, Bound::End), size);
        let straight = part(&logs, &plan, &Published::default(), &mut Journal::in_memory(), 1, (0, 0));
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("pieces.jsonl");
        let published = Published::default();
        for (fuse, stop_after, workers) in faults {
            part(&logs, &plan, &published, &mut Journal::open(&path).unwrap(), workers, (fuse, stop_after));
        }
        let done = part(&logs, &plan, &published, &mut Journal::open(&path).unwrap(), 2, (0, 0));
        prop_assert_eq!(done.ended, Ended::CaughtUp);
        prop_assert_eq!(done.published, straight.published);
        prop_assert_eq!(done.receipt.digest, straight.receipt.digest);
        prop_assert_eq!(done.receipt.partitions, straight.receipt.partitions);
        prop_assert_eq!(done.receipt.comparisons, straight.receipt.comparisons);
    }
}

#[test]
fn another_model_or_another_record_gives_another_digest() {
    let slots: Vec<_> = (0..20).map(Slot::Order).collect();
    let log = [Log { low: 0, slots }];
    let digest = |to| {
        let plan = plan(&log, (Bound::Beginning, Bound::Offset(to)), 7);
        part(&log, &plan, &Published::default(), &mut Journal::in_memory(), 1, (0, 0)).receipt.digest
    };
    assert_eq!(digest(20), digest(20));
    assert_ne!(digest(20), digest(19));
}
