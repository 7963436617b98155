//! Two streams, three models, records of every fate, and a shard over them that can be started again.

use bystander_core::checkpoint::{Attempts, Checkpoint, Totals};
use bystander_core::config::StreamConfig;
use bystander_core::contract::Contract;
use bystander_core::dead_letter::PayloadPolicy;
use bystander_core::model::ModelIdentity;
use bystander_core::privacy::PrivacyKey;
use bystander_core::record::StreamId;
use bystander_core::run::{Mode, RunLabels};
use bystander_core::stream::Stream;
use bystander_pipeline::{
    Ended, GenerationModel, Ledger, ModelGeneration, OpenGeneration, Scorer, Shard, ShardConfig, ShardError,
    ShardSettings, Sink, Stop, StreamModels,
};
use bystander_testkit::{
    CountingObserver, MemoryLog, MemorySource, OwnedRecord, ScriptedScorer, Step, SteppingClock, opener,
};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

pub(crate) const TOPICS: [&str; 2] = ["shop.orders", "shop.quotes"];
pub(crate) const MODELS: [&[(&str, u32)]; 2] = [&[("fraud", 1), ("fraud", 2)], &[("pricing", 1)]];

/// What a record holds, and so what must become of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Holds {
    Good,
    NotJson,
    MissingField,
    Filtered,
    NoConsent,
    Tombstone,
    /// Every model refuses it.
    Poison,
    /// The stream's last model refuses it.
    LastPoison,
    /// Every model scores it NaN.
    NotFinite,
}

pub(crate) const ALL: [Holds; 9] = [
    Holds::Good,
    Holds::NotJson,
    Holds::MissingField,
    Holds::Filtered,
    Holds::NoConsent,
    Holds::Tombstone,
    Holds::Poison,
    Holds::LastPoison,
    Holds::NotFinite,
];

const POISON: f32 = 666.0;
const LAST_POISON: f32 = 667.0;
const NOT_FINITE: f32 = 668.0;

pub(crate) fn record(stream: usize, partition: i32, offset: i64, holds: Holds) -> OwnedRecord {
    let value = match holds {
        Holds::Poison => 666,
        Holds::LastPoison => 667,
        Holds::NotFinite => 668,
        _ => 1000 + offset % 500,
    };
    let kind = if holds == Holds::Filtered { "other" } else { "mine" };
    let consent = holds != Holds::NoConsent;
    let id = format!("{stream}-{partition}-{offset}");
    let text = match holds {
        Holds::NotJson => format!("<{id}/>"),
        Holds::MissingField => {
            format!(r#"{{"type":"{kind}","consent":true,"value":{value},"currency":"EUR"}}"#)
        }
        _ => format!(
            r#"{{"type":"{kind}","consent":{consent},"id":"{id}","value":{value},"currency":"EUR","live":"accept"}}"#
        ),
    };
    let mut record = OwnedRecord::new(stream, partition, offset, text);
    record.key = Some(id.into_bytes());
    record.headers = vec![("traceparent".into(), TRACEPARENT.as_bytes().to_vec())];
    if holds == Holds::Tombstone {
        record.payload = None;
    }
    record
}

/// A sound trace header.
pub(crate) const TRACEPARENT: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

const FRAUD: &str = r#"
schema = 1
kind = "orders"
output = { name = "score" }
policy = { review = 0.4, reject = 0.8 }
input = { layout = "matrix", name = "m", type = "float32" }
features = [{ name = "v", source = "number", field = "/value", missing = "reject" }]
"#;

pub(crate) fn stream(index: usize, more: &str) -> Stream {
    let common = "record_key = \"copy\"\nsubject = \"/id\"\ncurrency = \"/currency\"\nconsent = \"/consent\"\nwhere = { \"/type\" = \"mine\" }";
    let own = match index {
        0 => "name = \"orders\"\nkind = \"orders\"\namount = \"/value\"\nlive_action = \"/live\"",
        _ => "name = \"quotes\"\nkind = \"prices\"\nlive_price = \"/value\"",
    };
    let names: Vec<_> = MODELS[index].iter().map(|(name, version)| format!("\"{name}/{version}\"")).collect();
    let text =
        format!("{more}\n{own}\n{common}\ntopic = \"{}\"\nmodels = [{}]", TOPICS[index], names.join(","));
    let config: StreamConfig = toml::from_str(&text).unwrap();
    let contract: Contract = match index {
        0 => toml::from_str(FRAUD).unwrap(),
        _ => toml::from_str(
            &FRAUD
                .replace("\"orders\"", "\"prices\"")
                .replace("policy = { review = 0.4, reject = 0.8 }", "price = { unit = \"minor\" }"),
        )
        .unwrap(),
    };
    let key = PrivacyKey::new(b"sixteen bytes or more");
    Stream::compile(StreamId(index), &config, &vec![&contract; MODELS[index].len()], Some(&key)).unwrap()
}

pub(crate) fn identity(name: &str, version: u32) -> ModelIdentity {
    ModelIdentity {
        name: name.into(),
        version,
        sha256: version.to_string().repeat(64),
        alias: None,
        contract_sha256: "c".repeat(64),
        engine: "onnxruntime 1.31".into(),
    }
}

pub(crate) fn models(index: usize, more: &str) -> StreamModels {
    let last = MODELS[index].len() - 1;
    let models = MODELS[index].iter().enumerate().map(|(place, &(name, version))| {
        let orders = index == 0;
        let score = move |row: &[f32]| match row[0] {
            value if value == POISON || value == LAST_POISON && place == last => None,
            value if value == NOT_FINITE => Some(f64::NAN),
            value if orders => Some(f64::from(value % 100.0) / 100.0),
            value => Some(f64::from(value) * 1.1),
        };
        model(identity(name, version), move || Box::new(ScriptedScorer(score)))
    });
    StreamModels::new(Arc::new(stream(index, more)), models.collect())
}

/// A model that can always be opened.
pub(crate) fn model(
    identity: ModelIdentity,
    scorer: impl Fn() -> Box<dyn Scorer> + Send + Sync + 'static,
) -> GenerationModel {
    GenerationModel::new(Arc::new(identity), opener(move || Some(scorer())))
}

/// Both streams with their models, open.
pub(crate) fn both(first: StreamModels) -> OpenGeneration {
    ModelGeneration::new(1, vec![first, models(1, "")]).open().unwrap()
}

/// The records' partitions, by stream.
pub(crate) fn partitions(records: &[OwnedRecord]) -> Vec<(StreamId, i32)> {
    let mut found: Vec<_> = records.iter().map(|record| (record.stream, record.position.partition)).collect();
    found.sort_unstable();
    found.dedup();
    found
}

pub(crate) fn checkpoint(stream: usize, partition: i32, next_offset: i64) -> Checkpoint {
    Checkpoint {
        job: "test".into(),
        topic: TOPICS[stream].into(),
        partition,
        next_offset,
        shard: 0,
        shards: 1,
        initial_partitions: 3,
        totals: Totals::default(),
        log: Default::default(),
        attempts: Attempts::default(),
        config: None,
        scored_by: None,
    }
}

/// The last committed checkpoint of every partition, an empty one where there is none.
pub(crate) fn committed(log: &MemoryLog, partitions: &[(StreamId, i32)]) -> Vec<(StreamId, Checkpoint)> {
    let last = |stream: StreamId, partition: i32| {
        let of = |one: &&Checkpoint| one.topic == TOPICS[stream.0] && one.partition == partition;
        log.checkpoints.iter().rev().find(of).cloned().unwrap_or_else(|| checkpoint(stream.0, partition, 0))
    };
    partitions.iter().map(|&(stream, partition)| (stream, last(stream, partition))).collect()
}

pub(crate) fn ends(records: &[OwnedRecord]) -> BTreeMap<(StreamId, i32), i64> {
    let mut ends = BTreeMap::new();
    for record in records {
        ends.insert((record.stream, record.position.partition), record.position.offset + 1);
    }
    ends
}

/// How one life of a shard goes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pace {
    pub(crate) batch_rows: usize,
    pub(crate) linger_ms: u64,
    pub(crate) commit_ms: u64,
}

pub(crate) const STEADY: Pace = Pace { batch_rows: 4, linger_ms: 5, commit_ms: 40 };

pub(crate) fn orders(pace: Pace, until: Option<BTreeMap<(StreamId, i32), i64>>) -> ShardConfig {
    ShardConfig {
        job: "test".into(),
        shard: 0,
        shards: 1,
        initial_partitions: vec![3, 3],
        config: None,
        labels: RunLabels { mode: Mode::Live, run_id: "test".into(), cluster: "live".into() },
        settings: ShardSettings {
            batch_rows: pace.batch_rows,
            linger: Duration::from_millis(pace.linger_ms),
            commit_interval: Duration::from_millis(pace.commit_ms),
            payloads: PayloadPolicy::Omit,
            ..ShardSettings::default()
        },
        alone: false,
        until,
        stop: Stop::default(),
    }
}

pub(crate) type TestShard<K> = Shard<MemorySource, K, CountingObserver, SteppingClock>;

pub(crate) fn shard<K: Sink>(
    steps: Vec<Step>,
    sink: K,
    checkpoints: Vec<(StreamId, Checkpoint)>,
    orders: ShardConfig,
) -> TestShard<K> {
    let watch = (CountingObserver::default(), SteppingClock::new(Duration::from_millis(1)));
    let models = both(models(0, ""));
    Shard::new(MemorySource::new(steps), sink, models, Ledger::open(checkpoints).unwrap(), orders, watch)
}

/// One life of a shard: from the committed checkpoints to the end, or to whatever ends it before.
pub(crate) fn live<K: Sink>(
    records: &[OwnedRecord],
    sink: K,
    log: impl Fn() -> Vec<(StreamId, Checkpoint)>,
    pace: Pace,
    fails_at: Option<usize>,
) -> Result<Ended, ShardError> {
    let checkpoints = log();
    let next = |record: &OwnedRecord| {
        let of = |(stream, one): &&(StreamId, Checkpoint)| {
            *stream == record.stream && one.partition == record.position.partition
        };
        checkpoints.iter().find(of).unwrap().1.next_offset
    };
    let ahead = records.iter().filter(|record| record.position.offset >= next(record));
    let mut steps: Vec<_> = ahead.cloned().map(Step::Record).collect();
    if let Some(place) = fails_at {
        steps.insert(place.min(steps.len()), Step::Fail);
    }
    shard(steps, sink, checkpoints, orders(pace, Some(ends(records)))).run()
}
