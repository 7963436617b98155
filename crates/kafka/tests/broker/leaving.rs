//! Instances that end in order, whatever their group is doing.

use crate::world::{PATIENCE, World, eventually};
use bystander_kafka::{GroupEvent, ShadowWatch, ShardGroup, ShardHandler};
use bystander_testkit::{KafkaOptions, kafka_or_skip};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

/// Longer than everything here may take: who waits for it fails the test.
const SESSION: Duration = Duration::from_secs(300);

fn join(world: &World<'_>) -> (ShardGroup, Receiver<GroupEvent>) {
    let (sender, events) = channel();
    let handler: ShardHandler = Box::new(move |event| drop(sender.send(event)));
    (ShardGroup::join(world.job.shadow(), handler).unwrap(), events)
}

/// Waits until the member was given `shards` shards in all.
fn given(events: &Receiver<GroupEvent>, shards: usize) {
    let deadline = Instant::now() + PATIENCE;
    let mut given = 0;
    while given < shards {
        let left = deadline.saturating_duration_since(Instant::now());
        if let GroupEvent::Assigned(more) = events.recv_timeout(left).unwrap() {
            given += more.len();
        }
    }
}

/// With many shards the client library is still busy giving them up when its last callback returns.
#[test]
fn a_member_that_ends_leaves_the_group_and_not_only_its_connection() {
    let name = "a_member_that_ends_leaves_the_group_and_not_only_its_connection";
    const SHARDS: i32 = 100;
    let world = World::with(kafka_or_skip!(name), &[1], SHARDS, |_, shadow, _| {
        shadow.session_timeout = SESSION;
    });
    let watch = ShadowWatch::start(world.job.shadow()).unwrap();
    let instances = || watch.shards().members.map(|members| members.instances);
    for _ in 0..3 {
        let (group, events) = join(&world);
        given(&events, SHARDS as usize);
        eventually(|| instances() == Some(1));
        assert!(group.leave(PATIENCE));
        eventually(|| instances() == Some(0));
    }
}

/// Everything between a client and its broker takes a while here, so a member can be ended between any request of its
/// start and the answer.
#[test]
fn members_that_end_while_they_start_hold_nobody_up() {
    let name = "members_that_end_while_they_start_hold_nobody_up";
    let cluster = kafka_or_skip!(name, KafkaOptions { proxied: true, ..KafkaOptions::default() });
    let world = World::with(&cluster, &[1], 4, |_, shadow, _| {
        shadow.session_timeout = SESSION;
        shadow.brokers = cluster.proxied_bootstrap();
    });
    cluster.proxies()[0].delay(Duration::from_millis(50));
    let (first, _events) = join(&world);
    for step in 0..20 {
        let (other, _events) = join(&world);
        std::thread::sleep(step * Duration::from_millis(50));
        assert!(other.leave(PATIENCE), "step {step}");
    }
    // Its rebalance ends only once nobody is waited for who has gone.
    let (next, events) = join(&world);
    given(&events, 2);
    assert!(next.leave(PATIENCE) && first.leave(PATIENCE));
}
