//! Two streams, four models, and shards that score their records into any sink.

use bystander_core::checkpoint::{Attempts, Checkpoint, Totals};
use bystander_core::config::StreamConfig;
use bystander_core::contract::Contract;
use bystander_core::dead_letter::PayloadPolicy;
use bystander_core::model::ModelIdentity;
use bystander_core::record::StreamId;
use bystander_core::run::{Mode, RunLabels};
use bystander_core::stream::Stream;
use bystander_pipeline::{
    EndOffsets, Ended, GenerationModel, Ledger, ModelGeneration, Shard, ShardConfig, ShardSettings, Sink,
    Source, Stop, StreamModels,
};
use bystander_testkit::{
    CountingObserver, MemorySource, OwnedRecord, ScriptedScorer, Step, SteppingClock, opener,
};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

pub(crate) const TOPICS: [&str; 2] = ["shop.orders", "shop.price-quotes"];
/// 2026-11-01T00:00:00Z.
pub(crate) const MIDNIGHT: i64 = 1_793_491_200_000;
const DAY: i64 = 86_400_000;

const ORDERS: &str = r#"
name = "orders"
kind = "orders"
topic = "shop.orders"
subject = "/order_id"
customer = "/customer_id"
occurred_at = "/created_at"
amount = "/total"
currency = "/currency"
live_action = "/live/action"
live_score = "/live/score"
segments = { country = "/country", method = "/method" }
features = true
"#;

const QUOTES: &str = r#"
name = "prices"
kind = "prices"
topic = "shop.price-quotes"
subject = "/quote_id"
item = "/sku"
live_price = "/price"
live_propensity = "/chance"
previous_price = "/price"
cost = "/cost"
quantity = "/quantity"
currency = "/currency"
segments = { country = "/country" }
[guardrails]
min_margin = 0.05
max_change = 0.15
tolerance = 0.005
"#;

const CONTRACT: &str = r#"
schema = 1
output = { name = "score" }
input = { layout = "matrix", name = "m", type = "float32" }
features = [
    { name = "risk", source = "number", field = "/risk", missing = "nan" },
    { name = "country", source = "category", field = "/country", vocabulary = ["DE", "FR"], missing = -1, unknown = -2 },
]
"#;

fn contract(stream: usize) -> Contract {
    let kind = match stream {
        0 => "kind = \"orders\"\npolicy = { review = 0.4, reject = 0.8 }",
        _ => "kind = \"prices\"\nprice = { unit = \"minor\" }",
    };
    toml::from_str(&format!("{kind}\n{CONTRACT}")).unwrap()
}

/// The models of a stream, by name, version and alias.
fn models(stream: usize) -> Vec<ModelIdentity> {
    let of = |name: &str, version: u32, alias: Option<&str>| ModelIdentity {
        name: name.into(),
        version,
        sha256: format!("{version:x}").repeat(64),
        alias: alias.map(str::to_owned),
        contract_sha256: "c".repeat(64),
        engine: "onnxruntime 1.31".into(),
    };
    match stream {
        0 => vec![of("fraud", 1, Some("champion")), of("fraud", 12, None), of("fraud", 9, Some("next"))],
        _ => vec![of("pricing", 3, Some("champion"))],
    }
}

/// How a run goes; what it writes must not depend on it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pace {
    pub(crate) batch_rows: usize,
    pub(crate) commit_ms: u64,
    pub(crate) reversed_models: bool,
    pub(crate) mode: Mode,
}

pub(crate) const STEADY: Pace =
    Pace { batch_rows: 16, commit_ms: 40, reversed_models: false, mode: Mode::Replay };

fn stream_models(index: usize, pace: Pace) -> StreamModels {
    let mut models = models(index);
    if pace.reversed_models {
        models.reverse();
    }
    let named: Vec<_> = models.iter().map(|one| format!("\"{}/{}\"", one.name, one.version)).collect();
    let text = format!("models = [{}]\n{}", named.join(","), [ORDERS, QUOTES][index]);
    let config: StreamConfig = toml::from_str(&text).unwrap();
    let contract = contract(index);
    let stream = Stream::compile(StreamId(index), &config, &vec![&contract; models.len()], None).unwrap();
    let models = models.into_iter().map(|model| {
        let version = f64::from(model.version);
        let score = move |row: &[f32]| {
            let risk = if row[0].is_nan() { 0.5 } else { f64::from(row[0]) };
            Some(if index == 0 { (risk * version / 7.0).fract() } else { 1000.0 + 400.0 * risk })
        };
        GenerationModel::new(Arc::new(model), opener(move || Some(Box::new(ScriptedScorer(score)))))
    });
    StreamModels::new(Arc::new(stream), models.collect())
}

/// A record, different for every position: most are good, some lack what is optional, some are dead letters.
pub(crate) fn record(stream: usize, partition: i32, offset: i64) -> OwnedRecord {
    let mix = (offset * 7 + i64::from(partition) * 3 + stream as i64).unsigned_abs();
    let at = MIDNIGHT + (mix % 3) as i64 * DAY - 1 + (mix % 2) as i64;
    let risk =
        if mix.is_multiple_of(11) { "null".to_owned() } else { format!("{}", (mix % 97) as f64 / 97.0) };
    let country = ["\"DE\"", "\"FR\"", "\"AT\"", "null"][mix as usize % 4];
    let text = match (mix % 23, stream) {
        (1, _) => "{\"order_id\":".to_owned(),
        (_, 0) => format!(
            r#"{{"order_id":"o-{partition}-{offset}","customer_id":"c\u00e9-{}","created_at":{at},"total":{},"currency":"EUR","live":{},"country":{country},"method":"card","risk":{risk}}}"#,
            mix % 5,
            100 + mix % 900,
            if mix.is_multiple_of(5) { "null" } else { r#"{"action":"review","score":0.25}"# },
        ),
        _ => format!(
            r#"{{"quote_id":"q-{partition}-{offset}","sku":"sku-{}","price":{},"chance":0.125,"cost":{},"quantity":{},"currency":"USD","country":{country},"risk":{risk}}}"#,
            mix % 40,
            1000 + mix % 300,
            700 + mix % 500,
            1 + mix % 3,
        ),
    };
    let mut record = OwnedRecord::new(stream, partition, offset, text);
    record.timestamp_ms = (!mix.is_multiple_of(13) || stream == 1).then_some(at);
    record.key = Some(format!("{partition}-{offset}").into_bytes());
    record
}

/// Records of both streams over two partitions each, the partitions' by turns.
pub(crate) fn records(count: i64) -> Vec<OwnedRecord> {
    let mut records = Vec::new();
    for offset in 0..count {
        for stream in 0..2 {
            records.extend((0..2).map(|partition| record(stream, partition, 1000 + offset)));
        }
    }
    records
}

/// Records of one partition of orders.
pub(crate) fn partition(start: i64, count: i64) -> Vec<OwnedRecord> {
    (start..start + count).map(|offset| record(0, 0, offset)).collect()
}

/// Scores all records into `sink`.
pub(crate) fn score<K: Sink>(records: &[OwnedRecord], sink: K, pace: Pace) {
    let mut ends = BTreeMap::new();
    let mut starts = BTreeMap::new();
    for record in records {
        let key = (record.stream, record.position.partition);
        ends.insert(key, record.position.offset + 1);
        starts.entry(key).or_insert(record.position.offset);
    }
    let source = MemorySource::new(records.iter().cloned().map(Step::Record));
    score_source(source, &starts, ends, sink, pace);
}

/// Scores what a source gives between these offsets.
pub(crate) fn score_source<S: Source, K: Sink>(
    source: S,
    starts: &EndOffsets,
    ends: EndOffsets,
    sink: K,
    pace: Pace,
) {
    let checkpoints = starts.iter().map(|(&(stream, partition), &next_offset)| {
        let checkpoint = Checkpoint {
            job: "test".into(),
            topic: TOPICS[stream.0].into(),
            partition,
            next_offset,
            shard: 0,
            shards: 1,
            initial_partitions: 2,
            totals: Totals::default(),
            log: Default::default(),
            attempts: Attempts::default(),
            config: None,
            scored_by: None,
        };
        (stream, checkpoint)
    });
    let orders = ShardConfig {
        job: "test".into(),
        shard: 0,
        shards: 1,
        initial_partitions: vec![2, 2],
        config: None,
        labels: RunLabels { mode: pace.mode, run_id: "replay-1".into(), cluster: "live".into() },
        settings: ShardSettings {
            batch_rows: pace.batch_rows,
            linger: Duration::from_millis(5),
            commit_interval: Duration::from_millis(pace.commit_ms),
            payloads: PayloadPolicy::Omit,
            ..ShardSettings::default()
        },
        alone: false,
        until: Some(ends),
        stop: Stop::default(),
    };
    let watch = (CountingObserver::default(), SteppingClock::new(Duration::from_millis(1)));
    let ledger = Ledger::open(checkpoints.collect()).unwrap();
    let streams = vec![stream_models(0, pace), stream_models(1, pace)];
    let models = ModelGeneration::new(1, streams).open().unwrap();
    let mut shard = Shard::new(source, sink, models, ledger, orders, watch);
    assert_eq!(shard.run().unwrap(), Ended::CaughtUp);
}
