//! Brokers that die and come back.

use crate::kills::{quick_job, quick_to_notice};
use crate::support::{Dice, Fed, Job, Running, eventually, full, sized};
use bystander_testkit::{KafkaCluster, KafkaOptions, kafka_or_skip};
use std::time::Duration;

#[test]
fn the_only_broker_killed_and_restarted_loses_and_doubles_nothing() {
    let name = "the_only_broker_killed_and_restarted_loses_and_doubles_nothing";
    let cluster = kafka_or_skip!(name, quick_to_notice());
    outlives(&cluster, |dice| {
        cluster.kill_broker(0).unwrap();
        std::thread::sleep(dice.millis(200, 3_000));
        cluster.restart_broker(0).unwrap();
    });
}

#[test]
fn one_of_three_brokers_killed_loses_and_doubles_nothing() {
    let name = "one_of_three_brokers_killed_loses_and_doubles_nothing";
    let cluster = kafka_or_skip!(name, KafkaOptions { brokers: 3, ..quick_to_notice() });
    outlives(&cluster, |dice| {
        let broker = usize::try_from(dice.below(3)).unwrap();
        eprintln!("broker {broker}");
        cluster.kill_broker(broker).unwrap();
        std::thread::sleep(dice.millis(3_000, 6_000));
        cluster.restart_broker(broker).unwrap();
    });
}

#[test]
fn a_drain_outlasts_brokers_that_are_away_at_its_start_and_in_its_middle() {
    let name = "a_drain_outlasts_brokers_that_are_away_at_its_start_and_in_its_middle";
    let cluster = kafka_or_skip!(name, quick_to_notice());
    let job = quick_job(&cluster, 6);
    let fed = job.fed(sized(200_000), sized(100_000), 12);
    cluster.kill_broker(0).unwrap();
    let mut process = job.start(&["run", "--until-caught-up"]);
    let says = |process: &mut Running, words: &str| {
        eventually(words, Duration::from_secs(300), || {
            process.must_run();
            process.log().contains(words)
        });
    };
    says(&mut process, "the ends of the inputs are not known yet");
    cluster.restart_broker(0).unwrap();
    says(&mut process, "the shard runs");
    cluster.kill_broker(0).unwrap();
    says(&mut process, "no broker is reachable");
    cluster.restart_broker(0).unwrap();
    let log = process.wait(Duration::from_secs(600)).ok().log;
    assert!(!log.contains("bystander init"), "nothing is missing but the broker: {log}");
    job.assert_exact(&fed);
}

/// Two processes under load go through some outages, and nothing is lost, doubled or out of order.
fn outlives(cluster: &KafkaCluster, mut outage: impl FnMut(&mut Dice)) {
    let job: Job<'_> = quick_job(cluster, 6);
    let outages = if full() { 15 } else { 3 };
    let mut dice = Dice::new();
    eprintln!("BYSTANDER_TEST_SEED={} decides the moments", dice.seed());
    // Event times go on with the clock at a rate. That matters here: a broker forgets what it knows of a producer a day
    // after its last record's time, and after a restart a retry with older times would stand twice in the input.
    let feed = job.feed(sized(120_000), sized(60_000), &["--seed", "7", "--rate", "1000"]);
    let mut processes = [job.run(), job.run()];
    // An outage before the first event would hit the simulator's look at its topics, and no work.
    eventually("work is under way", Duration::from_secs(300), || {
        processes.iter_mut().for_each(Running::must_run);
        job.shadow().end_offsets(&job.plan.comparisons).unwrap().values().sum::<i64>() > 0
    });
    for number in 1..=outages {
        let pause = dice.millis(500, 4_000);
        std::thread::sleep(pause);
        eprintln!("outage {number}, {pause:?} after the last");
        outage(&mut dice);
    }
    let fed = Fed::read(&feed.wait(Duration::from_secs(600)).ok().out);
    processes.iter_mut().for_each(Running::must_run);
    job.terminate(processes);
    job.drain(2);
    job.assert_exact(&fed);
}
