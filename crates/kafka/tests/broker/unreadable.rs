//! Batches that can't be opened are passed and told; everything around them is read.

use crate::raw::{Codec, produce_zeros};
use crate::world::{PATIENCE, World};
use bystander_kafka::live::LiveReader;
use bystander_kafka::start;
use bystander_pipeline::{Polled, Source, Unreadable};
use bystander_testkit::{ProduceOptions, kafka_or_skip, unique};
use std::fs::OpenOptions;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// More than any client unpacks by default.
const TOO_MUCH: usize = 200 << 20;

/// What came, in order: offsets of records, and ranges that can't be read.
#[derive(Debug, PartialEq, Eq)]
enum Came {
    Record(i64),
    Passed(i64, i64, Unreadable),
}

/// Reads until everything before `end` was dealt with.
fn read_to(reader: &mut LiveReader, end: i64) -> Vec<Came> {
    let mut came = Vec::new();
    let deadline = Instant::now() + 2 * PATIENCE;
    let mut next = 0;
    while next < end {
        assert!(Instant::now() < deadline, "only {came:?} came");
        match reader.poll(Duration::from_millis(20)).unwrap() {
            Polled::Record(record) => {
                next = record.position.offset + 1;
                came.push(Came::Record(record.position.offset));
            }
            Polled::Unreadable(batch) => {
                next = batch.passed.next_offset;
                came.push(Came::Passed(batch.first_offset, next, batch.why));
            }
            _ => {}
        }
    }
    came
}

#[test]
fn a_batch_that_unpacks_beyond_the_bound_is_passed_and_all_around_it_is_read() {
    let cluster = kafka_or_skip!("a_batch_that_unpacks_beyond_the_bound_is_passed_and_all_around_it_is_read");
    for codec in [Codec::Gzip, Codec::Zstd, Codec::Lz4, Codec::Snappy, Codec::FramedSnappy] {
        let topic = unique("bombed");
        // Snappy needs ten megabytes for as much.
        cluster.create_topic(&topic, 1, &[("max.message.bytes", "16777216")]).unwrap();
        let world = World::with(cluster, &[], 1, |_, _, inputs| inputs.push(topic));
        let topic = world.job.inputs()[0].as_str();
        world.feed(0, 0, 1, &ProduceOptions::default());
        let size = produce_zeros(&cluster.bootstrap(), topic, codec, 3, TOO_MUCH);
        let snappy = matches!(codec, Codec::Snappy | Codec::FramedSnappy);
        assert!(size < if snappy { 10 << 20 } else { 1 << 20 }, "{codec:?}: {size}");
        world.feed(0, 0, 1, &ProduceOptions::default());
        let mut reader = start(&world.job, 0, &world.stop).unwrap().reader;
        let came = read_to(&mut reader, 5);
        let passed = Came::Passed(1, 4, Unreadable::Compression);
        assert_eq!(came, [Came::Record(0), passed, Came::Record(4)], "{codec:?}");
    }
}

/// Snappy has no mode in which more than 21 bytes come out of one, so a batch of the largest size that brokers take by default
/// stays within the bound. It is read, and its value is not copied.
#[test]
fn a_snappy_batch_grows_to_21_times_its_size_and_is_read() {
    let cluster = kafka_or_skip!("a_snappy_batch_grows_to_21_times_its_size_and_is_read");
    for codec in [Codec::Snappy, Codec::FramedSnappy] {
        let world = World::new(cluster, &[1], 1);
        let topic = world.job.inputs()[0].as_str();
        world.feed(0, 0, 1, &ProduceOptions::default());
        let size = produce_zeros(&cluster.bootstrap(), topic, codec, 3, 16 << 20);
        assert!(size < 1 << 20 && size * 22 > 16 << 20, "{codec:?}: {size}");
        world.feed(0, 0, 1, &ProduceOptions::default());
        let mut reader = start(&world.job, 0, &world.stop).unwrap().reader;
        assert_eq!(read_to(&mut reader, 5), [0, 1, 2, 3, 4].map(Came::Record), "{codec:?}");
    }
}

#[test]
fn good_records_between_unreadable_batches_are_all_read() {
    let cluster = kafka_or_skip!("good_records_between_unreadable_batches_are_all_read");
    let world = World::new(cluster, &[1], 1);
    let topic = world.job.inputs()[0].as_str();
    // By number of records: a large batch may hide a good one behind the next.
    let mut expected = Vec::new();
    let mut next = 0;
    for records in [1, 2, 7, 1, 40] {
        produce_zeros(&cluster.bootstrap(), topic, Codec::Gzip, records, TOO_MUCH);
        expected.push(Came::Passed(next, next + i64::from(records), Unreadable::Compression));
        next += i64::from(records);
        world.feed(0, 0, 1, &ProduceOptions::default());
        expected.push(Came::Record(next));
        next += 1;
    }
    // Two of them, one behind the other.
    for records in [3, 5] {
        produce_zeros(&cluster.bootstrap(), topic, Codec::Gzip, records, TOO_MUCH);
        expected.push(Came::Passed(next, next + i64::from(records), Unreadable::Compression));
        next += i64::from(records);
    }
    let mut reader = start(&world.job, 0, &world.stop).unwrap().reader;
    assert_eq!(read_to(&mut reader, next), expected);
}

#[test]
fn a_batch_that_is_damaged_on_disk_is_passed_and_all_around_it_is_read() {
    let cluster = kafka_or_skip!("a_batch_that_is_damaged_on_disk_is_passed_and_all_around_it_is_read");
    let world = World::new(cluster, &[2], 1);
    // The partition beside it shows that the right one is found.
    world.feed(0, 1, 3, &ProduceOptions::default());
    for _ in 0..3 {
        world.feed(0, 0, 1, &ProduceOptions::default());
    }
    let log = log_of(cluster.shell().folder(), &format!("{}-0", world.job.inputs()[0])).unwrap();
    let bytes = std::fs::read(&log).unwrap();
    let last_byte_of_second = bytes.len() * 2 / 3 - 1;
    let file = OpenOptions::new().write(true).open(&log).unwrap();
    file.write_all_at(&[bytes[last_byte_of_second] ^ 0x55], last_byte_of_second as u64).unwrap();
    let mut reader = start(&world.job, 0, &world.stop).unwrap().reader;
    let mut came = Vec::new();
    let deadline = Instant::now() + 2 * PATIENCE;
    while came.len() < 6 {
        assert!(Instant::now() < deadline, "only {came:?} came");
        match reader.poll(Duration::from_millis(20)).unwrap() {
            Polled::Record(record) => came.push((record.position.partition, record.position.offset, false)),
            Polled::Unreadable(batch) => {
                assert_eq!((batch.passed.next_offset, batch.why), (2, Unreadable::Damaged));
                came.push((batch.passed.partition, batch.first_offset, true));
            }
            _ => {}
        }
    }
    came.sort_unstable();
    let (good, damaged) = (false, true);
    assert_eq!(came, [(0, 0, good), (0, 1, damaged), (0, 2, good), (1, 0, good), (1, 1, good), (1, 2, good)]);
}

/// The first segment of a partition, somewhere below `folder`.
fn log_of(folder: &Path, partition: &str) -> Option<PathBuf> {
    for entry in std::fs::read_dir(folder).ok()?.flatten() {
        let path = entry.path();
        if path.file_name().is_some_and(|name| name == partition) {
            return Some(path.join("00000000000000000000.log"));
        }
        if path.is_dir()
            && let Some(found) = log_of(&path, partition)
        {
            return Some(found);
        }
    }
    None
}
