//! Brokers that go away.

use crate::world::{End, World, poll_until};
use bystander_pipeline::{Polled, SinkError};
use bystander_testkit::{KafkaOptions, ProduceOptions, kafka_or_skip};
use std::time::{Duration, Instant};

#[test]
fn a_restarted_broker_interrupts_reading_and_nothing_else() {
    let name = "a_restarted_broker_interrupts_reading_and_nothing_else";
    let cluster = kafka_or_skip!(name, KafkaOptions::default());
    let world = World::new(&cluster, &[1], 1);
    world.feed(0, 0, 10, &ProduceOptions::default());
    let mut shard = world.start(0);
    assert_eq!(shard.commit().unwrap(), 10);
    cluster.kill_broker(0).unwrap();
    let until = Instant::now() + Duration::from_secs(3);
    poll_until(&mut shard.started.reader, |polled| {
        assert!(!matches!(polled, Polled::Record(_)));
        Instant::now() > until
    });
    cluster.restart_broker(0).unwrap();
    world.feed(0, 0, 10, &ProduceOptions::default());
    let mut count = 0;
    while count < 10 {
        count += shard.round(Duration::from_secs(3), End::Commit).unwrap();
    }
    assert_eq!(world.compared(), world.expected());
}

#[test]
fn a_commit_without_brokers_gives_up_in_time_and_the_next_owner_repairs_it() {
    let name = "a_commit_without_brokers_gives_up_in_time_and_the_next_owner_repairs_it";
    let cluster = kafka_or_skip!(name, KafkaOptions::default());
    let short = Duration::from_secs(4);
    let world = World::with(&cluster, &[1], 1, |_, shadow, _| shadow.commit_timeout = short);
    world.feed(0, 0, 10, &ProduceOptions::default());
    let mut shard = world.start(0);
    assert_eq!(shard.commit().unwrap(), 10);
    world.feed(0, 0, 10, &ProduceOptions::default());
    cluster.pause_broker(0).unwrap();
    let before = Instant::now();
    let books = shard.books.clone();
    let changed: Vec<_> = books.into_values().collect();
    let transaction = bystander_pipeline::Sink::begin(&mut shard.started.writer).unwrap();
    let error = bystander_pipeline::Transaction::commit(transaction, &changed).unwrap_err();
    assert!(before.elapsed() < Duration::from_secs(15), "{:?}", before.elapsed());
    assert!(matches!(&error, SinkError::Failed { retriable: true, .. }), "{error:?}");
    cluster.resume_broker(0).unwrap();
    let mut next = world.start(0);
    assert_eq!(next.commit().unwrap(), 10);
    assert_eq!(world.compared(), world.expected());
}
