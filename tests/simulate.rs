//! The simulator writes to a cluster only when told to, only where its own records are, and only at the time of the
//! clock; what a broker refuses is an error at once.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stderr)]

mod support;

use bystander_testkit::{Isolation, KafkaCluster, ProduceOptions, kafka_or_skip, unique};
use serde_json::json;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};
use support::{Job, Plan};

const LIMIT: Duration = Duration::from_secs(120);

fn now_ms() -> i64 {
    i64::try_from(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis()).unwrap()
}

/// A job whose topics nobody has created.
fn job(cluster: &KafkaCluster) -> Job<'_> {
    Job::of(cluster, cluster, Plan::new(cluster, 1))
}

#[test]
fn nothing_is_created_or_sent_without_execute() {
    let cluster = kafka_or_skip!("nothing_is_created_or_sent_without_execute");
    let job = job(cluster);
    let words = ["simulate", "--orders", "50", "--quotes", "20"];
    let said = job.command(&words).ok().out;
    let orders = &job.plan.orders;
    assert!(said.contains(&format!("create topic {orders} with 6 partitions, send 50 orders")), "{said}");
    assert!(said.contains("nothing was done; --execute does it"), "{said}");
    assert!(cluster.end_offsets(orders).is_err(), "the topic was created");
    job.command(&[&words[..], &["--execute"]].concat()).ok();
    let again = job.command(&words).ok().out;
    assert!(again.contains(&format!("topic {orders}, which holds simulated events already")), "{again}");
    assert_eq!(cluster.end_offsets(orders).unwrap().values().sum::<i64>(), 50);
    job.command(&[&words[..], &["--execute"]].concat()).ok();
    assert_eq!(cluster.end_offsets(orders).unwrap().values().sum::<i64>(), 100);
}

#[test]
fn a_topic_with_records_of_anyone_else_is_refused_and_left_as_it_was() {
    let cluster = kafka_or_skip!("a_topic_with_records_of_anyone_else_is_refused_and_left_as_it_was");
    let execute = ["simulate", "--execute", "--orders", "50", "--quotes", "20"];
    let shops = |topic: &str| {
        let record = json!({ "topic": topic, "partition": 0, "value": "a shop's own" });
        cluster.produce([record], &ProduceOptions::default()).unwrap();
    };
    let refused = |job: &Job<'_>, topic: &str, says: &str| {
        let topics = [&job.plan.orders, &job.plan.quotes];
        let ends = || topics.map(|topic| cluster.end_offsets(topic).ok());
        let before = ends();
        let log = job.command(&execute).code(2).log;
        assert!(log.contains(&format!("topic {topic} {says}")), "{log}");
        assert_eq!(ends(), before, "{log}");
    };
    let not_ours = "holds records that the simulator did not write";

    let shop_only = job(cluster);
    cluster.create_topic(&shop_only.plan.quotes, 1, &[]).unwrap();
    shops(&shop_only.plan.quotes);
    refused(&shop_only, &shop_only.plan.quotes, not_ours);

    let both = job(cluster);
    both.command(&execute).ok();
    shops(&both.plan.orders);
    refused(&both, &both.plan.orders, not_ours);

    let deleted = job(cluster);
    cluster.create_topic(&deleted.plan.orders, 1, &[]).unwrap();
    shops(&deleted.plan.orders);
    cluster.delete_records(&deleted.plan.orders, 0, 1).unwrap();
    refused(&deleted, &deleted.plan.orders, "held records that are deleted by now");
}

#[test]
fn outcomes_are_not_sent_to_a_shadow_topic() {
    let cluster = kafka_or_skip!("outcomes_are_not_sent_to_a_shadow_topic");
    let job = job(cluster);
    for topic in [&job.plan.comparisons, &job.plan.dead_letters, &job.plan.checkpoints] {
        let log = job.command(&["simulate", "--outcomes", topic]).code(2).log;
        assert!(log.contains("is a shadow topic"), "{log}");
    }
}

#[test]
fn at_a_rate_event_time_goes_on_with_the_clock() {
    let cluster = kafka_or_skip!("at_a_rate_event_time_goes_on_with_the_clock");
    let job = job(cluster);
    let outcomes = unique("shop.outcomes");
    let before = now_ms();
    // Spread over its thirty days by default, this would run far ahead of the clock.
    let words = ["simulate", "--execute", "--start", "now", "--orders", "300", "--quotes", "100"];
    let said =
        job.start(&[&words[..], &["--rate", "100", "--outcomes", &outcomes]].concat()).wait(LIMIT).ok();
    let after = now_ms();
    assert!(after - before >= 3_500, "400 events at 100 a second: {} ms", after - before);
    assert!(said.out.contains("events come after the end of the run and were not sent"), "{}", said.out);
    for (topic, count) in [(&job.plan.orders, 300), (&job.plan.quotes, 100)] {
        let records = cluster.consume(topic, Isolation::Committed).unwrap();
        assert_eq!(records.len(), count);
        let times: Vec<i64> = records.iter().map(|record| record.timestamp).collect();
        assert!(times.iter().all(|time| (before..=after).contains(time)), "{before} {after} {times:?}");
        let (first, last) = (times.iter().min().unwrap(), times.iter().max().unwrap());
        assert!(last - first > 2_500, "spread over {} ms", last - first);
    }
    let cut = job.start(&[&words[..], &["--rate", "100", "--days", "0.00001"]].concat()).wait(LIMIT).ok();
    assert!(cut.out.contains("were not sent"), "--days ends it: {}", cut.out);
}

#[test]
fn event_times_that_the_broker_refuses_are_an_error_at_once() {
    let cluster = kafka_or_skip!("event_times_that_the_broker_refuses_are_an_error_at_once");
    let job = job(cluster);
    let ahead = "2079-01-01T00:00:00Z";
    // At this rate the whole takes hours.
    let words = ["simulate", "--execute", "--orders", "100000", "--rate", "5", "--start", ahead];
    let began = Instant::now();
    let log = job.start(&words).wait(LIMIT).code(1).log;
    let error = log.lines().find(|line| line.contains("message.timestamp.after.max.ms"));
    let error = error.unwrap_or_else(|| panic!("no error of its own: {log}"));
    assert!([&job.plan.orders, &job.plan.quotes].iter().any(|topic| error.contains(*topic)), "{error}");
    eprintln!("refused after {:?}", began.elapsed());
}
