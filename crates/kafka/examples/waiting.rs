//! What a commit costs the processor while the broker takes its time: one shard commits 100 records at a time to a real
//! broker behind a proxy that delays every answer. Prints the processor time of the shard's thread per commit.

#![allow(clippy::unwrap_used, clippy::print_stdout)]

use bystander_kafka::{
    Job, LiveSettings, ReadTopics, ShadowSettings, ShadowTopic, ShadowTopics, ShadowWriter,
    TopicPlanSettings, start,
};
use bystander_pipeline::{Message, Output, Sink, SinkError, Stop, Transaction};
use bystander_testkit::{KafkaCluster, KafkaOptions};
use std::time::{Duration, Instant};

/// Round trips in milliseconds, and how many commits are measured at each.
const ROUND_TRIPS: [(u64, u32); 7] =
    [(0, 50), (1, 50), (10, 30), (100, 10), (500, 4), (1_000, 2), (5_000, 1)];

fn main() {
    let cluster = KafkaCluster::start(&KafkaOptions { proxied: true, ..KafkaOptions::default() }).unwrap();
    let proxy = &cluster.proxies()[0];
    cluster.create_topic("bench.input", 1, &[]).unwrap();
    let inputs = ReadTopics::new(["bench.input"]);
    let topics = ["comparisons", "dead-letters", "checkpoints"];
    let topics = topics.map(|topic| ShadowTopic::new(&format!("bench.{topic}"), &inputs).unwrap());
    let live = LiveSettings::new(&cluster.bootstrap(), "bench");
    let mut shadow = ShadowSettings::new(&cluster.proxied_bootstrap(), "bench", topics);
    shadow.commit_timeout = Duration::from_secs(120);
    shadow.transaction_timeout = Duration::from_secs(600);
    let admin = ShadowTopics::new(&shadow).unwrap();
    admin.execute(&admin.plan(&TopicPlanSettings::new(1, 1)).unwrap()).unwrap();
    let job = Job::new(live, shadow, vec!["bench.input".to_owned()]).unwrap();

    println!("round trip   commits   per commit   processor per commit   share of a core");
    for (round_trip, commits) in ROUND_TRIPS {
        let delay = Duration::from_millis(round_trip) / 2;
        let open = || {
            proxy.delay(Duration::ZERO);
            let writer = start(&job, 0, &Stop::default()).unwrap().writer;
            proxy.delay(delay);
            writer
        };
        let mut writer = open();
        let (mut took, mut used) = (Duration::ZERO, Duration::ZERO);
        for _ in 0..commits {
            if matches!(writer.begin().map(drop), Err(SinkError::Reopen(_))) {
                writer = open();
            }
            let (began, before) = (Instant::now(), processor_time());
            commit(&mut writer);
            took += began.elapsed();
            used += processor_time() - before;
        }
        println!(
            "{round_trip:7} ms   {commits:7}   {:>10.1?}   {:>20.1?}   {:13.2} %",
            took / commits,
            used / commits,
            100.0 * used.as_secs_f64() / took.as_secs_f64()
        );
    }
}

fn commit(writer: &mut ShadowWriter) {
    let mut transaction = writer.begin().unwrap();
    for _ in 0..100 {
        let value = Some(&[b'x'; 900][..]);
        let message =
            Message { output: Output::Comparisons, source_partition: 0, key: None, value, headers: &[] };
        transaction.send(message).unwrap();
    }
    transaction.commit(&[]).unwrap();
}

/// Processor time of this thread, as the kernel's scheduler counts it.
fn processor_time() -> Duration {
    let counts = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap();
    Duration::from_nanos(counts.split(' ').next().unwrap().parse().unwrap())
}
