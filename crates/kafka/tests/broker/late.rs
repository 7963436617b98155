//! A request that ends a transaction and arrives when the next one is open.

use crate::world::{PATIENCE, TestShard, World};
use bystander_pipeline::{Message, Output, Sink, SinkError, Transaction};
use bystander_testkit::{Isolation, KafkaCluster, KafkaOptions, kafka_or_skip, proxy::api};
use std::time::Duration;

fn options() -> KafkaOptions {
    KafkaOptions { proxied: true, ..KafkaOptions::default() }
}

/// A job whose shadow side is reached through the proxy.
fn world(cluster: &KafkaCluster) -> World<'_> {
    World::with(cluster, &[1], 1, |_, shadow, _| shadow.brokers = cluster.proxied_bootstrap())
}

fn message(value: &[u8]) -> Message<'_> {
    Message { output: Output::Comparisons, source_partition: 0, key: None, value: Some(value), headers: &[] }
}

fn visible(world: &World<'_>) -> Vec<String> {
    world.compared().into_keys().collect()
}

/// The shard to go on with: itself if it can begin, its next start if it says that it has to be opened again.
fn next(world: &World<'_>, mut shard: TestShard) -> (TestShard, bool) {
    match shard.started.writer.begin().map(Transaction::abort) {
        Ok(aborted) => {
            aborted.unwrap();
            (shard, false)
        }
        Err(SinkError::Reopen(_)) => (world.start(0), true),
        Err(error) => panic!("{error:?}"),
    }
}

#[test]
fn a_commit_request_that_arrives_late_ends_no_later_transaction() {
    let cluster = kafka_or_skip!("a_commit_request_that_arrives_late_ends_no_later_transaction", options());
    let (world, proxy) = (world(&cluster), &cluster.proxies()[0]);
    let mut shard = world.start(0);
    let mut first = shard.started.writer.begin().unwrap();
    first.send(message(b"first")).unwrap();
    proxy.hold_next(api::END_TXN);
    first.commit(&[]).unwrap();
    let late = proxy.held(PATIENCE).unwrap();
    assert_eq!(visible(&world), ["first"]);

    let (mut shard, reopened) = next(&world, shard);
    let mut second = shard.started.writer.begin().unwrap();
    second.send(message(b"second")).unwrap();
    let topic = world.job.shadow().comparisons.name();
    let written = |value: &str| {
        let records = cluster.consume(topic, Isolation::Uncommitted).unwrap();
        records.iter().any(|record| record.value.as_deref() == Some(value))
    };
    while !written("second") {
        std::thread::sleep(Duration::from_millis(20));
    }
    late.release().unwrap();
    assert_eq!(
        visible(&world),
        ["first"],
        "an open transaction was committed by a request of the one before"
    );
    assert!(reopened);
    second.commit(&[]).unwrap();
    assert_eq!(visible(&world), ["first", "second"]);
}

#[test]
fn an_abort_request_that_arrives_late_ends_no_later_transaction() {
    let cluster = kafka_or_skip!("an_abort_request_that_arrives_late_ends_no_later_transaction", options());
    let (world, proxy) = (world(&cluster), &cluster.proxies()[0]);
    let mut shard = world.start(0);
    let mut first = shard.started.writer.begin().unwrap();
    first.send(message(b"first")).unwrap();
    std::thread::sleep(Duration::from_millis(300));
    proxy.hold_next(api::END_TXN);
    first.abort().unwrap();
    let late = proxy.held(PATIENCE).unwrap();

    let (mut shard, reopened) = next(&world, shard);
    let mut second = shard.started.writer.begin().unwrap();
    second.send(message(b"second")).unwrap();
    std::thread::sleep(Duration::from_millis(300));
    late.release().unwrap();
    second.send(message(b"third")).unwrap();
    second.commit(&[]).unwrap();
    assert_eq!(visible(&world), ["second", "third"]);
    assert!(reopened);
}

/// The request that ends what a start sweeps away, or its claim, may be late as well.
#[test]
fn a_start_with_a_late_request_still_ends_and_is_sound() {
    let cluster = kafka_or_skip!("a_start_with_a_late_request_still_ends_and_is_sound", options());
    let (world, proxy) = (world(&cluster), &cluster.proxies()[0]);
    proxy.hold_next(api::END_TXN);
    let mut shard = world.start(0);
    let late = proxy.held(PATIENCE).unwrap();
    let mut transaction = shard.started.writer.begin().unwrap();
    transaction.send(message(b"first")).unwrap();
    late.release().unwrap();
    transaction.commit(&[]).unwrap();
    assert_eq!(visible(&world), ["first"]);
}

/// Where every answer takes longer than a request is waited for before it is sent again.
#[test]
fn a_slow_cluster_is_written_to_one_transaction_after_the_other() {
    let cluster = kafka_or_skip!("a_slow_cluster_is_written_to_one_transaction_after_the_other", options());
    let (world, proxy) = (world(&cluster), &cluster.proxies()[0]);
    proxy.delay(Duration::from_millis(400));
    for value in ["1", "2"] {
        let mut shard = world.start(0);
        let mut transaction = shard.started.writer.begin().unwrap();
        transaction.send(message(value.as_bytes())).unwrap();
        transaction.commit(&[]).unwrap();
        assert!(matches!(shard.started.writer.begin().map(drop), Err(SinkError::Reopen(_))));
    }
    assert_eq!(visible(&world), ["1", "2"]);
}
