//! Reading back what was written, and a replay's own topics.

use crate::hung::open_transaction;
use crate::world::World;
use bystander_core::checkpoint::{Attempts, Checkpoint, Totals};
use bystander_core::record::RawRecord;
use bystander_kafka::{
    ReadTopics, ReplayWriters, ShadowTopic, ShadowTopics, ShadowWriter, Start, TopicPlanSettings,
    TopicReader, open_replay, read_checkpoints, reopen_replay, replay_settings,
};
use bystander_pipeline::{Failure, Message, Output, Sink, SinkError, Stop, StopMode, Transaction};
use bystander_testkit::{Isolation, ProduceOptions, kafka_or_skip, unique};
use rdkafka::producer::Producer;
use std::sync::Arc;
use std::time::Duration;

fn text(record: &RawRecord<'_>) -> String {
    String::from_utf8(record.payload.unwrap().to_vec()).unwrap()
}

#[test]
fn comparisons_are_read_back_from_the_partition_that_must_hold_them() {
    let world = World::new(
        kafka_or_skip!("comparisons_are_read_back_from_the_partition_that_must_hold_them"),
        &[4],
        1,
    );
    (0..4).for_each(|partition| world.feed(0, partition, 30, &ProduceOptions::default()));
    let mut shard = world.start(0);
    assert_eq!(shard.round(Duration::from_millis(800), crate::world::End::Abort).unwrap(), 120);
    drop(shard);
    world.start(0).commit().unwrap();
    let shadow = world.job.shadow();
    let mut reader = TopicReader::of_shadow(shadow, &shadow.comparisons, &world.stop).unwrap();
    assert_eq!(reader.partitions(), 2);
    for partition in 0..4 {
        reader.begin(reader.partition_of(partition), Start::Earliest).unwrap();
        let mut offsets = Vec::new();
        while let Some(record) = reader.next().unwrap() {
            let value = text(&record);
            let numbers: Vec<i64> = value.split(' ').map(|number| number.parse().unwrap()).collect();
            if numbers[1] == i64::from(partition) {
                offsets.push(numbers[2]);
            }
        }
        assert!(offsets.iter().copied().eq(0..30), "partition {partition}: {offsets:?}");
    }
    let mut all = Vec::new();
    let take = |record: RawRecord<'_>| -> Result<(), Failure> {
        all.push(text(&record));
        Ok(())
    };
    reader.for_each(Start::Earliest, take).unwrap();
    all.sort();
    assert_eq!(all, world.expected().into_keys().collect::<Vec<_>>());
    assert_eq!(reader.begin(0, Start::At(i64::MAX - 1)).unwrap().count(), 0, "no record is that late");
    assert!(reader.next().unwrap().is_none());
    assert_eq!(reader.lost(), 0);
}

#[test]
fn a_topic_is_read_to_the_end_it_had_from_what_retention_left_of_it() {
    let cluster = kafka_or_skip!("a_topic_is_read_to_the_end_it_had_from_what_retention_left_of_it");
    let world = World::new(cluster, &[1], 1);
    world.feed(0, 0, 100, &ProduceOptions::default());
    let topic = &world.job.inputs()[0];
    cluster.delete_records(topic, 0, 10).unwrap();
    let status = Arc::default();
    let mut reader = TopicReader::of_live(world.job.live(), topic, &status, &world.stop).unwrap();
    assert_eq!(reader.begin(0, Start::Earliest).unwrap(), 10..100);
    // What comes later is not read, and what goes meanwhile is told.
    world.feed(0, 0, 5, &ProduceOptions::default());
    cluster.delete_records(topic, 0, 30).unwrap();
    let mut count = 0;
    while reader.next().unwrap().is_some() {
        count += 1;
    }
    assert_eq!(count + reader.lost(), 90);
    assert_eq!(status.isolation(), Ok(()));
    world.stop.request(StopMode::Abort);
    reader.begin(0, Start::Earliest).unwrap();
    assert!(reader.next().unwrap_err().what.contains("interrupted"));
    let missing = ShadowTopic::new(&unique("nowhere"), &read_topics(&world)).unwrap();
    let refused = TopicReader::of_shadow(world.job.shadow(), &missing, &world.stop).map(drop).unwrap_err();
    assert!(!refused.is_retriable() && refused.what.contains(missing.name()), "{refused}");
}

fn read_topics(world: &World<'_>) -> ReadTopics {
    ReadTopics::new(world.job.inputs().to_vec())
}

fn write(writer: &mut ShadowWriter, run: &str, partition: i32, next_offset: i64) -> Result<(), SinkError> {
    let mut transaction = writer.begin()?;
    transaction.send(Message {
        output: Output::Comparisons,
        source_partition: partition,
        key: None,
        value: Some(format!("{partition} {next_offset}").as_bytes()),
        headers: &[],
    })?;
    transaction.commit(&[Checkpoint {
        job: run.to_owned(),
        topic: "t".to_owned(),
        partition,
        next_offset,
        shard: partition,
        shards: 3,
        initial_partitions: 3,
        totals: Totals::default(),
        log: Default::default(),
        attempts: Attempts::default(),
        config: None,
        scored_by: None,
    }])
}

#[test]
fn a_replay_writes_to_topics_of_its_own_and_is_taken_over_whole() {
    let cluster = kafka_or_skip!("a_replay_writes_to_topics_of_its_own_and_is_taken_over_whole");
    let world = World::new(cluster, &[1], 1);
    let (name, run) = (unique("backtest"), unique("run"));
    let settings = replay_settings(world.job.shadow(), &read_topics(&world), &name, &run).unwrap();
    let topics = ShadowTopics::new(&settings).unwrap();
    let stop = Stop::default();
    topics.execute(&topics.plan_at_least(&TopicPlanSettings::new(3, 2)).unwrap()).unwrap();
    let ReplayWriters { mut writers, checkpoints } = open_replay(&settings, 3, &stop).unwrap();
    assert!(checkpoints.is_empty() && writers.len() == 3);
    for (partition, writer) in (0..).zip(&mut writers) {
        write(writer, &run, partition, 10).unwrap();
    }
    // One stops in the middle of a transaction.
    let mut open = writers[2].begin().unwrap();
    open.send(Message {
        output: Output::Comparisons,
        source_partition: 2,
        key: None,
        value: Some(b"never seen"),
        headers: &[],
    })
    .unwrap();
    std::mem::forget(open);
    // Resumed by two workers: fewer topics aren't wanted, and nothing is left open.
    assert_eq!(topics.plan_at_least(&TopicPlanSettings::new(2, 2)).unwrap(), []);
    let next = open_replay(&settings, 2, &stop).unwrap();
    let positions: Vec<_> =
        next.checkpoints.values().map(|checkpoint| (checkpoint.partition, checkpoint.next_offset)).collect();
    assert_eq!((next.writers.len(), positions), (2, vec![(0, 10), (1, 10), (2, 10)]));
    assert_eq!(next.checkpoints, read_checkpoints(&settings, &stop).unwrap());
    for writer in &mut writers[..2] {
        let refused = write(writer, &run, 0, 20).unwrap_err();
        assert!(matches!(refused, SinkError::Fenced(_)), "{refused:?}");
    }
    let seen = cluster.consume(&name, Isolation::Committed).unwrap();
    let mut seen: Vec<_> = seen.into_iter().filter_map(|record| record.value).collect();
    seen.sort();
    assert_eq!(seen, ["0 10", "1 10", "2 10"]);
    let refused = open_replay(&settings, 4, &stop).map(drop).unwrap_err();
    assert!(refused.what.contains("3 partitions for 4 workers"), "{refused}");
    // The live run of the same group goes on undisturbed.
    world.feed(0, 0, 5, &ProduceOptions::default());
    assert_eq!(world.start(0).commit().unwrap(), 5);
}

#[test]
fn a_worker_whose_writer_failed_never_goes_on_from_positions_that_the_broker_hides() {
    let cluster =
        kafka_or_skip!("a_worker_whose_writer_failed_never_goes_on_from_positions_that_the_broker_hides");
    let world = World::new(cluster, &[1], 1);
    let (name, run) = (unique("backtest"), unique("run"));
    let settings = replay_settings(world.job.shadow(), &read_topics(&world), &name, &run).unwrap();
    let topics = ShadowTopics::new(&settings).unwrap();
    let stop = Stop::default();
    topics.execute(&topics.plan_at_least(&TopicPlanSettings::new(1, 1)).unwrap()).unwrap();
    let ReplayWriters { mut writers, .. } = open_replay(&settings, 1, &stop).unwrap();
    let foreign = open_transaction(&cluster.bootstrap(), settings.checkpoints.name());
    write(&mut writers[0], &run, 0, 10).unwrap();
    // What it committed lies behind the foreign transaction.
    assert!(read_checkpoints(&settings, &stop).unwrap().is_empty());
    let failure = reopen_replay(&settings, 0, &stop).map(drop).unwrap_err();
    assert!(failure.what.contains("partition 0") && failure.what.contains("left open"), "{failure}");
    assert!(failure.is_retriable() && failure.fix.contains("kafka-transactions.sh"), "{failure}");
    foreign.abort_transaction(Duration::from_secs(30)).unwrap();
    let (_, checkpoints) = reopen_replay(&settings, 0, &stop).unwrap();
    let next: Vec<_> = checkpoints.values().map(|checkpoint| checkpoint.next_offset).collect();
    assert_eq!(next, [10]);
}
