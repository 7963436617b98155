//! End to end on a real broker that this program starts: one shard from the input topic to committed
//! comparisons, beside a bare loop that reads and writes records of the same size in the same transactions,
//! and beside ONNX Runtime alone. `BENCH_ROWS` and `BENCH_ROUNDS` change the size.

#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout, missing_docs)]

#[path = "support/mod.rs"]
mod support;

use bystander_core::checkpoint::Checkpoint;
use bystander_core::record::StreamId;
use bystander_core::run::{Mode, RunLabels};
use bystander_core::stream::{Decoder, Stream};
use bystander_kafka::{
    Feed, FeedRecord, Job, LiveSettings, ReadTopics, ShadowSettings, ShadowTopic, ShadowTopics, Start,
    TopicPlanSettings, start,
};
use bystander_models::LoadedModel;
use bystander_pipeline::{
    EndOffsets, Ledger, Message, ModelGeneration, Output, Polled, Scorer, Shard, ShardConfig, ShardSettings,
    Sink, Source, Stop, SystemClock, Transaction, TransactionEnd,
};
use bystander_testkit::{KafkaCluster, KafkaOptions};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};
use support::{Events, median, number, orders_config};

const INPUT: &str = "bench.orders";
const PARTITIONS: i32 = 4;
/// About the size of a comparison.
const OUTPUT_BYTES: usize = 900;

fn main() {
    let rows = number("BENCH_ROWS", 100_000);
    let rounds = number("BENCH_ROUNDS", 3);
    let cluster = KafkaCluster::start(&KafkaOptions::default()).unwrap();
    cluster.create_topic(INPUT, PARTITIONS, &[]).unwrap();
    let events = Events::orders(rows);
    feed(&cluster, &events);
    let model = support::model("fraud/1");
    let mut config = orders_config();
    config.topic = Some(INPUT.into());
    let stream = Arc::new(Stream::compile(StreamId(0), &config, &[&model.contract], None).unwrap());
    println!(
        "{rows} orders of {} bytes on average over {PARTITIONS} partitions, model fraud/1, {rounds} rounds",
        events.mean_bytes()
    );
    let mut rates: [Vec<f64>; 3] = Default::default();
    let mut committing = Vec::new();
    for round in 0..rounds {
        let alone = runtime_alone(&model, &events, &stream);
        let bare = bare_loop(&job(&cluster, &format!("bare-{round}")), rows);
        let (whole, commits) = shard(&job(&cluster, &format!("whole-{round}")), &stream, &model);
        for (list, took) in rates.iter_mut().zip([alone, bare, whole]) {
            list.push(rows as f64 / took.as_secs_f64());
        }
        committing.push(commits.as_secs_f64() / whole.as_secs_f64());
    }
    let ratio = |other: usize| {
        median(rates[2].iter().zip(&rates[other]).map(|(whole, other)| whole / other).collect())
    };
    let (to_bare, to_alone) = (ratio(1), ratio(0));
    let [alone, bare, whole] = rates.map(median);
    println!("ONNX Runtime alone, one thread   {alone:9.0} events/s");
    println!("bare consume-and-produce loop    {bare:9.0} events/s");
    println!(
        "one shard, end to end            {whole:9.0} events/s   {to_bare:.2} of the bare loop, {to_alone:.2} of ONNX Runtime alone"
    );
    println!("share of the shard's time spent waiting for commits: {:.2}", median(committing));
}

fn feed(cluster: &KafkaCluster, events: &Events) {
    let feed = Feed::new(&cluster.bootstrap(), &BTreeMap::new()).unwrap();
    for (index, record) in events.records().enumerate() {
        let partition = Some(i32::try_from(index).unwrap() % PARTITIONS);
        feed.send(FeedRecord {
            topic: INPUT,
            partition,
            key: record.key,
            payload: record.payload,
            ..FeedRecord::default()
        })
        .unwrap();
    }
    feed.flush().unwrap();
}

/// A job with one shard and topics of its own.
fn job(cluster: &KafkaCluster, name: &str) -> Job {
    let inputs = vec![INPUT.to_owned()];
    let read = ReadTopics::new(inputs.clone());
    let topics = ["comparisons", "dead-letters", "checkpoints"];
    let topics = topics.map(|topic| ShadowTopic::new(&format!("{name}.{topic}"), &read).unwrap());
    let live = LiveSettings { start: Start::Earliest, ..LiveSettings::new(&cluster.bootstrap(), name) };
    let shadow = ShadowSettings::new(&cluster.bootstrap(), name, topics);
    let admin = ShadowTopics::new(&shadow).unwrap();
    admin.execute(&admin.plan(&TopicPlanSettings::new(1, PARTITIONS)).unwrap()).unwrap();
    Job::new(live, shadow, inputs).unwrap()
}

fn runtime_alone(model: &LoadedModel, events: &Events, stream: &Stream) -> Duration {
    let mut decoder = Decoder::default();
    let mut batch = stream.new_batch();
    let mut scorer = model.scorer().unwrap();
    let mut scores = Vec::new();
    let mut took = Duration::ZERO;
    for record in events.records() {
        decoder.decode(stream, &record, &mut batch).unwrap();
        if batch.len() == ShardSettings::default().batch_rows {
            let start = Instant::now();
            scores.clear();
            scorer.score(batch.input(0), &mut scores).unwrap();
            took += start.elapsed();
            batch.clear();
        }
    }
    took
}

/// Reads everything and writes a record of a comparison's size for each, in transactions like a shard's.
fn bare_loop(job: &Job, rows: usize) -> Duration {
    let mut shard = start(job, 0, &Stop::default()).unwrap();
    let mut checkpoints: BTreeMap<i32, Checkpoint> =
        shard.checkpoints.into_iter().map(|(_, checkpoint)| (checkpoint.partition, checkpoint)).collect();
    let value: Vec<u8> = (0..OUTPUT_BYTES).map(|index| b'a' + (index * 11 % 26) as u8).collect();
    let (mut read, began) = (0, Instant::now());
    while read < rows {
        let mut transaction = shard.writer.begin().unwrap();
        let due = Instant::now() + ShardSettings::default().commit_interval;
        while Instant::now() < due && read < rows {
            let Polled::Record(record) = shard.reader.poll(Duration::from_millis(5)).unwrap() else {
                continue;
            };
            read += 1;
            if let Some(checkpoint) = checkpoints.get_mut(&record.position.partition) {
                checkpoint.next_offset = record.position.offset + 1;
            }
            let headers: [(&'static str, &[u8]); 6] = [("header", b"0123456789abcdef"); 6];
            let message = Message {
                output: Output::Comparisons,
                source_partition: record.position.partition,
                key: record.key,
                value: Some(&value),
                headers: &headers,
            };
            transaction.send(message).unwrap();
        }
        transaction.commit(&checkpoints.values().cloned().collect::<Vec<_>>()).unwrap();
    }
    began.elapsed()
}

/// Adds up the time of commits.
#[derive(Clone, Default)]
struct CommitTime(Arc<AtomicU64>);

impl bystander_pipeline::Observer for CommitTime {
    fn adopted(&mut self, _: &ModelGeneration) {}
    fn scored(&mut self, _: &bystander_core::scored::ScoredBatch<'_>) {}
    fn dead_lettered(
        &mut self,
        _: StreamId,
        stage: bystander_core::rejection::Stage,
        code: bystander_core::rejection::Code,
    ) {
        panic!("a sound order became a dead letter: {stage:?} {code:?}");
    }
    fn skipped(&mut self, _: StreamId, _: bystander_core::rejection::SkipReason) {}
    fn transaction(&mut self, _: TransactionEnd, took: Duration) {
        self.0.fetch_add(took.as_micros() as u64, Ordering::Relaxed);
    }
    fn gap(&mut self, _: StreamId, _: u64) {}
}

fn shard(job: &Job, stream: &Arc<Stream>, model: &LoadedModel) -> (Duration, Duration) {
    let started = start(job, 0, &Stop::default()).unwrap();
    let client = bystander_kafka::live::LiveClient::new(job.live(), job.status()).unwrap();
    let ends: EndOffsets = (0..PARTITIONS)
        .map(|partition| ((StreamId(0), partition), client.watermarks(INPUT, partition).unwrap().1))
        .collect();
    let orders = ShardConfig {
        job: job.shadow().job.clone(),
        shard: 0,
        shards: 1,
        initial_partitions: started.initial_partitions,
        config: None,
        labels: RunLabels { mode: Mode::Live, run_id: "bench".into(), cluster: "live".into() },
        settings: ShardSettings::default(),
        alone: false,
        until: Some(ends),
        stop: Stop::default(),
    };
    let streams = support::stream_models(stream, std::slice::from_ref(model));
    let commits = CommitTime::default();
    let watch = (commits.clone(), SystemClock::default());
    let mut shard = Shard::new(
        started.reader,
        started.writer,
        ModelGeneration::new(1, streams).open().unwrap(),
        Ledger::open(started.checkpoints).unwrap(),
        orders,
        watch,
    );
    let began = Instant::now();
    shard.run().unwrap();
    (began.elapsed(), Duration::from_micros(commits.0.load(Ordering::Relaxed)))
}
