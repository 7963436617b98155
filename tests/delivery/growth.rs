//! More shards, and more input partitions, while processes run.

use crate::moves::growth;
use crate::support::{Fed, Job, Plan, Running, eventually, sized};
use bystander_testkit::{Consumed, Isolation, KafkaCluster, ProduceOptions, kafka_or_skip};
use serde_json::json;
use std::time::Duration;

/// A second or two on a quiet machine.
const MOMENT: Duration = Duration::from_secs(30);

#[test]
fn growing_from_four_to_six_shards_while_two_processes_run_loses_and_doubles_nothing() {
    let name = "growing_from_four_to_six_shards_while_two_processes_run_loses_and_doubles_nothing";
    let cluster = kafka_or_skip!(name);
    let mut job = Job::ready(cluster, 6, 4);
    let feed = job.feed(sized(100_000), sized(50_000), &["--seed", "5", "--rate", "600"]);
    let processes = [job.run(), job.run()];
    eventually("all four shards run", Duration::from_secs(300), || run_by(&processes, 0..4));
    job.plan.shards = 6;
    job.write_config();
    let said = job.command(&["init", "--execute"]).ok().out;
    assert!(said.contains(&format!("grow topic {} from 4 to 6 partitions", job.plan.checkpoints)), "{said}");
    eventually("all six shards run", Duration::from_secs(300), || run_by(&processes, 0..6));
    let pauses = || growth(&processes.each_ref().map(Running::log), 6);
    eventually("all of them run as six", Duration::from_secs(300), || pauses().len() == 6);
    let pauses = pauses();
    eprintln!("from four to six shards: {pauses:?}");
    assert!(pauses.values().all(|pause| *pause < MOMENT), "{pauses:?}");
    let fed = Fed::read(&feed.wait(Duration::from_secs(600)).ok().out);
    job.terminate(processes);
    job.drain(2);
    job.assert_exact(&fed);
    let status = job.status();
    assert_eq!(status["shards"], 6);
    for partition in status["partitions"].as_array().unwrap() {
        assert_eq!(partition["shard"].as_i64(), partition["partition"].as_i64().map(|number| number % 6));
    }
}

fn run_by(processes: &[Running], shards: std::ops::Range<u32>) -> bool {
    let all: Vec<u32> = processes.iter().flat_map(Running::shards).collect();
    shards.into_iter().all(|shard| all.contains(&shard))
}

#[test]
fn partitions_added_to_an_input_while_running_are_read_from_their_beginning() {
    let name = "partitions_added_to_an_input_while_running_are_read_from_their_beginning";
    let cluster = kafka_or_skip!(name);
    let job = Job::ready(cluster, 2, 2);
    let processes = [job.run(), job.run()];
    let fed = job.fed(1_000, 500, 6);
    let orders = cluster.consume(&job.plan.orders, Isolation::Committed).unwrap();
    for (partition, total) in [(2, 3), (4, 5)] {
        add_and_fill(cluster, &job.plan, partition, total, &orders);
    }
    let expected = fed.events() + 2 * u64::try_from(orders.len()).unwrap();
    eventually("all is read without a restart", Duration::from_secs(300), || {
        job.status()["totals"]["read"].as_u64() == Some(expected)
    });
    job.terminate(processes);
    let account = job.account();
    assert!(account.clean, "{account:#?}");
    assert_eq!((account.events, account.partitions.len()), (expected, 5 + 2));
}

/// Adds partitions and fills one before any process can have looked.
fn add_and_fill(cluster: &KafkaCluster, plan: &Plan, partition: i32, total: i32, records: &[Consumed]) {
    cluster.add_partitions(&plan.orders, total).unwrap();
    let copies = records.iter().map(|record| {
        json!({
            "topic": plan.orders, "partition": partition,
            "key": record.key, "key_base64": record.key_base64,
            "value": record.value, "value_base64": record.value_base64,
        })
    });
    cluster.produce(copies, &ProduceOptions::default()).unwrap();
}
