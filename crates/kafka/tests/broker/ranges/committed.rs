//! What stands in a range, beside what the Java client reads there.

use super::{Log, Reading, Topic, read, small};
use bystander_core::record::StreamId;
use bystander_kafka::{Feed, FeedRecord, FetchSizes};
use bystander_pipeline::{Polled, Source};
use bystander_testkit::{ProduceOptions, kafka_or_skip};
use std::collections::BTreeMap;
use std::time::Duration;

fn events() -> usize {
    if std::env::var_os("BYSTANDER_FULL").is_some() { 1_000_000 } else { 60_000 }
}

/// Borders that have been wrong in someone's reader: within and right after aborted transactions and control records.
fn borders(log: &Log, partition: i32) -> Vec<i64> {
    let end = log.ends[&partition];
    let aborted: Vec<i64> = log.aborted[&partition].iter().copied().collect();
    let control: Vec<i64> = log.control(partition).collect();
    let committed: Vec<i64> = log.committed[&partition].keys().copied().collect();
    let middle = |offsets: &[i64]| offsets[offsets.len() / 2];
    let mut borders = vec![0, 1, end - 1, end];
    for offsets in [&aborted[..], &control, &committed] {
        borders.extend([offsets[0], middle(offsets), middle(offsets) + 1, offsets[offsets.len() - 1]]);
    }
    borders.sort_unstable();
    borders.dedup();
    borders
}

#[test]
fn exactly_the_committed_records_of_any_range_are_read() {
    let cluster = kafka_or_skip!("exactly_the_committed_records_of_any_range_are_read");
    let topic = Topic::new(cluster, 6, &[]);
    topic.feed(events(), &ProduceOptions { transaction_size: 3_000, abort_every: 3 });
    let log = topic.log();
    let committed: usize = log.committed.values().map(BTreeMap::len).sum();
    assert!(committed < events() && committed > events() / 2, "{committed} of {}", events());
    let mut reader = topic.reader();
    for partition in 0..6 {
        let end = log.ends[&partition];
        let all = read(&mut reader, partition, 0..end);
        assert_eq!(all.records, log.within(partition, &(0..end)), "partition {partition}");
        assert!(all.reached && all.gaps.is_empty(), "the last offset is a control record");
        let one = log.within(partition, &(0..end))[7].0;
        assert_eq!(read(&mut reader, partition, one..one + 1).records.len(), 1);
        assert_eq!(read(&mut reader, partition, one..one), Reading::default());
    }
    let borders = borders(&log, 1);
    for (index, &start) in borders.iter().enumerate() {
        for &end in &borders[index..] {
            let range = start..end;
            let reading = read(&mut reader, 1, range.clone());
            assert_eq!(reading.records, log.within(1, &range), "{range:?}");
            let last = reading.records.last().map(|(offset, _)| offset + 1);
            assert_eq!(reading.reached, !range.is_empty() && last != Some(end), "{range:?}");
            assert!(reading.gaps.is_empty(), "{range:?}");
        }
    }
}

/// Pieces in the order that workers take them in, and in any other: each is read whole, and nothing twice.
#[test]
fn pieces_make_up_the_whole_in_any_order() {
    let cluster = kafka_or_skip!("pieces_make_up_the_whole_in_any_order");
    let topic = Topic::new(cluster, 2, &[]);
    topic.feed(6_000, &ProduceOptions { transaction_size: 70, abort_every: 3 });
    let log = topic.log();
    let mut pieces = Vec::new();
    for partition in 0..2 {
        let mut start = 0;
        while start < log.ends[&partition] {
            let end = (start + 1 + (start * 7919 + 13) % 97).min(log.ends[&partition]);
            pieces.push((partition, start..end));
            start = end;
        }
    }
    let mut shuffled = pieces.clone();
    let mut state = 12_345_u64;
    for index in (1..shuffled.len()).rev() {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        shuffled.swap(index, (state >> 33) as usize % (index + 1));
    }
    let backwards = pieces.iter().rev().cloned().collect();
    for fetch in [small(), FetchSizes::default()] {
        let mut settings = topic.settings();
        settings.fetch = fetch;
        for order in [&pieces, &shuffled, &backwards] {
            let (mut reader, _) = topic.reader_of(&settings);
            for (partition, range) in order {
                let reading = read(&mut reader, *partition, range.clone());
                assert_eq!(reading.records, log.within(*partition, range), "{partition} {range:?}");
                assert!(reading.gaps.is_empty());
            }
        }
    }
}

/// The bytes that cross the wire tell: pieces that follow each other cost no more than one piece.
#[test]
fn contiguous_pieces_fetch_nothing_twice() {
    let cluster = kafka_or_skip!("contiguous_pieces_fetch_nothing_twice");
    let topic = Topic::new(cluster, 1, &[]);
    let feed = Feed::new(&cluster.bootstrap(), &[("compression.type".into(), "none".into())].into()).unwrap();
    let value = vec![b'x'; 1_000];
    for _ in 0..20_000 {
        feed.send(FeedRecord { topic: &topic.name, payload: Some(&value), ..FeedRecord::default() }).unwrap();
    }
    feed.flush().unwrap();
    let cost = |size: i64| {
        let mut reader = topic.reader();
        for start in (0..20_000).step_by(size as usize) {
            assert_eq!(read(&mut reader, 0, start..start + size).records.len() as i64, size);
        }
        // The last statistics have to come in.
        reader.assign(StreamId(0), 0, 20_000..20_001).unwrap();
        for _ in 0..10 {
            assert!(matches!(reader.poll(Duration::from_millis(50)).unwrap(), Polled::Idle));
        }
        reader.bytes_received()
    };
    let whole = cost(20_000);
    assert!((20_000_000..22_000_000).contains(&whole), "{whole}");
    let cut = cost(100);
    assert!(cut < whole + whole / 10, "{cut} bytes in pieces, {whole} in one");
}

#[test]
fn an_empty_partition_and_a_compacted_topic_with_holes_are_read_to_their_end() {
    let cluster = kafka_or_skip!("an_empty_partition_and_a_compacted_topic_with_holes_are_read_to_their_end");
    let topic = Topic::new(
        cluster,
        2,
        &[
            ("cleanup.policy", "compact"),
            ("segment.bytes", "1048576"),
            ("segment.ms", "200"),
            ("min.cleanable.dirty.ratio", "0.0"),
            ("min.compaction.lag.ms", "0"),
            ("delete.retention.ms", "0"),
        ],
    );
    let feed = Feed::new(&cluster.bootstrap(), &BTreeMap::new()).unwrap();
    let send = |key: &str, payload: Option<&[u8]>| {
        let (topic, key) = (topic.name.as_str(), Some(key.as_bytes()));
        let record = FeedRecord { topic, partition: Some(1), key, payload, ..FeedRecord::default() };
        feed.send(record).unwrap();
    };
    for index in 0..2_000 {
        send(&format!("k{}", index % 10), Some(b"x"));
        if index % 500 == 499 {
            feed.flush().unwrap();
            std::thread::sleep(Duration::from_millis(400));
        }
    }
    let deadline = std::time::Instant::now() + Duration::from_secs(90);
    let log = loop {
        send("k0", Some(b"y"));
        feed.flush().unwrap();
        let log = topic.log();
        if log.committed[&1].len() < 600 {
            break log;
        }
        assert!(std::time::Instant::now() < deadline, "nothing is compacted: {}", log.committed[&1].len());
        std::thread::sleep(Duration::from_millis(500));
    };
    let mut reader = topic.reader();
    assert_eq!(read(&mut reader, 0, 0..0), Reading::default());
    // The cleaner may go on between the two readings: the newest of each key stays.
    let end = log.ends[&1];
    let reading = read(&mut reader, 1, 0..end);
    let seen = reading.records;
    assert!(seen.iter().all(|(offset, _)| log.committed[&1].contains_key(offset)), "{seen:?}");
    assert!(seen.len() >= 10 && seen.last().unwrap().0 == end - 1 && reading.gaps.is_empty());
    let hole = (0..end).find(|offset| !log.committed[&1].contains_key(offset)).unwrap();
    assert_eq!(
        read(&mut reader, 1, hole..hole + 1),
        Reading { reached: true, ..Reading::default() },
        "a hole is no gap: the log still begins at 0"
    );
}
