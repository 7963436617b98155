//! Ends in order: by a signal, by being caught up, with nothing to do.

use crate::support::{Job, sized};
use bystander_kafka::{Feed, FeedRecord};
use bystander_testkit::kafka_or_skip;
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

#[test]
fn a_signal_drains_and_ends_with_0_and_the_next_run_goes_on_where_it_was() {
    let name = "a_signal_drains_and_ends_with_0_and_the_next_run_goes_on_where_it_was";
    let cluster = kafka_or_skip!(name);
    let job = Job::ready(cluster, 4, 2);
    let fed = job.fed(sized(200_000), sized(100_000), 8);
    let process = job.run();
    // Takeovers leave some tombstones, so the first offsets are no comparisons.
    let begun = || cluster.end_offsets(&job.plan.comparisons).unwrap().values().sum::<i64>() > 1_000;
    let limit = Instant::now() + Duration::from_secs(300);
    while !begun() {
        assert!(Instant::now() < limit, "nothing was compared");
    }
    let asked = Instant::now();
    process.terminate();
    let finished = process.wait(Duration::from_secs(300)).ok();
    assert!(finished.log.contains("told to end"), "{}", finished.log);
    let halfway = job.account();
    eprintln!(
        "ended {:.1?} after the signal with {} of {} compared",
        asked.elapsed(),
        halfway.comparisons,
        fed.events()
    );
    assert_eq!((halfway.undecided, halfway.duplicates), (0, 0), "{halfway:?}");
    assert!(halfway.missing > 0 && halfway.comparisons > 0, "it ended in the middle: {halfway:?}");
    job.drain(1);
    job.assert_exact(&fed);
}

#[test]
fn more_processes_than_shards_all_end_when_caught_up() {
    let name = "more_processes_than_shards_all_end_when_caught_up";
    let cluster = kafka_or_skip!(name);
    let job = Job::ready(cluster, 3, 2);
    let fed = job.fed(2_000, 1_000, 9);
    job.drain(4);
    job.assert_exact(&fed);
}

#[test]
fn empty_inputs_are_caught_up_at_once_and_twice() {
    let name = "empty_inputs_are_caught_up_at_once_and_twice";
    let cluster = kafka_or_skip!(name);
    let job = Job::ready(cluster, 3, 2);
    job.drain(1);
    job.drain(2);
    let account = job.account();
    assert_eq!((account.events, account.comparisons, account.clean), (0, 0, true), "{account:?}");
}

/// No retry can mend it, so another instance, of the version that wrote it, may take the shards.
#[test]
fn a_checkpoint_of_a_later_format_ends_a_service_without_an_end_with_its_fix() {
    let name = "a_checkpoint_of_a_later_format_ends_a_service_without_an_end_with_its_fix";
    let cluster = kafka_or_skip!(name);
    let job = Job::ready(cluster, 1, 1);
    let key = format!("{}|{}|0", job.plan.job, job.plan.orders);
    let feed = Feed::new(&job.plan.shadow_brokers, &BTreeMap::new()).unwrap();
    feed.send(FeedRecord {
        topic: &job.plan.checkpoints,
        partition: Some(0),
        key: Some(key.as_bytes()),
        payload: Some(br#"{"format":99}"#),
        ..FeedRecord::default()
    })
    .unwrap();
    feed.flush().unwrap();
    let ended = job.start(&["run"]).wait(Duration::from_secs(300)).code(1);
    assert!(ended.log.contains("format 99"), "{}", ended.log);
    assert!(ended.log.contains("run the version of bystander that wrote it"), "{}", ended.log);
}
