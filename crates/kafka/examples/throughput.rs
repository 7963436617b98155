//! How fast a shard can be without any scoring: 500 bytes in, 1 KB out, in transactions, on a real broker
//! that this program starts. Prints records a second, the median commit, and the time to start a shard.
//!
//! Arguments: records (400000), longest transaction in milliseconds (200) and in records (no limit).

#![allow(clippy::unwrap_used, clippy::print_stdout)]

use bystander_core::checkpoint::Checkpoint;
use bystander_kafka::{
    Feed, FeedRecord, Job, LiveSettings, ReadTopics, ShadowSettings, ShadowTopic, ShadowTopics, Start,
    TopicPlanSettings, start,
};
use bystander_pipeline::{Message, Output, Polled, Sink, Source, Stop, Transaction};
use bystander_testkit::{KafkaCluster, KafkaOptions};
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

fn main() {
    let records = std::env::args().nth(1).and_then(|argument| argument.parse().ok()).unwrap_or(400_000_usize);
    let interval = std::env::args().nth(2).and_then(|argument| argument.parse().ok()).unwrap_or(200_u64);
    let limit = std::env::args().nth(3).and_then(|argument| argument.parse().ok()).unwrap_or(usize::MAX);
    let cluster = KafkaCluster::start(&KafkaOptions::default()).unwrap();
    let input = "bench.input";
    cluster.create_topic(input, 4, &[]).unwrap();
    memory("before feeding");
    feed(&cluster, input, records);
    memory("after feeding");

    let inputs = vec![input.to_owned()];
    let read = ReadTopics::new(inputs.clone());
    let topics = ["comparisons", "dead-letters", "checkpoints"];
    let topics = topics.map(|topic| ShadowTopic::new(&format!("bench.{topic}"), &read).unwrap());
    let mut live = LiveSettings::new(&cluster.bootstrap(), "bench");
    live.start = Start::Earliest;
    let shadow = ShadowSettings::new(&cluster.bootstrap(), "bench", topics);
    let admin = ShadowTopics::new(&shadow).unwrap();
    admin.execute(&admin.plan(&TopicPlanSettings::new(1, 4)).unwrap()).unwrap();
    let job = Job::new(live, shadow, inputs).unwrap();

    for attempt in ["first", "second", "third"] {
        let began = Instant::now();
        drop(start(&job, 0, &Stop::default()).unwrap());
        println!("start of a shard ({attempt}): {:?}", began.elapsed());
    }
    copy(&job, records, Duration::from_millis(interval), limit);
}

fn feed(cluster: &KafkaCluster, topic: &str, records: usize) {
    let feed = Feed::new(&cluster.bootstrap(), &BTreeMap::new()).unwrap();
    // Half of it differs from record to record, as ids and amounts do.
    let mut payload = vec![b'a'; 500];
    let mut state = 1_u64;
    for index in 0..records {
        let partition = Some(i32::try_from(index % 4).unwrap());
        for byte in payload.iter_mut().step_by(2) {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            *byte = b'a' + (state >> 60) as u8;
        }
        feed.send(FeedRecord { topic, partition, payload: Some(&payload), ..FeedRecord::default() }).unwrap();
    }
    feed.flush().unwrap();
}

/// Reads everything and writes a record twice as large for each.
fn copy(job: &Job, records: usize, interval: Duration, limit: usize) {
    let mut shard = start(job, 0, &Stop::default()).unwrap();
    let mut checkpoints: BTreeMap<i32, Checkpoint> =
        shard.checkpoints.into_iter().map(|(_, checkpoint)| (checkpoint.partition, checkpoint)).collect();
    let value: Vec<u8> = (0..1024_u32).map(|index| b'a' + (index * 11 % 26) as u8).collect();
    let mut commits = Vec::new();
    let (mut read, began) = (0, Instant::now());
    while read < records {
        let mut transaction = shard.writer.begin().unwrap();
        let due = Instant::now() + interval;
        let full = records.min(read.saturating_add(limit));
        while Instant::now() < due && read < full {
            let Polled::Record(record) = shard.reader.poll(Duration::from_millis(5)).unwrap() else {
                continue;
            };
            read += 1;
            checkpoints.get_mut(&record.position.partition).unwrap().next_offset = record.position.offset + 1;
            let message = Message {
                output: Output::Comparisons,
                source_partition: record.position.partition,
                key: record.key,
                value: Some(&value),
                headers: &[("ce_id", b"0123456789abcdef"), ("ce_type", b"comparison")],
            };
            transaction.send(message).unwrap();
        }
        let committing = Instant::now();
        transaction.commit(&checkpoints.values().cloned().collect::<Vec<_>>()).unwrap();
        commits.push(committing.elapsed());
    }
    let took = began.elapsed();
    commits.sort_unstable();
    let rate = read as f64 / took.as_secs_f64();
    println!(
        "{read} records in {took:?}: {rate:.0}/s; {} commits, median {:?}, longest {:?}",
        commits.len(),
        commits[commits.len() / 2],
        commits[commits.len() - 1],
    );
    memory("after copying");
}

fn memory(when: &str) {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let lines = status.lines().filter(|line| line.starts_with("VmHWM") || line.starts_with("VmRSS"));
    println!("{when}: {}", lines.collect::<Vec<_>>().join(", "));
}
