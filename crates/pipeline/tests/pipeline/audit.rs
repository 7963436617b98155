//! The checker: given what was there to read and what is visible, everything that is wrong.

use crate::world::*;
use bystander_core::checkpoint::{Checkpoint, Totals};
use bystander_core::record::StreamId;
use bystander_core::rejection::SkipReason;
use bystander_pipeline::Output;
use bystander_testkit::{MemoryLog, OwnedMessage, OwnedRecord};
use std::collections::BTreeMap;

/// What must become of a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    Compared,
    Dead(&'static str, &'static str),
    Skipped(SkipReason),
}

fn fate(stream: usize, holds: Holds) -> Fate {
    match holds {
        Holds::Good => Fate::Compared,
        Holds::NotJson => Fate::Dead("decode", "not_json"),
        Holds::MissingField => Fate::Dead("schema", "missing_field"),
        Holds::Filtered => Fate::Skipped(SkipReason::Filtered),
        Holds::NoConsent => Fate::Skipped(SkipReason::NoConsent),
        Holds::Tombstone => Fate::Skipped(SkipReason::Tombstone),
        Holds::Poison | Holds::LastPoison => Fate::Dead("score", "inference_failed"),
        Holds::NotFinite if stream < 2 => Fate::Dead("score", "not_finite"),
        Holds::NotFinite => Fate::Compared,
    }
}

/// Where a message says that it came from: stream, partition, offset.
fn source(message: &OwnedMessage) -> (usize, i32, i64) {
    let json = message.json();
    let source = &json["source"];
    let stream = TOPICS.iter().position(|topic| source["topic"] == *topic).expect("a known topic");
    let partition = i32::try_from(source["partition"].as_i64().unwrap()).unwrap();
    assert_eq!(message.source_partition, partition);
    (stream, partition, source["offset"].as_i64().unwrap())
}

fn model(message: &OwnedMessage) -> String {
    let json = message.json();
    match message.output {
        Output::Comparisons => {
            format!("{}/{}", json["model"]["name"].as_str().unwrap(), json["model"]["version"])
        }
        // What fails before scoring is written at once, what fails at scoring with its batch.
        Output::DeadLetters if json["stage"] == "score" => "dead letter at the score".into(),
        Output::DeadLetters => "dead letter before the score".into(),
    }
}

/// Everything that is wrong with what is visible: each record before its partition's committed offset must
/// have its outcome exactly once, none after it may have any, order holds, and the accounts say the same.
pub(crate) fn audit(records: &[(OwnedRecord, Holds)], log: &MemoryLog) -> Vec<String> {
    let mut faults = Vec::new();
    let mut seen: BTreeMap<(usize, i32, i64), Vec<String>> = BTreeMap::new();
    let mut last: BTreeMap<(usize, i32, String), i64> = BTreeMap::new();
    for message in &log.messages {
        let (stream, partition, offset) = source(message);
        let model = model(message);
        let before = last.insert((stream, partition, model.clone()), offset);
        if before.is_some_and(|before| before > offset) {
            faults.push(format!("order: {model} of {stream}/{partition}@{offset} after {before:?}"));
        }
        let outcome = match message.output {
            Output::Comparisons => model,
            Output::DeadLetters => {
                let json = message.json();
                format!("{}/{}", json["stage"].as_str().unwrap(), json["code"].as_str().unwrap())
            }
        };
        seen.entry((stream, partition, offset)).or_default().push(outcome);
    }
    let plain: Vec<_> = records.iter().map(|(record, _)| record.clone()).collect();
    let books = committed(log, &partitions(&plain));
    for (record, holds) in records {
        let (stream, partition, offset) =
            (record.stream.0, record.position.partition, record.position.offset);
        let done = offset < next_of(&books, record.stream, partition);
        let mut wanted: Vec<String> = match fate(stream, *holds) {
            _ if !done => vec![],
            Fate::Compared => {
                MODELS[stream].iter().map(|(name, version)| format!("{name}/{version}")).collect()
            }
            Fate::Dead(stage, code) => vec![format!("{stage}/{code}")],
            Fate::Skipped(_) => vec![],
        };
        let mut found = seen.remove(&(stream, partition, offset)).unwrap_or_default();
        wanted.sort();
        found.sort();
        if wanted != found {
            faults.push(format!("{stream}/{partition}@{offset}: {found:?} instead of {wanted:?}"));
        }
    }
    faults.extend(seen.into_keys().map(|place| format!("{place:?} was never there")));
    faults.extend(log.checkpoints.iter().flat_map(|one| wrong_books(records, one)));
    faults
}

fn next_of(books: &[(StreamId, Checkpoint)], stream: StreamId, partition: i32) -> i64 {
    let of = |(id, one): &&(StreamId, Checkpoint)| *id == stream && one.partition == partition;
    books.iter().find(of).map_or(0, |(_, one)| one.next_offset)
}

/// A checkpoint must count what lies before it, exactly.
fn wrong_books(records: &[(OwnedRecord, Holds)], checkpoint: &Checkpoint) -> Option<String> {
    let mut totals = Totals { gap_offsets: checkpoint.totals.gap_offsets, ..Totals::default() };
    for (record, holds) in records {
        let stream = record.stream.0;
        let mine = TOPICS[stream] == checkpoint.topic && record.position.partition == checkpoint.partition;
        if mine && record.position.offset < checkpoint.next_offset {
            totals.read += 1;
            match fate(stream, *holds) {
                Fate::Compared => totals.compared += 1,
                Fate::Dead(..) => totals.dead_lettered += 1,
                Fate::Skipped(reason) => *totals.skipped.entry(reason).or_default() += 1,
            }
        }
    }
    let found = &checkpoint.totals;
    (!found.balanced() || *found != totals).then(|| {
        let (topic, partition, next) = (&checkpoint.topic, checkpoint.partition, checkpoint.next_offset);
        format!("books of {topic}/{partition} at {next}: {found:?} instead of {totals:?}")
    })
}
