//! Positions and totals as they stand in the checkpoints topic.

use crate::bounded::BoundedReader;
use crate::failure::Failure;
use crate::writer::TakeoverKey;
use bystander_core::checkpoint::Checkpoint;
use bystander_pipeline::Stop;
use rdkafka::message::Message;
use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

/// How long marks may take to be seen, and how often it is looked.
const MARKS_PATIENCE: Duration = Duration::from_secs(30);
const MARKS_WAIT: Duration = Duration::from_millis(20);

/// The latest checkpoint of every input partition of a job, by topic and partition.
pub type Checkpoints = BTreeMap<(String, i32), Checkpoint>;

/// The key of a checkpoint's record: compaction keeps the latest of each.
pub(crate) fn key(checkpoint: &Checkpoint) -> String {
    format!("{}|{}|{}", checkpoint.job, checkpoint.topic, checkpoint.partition)
}

/// Reads all committed checkpoints of a job. Every shard's partition is read, since an input partition may
/// have belonged to another shard before.
pub(crate) fn read_all(reader: &BoundedReader, job: &str, stop: &Stop) -> Result<Checkpoints, Failure> {
    read_noting(reader, job, stop, &mut |_, _| {})
}

/// Like [`read_all`], once the marks of a takeover are seen in all these partitions: until then the broker
/// hasn't shown everything that was committed before them.
pub(crate) fn read_behind(
    reader: &BoundedReader,
    job: &str,
    (key, partitions): (&TakeoverKey, &BTreeSet<i32>),
    stop: &Stop,
) -> Result<Checkpoints, Failure> {
    let deadline = Instant::now() + MARKS_PATIENCE;
    loop {
        let mut seen = BTreeSet::new();
        let checkpoints = read_noting(reader, job, stop, &mut |partition, record_key| {
            if record_key == key.as_bytes() {
                seen.insert(partition);
            }
        })?;
        if seen.is_superset(partitions) {
            return Ok(checkpoints);
        }
        if Instant::now() > deadline {
            return Err(Failure::passing(
                "the broker doesn't show what was just committed to the checkpoints topic",
                "check that the shadow cluster's brokers are up and in sync",
            ));
        }
        std::thread::sleep(MARKS_WAIT);
    }
}

fn read_noting(
    reader: &BoundedReader,
    job: &str,
    stop: &Stop,
    note: &mut dyn FnMut(i32, &[u8]),
) -> Result<Checkpoints, Failure> {
    let prefix = format!("{job}|");
    let mut latest = Checkpoints::new();
    let mut unreadable = None;
    reader.read(stop, &mut |message| {
        note(message.partition(), message.key().unwrap_or_default());
        let ours = message.key().is_some_and(|key| key.starts_with(prefix.as_bytes()));
        let Some(value) = message.payload().filter(|_| ours) else { return };
        match serde_json::from_slice::<Checkpoint>(value) {
            Ok(checkpoint) if checkpoint.job == job => keep(&mut latest, checkpoint),
            Ok(_) => {}
            Err(error) => unreadable = Some((message.partition(), message.offset(), error)),
        }
    })?;
    match unreadable {
        // Going on without it could mean reading a partition twice, or not at all.
        Some((partition, offset, error)) => Err(Failure::lasting(
            format!("the checkpoint at partition {partition} offset {offset} can't be read: {error}"),
            "run the version of bystander that wrote it, or start over under a new job name",
        )),
        None => Ok(latest),
    }
}

/// The one that read furthest counts; between equals, the one of the larger layout.
fn keep(latest: &mut Checkpoints, checkpoint: Checkpoint) {
    match latest.entry((checkpoint.topic.clone(), checkpoint.partition)) {
        Entry::Vacant(entry) => {
            entry.insert(checkpoint);
        }
        Entry::Occupied(mut entry) => {
            let order = |checkpoint: &Checkpoint| (checkpoint.next_offset, checkpoint.shards);
            if order(&checkpoint) >= order(entry.get()) {
                entry.insert(checkpoint);
            }
        }
    }
}
