//! A running job is upgraded from the binary of an earlier version to this one and back, instance by instance.
//!
//! `tests/upgrade.sh COMMIT` builds the earlier binary. Without one these tests are left out.

use crate::support::{Fed, Job, Plan, Running, eventually};
use bystander_testkit::{KafkaCluster, previous_binary, shared_kafka};
use std::path::{Path, PathBuf};
use std::time::Duration;

const SOON: Duration = Duration::from_secs(300);
const SHARDS: u32 = 4;

/// The earlier binary and a broker.
fn both(test: &str) -> Option<(PathBuf, &'static KafkaCluster)> {
    previous_binary(test).zip(shared_kafka(test))
}

/// Comparisons written so far, with markers.
fn written(job: &Job<'_>) -> i64 {
    job.shadow().end_offsets(&job.plan.comparisons).unwrap().values().sum()
}

/// Waits until further events were scored, or all of them are.
fn goes_on(job: &Job<'_>, feed: &mut Running, processes: &mut [Running]) {
    let aim = written(job) + 400;
    eventually("further events are scored", SOON, || {
        processes.iter_mut().for_each(Running::must_run);
        written(job) >= aim || !feed.runs()
    });
}

/// Ends the oldest instance and starts one of `binary` in its place, which must come to run shards.
fn replace(job: &Job<'_>, feed: &mut Running, processes: &mut Vec<Running>, binary: &Path) {
    let leaving = processes.remove(0);
    leaving.terminate();
    leaving.wait(SOON).ok();
    processes.push(job.run_by(binary));
    eventually("the new instance runs shards", SOON, || {
        processes.iter_mut().for_each(Running::must_run);
        processes.last().is_some_and(|newest| newest.shards().len() == SHARDS as usize / 2)
    });
    goes_on(job, feed, processes);
}

#[test]
fn an_upgrade_and_the_way_back_on_a_running_job_lose_double_and_refuse_nothing() {
    let name = "an_upgrade_and_the_way_back_on_a_running_job_lose_double_and_refuse_nothing";
    let Some((previous, cluster)) = both(name) else { return };
    let this = Path::new(env!("CARGO_BIN_EXE_bystander"));
    let plan = Plan { older_keys: true, ..Plan::new(cluster, SHARDS as i32) };
    let job = Job::of(cluster, cluster, plan);
    job.create_inputs(4);
    job.start_by(&previous, &["init", "--execute"]).wait(SOON).ok();
    let mut feed = job.feed(6_000, 3_000, &["--seed", "31", "--rate", "60"]);
    let mut processes = vec![job.run_by(&previous), job.run_by(&previous)];
    eventually("two earlier instances share the shards", SOON, || {
        processes.iter_mut().for_each(Running::must_run);
        processes.iter().all(|process| !process.shards().is_empty())
    });
    goes_on(&job, &mut feed, &mut processes);
    // There, back, and there again, one instance at a time: both versions run side by side in between.
    for (step, binary) in [this, this, &previous, &previous, this, this].into_iter().enumerate() {
        replace(&job, &mut feed, &mut processes, binary);
        eprintln!(
            "step {step}: an instance of {}, {} records in comparisons",
            binary.display(),
            written(&job)
        );
    }
    assert!(feed.runs(), "events kept coming all the time");
    let fed = Fed::read(&feed.wait(SOON).ok().out);
    job.terminate(processes);
    job.drain(1);
    let account = job.assert_exact(&fed);
    eprintln!("{account:?}");
}
