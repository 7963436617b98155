//! During a replay the live cluster sees reads and nothing else, at the rate that was asked for.

use crate::support::{Job, Plan, log_in};
use bystander_testkit::{Acl, KafkaOptions, ProduceOptions, kafka_or_skip};
use serde_json::json;
use std::time::{Duration, Instant};

const LIMIT: Duration = Duration::from_secs(300);
const LIVE: &str = "bystander-live";

#[test]
fn a_replay_needs_no_permission_but_to_read_and_leaves_the_live_cluster_as_it_was() {
    let name = "a_replay_needs_no_permission_but_to_read_and_leaves_the_live_cluster_as_it_was";
    let cluster = kafka_or_skip!(name, KafkaOptions::authorized(&[LIVE]));
    let administrator = Job::ready(&cluster, 3, 2);
    administrator.fed(3_000, 1_000, 61);
    administrator.drain(1);
    let plan = Plan {
        live_brokers: cluster.sasl_bootstrap(),
        live_properties: log_in(&cluster, LIVE),
        ..administrator.plan.clone()
    };
    let group = format!("bystander-{}", plan.job);
    let allowed = [
        Acl::allow("topic", &plan.orders, "read"),
        Acl::allow("topic", &plan.quotes, "read"),
        Acl::allow("group", &group, "describe"),
    ];
    cluster.add_acls(&format!("User:{LIVE}"), &allowed).unwrap();
    let service = Job::of(&cluster, &cluster, plan);
    let before = cluster.snapshot().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().display().to_string();
    let replayed = service.start(&["replay", "--out", &out]).wait(LIMIT).ok();
    assert!(!replayed.log.to_lowercase().contains("authoriz"), "{}", replayed.log);
    service.start(&["replay", "--verify"]).wait(LIMIT).ok();
    assert_eq!(before, cluster.snapshot().unwrap(), "groups, positions, topics, transactions");
}

#[test]
fn bytes_per_second_off_the_brokers_are_as_asked() {
    let name = "bytes_per_second_off_the_brokers_are_as_asked";
    let cluster = kafka_or_skip!(name);
    let job = Job::ready(cluster, 4, 2);
    // Not compressed, so that what is stored is what goes over the wire, but for a few bytes per record.
    let filler = "x".repeat(2_000);
    let value = json!({ "type": "order.placed", "filler": filler }).to_string();
    let count: u32 = 20_000;
    let records =
        (0..count).map(|index| json!({ "topic": job.plan.orders, "partition": index % 4, "value": value }));
    cluster.produce(records, &ProduceOptions::default()).unwrap();
    let bytes = f64::from(count) * value.len() as f64;
    let rate = bytes / 15.0;
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().display().to_string();
    let limit = format!("{rate:.0}");
    let began = Instant::now();
    job.start(&["replay", "--stream", "orders", "--bytes-per-second", &limit, "--out", &out])
        .wait(LIMIT)
        .ok();
    let took = began.elapsed().as_secs_f64();
    let reached = bytes / took / rate;
    eprintln!("{bytes:.0} bytes in {took:.2} s: {reached:.3} of the limit");
    // Looking models and topics up takes a part of a second of its own.
    assert!((0.87..1.1).contains(&reached), "{reached}");
}
