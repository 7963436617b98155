//! Retention, restarts, deletions and silence.

use super::{Reading, Topic, read, small, try_read};
use bystander_core::record::StreamId;
use bystander_pipeline::{Polled, Source};
use bystander_testkit::{KafkaOptions, ProduceOptions, kafka_or_skip};
use std::time::{Duration, Instant};

#[test]
fn what_retention_removed_before_is_a_gap_of_exactly_those_offsets() {
    let cluster = kafka_or_skip!("what_retention_removed_before_is_a_gap_of_exactly_those_offsets");
    let topic = Topic::new(cluster, 1, &[]);
    topic.feed(3_000, &ProduceOptions { transaction_size: 100, abort_every: 3 });
    let log = topic.log();
    let end = log.ends[&0];
    cluster.delete_records(&topic.name, 0, 777).unwrap();
    let mut reader = topic.reader();
    let reading = read(&mut reader, 0, 0..end);
    assert_eq!(reading.gaps, [(0, 777)]);
    assert_eq!(reading.records, log.within(0, &(777..end)));
    assert_eq!(read(&mut reader, 0, 700..800).gaps, [(700, 777)]);
    let gone = Reading { gaps: vec![(0, 500)], ..Reading::default() };
    assert_eq!(read(&mut reader, 0, 0..500), gone, "all of the piece is gone");
    assert_eq!(read(&mut reader, 0, 500..900).gaps, [(500, 777)]);
    assert_eq!(read(&mut reader, 0, 777..end).records, log.within(0, &(777..end)));
}

#[test]
fn what_retention_removes_while_it_is_read_is_a_gap_and_nothing_is_lost_or_twice() {
    let cluster =
        kafka_or_skip!("what_retention_removes_while_it_is_read_is_a_gap_and_nothing_is_lost_or_twice");
    let topic = Topic::new(cluster, 1, &[]);
    topic.feed(20_000, &ProduceOptions { transaction_size: 100, abort_every: 3 });
    let log = topic.log();
    let end = log.ends[&0];
    let mut settings = topic.settings();
    settings.fetch = small();
    let (mut reader, _) = topic.reader_of(&settings);
    let mut removals = vec![(2_000, 15_000), (20, 9_000)];
    let reading = try_read(&mut reader, 0, 0..end, |reading| {
        if removals.last().is_some_and(|(records, _)| reading.records.len() >= *records) {
            let (_, before) = removals.pop().unwrap();
            cluster.delete_records(&topic.name, 0, before).unwrap();
        }
    })
    .unwrap();
    assert_eq!(reading.gaps.len(), 2, "{:?}", reading.gaps);
    assert_eq!((reading.gaps[0].1, reading.gaps[1].1), (9_000, 15_000));
    // Each offset is exactly one of: read, in a gap, or without a committed record.
    let mut expected = log.within(0, &(0..end));
    expected.retain(|(offset, _)| !reading.gaps.iter().any(|(from, to)| (from..to).contains(&offset)));
    assert_eq!(reading.records, expected);
}

#[test]
fn a_restarted_broker_is_waited_for_and_costs_no_record() {
    let cluster =
        kafka_or_skip!("a_restarted_broker_is_waited_for_and_costs_no_record", KafkaOptions::default());
    let topic = Topic::new(&cluster, 1, &[]);
    topic.feed(30_000, &ProduceOptions { transaction_size: 500, abort_every: 3 });
    let log = topic.log();
    let end = log.ends[&0];
    let mut settings = topic.settings();
    settings.fetch = small();
    let (mut reader, _) = topic.reader_of(&settings);
    let mut restarts = vec![15_000, 5_000];
    let reading = try_read(&mut reader, 0, 0..end, |reading| {
        if restarts.last().is_some_and(|records| reading.records.len() >= *records) {
            restarts.pop();
            cluster.restart_broker(0).unwrap();
        }
    })
    .unwrap();
    assert_eq!(reading.records, log.within(0, &(0..end)));
    assert!(reading.gaps.is_empty() && restarts.is_empty());
}

#[test]
fn leaders_that_move_are_followed() {
    let cluster = kafka_or_skip!("leaders_that_move_are_followed", KafkaOptions::brokers(3));
    let topic = Topic::new(&cluster, 3, &[]);
    topic.feed(30_000, &ProduceOptions { transaction_size: 500, abort_every: 3 });
    let log = topic.log();
    let mut settings = topic.settings();
    settings.fetch = small();
    let (mut reader, _) = topic.reader_of(&settings);
    // Each broker goes once, so each partition's leader does.
    for (partition, broker) in [(0, 0), (1, 1), (2, 2)] {
        let end = log.ends[&partition];
        let mut gone = false;
        let reading = try_read(&mut reader, partition, 0..end, |reading| {
            if !gone && reading.records.len() >= 1_000 {
                cluster.stop_broker(broker).unwrap();
                gone = true;
            }
        })
        .unwrap();
        assert!(gone);
        assert_eq!(reading.records, log.within(partition, &(0..end)), "partition {partition}");
        assert!(reading.gaps.is_empty());
        cluster.restart_broker(broker).unwrap();
    }
}

#[test]
fn a_broker_that_stays_away_is_a_passing_failure_after_the_stated_patience() {
    let name = "a_broker_that_stays_away_is_a_passing_failure_after_the_stated_patience";
    let cluster = kafka_or_skip!(name, KafkaOptions::default());
    let topic = Topic::new(&cluster, 1, &[]);
    topic.feed(5_000, &ProduceOptions::default());
    let mut settings = topic.settings();
    settings.fetch = small();
    let (reader, _) = topic.reader_of(&settings);
    let mut reader = reader.with_patience(Duration::from_secs(3));
    let (mut read, mut since) = (Vec::new(), None);
    let mut count = 0;
    let error = try_read(&mut reader, 0, 0..5_000, |reading| {
        if since.is_none() && reading.records.len() >= 100 {
            cluster.pause_broker(0).unwrap();
            since = Some(Instant::now());
        }
        if reading.records.len() > count {
            count = reading.records.len();
            read.clone_from(&reading.records);
            since = since.map(|_| Instant::now());
        }
    })
    .unwrap_err();
    let waited = since.unwrap().elapsed();
    assert!((2.5..15.0).contains(&waited.as_secs_f64()), "{waited:?}");
    assert!(error.is_retriable() && error.what.contains(&topic.name), "{error:?}");
    cluster.resume_broker(0).unwrap();
    // Polling on goes on where it was.
    let deadline = Instant::now() + crate::world::PATIENCE;
    while !reader.done() && Instant::now() < deadline {
        if let Ok(Polled::Record(record)) = reader.poll(Duration::from_millis(50)) {
            read.push((record.position.offset, String::new()));
        }
    }
    assert!(read.iter().map(|(offset, _)| *offset).eq(0..5_000), "{} were read", read.len());
}

#[test]
fn a_deleted_topic_and_an_end_that_does_not_exist_are_lasting_failures() {
    let cluster = kafka_or_skip!("a_deleted_topic_and_an_end_that_does_not_exist_are_lasting_failures");
    let topic = Topic::new(cluster, 1, &[]);
    topic.feed(10, &ProduceOptions::default());
    let mut reader = topic.reader().with_patience(Duration::from_secs(2));
    let error = try_read(&mut reader, 0, 0..20, |_| {}).unwrap_err();
    assert!(!error.is_retriable() && error.what.contains("ends at offset 10"), "{error:?}");
    let error = try_read(&mut reader, 0, 15..20, |_| {}).unwrap_err();
    assert!(!error.is_retriable() && error.what.contains("ends at offset 10"), "{error:?}");
    // It goes while it is read; what is fetched already may still come.
    topic.feed(3_000, &ProduceOptions::default());
    let mut settings = topic.settings();
    settings.fetch = small();
    let (mut reader, _) = topic.reader_of(&settings);
    let mut deleted = false;
    let begun = Instant::now();
    let error = try_read(&mut reader, 0, 0..3_010, |reading| {
        if !deleted && reading.records.len() >= 50 {
            cluster.delete_topic(&topic.name).unwrap();
            deleted = true;
        }
    })
    .unwrap_err();
    assert!(!error.is_retriable() && error.what.contains(&topic.name), "{error:?}");
    assert!(begun.elapsed() < Duration::from_secs(70), "{:?}", begun.elapsed());
}

#[test]
fn nothing_to_read_is_done_at_once() {
    let cluster = kafka_or_skip!("nothing_to_read_is_done_at_once");
    let topic = Topic::new(cluster, 1, &[]);
    let mut reader = topic.reader();
    assert!(reader.done());
    assert!(matches!(reader.poll(Duration::from_secs(1)).unwrap(), Polled::Idle));
    reader.assign(StreamId(0), 0, 5..5).unwrap();
    assert!(reader.done());
}
