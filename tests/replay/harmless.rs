//! During a replay the live cluster sees reads and nothing else, at the rate that was asked for.

use crate::support::{Job, Plan, assert_untouched, eventually, log_in, wait_until_left};
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
    let (limit, out) = (format!("{rate:.0}"), folder.path().join("out").display().to_string());
    let free = folder.path().join("free").display().to_string();
    let words = ["replay", "--stream", "orders", "--bytes-per-second", &limit, "--out", &out];
    let sent = || cluster.served(0).unwrap().bytes_out.get(&job.plan.orders).copied().unwrap_or(0) as f64;
    // The plan is made from samples, which are not paced.
    let before = sent();
    job.start(&[&words[..], &["--dry-run"]].concat()).wait(LIMIT).ok();
    let samples = sent() - before;
    let unpaced = || {
        let began = Instant::now();
        job.start(&["replay", "--stream", "orders", "--bytes-per-second", "-1", "--out", &free])
            .wait(LIMIT)
            .ok();
        began.elapsed()
    };
    let without_limit = unpaced();
    let before = sent();
    let running = job.start(&words);
    // The time from then on is longer than that of reading, never shorter, however busy the machine is.
    let mut began = Instant::now();
    eventually("the plan is shown", LIMIT, || {
        let looked = Instant::now();
        let shown = running.log().contains("the plan");
        began = if shown { began } else { looked };
        shown
    });
    running.wait(LIMIT).ok();
    let (took, read) = (began.elapsed(), sent() - before - samples);
    // What is left unused may be made up for by a second, and bytes are counted by the second.
    let allowed = rate * (took + Duration::from_secs(2)).as_secs_f64();
    eprintln!(
        "{read:.0} bytes in {took:.2?}, {:.3} of the limit; samples {samples:.0}",
        read / rate / took.as_secs_f64()
    );
    assert!(read > 0.99 * bytes, "all of it was read: {read} of {bytes}");
    assert!(read < allowed, "{read} of {allowed:.0} allowed");
    // What the work itself takes at this machine's load is measured by the same work without a limit, before and behind it.
    // Beyond that, waiting for the limit takes the time that the limit says.
    let longest = Duration::from_secs_f64(read / rate) + 2 * without_limit.max(unpaced());
    assert!(took < longest, "{took:?}, and {longest:?} with every second of the limit used");
}
