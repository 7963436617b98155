//! Event files as a shard's source.

use super::walk::{Step, Walk};
use super::{EventForm, EventStream};
use bystander_core::record::RawRecord;
use bystander_pipeline::{Failure, Polled, Progress, Source};
use std::ops::Range;
use std::path::Path;
use std::time::Duration;

/// Gives the records of some lines of a file, then says how far each of its partitions got, then is idle.
///
/// Lines that follow those read before are read on without a seek; others are reached by going through the file.
#[derive(Debug)]
pub struct EventReader {
    streams: Vec<EventStream>,
    walk: Option<(Walk, i32)>,
    end: u64,
    /// How far each partition got.
    reached: Vec<Progress>,
    records: u64,
}

impl EventReader {
    /// A reader of events of these streams; a file that doesn't name topics is taken for the only one's.
    pub fn new(streams: Vec<EventStream>) -> Self {
        Self { streams, walk: None, end: 0, reached: Vec::new(), records: 0 }
    }

    /// Goes to `lines`, counted from 0, of the file; `number` is its place among the files.
    ///
    /// # Errors
    /// When the file can't be read, or has fewer lines.
    pub fn assign(&mut self, path: &Path, number: i32, lines: Range<u64>) -> Result<(), Failure> {
        let goes_on = |(walk, of): &(Walk, i32)| {
            walk.lines().path() == path && *of == number && walk.lines().passed() <= lines.start
        };
        let walk = match self.walk.take().filter(goes_on) {
            Some((walk, _)) => walk,
            None => Walk::open(path, number, &self.streams)?,
        };
        let (walk, _) = self.walk.insert((walk, number));
        self.end = lines.end;
        self.reached.clear();
        if walk.form() == EventForm::JsonLines {
            // Every line counts as an offset, blank ones too.
            let (stream, next_offset) = (walk.record().stream, lines.end.cast_signed());
            self.reached.push(Progress { stream, partition: number, next_offset });
        }
        if walk.skip_to(lines.start)? { Ok(()) } else { Err(shorter(walk, lines.start)) }
    }

    /// Records given so far, of all lines assigned.
    pub fn records(&self) -> u64 {
        self.records
    }

    /// Goes to the next record; `false` where the lines end.
    fn advance(&mut self) -> Result<bool, Failure> {
        let Some((walk, _)) = &mut self.walk else { return Ok(false) };
        while walk.lines().passed() < self.end {
            match walk.step(true)? {
                Step::Record => return Ok(true),
                Step::Blank | Step::Foreign => {}
                Step::End => return Err(shorter(walk, self.end)),
            }
        }
        Ok(false)
    }
}

fn note(reached: &mut Vec<Progress>, record: &RawRecord<'_>) {
    let (stream, partition) = (record.stream, record.position.partition);
    let next_offset = record.position.offset + 1;
    match reached.iter_mut().find(|one| (one.stream, one.partition) == (stream, partition)) {
        Some(progress) => progress.next_offset = progress.next_offset.max(next_offset),
        None => reached.push(Progress { stream, partition, next_offset }),
    }
}

fn shorter(walk: &Walk, lines: u64) -> Failure {
    let (path, passed) = (walk.lines().path().display(), walk.lines().passed());
    Failure::lasting(
        format!("{path} has {passed} lines, where {lines} were planned"),
        "the file was changed: start the replay again",
    )
}

impl Source for EventReader {
    fn poll(&mut self, _timeout: Duration) -> Result<Polled<'_>, Failure> {
        if !self.advance()? {
            return Ok(self.reached.pop().map_or(Polled::Idle, Polled::Reached));
        }
        let Self { walk: Some((walk, _)), reached, records, .. } = self else { return Ok(Polled::Idle) };
        let record = walk.record();
        note(reached, &record);
        *records += 1;
        Ok(Polled::Record(record))
    }
}
