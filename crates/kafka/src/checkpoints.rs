//! Positions and totals as they stand in the checkpoints topic.

use crate::bounded::BoundedReader;
use crate::ownership::{LayoutMark, Layouts};
use crate::writer::TakeoverKey;
use bystander_core::checkpoint::Checkpoint;
use bystander_pipeline::{Failure, Stop};
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
    Ok(read_noting(reader, job, stop, &mut |_, _| {})?.0)
}

/// Like [`read_all`], once the marks of a takeover are seen in all these partitions: until then the broker
/// hasn't shown everything that was committed before them.
pub(crate) fn read_behind(
    reader: &BoundedReader,
    job: &str,
    marks: (&TakeoverKey, &BTreeSet<i32>),
    stop: &Stop,
) -> Result<Checkpoints, Failure> {
    Ok(read_layouts_behind(reader, job, marks, stop)?.0)
}

/// Like [`read_behind`], with the layouts that the partitions speak of.
pub(crate) fn read_layouts_behind(
    reader: &BoundedReader,
    job: &str,
    (key, partitions): (&TakeoverKey, &BTreeSet<i32>),
    stop: &Stop,
) -> Result<(Checkpoints, Layouts), Failure> {
    let deadline = Instant::now() + MARKS_PATIENCE;
    loop {
        let mut seen = BTreeSet::new();
        let read = read_noting(reader, job, stop, &mut |partition, record_key| {
            if record_key == key.as_bytes() {
                seen.insert(partition);
            }
        })?;
        if seen.is_superset(partitions) {
            return Ok(read);
        }
        if Instant::now() > deadline {
            for &partition in partitions.difference(&seen) {
                if let Some(offset) = reader.open_transaction(partition)? {
                    return Err(reader.held_open(partition, offset));
                }
            }
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
) -> Result<(Checkpoints, Layouts), Failure> {
    let (prefix, mark_prefix) = (format!("{job}|"), LayoutMark::prefix(job));
    let mut latest = Checkpoints::new();
    let mut layouts = Layouts::new();
    let mut speak_of = |partition: i32, shards: i32| {
        let largest = layouts.entry(partition).or_default();
        *largest = shards.max(*largest);
    };
    let mut unreadable: Option<(i32, i64, serde_json::Error)> = None;
    reader.read(stop, &mut |message| {
        let (partition, key) = (message.partition(), message.key().unwrap_or_default());
        note(partition, key);
        let Some(value) = message.payload() else { return };
        if key.starts_with(prefix.as_bytes()) {
            match parse(value) {
                Ok(checkpoint) if checkpoint.job == job => {
                    speak_of(partition, checkpoint.shards);
                    keep(&mut latest, checkpoint);
                }
                Ok(_) => {}
                Err(error) => unreadable = Some((partition, message.offset(), error)),
            }
        } else if key.starts_with(mark_prefix.as_bytes()) {
            match serde_json::from_slice::<LayoutMark>(value) {
                Ok(mark) => speak_of(partition, mark.shards),
                Err(error) => unreadable = Some((partition, message.offset(), error)),
            }
        }
    })?;
    match unreadable {
        // Going on without it could mean reading a partition twice, or not at all.
        Some((partition, offset, error)) => Err(Failure::fatal(
            format!("the checkpoint at partition {partition} offset {offset} can't be read: {error}"),
            "run the version of bystander that wrote it, or start over under a new job name",
        )),
        None => Ok((latest, layouts)),
    }
}

/// The newest format of checkpoints that this version can go on from. A record without a number is of the first.
const FORMAT: u32 = 1;

/// A checkpoint from its record. What a later version wrote may mean something that this one doesn't know of: going on from
/// it would be a guess.
fn parse(value: &[u8]) -> Result<Checkpoint, serde_json::Error> {
    #[derive(serde::Deserialize)]
    struct Numbered {
        #[serde(default)]
        format: u32,
    }
    let format = serde_json::from_slice::<Numbered>(value)?.format;
    if format > FORMAT {
        let what = format!("it is of format {format}, and this version knows {FORMAT}");
        return Err(serde::de::Error::custom(what));
    }
    serde_json::from_slice(value)
}

/// The one of the latest log counts; in one log, the one that read furthest; between equals, the one of the larger
/// layout.
fn keep(latest: &mut Checkpoints, checkpoint: Checkpoint) {
    match latest.entry((checkpoint.topic.clone(), checkpoint.partition)) {
        Entry::Vacant(entry) => {
            entry.insert(checkpoint);
        }
        Entry::Occupied(mut entry) => {
            let order = |checkpoint: &Checkpoint| {
                (checkpoint.log.generation(), checkpoint.next_offset, checkpoint.shards)
            };
            if order(&checkpoint) >= order(entry.get()) {
                entry.insert(checkpoint);
            }
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    const OLDEST: &str = r#"{"job":"j","topic":"t","partition":0,"next_offset":7,"shard":0,"shards":1,"initial_partitions":1,
        "totals":{"read":7,"compared":7,"dead_lettered":0,"skipped":{}}}"#;

    #[test]
    fn a_checkpoint_of_the_first_version_is_read_and_one_of_a_later_format_is_refused_by_its_number() {
        assert_eq!(parse(OLDEST.as_bytes()).unwrap().next_offset, 7);
        let later = OLDEST.replacen('{', r#"{"format":2,"#, 1);
        assert!(
            parse(later.as_bytes()).unwrap_err().to_string().contains("format 2, and this version knows 1")
        );
        // What a later version may have replaced is not asked for first.
        let other = parse(br#"{"format":3,"positions":[]}"#).unwrap_err().to_string();
        assert!(other.contains("format 3"), "{other}");
    }
}
