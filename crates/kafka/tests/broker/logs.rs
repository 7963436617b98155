//! A log that is not the one of the checkpoint stops its partition, until a person decides.

use crate::world::{End, PATIENCE, TestShard, World};
use bystander_core::checkpoint::{Checkpoint, FormerLog, InputLog, LogChange};
use bystander_kafka::{decide, start};
use bystander_pipeline::{Sink, SinkError, Transaction};
use bystander_testkit::{ProduceOptions, kafka_or_skip};
use std::collections::BTreeSet;
use std::time::{Duration, Instant};

const QUIET: Duration = Duration::from_millis(1500);

/// Deletes an input and creates it again with as many partitions.
fn recreate(world: &World<'_>, input: usize, partitions: i32) {
    let topic = &world.job.inputs()[input];
    world.cluster.delete_topic(topic).unwrap();
    let deadline = Instant::now() + PATIENCE;
    while let Err(error) = world.cluster.create_topic(topic, partitions, &[]) {
        assert!(Instant::now() < deadline, "{error}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

fn feed(world: &World<'_>, input: usize, partition: i32, count: usize) {
    world.feed(input, partition, count, &ProduceOptions::default());
}

/// Reads and commits so many records, however long that takes.
fn read(shard: &mut TestShard, records: usize) {
    let deadline = Instant::now() + 3 * PATIENCE;
    let mut read = 0;
    while read < records {
        assert!(Instant::now() < deadline, "{read} of {records} were read");
        read += shard.sole_round(Duration::from_millis(300)).unwrap();
    }
    assert_eq!(read, records);
}

/// Runs rounds until something was told that begins so; gives how many records were read meanwhile.
fn until_told(shard: &mut TestShard, event: &str) -> usize {
    let deadline = Instant::now() + 3 * PATIENCE;
    let mut read = 0;
    while !shard.events.iter().any(|told| told.starts_with(event)) {
        assert!(Instant::now() < deadline, "{event} was not told, but {:?}; {read} were read", shard.events);
        read += shard.sole_round(Duration::from_millis(300)).unwrap();
    }
    read
}

/// The checkpoint of a partition of the first input, once it is as wanted: what was committed shows a moment later.
fn checkpoint(world: &World<'_>, partition: i32, wanted: impl Fn(&Checkpoint) -> bool) -> Checkpoint {
    let place = (world.job.inputs()[0].clone(), partition);
    let deadline = Instant::now() + PATIENCE;
    loop {
        let found = world.checkpoints().remove(&place);
        match found {
            Some(checkpoint) if wanted(&checkpoint) => return checkpoint,
            other => assert!(Instant::now() < deadline, "{other:?}"),
        }
        std::thread::sleep(Duration::from_millis(50));
    }
}

fn halt_of(world: &World<'_>, partition: i32) -> Option<LogChange> {
    checkpoint(world, partition, |checkpoint| checkpoint.log.halt.is_some()).log.halt.map(|halt| halt.reason)
}

#[test]
fn a_topic_that_was_recreated_while_stopped_halts_and_nothing_of_it_is_read() {
    let world = World::new(
        kafka_or_skip!("a_topic_that_was_recreated_while_stopped_halts_and_nothing_of_it_is_read"),
        &[1, 1],
        1,
    );
    // Smaller than before, as large, and past the position.
    for (round, again) in [(0, 5), (1, 30), (2, 70)] {
        let world = if round == 0 { &world } else { &World::new(world.cluster, &[1, 1], 1) };
        (0..2).for_each(|input| feed(world, input, 0, 30));
        read(&mut world.start(0), 60);
        recreate(world, 0, 1);
        feed(world, 0, 0, again);
        feed(world, 1, 0, 10);
        let mut shard = world.start(0);
        // The other input goes on.
        read(&mut shard, 10);
        assert_eq!(shard.events, ["halted 0 recreated"]);
        drop(shard);
        assert_eq!(halt_of(world, 0), Some(LogChange::Recreated));
        // It stays so over restarts, without being found again.
        feed(world, 0, 0, 50);
        let mut shard = world.start(0);
        let shown = world.job.status().partitions();
        let halted: Vec<_> = shown.values().map(|status| (status.halt.is_some(), status.lag())).collect();
        assert_eq!(halted[0], (true, None));
        assert!(!halted[1].0);
        assert_eq!(shard.round(QUIET, End::Commit).unwrap(), 0);
        assert_eq!((shard.events.as_slice(), shard.started.claimed), (&[][..], 0));
        assert_eq!(world.compared_at_least(70).len(), 70);
    }
}

#[test]
fn a_topic_that_is_recreated_while_it_is_read_halts() {
    let world = World::new(kafka_or_skip!("a_topic_that_is_recreated_while_it_is_read_halts"), &[2, 1], 1);
    for again in [5, 60] {
        let world = World::new(world.cluster, &[2, 1], 1);
        (0..2).for_each(|partition| feed(&world, 0, partition, 30));
        let mut shard = world.start(0);
        read(&mut shard, 60);
        recreate(&world, 0, 2);
        feed(&world, 0, 0, again);
        let further = until_told(&mut shard, "halted 0") + until_told(&mut shard, "halted 1");
        // What the client fetched at the old position of the new log before the watch looked is read; no more.
        assert!(further <= again - again.min(30), "{further} of {again}");
        feed(&world, 1, 0, 10);
        read(&mut shard, 10);
        let halted: BTreeSet<&str> = shard.events.iter().map(String::as_str).collect();
        assert_eq!(halted, BTreeSet::from(["halted 0 recreated", "halted 1 recreated"]));
        assert_eq!(halt_of(&world, 0), Some(LogChange::Recreated));
    }
}

#[test]
fn a_log_without_a_topic_id_is_told_by_its_last_record() {
    let world = World::new(kafka_or_skip!("a_log_without_a_topic_id_is_told_by_its_last_record"), &[1], 1);
    feed(&world, 0, 0, 30);
    let mut shard = world.start(0);
    read(&mut shard, 30);
    // As a broker older than 2.8 leaves it.
    let mut book = shard.books.values().next().unwrap().clone();
    book.log.topic_id = None;
    assert_eq!(book.log.last_record.unwrap().offset, 29);
    shard.started.writer.begin().unwrap().commit(&[book]).unwrap();
    drop(shard);
    recreate(&world, 0, 1);
    std::thread::sleep(Duration::from_millis(5));
    feed(&world, 0, 0, 70);
    let mut shard = world.start(0);
    assert_eq!(until_told(&mut shard, "halted 0"), 0);
    assert_eq!(halt_of(&world, 0), Some(LogChange::Replaced));
}

#[test]
fn a_checkpoint_of_an_earlier_version_is_accepted_once_and_gains_an_identity() {
    let world = World::new(
        kafka_or_skip!("a_checkpoint_of_an_earlier_version_is_accepted_once_and_gains_an_identity"),
        &[1],
        1,
    );
    feed(&world, 0, 0, 30);
    let mut shard = world.start(0);
    read(&mut shard, 30);
    let mut book = shard.books.values().next().unwrap().clone();
    book.log = InputLog::default();
    shard.started.writer.begin().unwrap().commit(&[book]).unwrap();
    drop(shard);
    // Without a record to read: the identity is there all the same.
    let shard = world.start(0);
    assert_eq!(shard.started.claimed, 1);
    let log = checkpoint(&world, 0, |checkpoint| checkpoint.log.topic_id.is_some()).log;
    assert!(log.topic_id.is_some() && log.last_record.is_none() && log.halt.is_none());
    drop(shard);
    assert_eq!(world.start(0).started.claimed, 0);
    feed(&world, 0, 0, 10);
    let mut shard = world.start(0);
    read(&mut shard, 10);
    let book = checkpoint(&world, 0, |checkpoint| checkpoint.log.last_record.is_some());
    assert_eq!(book.log.last_record.unwrap().offset, 39);
}

#[test]
fn the_same_log_goes_on_over_restarts_aborted_transactions_and_expired_records() {
    let world = World::new(
        kafka_or_skip!("the_same_log_goes_on_over_restarts_aborted_transactions_and_expired_records"),
        &[2],
        1,
    );
    let mut read = 0;
    for round in 0..4 {
        // Each partition ends with an aborted transaction.
        let options = ProduceOptions { transaction_size: 10, abort_every: 2 };
        (0..2).for_each(|partition| world.feed(0, partition, 20, &options));
        let mut shard = world.start(0);
        let deadline = Instant::now() + PATIENCE;
        while read < 20 * (round + 1) && Instant::now() < deadline {
            read += shard.sole_round(Duration::from_millis(300)).unwrap();
        }
        read += shard.round(QUIET, End::Commit).unwrap();
        assert_eq!(read, 20 * (round + 1), "{:?}", shard.events);
        drop(shard);
        if round == 2 {
            // The last record read goes, and what is behind it stays.
            let next = checkpoint(&world, 0, |checkpoint| checkpoint.next_offset > 50).next_offset;
            world.cluster.delete_records(&world.job.inputs()[0], 0, next).unwrap();
        }
    }
    assert!(world.checkpoints().values().all(|book| book.log.halt.is_none() && book.totals.gap_offsets == 0));
}

#[test]
fn a_person_accepts_the_new_log_and_the_running_shard_goes_on_there() {
    let world = World::new(
        kafka_or_skip!("a_person_accepts_the_new_log_and_the_running_shard_goes_on_there"),
        &[1, 1],
        1,
    );
    feed(&world, 0, 0, 30);
    read(&mut world.start(0), 30);
    recreate(&world, 0, 1);
    feed(&world, 0, 0, 40);
    let mut running = world.start(0);
    until_told(&mut running, "halted 0");
    let place = (world.job.inputs()[0].clone(), 0);
    let ids = bystander_kafka::live::LiveClient::new(world.job.live(), world.job.status())
        .unwrap()
        .topic_ids(world.job.inputs())
        .unwrap();
    let decided =
        decide(world.job.shadow(), &BTreeSet::from([place.clone()]), &world.stop, &mut |checkpoint| {
            let former = FormerLog {
                topic_id: checkpoint.log.topic_id.take(),
                reason: checkpoint.log.halt.unwrap().reason,
                next_offset: checkpoint.next_offset,
                accepted_ms: 1,
                resumed_at: 0,
            };
            checkpoint.next_offset = 0;
            checkpoint.log =
                InputLog { topic_id: ids[0].clone(), former: vec![former], ..InputLog::default() };
            Ok(())
        })
        .unwrap();
    assert_eq!(decided[0].log.generation(), 1);
    // Who ran meanwhile can't commit any more, and goes on from the decision.
    feed(&world, 1, 0, 1);
    assert!(matches!(running.commit().unwrap_err(), SinkError::Fenced(_)));
    let mut shard = TestShard::new(&world.job, start(&world.job, 0, &world.stop).unwrap());
    read(&mut shard, 41);
    let book = checkpoint(&world, 0, |checkpoint| checkpoint.next_offset > 0);
    assert_eq!((book.next_offset, book.totals.read, book.log.generation()), (40, 70, 1));
    let missing = BTreeSet::from([("nowhere".to_owned(), 0)]);
    let refused = decide(world.job.shadow(), &missing, &world.stop, &mut |_| Ok(())).unwrap_err();
    assert!(!refused.is_retriable() && refused.what.contains("nowhere"), "{refused}");
}
