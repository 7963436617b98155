//! How long shards stand still while instances are restarted one after the other, or die.

use crate::moves::{Pause, handovers, running, takeovers};
use crate::support::{Fed, Job, Plan, Running, eventually};
use bystander_testkit::{KafkaCluster, KafkaOptions, kafka_or_skip};
use jiff::Timestamp;
use std::time::Duration;

const SHARDS: u32 = 4;
const SOON: Duration = Duration::from_secs(300);
/// The largest that the client library takes: whoever waits for it, or for a small share of it, is seen on any machine.
const SESSION: Duration = Duration::from_secs(300);
/// Under two seconds on a quiet machine. What the group takes of it hardly depends on the machine; what a shard takes to
/// start does.
const GROUP: Duration = Duration::from_secs(10);
const START: Duration = Duration::from_secs(30);
/// How often the members join at most because one instance is restarted. The one that stays joins as the other one leaves;
/// the new one asks for an id first; then the two of them join to see what is to move, and again once it was given up.
const JOINS: usize = 1 + 1 + 2 + 2;

fn shared(processes: &[Running]) -> bool {
    processes.iter().all(|process| running(process, SHARDS).len() == 2)
}

fn requests(cluster: &KafkaCluster, api: &str) -> usize {
    cluster.requests().unwrap().iter().filter(|request| request.api == api).count()
}

#[test]
fn restarting_instances_one_after_the_other_stops_shards_for_a_moment_whatever_the_session_timeout() {
    let name =
        "restarting_instances_one_after_the_other_stops_shards_for_a_moment_whatever_the_session_timeout";
    let cluster = &kafka_or_skip!(name, KafkaOptions { request_log: true, ..KafkaOptions::default() });
    let session_timeout = format!("{}s", SESSION.as_secs());
    let job = Job::planned(cluster, 4, Plan { session_timeout, ..Plan::new(cluster, SHARDS as i32) });
    let feed = job.feed(3_000, 1_000, &["--seed", "21", "--rate", "40"]);
    let mut processes = vec![job.run(), job.run()];
    eventually("two instances share the shards", SOON, || shared(&processes));
    let mut ended = Vec::new();
    let mut pauses: Vec<Pause> = Vec::new();
    for round in 0..2 {
        let (from, before) =
            (Timestamp::now(), ["JOIN_GROUP", "LEAVE_GROUP"].map(|api| requests(cluster, api)));
        let leaving = processes.remove(0);
        leaving.terminate();
        eventually("the other one runs all shards", SOON, || running(&processes[0], SHARDS).len() == 4);
        ended.push(leaving.wait(SOON).ok().log);
        processes.push(job.run());
        eventually("the shards are shared again", SOON, || shared(&processes));
        let logs: Vec<String> = processes.iter().map(Running::log).chain(ended.iter().cloned()).collect();
        let found = handovers(&logs, from);
        eprintln!("round {round}: {found:?}");
        assert_eq!(found.len(), 4, "two shards leave and two move back: {found:?}");
        pauses.extend(found);
        let [joins, leaves] = ["JOIN_GROUP", "LEAVE_GROUP"].map(|api| requests(cluster, api));
        eprintln!("joined {} times, left {} times", joins - before[0], leaves - before[1]);
        assert_eq!(leaves - before[1], 1, "the group hears of the end from the instance itself");
        assert!(joins - before[0] <= JOINS, "the group meets {} times for one restart", joins - before[0]);
    }
    let fed = Fed::read(&feed.wait(Duration::from_secs(600)).ok().out);
    job.terminate(processes);
    job.drain(1);
    job.assert_exact(&fed);
    assert!(pauses.iter().all(|pause| pause.given < GROUP && pause.runs < START), "{pauses:?}");
}

#[test]
fn shards_of_an_instance_that_was_killed_run_elsewhere_after_the_session_timeout_and_a_moment() {
    let name = "shards_of_an_instance_that_was_killed_run_elsewhere_after_the_session_timeout_and_a_moment";
    let cluster = kafka_or_skip!(name);
    // As it is by default.
    let session = Duration::from_secs(10);
    let plan = Plan { session_timeout: "10s".to_owned(), ..Plan::new(cluster, SHARDS as i32) };
    let job = Job::planned(cluster, 4, plan);
    let feed = job.feed(1_500, 500, &["--seed", "22", "--rate", "40"]);
    let mut processes = vec![job.run(), job.run()];
    eventually("two instances share the shards", SOON, || shared(&processes));
    let mut killed = processes.remove(0);
    let shards = running(&killed, SHARDS);
    let died = Timestamp::now();
    killed.kill();
    eventually("the other one runs all shards", SOON, || running(&processes[0], SHARDS).len() == 4);
    let pauses = takeovers(&[processes[0].log()], &shards, died);
    eprintln!("after a kill: {pauses:?}");
    let fed = Fed::read(&feed.wait(Duration::from_secs(600)).ok().out);
    job.terminate(processes);
    job.drain(1);
    job.assert_exact(&fed);
    assert_eq!(pauses.iter().map(|pause| pause.shard).collect::<Vec<_>>(), shards);
    assert_eq!(shards.len(), 2);
    let in_time = |pause: &Pause| pause.given < session + GROUP && pause.runs < session + START;
    assert!(pauses.iter().all(in_time), "{pauses:?}");
}
