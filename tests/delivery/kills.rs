//! `kill -9` at seeded moments while events keep coming.

use crate::support::{Dice, Fed, Job, Plan, Running, full, sized};
use bystander_testkit::{Isolation, KafkaCluster, KafkaOptions, kafka_or_skip};
use std::time::{Duration, Instant};

/// Lets a process that died leave the group fast, so that each kill finds both processes at work.
pub(crate) fn quick_to_notice() -> KafkaOptions {
    let properties = vec![("group.min.session.timeout.ms".to_owned(), "1000".to_owned())];
    KafkaOptions { properties, ..KafkaOptions::default() }
}

pub(crate) fn quick_job(cluster: &KafkaCluster, input_partitions: i32) -> Job<'_> {
    let soon = vec![("reconnect.backoff.max.ms".to_owned(), "500".to_owned())];
    let plan = Plan {
        session_timeout: "2s".to_owned(),
        live_properties: soon.clone(),
        shadow_properties: soon,
        ..Plan::new(cluster, 4)
    };
    Job::planned(cluster, input_partitions, plan)
}

#[test]
fn processes_killed_at_any_moment_lose_and_double_nothing() {
    let name = "processes_killed_at_any_moment_lose_and_double_nothing";
    let cluster = kafka_or_skip!(name, quick_to_notice());
    let job = quick_job(&cluster, 6);
    let (kills, rate) = if full() { (20, "3000") } else { (6, "1000") };
    let mut dice = Dice::new();
    eprintln!("BYSTANDER_TEST_SEED={} decides the moments", dice.seed());
    let began = Instant::now();
    let feed = job.feed(sized(200_000), sized(100_000), &["--seed", "4", "--rate", rate]);
    let mut processes = [job.run(), job.run()];
    for kill in 1..=kills {
        kill_one(&job, &mut processes, &mut dice, (kill, began));
    }
    let fed = Fed::read(&feed.wait(Duration::from_secs(600)).ok().out);
    processes.iter_mut().for_each(Running::must_run);
    job.terminate(processes);
    job.drain(2);
    let account = job.assert_exact(&fed);
    eprintln!(
        "{} events, {} comparisons after {kills} kills in {:.1?}",
        account.events,
        account.comparisons,
        began.elapsed()
    );
    if !full() {
        // The kills hit work that was under way: what they left stands in the log, aborted.
        // Tombstones are what takeovers left.
        let in_log = cluster.consume(&job.plan.comparisons, Isolation::Uncommitted).unwrap();
        let in_log = in_log.iter().filter(|record| record.value.is_some()).count();
        let aborted = in_log - usize::try_from(account.comparisons).unwrap();
        eprintln!("{aborted} comparisons stand in the log aborted");
        assert!(aborted > 0, "no kill hit an open transaction");
    }
}

/// Kills one of the two after a while and starts another in its place at once.
fn kill_one(job: &Job<'_>, processes: &mut [Running; 2], dice: &mut Dice, (kill, began): (u32, Instant)) {
    let (pause, victim) = (dice.millis(200, 6_000), dice.either());
    std::thread::sleep(pause);
    processes.iter_mut().for_each(Running::must_run);
    processes[victim].kill();
    eprintln!(
        "kill {kill} at {:.1?}, {pause:?} after the last: process {victim}, which had run shards {:?}",
        began.elapsed(),
        processes[victim].shards()
    );
    processes[victim] = job.run();
}
