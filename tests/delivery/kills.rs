//! `kill -9` at seeded moments while events keep coming.

use crate::support::{Dice, Fed, Job, Plan, Running, eventually, full, sized};
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
    let mut feed = job.feed(sized(200_000), sized(100_000), &["--seed", "4", "--rate", rate]);
    let mut processes = [job.run(), job.run()];
    for kill in 1..=kills {
        kill_one(&job, (&mut feed, &mut processes), &mut dice, (kill, began));
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
fn kill_one(
    job: &Job<'_>,
    (feed, processes): (&mut Running, &mut [Running; 2]),
    dice: &mut Dice,
    (kill, began): (u32, Instant),
) {
    let (victim, further, moment) = (dice.either(), dice.below(3_000) as i64, dice.millis(0, 300));
    let written = || job.shadow().end_offsets(&job.plan.comparisons).unwrap().values().sum::<i64>();
    let aim = written() + further;
    // By progress, not by seconds: the victim has run a shard, and work goes on, unless all is done.
    eventually("the victim is at work", Duration::from_secs(300), || {
        processes.iter_mut().for_each(Running::must_run);
        let at_work = !processes[victim].shards().is_empty() && written() >= aim;
        at_work || (!feed.runs() && job.status()["lag"] == 0)
    });
    std::thread::sleep(moment);
    processes[victim].kill();
    eprintln!(
        "kill {kill} at {:.1?}, {further} comparisons after the last: process {victim}, which had run shards {:?}",
        began.elapsed(),
        processes[victim].shards()
    );
    processes[victim] = job.run();
}
