//! Four shards in two processes, undisturbed; and the proof that the check can fail.

use crate::support::{Job, sized};
use bystander_testkit::{Consumed, Isolation, ProduceOptions, kafka_or_skip};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::time::Instant;

#[test]
fn every_record_becomes_exactly_its_comparisons_one_dead_letter_or_one_counted_skip() {
    let name = "every_record_becomes_exactly_its_comparisons_one_dead_letter_or_one_counted_skip";
    let cluster = kafka_or_skip!(name);
    let job = Job::ready(cluster, 6, 4);
    let fed = job.fed(sized(200_000), sized(100_000), 1);
    let began = Instant::now();
    let finished = job.drain(2);
    let took = began.elapsed();
    let account = job.assert_exact(&fed);
    let shards: Vec<_> = finished.iter().map(|finished| shards(&finished.log)).collect();
    eprintln!(
        "{} events, {} comparisons, {} dead letters, {} skips in {took:.1?} by shards {shards:?}",
        account.events, account.comparisons, account.dead_letters, account.skipped
    );
    assert_eq!(shards.concat().into_iter().collect::<BTreeSet<_>>(), (0..4).collect());
}

fn shards(log: &str) -> Vec<u32> {
    let started = log.lines().filter(|line| line.contains("the shard runs"));
    started.filter_map(|line| line.split_once("shard=")?.1.split(' ').next()?.parse().ok()).collect()
}

/// A record as the other client writes it again.
fn again(topic: &str, record: &Consumed) -> Value {
    json!({
        "topic": topic, "partition": record.partition, "key": record.key, "value": record.value,
        "headers": record.headers, "timestamp": record.timestamp,
    })
}

#[test]
fn a_stray_copy_of_one_comparison_is_seen() {
    let name = "a_stray_copy_of_one_comparison_is_seen";
    let cluster = kafka_or_skip!(name);
    let job = Job::ready(cluster, 2, 2);
    let fed = job.fed(1_000, 500, 2);
    job.drain(1);
    job.assert_exact(&fed);
    let written = cluster.consume(&job.plan.comparisons, Isolation::Committed).unwrap();
    let stray = again(&job.plan.comparisons, &written[written.len() / 2]);
    cluster.produce([stray], &ProduceOptions::default()).unwrap();
    let account = job.account();
    assert_eq!((account.duplicates, account.missing, account.clean), (1, 0, false), "{account:?}");
}

#[test]
fn an_input_record_after_the_job_has_ended_is_seen_as_missing() {
    let name = "an_input_record_after_the_job_has_ended_is_seen_as_missing";
    let cluster = kafka_or_skip!(name);
    let job = Job::ready(cluster, 2, 2);
    let fed = job.fed(1_000, 500, 3);
    job.drain(1);
    job.assert_exact(&fed);
    let orders = cluster.consume(&job.plan.orders, Isolation::Committed).unwrap();
    cluster.produce([again(&job.plan.orders, &orders[0])], &ProduceOptions::default()).unwrap();
    let account = job.account();
    assert_eq!((account.missing, account.duplicates, account.clean), (1, 0, false), "{account:?}");
}
