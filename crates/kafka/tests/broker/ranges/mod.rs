//! Bounded pieces: exactly the committed records of a range, and a word about every offset that isn't there.

mod access;
mod anomalies;
mod committed;
mod pacing;
mod planning;

use crate::world::PATIENCE;
use bystander_core::record::StreamId;
use bystander_kafka::live::{LiveStatus, RangeReader};
use bystander_kafka::{FetchSizes, LiveSettings};
use bystander_pipeline::{Failure, Polled, Source};
use bystander_testkit::{Consumed, Isolation, KafkaCluster, ProduceOptions, unique};
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

const STREAM: StreamId = StreamId(0);

/// A topic of its own on a cluster.
pub(crate) struct Topic<'a> {
    pub(crate) cluster: &'a KafkaCluster,
    pub(crate) name: String,
    pub(crate) partitions: i32,
}

impl<'a> Topic<'a> {
    pub(crate) fn new(cluster: &'a KafkaCluster, partitions: i32, configs: &[(&str, &str)]) -> Self {
        let name = unique("range");
        cluster.create_topic(&name, partitions, configs).unwrap();
        Self { cluster, name, partitions }
    }

    /// Feeds `count` records round the partitions.
    pub(crate) fn feed(&self, count: usize, options: &ProduceOptions) {
        let records = (0..count).map(|index| {
            let partition = index % self.partitions as usize;
            json!({ "topic": self.name, "partition": partition, "key": format!("k{index}"), "value": format!("v{index}") })
        });
        self.cluster.produce(records, options).unwrap();
    }

    pub(crate) fn settings(&self) -> LiveSettings {
        LiveSettings::new(&self.cluster.bootstrap(), &self.name)
    }

    pub(crate) fn reader(&self) -> RangeReader {
        self.reader_of(&self.settings()).0
    }

    pub(crate) fn reader_of(&self, settings: &LiveSettings) -> (RangeReader, Arc<LiveStatus>) {
        let status = Arc::default();
        (RangeReader::open(settings, std::slice::from_ref(&self.name), &status).unwrap(), status)
    }

    /// What the independent client reads.
    pub(crate) fn log(&self) -> Log {
        let consume = |isolation| self.cluster.consume(&self.name, isolation).unwrap();
        let ends = self.cluster.end_offsets(&self.name).unwrap();
        Log::new(consume(Isolation::Committed), &consume(Isolation::Uncommitted), ends)
    }
}

/// Every offset of a topic and what is there, as the Java client sees it.
pub(crate) struct Log {
    /// Values of committed records, by partition and offset.
    pub(crate) committed: BTreeMap<i32, BTreeMap<i64, String>>,
    /// Records of aborted transactions.
    pub(crate) aborted: BTreeMap<i32, BTreeSet<i64>>,
    pub(crate) ends: BTreeMap<i32, i64>,
}

impl Log {
    fn new(committed: Vec<Consumed>, all: &[Consumed], ends: BTreeMap<i32, i64>) -> Self {
        let mut log = Self { committed: BTreeMap::new(), aborted: BTreeMap::new(), ends };
        for record in committed {
            let value = record.value.unwrap_or_default();
            log.committed.entry(record.partition).or_default().insert(record.offset, value);
        }
        for record in all {
            let known = log.committed.get(&record.partition);
            if known.is_none_or(|known| !known.contains_key(&record.offset)) {
                log.aborted.entry(record.partition).or_default().insert(record.offset);
            }
        }
        log
    }

    pub(crate) fn within(&self, partition: i32, range: &Range<i64>) -> Vec<(i64, String)> {
        let of = self.committed.get(&partition).into_iter().flatten();
        let within = of.filter(|(offset, _)| range.contains(offset));
        within.map(|(offset, value)| (*offset, value.clone())).collect()
    }

    /// Offsets where no record of any kind is.
    pub(crate) fn control(&self, partition: i32) -> impl Iterator<Item = i64> {
        let has = move |map: Option<bool>| map.unwrap_or_default();
        (0..self.ends[&partition]).filter(move |offset| {
            !has(self.committed.get(&partition).map(|of| of.contains_key(offset)))
                && !has(self.aborted.get(&partition).map(|of| of.contains(offset)))
        })
    }
}

/// What a reader said of a piece.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Reading {
    pub(crate) records: Vec<(i64, String)>,
    /// From the first offset that is gone to the first that isn't.
    pub(crate) gaps: Vec<(i64, i64)>,
    /// Whether the end was told without a record.
    pub(crate) reached: bool,
}

/// Reads a piece to its end; every progress is checked to be one.
pub(crate) fn read(reader: &mut RangeReader, partition: i32, range: Range<i64>) -> Reading {
    try_read(reader, partition, range, |_| {}).unwrap()
}

pub(crate) fn try_read(
    reader: &mut RangeReader,
    partition: i32,
    range: Range<i64>,
    mut before_poll: impl FnMut(&Reading),
) -> Result<Reading, Failure> {
    reader.assign(STREAM, partition, range.clone()).unwrap();
    let mut reading = Reading::default();
    let mut next = range.start;
    let mut idle = Duration::ZERO;
    while !reader.done() {
        assert!(idle < PATIENCE, "{partition} {range:?} got no further than {next}");
        before_poll(&reading);
        match reader.poll(Duration::from_millis(50))? {
            Polled::Idle => {
                idle += Duration::from_millis(50);
                continue;
            }
            Polled::Record(record) => {
                idle = Duration::ZERO;
                assert_eq!((record.stream, record.position.partition), (STREAM, partition));
                let offset = record.position.offset;
                assert!(next <= offset && offset < range.end, "{offset} of {range:?} after {next}");
                let value = record.payload.map(|value| String::from_utf8_lossy(value).into_owned());
                reading.records.push((offset, value.unwrap_or_default()));
                next = offset + 1;
            }
            Polled::Gap(gap) => {
                assert!(next < gap.next_offset && gap.next_offset <= range.end, "{gap:?} of {range:?}");
                reading.gaps.push((next, gap.next_offset));
                next = gap.next_offset;
            }
            Polled::Reached(progress) => {
                assert!(!reading.reached && progress.next_offset == range.end, "{progress:?} of {range:?}");
                reading.reached = true;
                next = progress.next_offset;
            }
            Polled::Unreadable(batch) => panic!("{batch:?}"),
            Polled::Opened(progress) | Polled::Halted(progress, _) => panic!("{progress:?}"),
        }
        assert_eq!(reader.next().unwrap().next_offset, next);
    }
    assert!(range.is_empty() || next == range.end, "{partition} {range:?} ended at {next}");
    assert!(matches!(reader.poll(Duration::from_secs(1)), Ok(Polled::Idle)));
    Ok(reading)
}

/// Small enough that a few records fill them.
pub(crate) fn small() -> FetchSizes {
    FetchSizes { queued: 4 << 10, response: 4 << 10, partition: 4 << 10 }
}
