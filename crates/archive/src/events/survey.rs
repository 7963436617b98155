//! What event files hold, from one pass over each.

use super::walk::{Step, Walk};
use super::{EventForm, EventStream};
use crate::error::unusable;
use bystander_core::record::StreamId;
use bystander_pipeline::Failure;
use std::collections::{BTreeMap, HashSet};
use std::path::{Path, PathBuf};

/// What one file holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventFile {
    /// The file.
    pub path: PathBuf,
    /// Its place among the files: the partition of its records, where the lines don't say.
    pub number: i32,
    /// What its lines are.
    pub form: EventForm,
    /// Whether it must be unpacked from its beginning to read any line of it.
    pub compressed: bool,
    /// Its size on disk.
    pub bytes: u64,
    /// All lines.
    pub lines: u64,
    /// Lines of white space, which are left out.
    pub blank: u64,
    /// Lines of topics that no stream reads, which are left out, by topic.
    pub foreign: BTreeMap<String, u64>,
    /// The partitions that it holds records of.
    pub partitions: Vec<EventPartition>,
}

/// A partition's records in one file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventPartition {
    /// The stream.
    pub stream: StreamId,
    /// Its topic.
    pub topic: String,
    /// The partition.
    pub partition: i32,
    /// Records of it.
    pub records: u64,
    /// The first offset.
    pub start: i64,
    /// The offset after the last one.
    pub end: i64,
    /// Smallest timestamp, epoch milliseconds.
    pub first_ms: Option<i64>,
    /// Largest timestamp.
    pub last_ms: Option<i64>,
}

/// Reads all files once, and tells what each holds.
///
/// # Errors
/// When one can't be read, a line of it is none of kcat's, offsets are out of order, two files hold the same offsets,
/// or the same file is named twice.
pub fn survey(paths: &[PathBuf], streams: &[EventStream]) -> Result<Vec<EventFile>, Failure> {
    let mut seen = HashSet::new();
    let mut files: Vec<EventFile> = Vec::new();
    for (number, path) in paths.iter().enumerate() {
        let real = path.canonicalize().map_err(|error| unusable("read", path, &error))?;
        if !seen.insert(real) {
            let what = format!("{} is named twice", path.display());
            return Err(Failure::lasting(what, "name each file once: its events would be scored twice"));
        }
        let file = survey_one(path, i32::try_from(number).unwrap_or(i32::MAX), streams)?;
        files.iter().try_for_each(|other| disjoint(other, &file))?;
        files.push(file);
    }
    Ok(files)
}

fn survey_one(path: &Path, number: i32, streams: &[EventStream]) -> Result<EventFile, Failure> {
    let bytes = std::fs::metadata(path).map_err(|error| unusable("read", path, &error))?.len();
    let mut walk = Walk::open(path, number, streams)?;
    let mut file = EventFile {
        path: path.to_owned(),
        number,
        form: walk.form(),
        compressed: walk.lines().is_compressed(),
        bytes,
        lines: 0,
        blank: 0,
        foreign: BTreeMap::new(),
        partitions: Vec::new(),
    };
    loop {
        match walk.step(false)? {
            Step::Record => file.count(&walk, streams),
            Step::Blank => file.blank += 1,
            Step::Foreign => *file.foreign.entry(walk.topic().unwrap_or_default()).or_default() += 1,
            Step::End => break,
        }
    }
    file.lines = walk.lines().passed();
    file.partitions.sort_by_key(|partition| (partition.stream, partition.partition));
    Ok(file)
}

impl EventFile {
    fn count(&mut self, walk: &Walk, streams: &[EventStream]) {
        let record = walk.record();
        let (stream, partition, offset) = (record.stream, record.position.partition, record.position.offset);
        let of = |one: &EventPartition| (one.stream, one.partition) == (stream, partition);
        let index = self.partitions.iter().position(of).unwrap_or_else(|| {
            let topic = streams.iter().find(|one| one.id == stream).map(|one| one.topic.clone());
            self.partitions.push(EventPartition {
                stream,
                topic: topic.unwrap_or_default(),
                partition,
                records: 0,
                start: offset,
                end: offset,
                first_ms: None,
                last_ms: None,
            });
            self.partitions.len() - 1
        });
        let known = &mut self.partitions[index];
        known.records += 1;
        known.end = offset + 1;
        if let Some(time) = record.timestamp_ms {
            known.first_ms = Some(known.first_ms.map_or(time, |first| first.min(time)));
            known.last_ms = Some(known.last_ms.map_or(time, |last| last.max(time)));
        }
    }

    /// Records in all.
    pub fn records(&self) -> u64 {
        self.partitions.iter().map(|partition| partition.records).sum()
    }
}

/// Two files may hold parts of a partition, but not the same offsets.
fn disjoint(one: &EventFile, other: &EventFile) -> Result<(), Failure> {
    for mine in &one.partitions {
        let same = |theirs: &&EventPartition| {
            (theirs.stream, theirs.partition) == (mine.stream, mine.partition)
                && theirs.start < mine.end
                && mine.start < theirs.end
        };
        if let Some(theirs) = other.partitions.iter().find(same) {
            let EventPartition { topic, partition, start, end, .. } = theirs;
            let what = format!(
                "{} and {} both hold offsets of {topic} partition {partition} between {} and {}",
                one.path.display(),
                other.path.display(),
                start.max(&mine.start),
                end.min(&mine.end) - 1
            );
            return Err(Failure::lasting(
                what,
                "merge them into one file in the order of offsets, or leave one out",
            ));
        }
    }
    Ok(())
}
