//! The live reader: nothing is skipped silently, nothing is written.

use crate::hung::open_transaction;
use crate::raw;
use crate::world::{World, eventually, poll_until};
use bystander_kafka::live::{Blocked, PartitionStatus};
use bystander_kafka::{Feed, FeedRecord, Start, start};
use bystander_pipeline::Polled;
use bystander_testkit::{ProduceOptions, kafka_or_skip};
use rdkafka::producer::Producer;
use std::collections::BTreeMap;
use std::time::Duration;

#[test]
fn aborted_live_transactions_are_skipped_and_their_end_is_reached() {
    let world =
        World::new(kafka_or_skip!("aborted_live_transactions_are_skipped_and_their_end_is_reached"), &[1], 1);
    world.feed(0, 0, 40, &ProduceOptions { transaction_size: 10, abort_every: 2 });
    let end = world.cluster.end_offsets(&world.job.inputs()[0]).unwrap()[&0];
    let mut shard = world.start(0);
    assert_eq!(shard.commit().unwrap(), 20);
    let mut reached = shard.books.values().next().unwrap().next_offset;
    if reached < end {
        poll_until(&mut shard.started.reader, |polled| match polled {
            Polled::Reached(progress) => {
                reached = progress.next_offset;
                reached == end
            }
            Polled::Record(record) => panic!("{record:?}"),
            _ => false,
        });
    }
    assert_eq!(reached, end);
    assert_eq!(world.compared_at_least(world.expected().len()), world.expected());
}

#[test]
fn records_arrive_with_key_value_time_and_the_headers_that_matter() {
    let world =
        World::new(kafka_or_skip!("records_arrive_with_key_value_time_and_the_headers_that_matter"), &[1], 1);
    let feed = Feed::new(&world.cluster.bootstrap(), &BTreeMap::new()).unwrap();
    let topic = world.job.inputs()[0].as_str();
    let headers: &[(&str, &[u8])] =
        &[("ce_id", b"7"), ("other", b"x"), ("content-type", b"application/json"), ("traceparent", b"00-1")];
    let record = FeedRecord { topic, partition: Some(0), timestamp_ms: Some(1234), ..FeedRecord::default() };
    feed.send(FeedRecord { key: Some(b"k"), payload: Some(b"{}"), headers, ..record }).unwrap();
    feed.send(FeedRecord { payload: Some(b""), ..record }).unwrap();
    feed.send(FeedRecord { key: Some(b"gone"), ..record }).unwrap();
    feed.flush().unwrap();
    let mut reader = start(&world.job, 0, &world.stop).unwrap().reader;
    let mut seen = 0;
    poll_until(&mut reader, |polled| {
        let Polled::Record(record) = polled else { return false };
        assert_eq!((record.position.offset, record.timestamp_ms), (seen, Some(1234)));
        match seen {
            0 => {
                assert_eq!((record.key, record.payload), (Some(&b"k"[..]), Some(&b"{}"[..])));
                assert_eq!(record.headers.attributes[0], Some(&b"7"[..]));
                assert_eq!(record.headers.content_type, Some(&b"application/json"[..]));
                assert_eq!(
                    (record.headers.traceparent, record.headers.tracestate),
                    (Some(&b"00-1"[..]), None)
                );
            }
            1 => {
                assert_eq!((record.key, record.payload), (None, Some(&b""[..])));
                assert_eq!(record.headers.attributes[0], None);
            }
            _ => assert_eq!((record.key, record.payload), (Some(&b"gone"[..]), None)),
        }
        seen += 1;
        seen == 3
    });
}

#[test]
fn a_message_of_ten_megabytes_gets_through_small_fetch_sizes() {
    let cluster = kafka_or_skip!("a_message_of_ten_megabytes_gets_through_small_fetch_sizes");
    let topic = bystander_testkit::unique("large");
    cluster.create_topic(&topic, 1, &[("max.message.bytes", "12000000")]).unwrap();
    let world = World::with(cluster, &[], 1, |_, _, inputs| inputs.push(topic.clone()));
    let properties = [("message.max.bytes", "12000000"), ("compression.type", "none")];
    let properties = properties.map(|(key, value)| (key.to_owned(), value.to_owned())).into();
    let feed = Feed::new(&world.cluster.bootstrap(), &properties).unwrap();
    let large = vec![b'7'; 10 << 20];
    for payload in [&b"before"[..], &large, b"after"] {
        let record = FeedRecord { topic: &topic, payload: Some(payload), ..FeedRecord::default() };
        feed.send(record).unwrap();
        feed.flush().unwrap();
    }
    let mut reader = start(&world.job, 0, &world.stop).unwrap().reader;
    let mut sizes = Vec::new();
    poll_until(&mut reader, |polled| {
        if let Polled::Record(record) = polled {
            sizes.push(record.payload.unwrap().len());
        }
        sizes.len() == 3
    });
    assert_eq!(sizes, [6, 10 << 20, 5]);
}

#[test]
fn a_header_name_that_is_not_utf8_does_not_stop_the_shard() {
    // The library panics on it; what is left of the headers is dropped, the record isn't.
    let world = World::new(kafka_or_skip!("a_header_name_that_is_not_utf8_does_not_stop_the_shard"), &[1], 1);
    raw::produce_bad_header(&world.cluster.bootstrap(), &world.job.inputs()[0]);
    let mut reader = start(&world.job, 0, &world.stop).unwrap().reader;
    poll_until(
        &mut reader,
        |polled| matches!(polled, Polled::Record(record) if record.payload == Some(b"bad")),
    );
}

#[test]
fn an_added_partition_is_read_from_its_beginning() {
    let cluster = kafka_or_skip!("an_added_partition_is_read_from_its_beginning");
    let world = World::with(cluster, &[1], 2, |live, _, _| live.start = Start::Latest);
    let (mut first, mut second) = (world.start(0), world.start(1));
    assert_eq!(second.books.len(), 0);
    world.cluster.add_partitions(&world.job.inputs()[0], 3).unwrap();
    world.feed(0, 1, 10, &ProduceOptions::default());
    world.feed(0, 2, 7, &ProduceOptions::default());
    let mut opened = Vec::new();
    let mut records = 0;
    poll_until(&mut second.started.reader, |polled| {
        match polled {
            Polled::Opened(progress) => opened.push((progress.partition, progress.next_offset)),
            Polled::Record(record) => {
                assert_eq!(record.position.partition, 1);
                records += 1;
            }
            _ => {}
        }
        records == 10
    });
    assert_eq!(opened, [(1, 0)]);
    assert_eq!(first.round(Duration::from_secs(3), crate::world::End::Drop).unwrap(), 7);
    assert_eq!(first.events, ["opened 2 0"]);
    // Started anew, the same partition has no checkpoint yet, and is begun from its beginning all the same.
    let next = start(&world.job, 1, &world.stop).unwrap();
    assert_eq!(next.checkpoints.iter().map(|(_, book)| book.next_offset).collect::<Vec<_>>(), [0]);
}

#[test]
fn offsets_that_retention_removed_are_told_as_a_gap() {
    let world = World::new(kafka_or_skip!("offsets_that_retention_removed_are_told_as_a_gap"), &[2], 1);
    (0..2).for_each(|partition| world.feed(0, partition, 30, &ProduceOptions::default()));
    let mut shard = world.start(0);
    assert_eq!(shard.commit().unwrap(), 60);
    drop(shard);
    (0..2).for_each(|partition| world.feed(0, partition, 30, &ProduceOptions::default()));
    world.cluster.delete_records(&world.job.inputs()[0], 1, 50).unwrap();
    let mut shard = world.start(0);
    assert_eq!(shard.round(Duration::from_secs(2), crate::world::End::Commit).unwrap(), 40);
    assert_eq!(shard.events, ["gap 1 50"]);
    let books: Vec<_> = shard
        .books
        .values()
        .map(|book| (book.next_offset, book.totals.read, book.totals.gap_offsets))
        .collect();
    assert_eq!(books, [(60, 60, 0), (60, 40, 20)]);
}

#[test]
fn the_latest_start_is_claimed_at_once_and_loses_nothing_on_a_restart() {
    let cluster = kafka_or_skip!("the_latest_start_is_claimed_at_once_and_loses_nothing_on_a_restart");
    let world = World::with(cluster, &[2], 1, |live, _, _| live.start = Start::Latest);
    world.feed(0, 0, 10, &ProduceOptions::default());
    let shard = world.start(0);
    assert_eq!(shard.started.claimed, 2);
    drop(shard);
    world.feed(0, 0, 5, &ProduceOptions::default());
    world.feed(0, 1, 5, &ProduceOptions::default());
    let mut shard = world.start(0);
    assert_eq!(shard.started.claimed, 0);
    assert_eq!(shard.commit().unwrap(), 10);
    assert!(world.compared().contains_key("0 0 10") && !world.compared().contains_key("0 0 9"));
}

#[test]
fn a_start_by_time_takes_the_first_record_at_or_after_it_or_the_end() {
    let cluster = kafka_or_skip!("a_start_by_time_takes_the_first_record_at_or_after_it_or_the_end");
    let world = World::with(cluster, &[2], 1, |live, _, _| live.start = Start::At(4500));
    let feed = Feed::new(&world.cluster.bootstrap(), &BTreeMap::new()).unwrap();
    for time in [1000, 2000, 3000] {
        for (partition, shift) in [(0, 0), (1, -2500)] {
            feed.send(FeedRecord {
                topic: &world.job.inputs()[0],
                partition: Some(partition),
                payload: Some(b"x"),
                timestamp_ms: Some(time + shift + 3000),
                ..FeedRecord::default()
            })
            .unwrap();
        }
    }
    feed.flush().unwrap();
    let started = start(&world.job, 0, &world.stop).unwrap();
    assert_eq!(started.checkpoints.iter().map(|(_, book)| book.next_offset).collect::<Vec<_>>(), [1, 3]);
}

#[test]
fn lag_and_isolation_are_shown() {
    let world = World::new(kafka_or_skip!("lag_and_isolation_are_shown"), &[1], 1);
    world.feed(0, 0, 30, &ProduceOptions::default());
    let mut reader = start(&world.job, 0, &world.stop).unwrap().reader;
    let mut records = 0;
    poll_until(&mut reader, |polled| {
        records += usize::from(matches!(polled, Polled::Record(_)));
        let shown = world.job.status().partitions();
        let status = shown.values().next().unwrap();
        records == 30 && status.lag() == Some(0) && status.next_offset == 30 && status.low_offset == Some(0)
    });
    assert_eq!(world.job.status().isolation(), Ok(()));
}

#[test]
fn a_partition_stays_shown_when_its_reader_ends_and_its_lag_grows_until_others_have_it() {
    let name = "a_partition_stays_shown_when_its_reader_ends_and_its_lag_grows_until_others_have_it";
    let world = World::new(kafka_or_skip!(name), &[1], 1);
    world.feed(0, 0, 30, &ProduceOptions::default());
    let mut reader = start(&world.job, 0, &world.stop).unwrap().reader;
    let mut records = 0;
    poll_until(&mut reader, |polled| {
        records += usize::from(matches!(polled, Polled::Record(_)));
        records == 30 && shown(&world).lag() == Some(0)
    });
    // As when a shard waits for the shadow cluster, and then gives up.
    world.feed(0, 0, 70, &ProduceOptions::default());
    drop(reader);
    eventually(|| shown(&world).lag() == Some(70));
    assert_eq!((shown(&world).next_offset, shown(&world).shard), (30, 0));
    world.job.status().keep_shards(|_| false);
    assert!(world.job.status().partitions().is_empty());
}

#[test]
fn of_a_value_above_the_largest_only_the_length_is_handed_over() {
    let cluster = kafka_or_skip!("of_a_value_above_the_largest_only_the_length_is_handed_over");
    let world = World::with(cluster, &[1], 1, |live, _, _| live.largest_value = 1_000);
    let feed = Feed::new(&cluster.bootstrap(), &BTreeMap::new()).unwrap();
    let large = vec![b'7'; 1_001];
    for payload in [&large[..1_000], &large, b"after"] {
        let record = FeedRecord { topic: &world.job.inputs()[0], ..FeedRecord::default() };
        feed.send(FeedRecord { key: Some(b"k"), payload: Some(payload), ..record }).unwrap();
    }
    feed.flush().unwrap();
    let mut reader = start(&world.job, 0, &world.stop).unwrap().reader;
    let mut seen = Vec::new();
    poll_until(&mut reader, |polled| {
        if let Polled::Record(record) = polled {
            assert_eq!(record.key, Some(&b"k"[..]));
            seen.push((record.payload.map(<[u8]>::len), record.withheld));
        }
        seen.len() == 3
    });
    assert_eq!(seen, [(Some(1_000), None), (Some(0), Some(1_001)), (Some(5), None)]);
}

#[test]
fn what_waits_behind_a_hung_transaction_is_lag_with_a_figure_and_an_age_of_its_own() {
    let name = "what_waits_behind_a_hung_transaction_is_lag_with_a_figure_and_an_age_of_its_own";
    let world = World::new(kafka_or_skip!(name), &[1], 1);
    world.feed(0, 0, 10, &ProduceOptions::default());
    let hung = open_transaction(&world.cluster.bootstrap(), &world.job.inputs()[0]);
    world.feed(0, 0, 500, &ProduceOptions::default());
    let mut reader = start(&world.job, 0, &world.stop).unwrap().reader;
    let mut records = 0;
    poll_until(&mut reader, |polled| {
        records += usize::from(matches!(polled, Polled::Record(_)));
        let blocked = shown(&world).blocked.unwrap_or_default();
        records == 10 && blocked.records == 501 && blocked.age > Duration::from_secs(3)
    });
    let held = shown(&world);
    assert_eq!((held.lag(), held.stable_offset, held.high_offset), (Some(501), Some(10), Some(511)));
    hung.abort_transaction(Duration::from_secs(20)).unwrap();
    poll_until(&mut reader, |polled| {
        records += usize::from(matches!(polled, Polled::Record(_)));
        records == 510 && shown(&world).blocked == Some(Blocked::default())
    });
}

fn shown(world: &World<'_>) -> PartitionStatus {
    *world.job.status().partitions().values().next().unwrap()
}
