//! A record that kills its process, each time with SIGKILL, on a real broker.
//!
//! The processes are this test binary again: the test below is run in them with its role in a variable.

use crate::world::World;
use bystander_core::model::ModelIdentity;
use bystander_core::record::StreamId;
use bystander_core::rejection::{Code, SkipReason, Stage};
use bystander_core::run::{Mode, RunLabels};
use bystander_core::scored::ScoredBatch;
use bystander_core::stream::Stream;
use bystander_kafka::live::LiveClient;
use bystander_kafka::{Feed, FeedRecord, Job, LiveSettings, ReadTopics, ShadowSettings, ShadowTopic, start};
use bystander_pipeline::{
    Ended, GenerationModel, Ledger, ModelGeneration, Observer, Shard, ShardConfig, ShardSettings, Stop,
    StreamModels, SystemClock, TransactionEnd,
};
use bystander_testkit::{Isolation, ScriptedScorer, kafka_or_skip, opener};
use serde_json::json;
use std::collections::BTreeMap;
use std::os::unix::process::ExitStatusExt;
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

const NAME: &str = "alone::a_record_that_kills_its_process_is_isolated_and_every_other_is_compared_once";
/// In a child: brokers and job.
const ROLE: &str = "BYSTANDER_TEST_ALONE";
/// Records of each of two partitions; the killer is one of partition 1. A shard handles records alone for a minute at most,
/// which must be enough for these, with two transactions each, on a busy machine.
const RECORDS: i64 = 80;
const KILLER: i64 = 57;
const FATAL: f32 = 666.0;

#[test]
fn a_record_that_kills_its_process_is_isolated_and_every_other_is_compared_once() {
    if let Ok(role) = std::env::var(ROLE) {
        let (brokers, job) = role.split_once(' ').unwrap();
        return child(brokers, job);
    }
    let cluster = kafka_or_skip!(NAME);
    let world = World::new(cluster, &[2], 1);
    let topic = world.job.inputs()[0].as_str();
    let feed = Feed::new(&cluster.bootstrap(), &BTreeMap::new()).unwrap();
    for (partition, offset) in
        (0..2).flat_map(|partition| (0..RECORDS).map(move |offset| (partition, offset)))
    {
        let value = if (partition, offset) == (1, KILLER) { FATAL as i64 } else { 100 };
        let event = json!({ "id": format!("{partition}-{offset}"), "value": value, "currency": "EUR", "live": "accept" });
        let (partition, payload) = (Some(partition), event.to_string());
        let payload = Some(payload.as_bytes());
        feed.send(FeedRecord { topic, partition, payload, ..FeedRecord::default() }).unwrap();
    }
    feed.flush().unwrap();

    let role = format!("{} {}", cluster.bootstrap(), world.job.shadow().job);
    let mut killed = 0;
    loop {
        let child = Command::new(std::env::current_exe().unwrap())
            .args([NAME, "--exact", "--nocapture"])
            .env(ROLE, &role)
            .output()
            .unwrap();
        match child.status.signal() {
            Some(9) => killed += 1,
            _ if child.status.success() => break,
            _ => panic!("{}", String::from_utf8_lossy(&child.stderr)),
        }
        assert!(killed < 6, "it is killed again and again");
    }
    assert_eq!(killed, 4, "two among others, two by itself");

    let consume = |topic: &ShadowTopic| cluster.consume(topic.name(), Isolation::Committed).unwrap();
    let mut compared: BTreeMap<String, usize> = BTreeMap::new();
    for record in consume(&world.job.shadow().comparisons) {
        let comparison: serde_json::Value = serde_json::from_str(&record.value.unwrap()).unwrap();
        *compared.entry(comparison["subject_id"].as_str().unwrap().to_owned()).or_default() += 1;
    }
    let all = (0..2).flat_map(|partition| (0..RECORDS).map(move |offset| (partition, offset)));
    let others = all.filter(|record| *record != (1, KILLER));
    let expected: BTreeMap<_, _> =
        others.map(|(partition, offset)| (format!("{partition}-{offset}"), 1)).collect();
    assert_eq!(compared, expected);
    let letters = consume(&world.job.shadow().dead_letters);
    assert_eq!(letters.len(), 1);
    let letter: serde_json::Value = serde_json::from_str(letters[0].value.as_ref().unwrap()).unwrap();
    assert_eq!((&letter["stage"], &letter["code"]), (&json!("process"), &json!("crashed")));
    assert_eq!((&letter["source"]["partition"], &letter["source"]["offset"]), (&json!(1), &json!(KILLER)));
    for checkpoint in world.checkpoints().values() {
        assert_eq!((checkpoint.next_offset, checkpoint.totals.read), (RECORDS, RECORDS as u64));
        assert!(checkpoint.totals.balanced() && checkpoint.attempts.is_none(), "{checkpoint:?}");
    }
}

/// A shard that kills its process at one record, as a model's kernel might.
fn child(brokers: &str, job: &str) {
    let topics = vec![format!("{job}.input0")];
    let read = ReadTopics::new(topics.clone());
    let shadow = ["comparisons", "dead-letters", "checkpoints"]
        .map(|purpose| ShadowTopic::new(&format!("{job}.{purpose}"), &read).unwrap());
    let mut live = LiveSettings::new(brokers, job);
    live.start = bystander_kafka::Start::Earliest;
    let shadow = ShadowSettings::new(brokers, job, shadow);
    let job = Job::new(live.clone(), shadow, topics.clone()).unwrap();
    let stop = Stop::default();
    let started = start(&job, 0, &stop).unwrap();
    let client = LiveClient::new(&live, &Arc::default()).unwrap();
    let ends = (0..2)
        .map(|partition| ((StreamId(0), partition), client.watermarks(&topics[0], partition).unwrap().1));
    let orders = ShardConfig {
        job: job.shadow().job.clone(),
        shard: 0,
        shards: 1,
        initial_partitions: started.initial_partitions,
        config: None,
        labels: RunLabels { mode: Mode::Live, run_id: "test".into(), cluster: "live".into() },
        settings: ShardSettings { batch_rows: 64, ..ShardSettings::default() },
        alone: false,
        until: Some(ends.collect()),
        stop,
    };
    let score = |row: &[f32]| {
        if row[0] == FATAL {
            // SIGKILL leaves no time for anything.
            let _ = Command::new("kill").args(["-9", &std::process::id().to_string()]).status();
            std::thread::sleep(Duration::from_secs(60));
        }
        Some(0.5)
    };
    let identity = ModelIdentity {
        name: "m".into(),
        version: 1,
        sha256: "0".repeat(64),
        alias: None,
        contract_sha256: "c".repeat(64),
        engine: "onnxruntime 1.31".into(),
    };
    let models =
        vec![GenerationModel::new(Arc::new(identity), opener(move || Some(Box::new(ScriptedScorer(score)))))];
    let streams = vec![StreamModels::new(Arc::new(stream(&topics[0])), models)];
    let models = ModelGeneration::new(1, streams).open().unwrap();
    let ledger = Ledger::open(started.checkpoints).unwrap();
    let watch = (Quiet, SystemClock::default());
    let mut shard = Shard::new(started.reader, started.writer, models, ledger, orders, watch);
    assert_eq!(shard.run().unwrap(), Ended::CaughtUp);
}

fn stream(topic: &str) -> Stream {
    let config = json!({
        "name": "orders", "kind": "orders", "topic": topic, "models": ["m/1"], "subject": "/id",
        "currency": "/currency", "amount": "/value", "live_action": "/live",
    });
    let contract = json!({
        "schema": 1, "kind": "orders", "output": { "name": "score" }, "policy": { "review": 0.4, "reject": 0.8 },
        "input": { "layout": "matrix", "name": "m", "type": "float32" },
        "features": [{ "name": "v", "source": "number", "field": "/value", "missing": "reject" }],
    });
    let (config, contract) =
        (serde_json::from_value(config).unwrap(), serde_json::from_value(contract).unwrap());
    Stream::compile(StreamId(0), &config, &[&contract], None).unwrap()
}

struct Quiet;

impl Observer for Quiet {
    fn adopted(&mut self, _generation: &ModelGeneration) {}
    fn scored(&mut self, _batch: &ScoredBatch<'_>) {}
    fn dead_lettered(&mut self, _stream: StreamId, _stage: Stage, _code: Code) {}
    fn skipped(&mut self, _stream: StreamId, _reason: SkipReason) {}
    fn transaction(&mut self, _end: TransactionEnd, _took: Duration) {}
    fn gap(&mut self, _stream: StreamId, _offsets: u64) {}
}
