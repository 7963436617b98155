//! Sharing shards between instances, and changing their number.

use crate::hung::open_transaction;
use crate::world::{End, PATIENCE, World, eventually};
use bystander_kafka::{GroupEvent, ShadowTopics, ShardGroup, ShardHandler, TopicPlanSettings, start};
use bystander_pipeline::SinkError;
use bystander_testkit::{Isolation, ProduceOptions, kafka_or_skip};
use rdkafka::producer::Producer;
use std::collections::BTreeSet;
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

const QUIET: Duration = Duration::from_millis(800);

fn grow(world: &World<'_>, shards: i32) {
    let topics = ShadowTopics::new(world.job.shadow()).unwrap();
    let plan = topics.plan(&TopicPlanSettings::new(shards, 2)).unwrap();
    assert_eq!(plan.len(), 1, "{plan:?}");
    topics.execute(&plan).unwrap();
    // The controller has answered; the broker that is asked may hear of it a moment later.
    eventually(|| topics.partitions(&world.job.shadow().checkpoints).unwrap() == Some(shards));
}

#[test]
fn growing_the_number_of_shards_while_running_loses_and_doubles_nothing() {
    let world = World::new(
        kafka_or_skip!("growing_the_number_of_shards_while_running_loses_and_doubles_nothing"),
        &[6],
        2,
    );
    let feed = || (0..6).for_each(|partition| world.feed(0, partition, 20, &ProduceOptions::default()));
    feed();
    let mut old = [world.start(0), world.start(1)];
    old.iter_mut().for_each(|shard| assert_eq!(shard.commit().unwrap(), 60));
    feed();
    // The old owners have read on, but not committed, when the number grows.
    assert_eq!(old[0].round(QUIET, End::Crash).unwrap(), 60);
    grow(&world, 3);
    // Shard 2 takes partitions 2 (of shard 0) and 5 (of shard 1): both old owners must be fenced.
    let mut newcomer = world.start(2);
    assert_eq!(newcomer.started.claimed, 2);
    let positions: Vec<i64> = newcomer.books.values().map(|book| book.next_offset).collect();
    assert_eq!(positions, [20, 20]);
    assert!(matches!(old[1].commit().unwrap_err(), SinkError::Fenced(_)));
    assert_eq!(newcomer.commit().unwrap(), 40);
    let mut others = [world.start(0), world.start(1)];
    others.iter_mut().for_each(|shard| assert_eq!(shard.commit().unwrap(), 40));
    assert_eq!(world.compared_at_least(world.expected().len()), world.expected());
    assert!(world.checkpoints().values().all(|book| book.shards == 3 && book.totals.read == 40));
    // Everyone is in the new layout: starting again fences nobody.
    assert_eq!(world.start(2).started.claimed, 0);
    feed();
    others.iter_mut().for_each(|shard| assert_eq!(shard.commit().unwrap(), 40));
}

#[test]
fn all_shards_of_a_new_layout_can_start_at_once() {
    let world = World::new(kafka_or_skip!("all_shards_of_a_new_layout_can_start_at_once"), &[6], 2);
    (0..6).for_each(|partition| world.feed(0, partition, 20, &ProduceOptions::default()));
    (0..2).for_each(|shard| assert_eq!(world.start(shard).commit().unwrap(), 60));
    grow(&world, 3);
    (0..6).for_each(|partition| world.feed(0, partition, 20, &ProduceOptions::default()));
    let run = |shard| {
        let deadline = Instant::now() + PATIENCE;
        loop {
            // A start may fence another one that is under way: that one starts anew, as the runner does.
            let outcome = start(&world.job, shard, &world.stop)
                .map_err(|failure| failure.to_string())
                .and_then(|started| {
                    crate::world::TestShard::new(&world.job, started)
                        .commit()
                        .map_err(|error| error.to_string())
                });
            match outcome {
                Ok(_) => return,
                Err(error) => assert!(Instant::now() < deadline, "shard {shard}: {error}"),
            }
        }
    };
    std::thread::scope(|scope| {
        (0..3).for_each(|shard| {
            scope.spawn(move || run(shard));
        });
    });
    (0..3).for_each(run);
    assert_eq!(world.compared_at_least(world.expected().len()), world.expected());
}

#[test]
fn a_shard_that_sees_fewer_shards_than_were_there_does_not_start() {
    let world =
        World::new(kafka_or_skip!("a_shard_that_sees_fewer_shards_than_were_there_does_not_start"), &[2], 1);
    let mut shard = world.start(0);
    let mut book = shard.books.values().next().unwrap().clone();
    book.shards = 5;
    let transaction = bystander_pipeline::Sink::begin(&mut shard.started.writer).unwrap();
    bystander_pipeline::Transaction::commit(transaction, &[book]).unwrap();
    let failure = start(&world.job, 0, &world.stop).map(drop).unwrap_err();
    assert!(failure.is_retriable() && failure.what.contains("5 shards"), "{failure}");
}

#[test]
fn a_stop_ends_a_start() {
    let world = World::new(kafka_or_skip!("a_stop_ends_a_start"), &[1], 1);
    world.stop.request(bystander_pipeline::StopMode::Drain);
    assert!(start(&world.job, 0, &world.stop).map(drop).unwrap_err().what.contains("stop"));
}

#[test]
fn a_start_under_more_shards_leaves_a_mark_where_an_old_view_looks() {
    let world = World::new(
        kafka_or_skip!("a_start_under_more_shards_leaves_a_mark_where_an_old_view_looks"),
        &[6],
        2,
    );
    (0..2).for_each(|shard| drop(world.start(shard)));
    grow(&world, 3);
    drop(world.start(2));
    // The claims lie in partition 2, which an owner under two shards doesn't read.
    let topic = world.job.shadow().checkpoints.name();
    let marks = || -> BTreeSet<(i32, String)> {
        let records = world.cluster.consume(topic, Isolation::Committed).unwrap().into_iter();
        let mark = |key: &str| Some(key.strip_prefix("#layout|")?.to_owned());
        records.filter_map(|record| Some((record.partition, mark(&record.key?)?))).collect()
    };
    let mark = |partition, shards| (partition, format!("{}|{shards}", world.job.shadow().job));
    let expected = BTreeSet::from([mark(0, 2), mark(1, 2), mark(0, 3), mark(1, 3), mark(2, 3)]);
    // A commit is visible to readers some time after it has ended.
    let deadline = Instant::now() + PATIENCE;
    while marks() != expected && Instant::now() < deadline {}
    assert_eq!(marks(), expected);
}

#[test]
fn a_start_refuses_while_a_checkpoint_lies_beyond_the_partitions_that_it_sees() {
    let name = "a_start_refuses_while_a_checkpoint_lies_beyond_the_partitions_that_it_sees";
    let world = World::new(kafka_or_skip!(name), &[4], 2);
    let mut shard = world.start(1);
    let mut book = shard.books.values().next().unwrap().clone();
    (book.partition, book.next_offset, book.totals.read) = (5, 12, 12);
    let transaction = bystander_pipeline::Sink::begin(&mut shard.started.writer).unwrap();
    bystander_pipeline::Transaction::commit(transaction, &[book]).unwrap();
    let failure = start(&world.job, 1, &world.stop).map(drop).unwrap_err();
    assert!(failure.is_retriable() && failure.what.contains("partition 5 has a checkpoint"), "{failure}");
    // It isn't the other shard's, which doesn't open it either.
    drop(world.start(0));
    world.cluster.add_partitions(&world.job.inputs()[0], 6).unwrap();
    let next: Vec<_> = world.start(1).books.values().map(|book| (book.partition, book.next_offset)).collect();
    assert_eq!(next, [(1, 0), (3, 0), (5, 12)]);
}

struct Instance {
    group: ShardGroup,
    events: Receiver<GroupEvent>,
    shards: BTreeSet<i32>,
    resized: Vec<i32>,
}

impl Instance {
    fn join(world: &World<'_>) -> Self {
        let (sender, events) = channel();
        let handler: ShardHandler = Box::new(move |event| drop(sender.send(event)));
        let group = ShardGroup::join(world.job.shadow(), handler).unwrap();
        Self { group, events, shards: BTreeSet::new(), resized: Vec::new() }
    }

    fn settle(&mut self) {
        while let Ok(event) = self.events.try_recv() {
            match event {
                GroupEvent::Assigned(shards) => self.shards.extend(shards),
                GroupEvent::Revoked(shards) | GroupEvent::Lost(shards) => {
                    self.shards.retain(|shard| !shards.contains(shard));
                }
                GroupEvent::Resized { shards } => self.resized.push(shards),
                GroupEvent::Refused { failure, .. } => panic!("{failure}"),
            }
        }
    }
}

fn wait_for(instances: &mut [&mut Instance], wanted: &[usize]) {
    let deadline = Instant::now() + PATIENCE;
    loop {
        instances.iter_mut().for_each(|instance| instance.settle());
        let mut sizes: Vec<_> = instances.iter().map(|instance| instance.shards.len()).collect();
        sizes.sort_unstable();
        let all: BTreeSet<i32> = instances.iter().flat_map(|instance| &instance.shards).copied().collect();
        if sizes == wanted && all.len() == wanted.iter().sum::<usize>() {
            return;
        }
        assert!(Instant::now() < deadline, "shards are shared as {sizes:?}, not {wanted:?}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

#[test]
fn instances_share_the_shards_and_hand_them_over_when_they_leave() {
    let world =
        World::new(kafka_or_skip!("instances_share_the_shards_and_hand_them_over_when_they_leave"), &[1], 4);
    let mut first = Instance::join(&world);
    wait_for(&mut [&mut first], &[4]);
    let mut second = Instance::join(&world);
    wait_for(&mut [&mut first, &mut second], &[2, 2]);
    assert!(first.group.leave(PATIENCE));
    wait_for(&mut [&mut second], &[4]);
    grow(&world, 6);
    wait_for(&mut [&mut second], &[6]);
    let deadline = Instant::now() + PATIENCE;
    while second.resized.is_empty() && Instant::now() < deadline {
        second.settle();
        std::thread::sleep(Duration::from_millis(50));
    }
    assert_eq!(second.resized, [6]);
}

#[test]
fn a_revoked_shard_goes_to_others_only_after_its_handler_returned() {
    let world =
        World::new(kafka_or_skip!("a_revoked_shard_goes_to_others_only_after_its_handler_returned"), &[1], 2);
    let (stopped, stops) = channel();
    let (sender, events) = channel();
    let handler: ShardHandler = Box::new(move |event| {
        if let GroupEvent::Revoked(_) = &event {
            std::thread::sleep(Duration::from_secs(2));
            stopped.send(Instant::now()).unwrap();
        }
        drop(sender.send(event));
    });
    let first = ShardGroup::join(world.job.shadow(), handler).unwrap();
    assert!(
        matches!(events.recv_timeout(PATIENCE).unwrap(), GroupEvent::Assigned(shards) if shards.len() == 2)
    );
    let (sender, assigned) = channel();
    let handler: ShardHandler = Box::new(move |event| {
        if matches!(&event, GroupEvent::Assigned(shards) if !shards.is_empty()) {
            sender.send(Instant::now()).unwrap();
        }
    });
    let second = ShardGroup::join(world.job.shadow(), handler).unwrap();
    let assigned = assigned.recv_timeout(PATIENCE).unwrap();
    assert!(stops.recv_timeout(PATIENCE).unwrap() <= assigned);
    assert!(second.leave(PATIENCE) && first.leave(PATIENCE));
}

#[test]
fn a_member_that_gets_no_shard_is_told_so_and_stands_by() {
    let world = World::new(kafka_or_skip!("a_member_that_gets_no_shard_is_told_so_and_stands_by"), &[1], 1);
    let member = || {
        let (sender, events) = channel();
        let handler: ShardHandler = Box::new(move |event| drop(sender.send(event)));
        (ShardGroup::join(world.job.shadow(), handler).unwrap(), events)
    };
    let (first, events) = member();
    assert_eq!(events.recv_timeout(PATIENCE).unwrap(), GroupEvent::Assigned(vec![0]));
    let (second, events) = member();
    assert_eq!(events.recv_timeout(PATIENCE).unwrap(), GroupEvent::Assigned(Vec::new()));
    assert!(first.leave(PATIENCE));
    let taken = std::iter::from_fn(|| events.recv_timeout(PATIENCE).ok());
    assert!(taken.into_iter().any(|event| event == GroupEvent::Assigned(vec![0])), "it takes over");
    assert!(second.leave(PATIENCE));
}

/// The broker lets nobody read past a transaction that is open, whoever left it so. A start would wait for it in vain.
#[test]
fn a_start_behind_a_foreign_open_transaction_says_where_it_is_and_how_to_end_it() {
    let name = "a_start_behind_a_foreign_open_transaction_says_where_it_is_and_how_to_end_it";
    let world = World::new(kafka_or_skip!(name), &[1], 1);
    world.feed(0, 0, 20, &ProduceOptions::default());
    assert_eq!(world.start(0).commit().unwrap(), 20);
    let topic = world.job.shadow().checkpoints.name();
    let foreign = open_transaction(&world.cluster.bootstrap(), topic);
    let failure = start(&world.job, 0, &world.stop).map(drop).unwrap_err();
    assert!(failure.is_retriable(), "it passes once that transaction has ended: {failure}");
    for part in [topic, "partition 0", "left open"] {
        assert!(failure.what.contains(part), "{part}: {failure}");
    }
    assert!(
        failure.fix.contains("kafka-transactions.sh") && !failure.fix.contains("brokers are up"),
        "{failure}"
    );
    foreign.abort_transaction(PATIENCE).unwrap();
    world.feed(0, 0, 5, &ProduceOptions::default());
    assert_eq!(world.start(0).commit().unwrap(), 5);
}
