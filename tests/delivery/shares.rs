//! What each of several instances shows: the partitions of its own shards, and without any nothing that reads as zero.

use crate::support::{Job, Running, at, eventually, page, status_page};
use bystander_testkit::kafka_or_skip;
use serde_json::Value;
use std::collections::BTreeSet;
use std::time::Duration;

const LIMIT: Duration = Duration::from_secs(300);
/// Of the two inputs together.
const PARTITIONS: usize = 4;

/// The input partitions that an instance shows; `None` while it doesn't answer.
fn shown(process: &Running) -> Option<BTreeSet<(String, i64)>> {
    let answer = at(process, "/status")?;
    let (_, body) = answer.split_once("\r\n\r\n")?;
    let status: Value = serde_json::from_str(body).ok()?;
    let inputs = status["inputs"].as_array()?.iter();
    inputs.map(|input| Some((input["topic"].as_str()?.to_owned(), input["partition"].as_i64()?))).collect()
}

/// How many partitions each shows, in order; none while they don't show each exactly once.
fn shares(processes: &[Running]) -> Option<Vec<usize>> {
    let shown: Vec<_> = processes.iter().map(shown).collect::<Option<_>>()?;
    let all: BTreeSet<_> = shown.iter().flatten().collect();
    let shares: Vec<_> = shown.iter().map(BTreeSet::len).collect();
    (all.len() == PARTITIONS && shares.iter().sum::<usize>() == PARTITIONS).then_some(shares)
}

#[test]
fn an_instance_shows_the_partitions_of_its_own_shards_and_without_any_it_shows_none() {
    let name = "an_instance_shows_the_partitions_of_its_own_shards_and_without_any_it_shows_none";
    let job = Job::ready(kafka_or_skip!(name), 2, 2);
    job.fed(200, 100, 11);
    let mut processes = vec![job.run()];
    eventually("the only instance shows all", LIMIT, || shares(&processes) == Some(vec![PARTITIONS]));
    processes.push(job.run());
    eventually("each shows its own", LIMIT, || shares(&processes) == Some(vec![2, 2]));
    processes.push(job.run());
    eventually("one of three shows none", LIMIT, || {
        shares(&processes).is_some_and(|mut shares| {
            shares.sort_unstable();
            shares == [0, 2, 2]
        })
    });
    let without = processes.iter().find(|process| shown(process).is_some_and(|shown| shown.is_empty()));
    let without = without.unwrap();
    let words = status_page(without);
    assert!(words.contains("nothing is read here") && !words.contains("nothing waits in"), "{words}");
    eventually("no lag is exported either", LIMIT, || {
        page(without).is_some_and(|page| !page.lines().any(|line| line.starts_with("bystander_lag_records{")))
    });
    job.terminate(processes);
}
