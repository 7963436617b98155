//! How long shards stand still while instances are restarted one after the other.

use crate::support::{Fed, Job, Plan, Running, eventually};
use bystander_testkit::kafka_or_skip;
use jiff::Timestamp;
use std::collections::BTreeMap;
use std::time::Duration;

const SHARDS: u32 = 4;
const SOON: Duration = Duration::from_secs(300);
/// Under two seconds on a quiet machine; a busy one is allowed for.
const MOMENT: Duration = Duration::from_secs(60);

/// Times at which a process gave shards up, and at which it ran them.
#[derive(Debug, Default)]
struct Moves {
    given_up: Vec<(u32, Timestamp)>,
    runs: Vec<(u32, Timestamp)>,
}

fn moves(log: &str) -> Moves {
    let mut moves = Moves::default();
    for line in log.lines() {
        let Some(time) = line.split_whitespace().next().and_then(|word| word.parse().ok()) else { continue };
        if let Some((_, list)) = line.split_once("event=Revoked([") {
            let numbers = list.split([',', ']', ')']).filter_map(|number| number.trim().parse().ok());
            moves.given_up.extend(numbers.map(|shard| (shard, time)));
        }
        if let Some((_, after)) = line.split_once("the shard runs shard=") {
            moves.runs.extend(
                after
                    .split_whitespace()
                    .next()
                    .and_then(|number| number.parse().ok())
                    .map(|shard| (shard, time)),
            );
        }
    }
    moves
}

/// For each time that a shard was given up since `from`, how long until it ran anywhere.
fn pauses(logs: &[String], from: Timestamp) -> BTreeMap<(u32, Timestamp), Option<Duration>> {
    let moves: Vec<Moves> = logs.iter().map(|log| moves(log)).collect();
    let given_up = moves.iter().flat_map(|moves| &moves.given_up).filter(|(_, time)| *time >= from);
    given_up
        .map(|&(shard, time)| {
            let later = moves.iter().flat_map(|moves| &moves.runs);
            let next = later
                .filter(|(other, again)| *other == shard && *again > time)
                .map(|(_, again)| *again)
                .min();
            let pause = next.map(|next| next.duration_since(time).unsigned_abs());
            ((shard, time), pause)
        })
        .collect()
}

/// Shards that a process runs now.
fn running(process: &Running) -> Vec<u32> {
    let Moves { given_up, runs } = moves(&process.log());
    let last = |list: &[(u32, Timestamp)], shard: u32| {
        list.iter().filter(|(other, _)| *other == shard).map(|(_, time)| *time).max()
    };
    (0..SHARDS)
        .filter(|&shard| {
            last(&runs, shard).is_some_and(|ran| last(&given_up, shard).is_none_or(|gone| gone < ran))
        })
        .collect()
}

#[test]
fn restarting_instances_one_after_the_other_stops_shards_for_a_moment_whatever_the_session_timeout() {
    let name =
        "restarting_instances_one_after_the_other_stops_shards_for_a_moment_whatever_the_session_timeout";
    let cluster = kafka_or_skip!(name);
    // Long, so that whoever waits for it, or for a share of it, is seen on any machine.
    let plan = Plan { session_timeout: "300s".to_owned(), ..Plan::new(cluster, SHARDS as i32) };
    let job = Job::planned(cluster, 4, plan);
    let feed = job.feed(3_000, 1_000, &["--seed", "21", "--rate", "40"]);
    let mut processes = vec![job.run(), job.run()];
    let shared = |processes: &[Running]| {
        let held: Vec<Vec<u32>> = processes.iter().map(running).collect();
        held.iter().all(|held| held.len() == 2)
    };
    eventually("two instances share the shards", SOON, || shared(&processes));
    let mut ended = Vec::new();
    let mut all = BTreeMap::new();
    for round in 0..2 {
        let from = Timestamp::now();
        let leaving = processes.remove(0);
        leaving.terminate();
        eventually("the other one runs all shards", SOON, || running(&processes[0]).len() == SHARDS as usize);
        ended.push(leaving.wait(SOON).ok().log);
        processes.push(job.run());
        eventually("the shards are shared again", SOON, || shared(&processes));
        let logs: Vec<String> = processes.iter().map(Running::log).chain(ended.iter().cloned()).collect();
        let found = pauses(&logs, from);
        eprintln!("round {round}: {found:?}");
        all.extend(found);
    }
    let fed = Fed::read(&feed.wait(Duration::from_secs(600)).ok().out);
    job.terminate(processes);
    job.drain(1);
    job.assert_exact(&fed);
    let pauses: Vec<Duration> = all.into_values().map(|pause| pause.expect("it ran again")).collect();
    let mut sorted = pauses.clone();
    sorted.sort_unstable();
    eprintln!("pauses of shards that moved: {sorted:?}");
    assert!(sorted.last().is_some_and(|longest| *longest < MOMENT), "{sorted:?}");
}
