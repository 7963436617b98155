//! Exactly once: what is committed is there once, and nothing else is.

use crate::world::{End, World};
use bystander_kafka::start;
use bystander_pipeline::{Message, Output, Sink, SinkError, Transaction};
use bystander_testkit::{Isolation, ProduceOptions, kafka_or_skip};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

const QUIET: Duration = Duration::from_millis(800);

#[test]
fn every_record_of_several_streams_and_shards_is_compared_once() {
    let world =
        World::new(kafka_or_skip!("every_record_of_several_streams_and_shards_is_compared_once"), &[3, 2], 2);
    for (input, partition) in [(0, 0), (0, 1), (0, 2), (1, 0), (1, 1)] {
        world.feed(input, partition, 50, &ProduceOptions::default());
    }
    let (mut first, mut second) = (world.start(0), world.start(1));
    assert_eq!(first.commit().unwrap(), 150);
    assert_eq!(second.commit().unwrap(), 100);
    assert_eq!(world.compared_at_least(world.expected().len()), world.expected());
    let checkpoints = world.checkpoints();
    assert_eq!(checkpoints.len(), 5);
    assert!(checkpoints.values().all(|checkpoint| checkpoint.next_offset == 50));
    assert!(
        checkpoints.values().all(|checkpoint| checkpoint.totals.balanced() && checkpoint.totals.read == 50)
    );
}

#[test]
fn one_input_partition_stays_in_order_in_one_output_partition() {
    let world =
        World::new(kafka_or_skip!("one_input_partition_stays_in_order_in_one_output_partition"), &[4], 1);
    (0..4).for_each(|partition| world.feed(0, partition, 40, &ProduceOptions::default()));
    world.start(0).commit().unwrap();
    let mut last = std::collections::BTreeMap::new();
    for record in world.cluster.consume(world.job.shadow().comparisons.name(), Isolation::Committed).unwrap()
    {
        let value = record.value.unwrap();
        let numbers: Vec<i64> = value.split(' ').map(|number| number.parse().unwrap()).collect();
        assert_eq!(i64::from(record.partition), numbers[1] % 2);
        assert!(last.insert(numbers[1], numbers[2]).is_none_or(|before| before < numbers[2]));
    }
    assert_eq!(last.len(), 4);
}

#[test]
fn nothing_of_an_aborted_dropped_or_crashed_transaction_is_ever_seen() {
    let cluster = kafka_or_skip!("nothing_of_an_aborted_dropped_or_crashed_transaction_is_ever_seen");
    for end in [End::Abort, End::Drop, End::Crash] {
        let world = World::new(cluster, &[2], 1);
        world.feed(0, 0, 30, &ProduceOptions::default());
        let mut shard = world.start(0);
        assert_eq!(shard.round(QUIET, end).unwrap(), 30);
        assert_eq!(world.compared().len(), 0, "{end:?}");
        // The next owner reads all of it again, exactly once.
        let mut next = world.start(0);
        assert_eq!(next.commit().unwrap(), 30, "{end:?}");
        assert_eq!(world.compared_at_least(world.expected().len()), world.expected(), "{end:?}");
        drop(shard);
        assert_eq!(world.compared_at_least(world.expected().len()), world.expected(), "{end:?}");
    }
}

#[test]
fn a_commit_becomes_visible_with_its_checkpoints_and_not_before() {
    let world =
        World::new(kafka_or_skip!("a_commit_becomes_visible_with_its_checkpoints_and_not_before"), &[1], 1);
    world.feed(0, 0, 10, &ProduceOptions::default());
    let mut shard = world.start(0);
    let claimed = world.checkpoints();
    let mut transaction = shard.started.writer.begin().unwrap();
    let message = Message {
        output: Output::Comparisons,
        source_partition: 0,
        key: None,
        value: Some(b"x"),
        headers: &[],
    };
    for _ in 0..10 {
        transaction.send(message).unwrap();
    }
    let topic = world.job.shadow().comparisons.name();
    // A takeover leaves tombstones, which no reader takes for a record.
    let sent = || {
        let uncommitted = world.cluster.consume(topic, Isolation::Uncommitted).unwrap();
        uncommitted.iter().filter(|record| record.value.is_some()).count()
    };
    let deadline = std::time::Instant::now() + crate::world::PATIENCE;
    while sent() < 10 {
        assert!(std::time::Instant::now() < deadline, "{} records stand in the log", sent());
    }
    assert_eq!(sent(), 10);
    assert_eq!(world.compared().len(), 0);
    assert_eq!(world.checkpoints(), claimed);
    let mut book = claimed.values().next().unwrap().clone();
    book.next_offset = 10;
    transaction.commit(std::slice::from_ref(&book)).unwrap();
    assert_eq!(world.compared().values().copied().collect::<Vec<_>>(), [10]);
    assert_eq!(world.checkpoints().into_values().collect::<Vec<_>>(), [book]);
}

#[test]
fn a_zombie_is_fenced_and_adds_nothing() {
    let world = World::new(kafka_or_skip!("a_zombie_is_fenced_and_adds_nothing"), &[1], 1);
    world.feed(0, 0, 20, &ProduceOptions::default());
    let mut zombie = world.start(0);
    let mut owner = world.start(0);
    let refused = zombie.commit().unwrap_err();
    assert!(matches!(refused, SinkError::Fenced(_)), "{refused:?}");
    assert_eq!(owner.commit().unwrap(), 20);
    let refused = zombie.started.writer.begin().map(drop).unwrap_err();
    assert!(matches!(refused, SinkError::Fenced(_)), "{refused:?}");
    assert_eq!(world.compared_at_least(world.expected().len()), world.expected());
}

#[test]
fn a_restarted_shard_goes_on_where_the_last_commit_ended_with_its_totals() {
    let world = World::new(
        kafka_or_skip!("a_restarted_shard_goes_on_where_the_last_commit_ended_with_its_totals"),
        &[2],
        1,
    );
    for left_by_the_crash in [0, 5, 5] {
        world.feed(0, 1, 25, &ProduceOptions::default());
        let mut shard = world.start(0);
        assert_eq!(shard.commit().unwrap(), 25 + left_by_the_crash);
        world.feed(0, 0, 5, &ProduceOptions::default());
        assert_eq!(shard.round(QUIET, End::Crash).unwrap(), 5);
    }
    let mut shard = world.start(0);
    assert_eq!(shard.started.claimed, 0);
    assert_eq!(shard.commit().unwrap(), 5);
    assert_eq!(world.compared_at_least(world.expected().len()), world.expected());
    let totals: Vec<u64> = world.checkpoints().values().map(|checkpoint| checkpoint.totals.read).collect();
    assert_eq!(totals, [15, 75]);
}

#[test]
fn a_record_too_large_is_told_and_the_transaction_stays_good() {
    let world =
        World::new(kafka_or_skip!("a_record_too_large_is_told_and_the_transaction_stays_good"), &[1], 1);
    let mut shard = world.start(0);
    let large = vec![b'x'; world.job.shadow().largest_record + (17 << 10)];
    let mut transaction = shard.started.writer.begin().unwrap();
    let message = |value| Message {
        output: Output::DeadLetters,
        source_partition: 0,
        key: None,
        value: Some(value),
        headers: &[],
    };
    let refused = transaction.send(message(&large)).unwrap_err();
    assert!(matches!(refused, SinkError::TooLarge { bytes } if bytes == large.len()), "{refused:?}");
    transaction.send(message(b"small")).unwrap();
    transaction.commit(&[]).unwrap();
    let topic = world.job.shadow().dead_letters.name();
    assert_eq!(world.cluster.consume(topic, Isolation::Committed).unwrap().len(), 1);
}

#[test]
fn checkpoints_survive_compaction() {
    let world = World::new(kafka_or_skip!("checkpoints_survive_compaction"), &[2], 1);
    // Segments this small are closed and compacted while the test runs.
    let topic = world.job.shadow().checkpoints.name().to_owned();
    let settings =
        "segment.ms=100,min.cleanable.dirty.ratio=0.001,max.compaction.lag.ms=100,delete.retention.ms=100";
    let bootstrap = world.cluster.bootstrap();
    let arguments =
        ["--bootstrap-server", &bootstrap, "--alter", "--topic", &topic, "--add-config", settings];
    let output = world.cluster.kafka_tool("kafka.admin.ConfigCommand", &arguments).unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let mut shard = world.start(0);
    for _ in 0..15 {
        world.feed(0, 0, 3, &ProduceOptions::default());
        let mut read = 0;
        while read < 3 {
            read += shard.round(Duration::from_millis(250), End::Commit).unwrap();
        }
    }
    let before = world.checkpoints();
    let deadline = std::time::Instant::now() + crate::world::PATIENCE;
    loop {
        let left = world.cluster.consume(&topic, Isolation::Committed).unwrap().len();
        if left < 12 {
            break;
        }
        assert!(std::time::Instant::now() < deadline, "not compacted: {left} checkpoint records left");
        std::thread::sleep(Duration::from_millis(300));
    }
    assert_eq!(world.checkpoints(), before);
    let next = start(&world.job, 0, &world.stop).unwrap();
    assert_eq!(next.claimed, 0);
    assert_eq!(next.checkpoints.iter().map(|(_, book)| book.next_offset).collect::<Vec<_>>(), [45, 0]);
}

/// Numbers that are the same in every run: a multiplicative congruential generator.
struct Dice(u64);

impl Dice {
    fn below(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % sides
    }
}

/// Ends the owners' fight when it goes, so that a test that fails in between fails and doesn't hang.
struct EndsWithMe<'a>(&'a AtomicBool);

impl Drop for EndsWithMe<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

#[test]
fn shards_that_several_owners_fight_over_lose_and_double_nothing() {
    let cluster = kafka_or_skip!("shards_that_several_owners_fight_over_lose_and_double_nothing");
    // Statistics this often make ends without records come in between records all the time.
    let often = Duration::from_millis(5);
    let world = World::with(cluster, &[3, 2], 2, |live, _, _| live.statistics_interval = often);
    let over = AtomicBool::new(false);
    let done = || over.load(Ordering::Relaxed);
    let own = |seed: u64| {
        let mut dice = Dice(seed);
        let (mut commits, mut crashes) = (0, 0);
        while !done() {
            let shard = i32::try_from(dice.below(2)).unwrap();
            let Ok(started) = start(&world.job, shard, &world.stop) else { continue };
            let mut shard = crate::world::TestShard::new(&world.job, started);
            for _ in 0..dice.below(6) {
                let end =
                    [End::Commit, End::Commit, End::Abort, End::Drop, End::Crash][dice.below(5) as usize];
                match shard.round(Duration::from_millis(20 + 10 * dice.below(8)), end) {
                    Ok(_) if end == End::Commit => commits += 1,
                    Ok(_) => {}
                    Err(_) => break,
                }
                if end != End::Commit {
                    crashes += 1;
                    break;
                }
            }
        }
        (commits, crashes)
    };
    std::thread::scope(|scope| {
        let over = EndsWithMe(&over);
        let owners: Vec<_> = [1, 2, 3]
            .map(|seed| {
                scope.spawn({
                    let own = &own;
                    move || own(seed)
                })
            })
            .into();
        let mut failed = 0;
        for round in 0..12 {
            for (input, partition) in [(0, 0), (0, 1), (0, 2), (1, 0), (1, 1)] {
                let abort_every = if round % 2 == 0 { 3 } else { 0 };
                let options = ProduceOptions { transaction_size: 20, abort_every };
                // Owners keep the broker so busy that the feeder was seen to fail. What counts is what stands in the
                // topics in the end, so half a feed is as good, and some feeds must come through.
                if let Err(error) = world.try_feed(input, partition, 300, &options) {
                    eprintln!("round {round}, input {input}, partition {partition}: {error}");
                    failed += 1;
                }
            }
        }
        assert!(failed < 6, "{failed} of 60 feeds failed");
        drop(over);
        let counts: Vec<(i32, i32)> = owners.into_iter().map(|owner| owner.join().unwrap()).collect();
        assert!(counts.iter().any(|(commits, _)| *commits > 3), "hardly anything was committed: {counts:?}");
        assert!(counts.iter().any(|(_, crashes)| *crashes > 3), "hardly anything went wrong: {counts:?}");
    });
    (0..2).for_each(|shard| assert!(world.start(shard).commit().is_ok()));
    let (compared, expected) = (world.compared(), world.expected());
    assert_eq!(compared.len(), expected.len());
    assert_eq!(compared, expected);
    let checkpoints = world.checkpoints();
    let read: u64 = checkpoints.values().map(|book| book.totals.read).sum();
    assert_eq!(read, expected.len() as u64);
}
