//! Brokers that go away.

use crate::world::{End, World, eventually, poll_until};
use bystander_kafka::{ShadowWatch, ShardGroup};
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
    assert_eq!(world.compared_at_least(world.expected().len()), world.expected());
}

#[test]
fn a_dead_live_broker_is_known_by_its_silence_with_its_address_as_the_cause() {
    let name = "a_dead_live_broker_is_known_by_its_silence_with_its_address_as_the_cause";
    let cluster = kafka_or_skip!(name, KafkaOptions::default());
    let world = World::new(&cluster, &[1], 1);
    world.feed(0, 0, 10, &ProduceOptions::default());
    let mut shard = world.start(0);
    let contact = || world.job.status().contact().status();
    let silent = || world.job.status().partitions().values().next().unwrap().silent;
    let second = Duration::from_secs(1);
    poll_until(&mut shard.started.reader, |_| {
        contact().ever && contact().silent < second && silent() < second
    });
    cluster.kill_broker(0).unwrap();
    let port = cluster.bootstrap().rsplit_once(':').unwrap().1.to_owned();
    let named = |cause: &str| cause.contains(&port) && cause.contains("refused");
    poll_until(&mut shard.started.reader, |_| {
        contact().silent > 6 * second
            && silent() > 6 * second
            && contact().cause.is_some_and(|cause| named(&cause))
    });
    cluster.restart_broker(0).unwrap();
    // The last error before the answer may be told after it, by another of the clients.
    poll_until(&mut shard.started.reader, |_| {
        contact().silent < 3 * second && silent() < 3 * second && contact().cause.is_none()
    });
}

#[test]
fn a_shadow_broker_that_stands_still_is_known_by_its_silence() {
    let name = "a_shadow_broker_that_stands_still_is_known_by_its_silence";
    let cluster = kafka_or_skip!(name, KafkaOptions::default());
    let world = World::new(&cluster, &[1], 2);
    let watch = ShadowWatch::start(world.job.shadow()).unwrap();
    eventually(|| watch.shards().expected == Some(2));
    cluster.pause_broker(0).unwrap();
    eventually(|| watch.contact().status().silent > Duration::from_secs(8));
    eventually(|| watch.contact().status().cause.is_some());
    assert_eq!(watch.shards().expected, Some(2), "what was known stays known");
    cluster.resume_broker(0).unwrap();
    eventually(|| watch.contact().status().silent < Duration::from_secs(4));
}

#[test]
fn the_groups_coordinator_says_which_shards_no_instance_has() {
    let world =
        World::new(kafka_or_skip!("the_groups_coordinator_says_which_shards_no_instance_has"), &[1], 2);
    let watch = ShadowWatch::start(world.job.shadow()).unwrap();
    let unowned = || watch.shards().unowned.into_keys().collect::<Vec<_>>();
    eventually(|| unowned() == [0, 1]);
    let group = ShardGroup::join(world.job.shadow(), Box::new(|_| {})).unwrap();
    eventually(|| {
        let members = watch.shards().members.unwrap_or_default();
        members.stable && members.instances == 1 && members.shards == [0, 1].into()
    });
    assert_eq!(unowned(), [] as [i32; 0]);
    assert!(group.leave(Duration::from_secs(20)));
    eventually(|| unowned() == [0, 1]);
}

#[test]
fn a_coordinator_that_was_away_for_longer_than_a_request_is_asked_again() {
    let name = "a_coordinator_that_was_away_for_longer_than_a_request_is_asked_again";
    // The group's place has one replica, so its coordinator stays the same broker and is one of these three.
    let properties = vec![("offsets.topic.replication.factor".to_owned(), "1".to_owned())];
    let cluster = kafka_or_skip!(name, KafkaOptions { properties, ..KafkaOptions::brokers(3) });
    let world = World::new(&cluster, &[1], 2);
    let watch = ShadowWatch::start(world.job.shadow()).unwrap();
    let group = ShardGroup::join(world.job.shadow(), Box::new(|_| {})).unwrap();
    let known = || watch.shards().members.is_some_and(|members| members.stable && members.instances == 1);
    eventually(known);
    for broker in 0..3 {
        cluster.kill_broker(broker).unwrap();
        // The watch waits five seconds for an answer.
        std::thread::sleep(Duration::from_secs(7));
        cluster.restart_broker(broker).unwrap();
        let back = Instant::now();
        eventually(|| back.elapsed() > Duration::from_secs(2) && known());
    }
    assert!(group.leave(Duration::from_secs(20)));
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
    assert!(matches!(&error, SinkError::Failed(failure) if failure.is_retriable()), "{error:?}");
    cluster.resume_broker(0).unwrap();
    let mut next = world.start(0);
    assert_eq!(next.commit().unwrap(), 10);
    assert_eq!(world.compared_at_least(world.expected().len()), world.expected());
}
