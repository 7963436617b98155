//! During a replay the live cluster sees reads and nothing else, at the rate that was asked for.

use crate::support::{Job, Plan, assert_untouched, log_in, wait_until_left};
use bystander_testkit::{Acl, KafkaOptions, ProduceOptions, kafka_or_skip};
use serde_json::json;
use std::panic::AssertUnwindSafe;
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
    // The live run's own members must be gone: their leaving is written down, too.
    wait_until_left(&cluster, &administrator.plan.job);
    let before = cluster.snapshot().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().display().to_string();
    let replayed = service.start(&["replay", "--out", &out]).wait(LIMIT).ok();
    assert!(!replayed.log.to_lowercase().contains("authoriz"), "{}", replayed.log);
    service.start(&["replay", "--verify"]).wait(LIMIT).ok();
    assert_untouched(&cluster, &before, &cluster.snapshot().unwrap());
    // And the check can fail: a live run joins its group and leaves it, which is told with the group's name.
    administrator.drain(1);
    let after = cluster.snapshot().unwrap();
    let told = std::panic::catch_unwind(AssertUnwindSafe(|| assert_untouched(&cluster, &before, &after)));
    let told = *told.unwrap_err().downcast::<String>().unwrap();
    assert!(told.contains(&format!("members of group {}", administrator.plan.job)), "{told}");
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
    let limit = format!("{rate:.0}");
    let sent = || cluster.served(0).unwrap().bytes_out.get(&job.plan.orders).copied().unwrap_or(0) as f64;
    // Time, and bytes that the broker itself counted.
    let run = |name: &str, to: u32| {
        let (out, to) = (folder.path().join(name).display().to_string(), to.to_string());
        let (before, began) = (sent(), Instant::now());
        let words =
            ["replay", "--stream", "orders", "--bytes-per-second", &limit, "--to", &to, "--out", &out];
        job.start(&words).wait(LIMIT).ok();
        (began.elapsed().as_secs_f64(), sent() - before)
    };
    // What doesn't depend on the range, such as loading models and looking at samples, is the same for both.
    let (part, all) = (run("part", count / 20), run("all", count / 4));
    let reached = (all.1 - part.1) / (all.0 - part.0) / rate;
    eprintln!(
        "{:.0} bytes in {:.2} s, {:.0} in {:.2} s: {reached:.3} of the limit",
        all.1, all.0, part.1, part.0
    );
    // Never more than was asked for; how near it comes to that is for a quiet machine.
    assert!((0.5..1.1).contains(&reached), "{reached}");
}
