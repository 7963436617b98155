//! Through an event file record by record.

use super::console;
use super::kcat::{self, Bytes, KcatLine, KcatPosition};
use super::{EventForm, EventStream};
use crate::lines::Lines;
use bystander_core::record::{Position, RawRecord, RecordHeaders, StreamId};
use bystander_pipeline::Failure;
use std::path::Path;

/// A file, and the record it stands at.
#[derive(Debug)]
pub(crate) struct Walk {
    lines: Lines,
    form: EventForm,
    streams: Vec<EventStream>,
    any_topic: bool,
    current: Current,
    /// The last offset of each partition.
    last: Vec<(StreamId, i32, i64)>,
}

/// What a line became.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    /// A record.
    Record,
    /// Nothing but white space.
    Blank,
    /// A record of a topic that isn't asked for.
    Foreign,
    /// There is no line any more.
    End,
}

/// The parts of a record that don't stand in the line as they are.
#[derive(Debug)]
struct Current {
    stream: StreamId,
    position: Position,
    timestamp_ms: Option<i64>,
    key: Option<Vec<u8>>,
    payload: Option<Vec<u8>>,
    /// Where in a line that is the event itself the event begins.
    value: usize,
    headers: Vec<(String, Option<Vec<u8>>)>,
}

impl Walk {
    /// Opens the file; `number` is its place among the files, `streams` are what it may hold events of.
    ///
    /// # Errors
    /// When it can't be read, or it doesn't say which of several streams its events are of.
    pub(crate) fn open(path: &Path, number: i32, streams: &[EventStream]) -> Result<Self, Failure> {
        let form = form_of(path)?;
        if form == EventForm::JsonLines && streams.len() != 1 {
            let what = format!("{} doesn't say which stream its events are of", path.display());
            return Err(Failure::lasting(what, "name the stream with --stream, or dump with kcat -J"));
        }
        Self::of(path, form, number, streams)
    }

    /// Opens a file of records of any topic; they are given as one stream's.
    ///
    /// # Errors
    /// When it can't be read.
    pub(crate) fn of_any_topic(path: &Path) -> Result<Self, Failure> {
        let walk = Self::of(path, form_of(path)?, 0, &[])?;
        Ok(Self { any_topic: true, ..walk })
    }

    fn of(path: &Path, form: EventForm, number: i32, streams: &[EventStream]) -> Result<Self, Failure> {
        let current = Current {
            stream: streams.first().map_or(StreamId(0), |stream| stream.id),
            position: Position { partition: number, offset: 0 },
            timestamp_ms: None,
            key: None,
            payload: None,
            value: 0,
            headers: Vec::new(),
        };
        let (lines, streams) = (Lines::open(path)?, streams.to_vec());
        Ok(Self { lines, form, streams, any_topic: false, current, last: Vec::new() })
    }

    pub(crate) fn lines(&self) -> &Lines {
        &self.lines
    }

    pub(crate) fn form(&self) -> EventForm {
        self.form
    }

    /// Goes on until `lines` lines are passed, without looking at them; `false` when there are fewer.
    pub(crate) fn skip_to(&mut self, lines: u64) -> Result<bool, Failure> {
        self.lines.skip_to(lines)
    }

    /// Goes to the next line. With `whole`, [`record`](Self::record) then gives all of its record, else only where
    /// and when.
    ///
    /// # Errors
    /// When it can't be read, is no line of `kcat -J` in a file of such, or its offset doesn't come after the one
    /// before it in its partition.
    pub(crate) fn step(&mut self, whole: bool) -> Result<Step, Failure> {
        if !self.lines.advance()? {
            return Ok(Step::End);
        }
        if self.lines.line().iter().all(u8::is_ascii_whitespace) {
            return Ok(Step::Blank);
        }
        match self.form {
            EventForm::JsonLines => {
                self.current.position.offset = (self.lines.passed() - 1).cast_signed();
                let before = console::parse(self.lines.line());
                self.current.value = before.as_ref().map_or(0, |before| before.value);
                self.current.timestamp_ms = before.as_ref().and_then(|before| before.timestamp_ms);
                self.current.key = before.and_then(|before| before.key.map(<[u8]>::to_vec));
                Ok(Step::Record)
            }
            EventForm::Kcat => self.take_kcat(whole),
        }
    }

    /// The record of the current line.
    pub(crate) fn record(&self) -> RawRecord<'_> {
        let current = &self.current;
        let mut headers = RecordHeaders::default();
        for (name, value) in &current.headers {
            headers.set(name, value.as_deref());
        }
        let payload = match self.form {
            EventForm::JsonLines => Some(&self.lines.line()[current.value..]),
            EventForm::Kcat => current.payload.as_deref(),
        };
        RawRecord {
            stream: current.stream,
            position: current.position,
            timestamp_ms: current.timestamp_ms,
            key: current.key.as_deref(),
            payload,
            withheld: None,
            headers,
        }
    }

    /// The topic that a foreign line names.
    pub(crate) fn topic(&self) -> Option<String> {
        Some(serde_json::from_slice::<KcatPosition<'_>>(self.lines.line()).ok()?.topic.into_owned())
    }

    fn take_kcat(&mut self, whole: bool) -> Result<Step, Failure> {
        let Self { lines, streams, current, .. } = self;
        let (line, any) = (lines.line(), self.any_topic.then_some(StreamId(0)));
        let stream = |topic: &str| {
            any.or_else(|| streams.iter().find(|stream| stream.topic == topic).map(|stream| stream.id))
        };
        let parsed = if whole {
            kcat::parse(line).map(|line| {
                let stream = stream(&line.topic)?;
                current.take(stream, line);
                Some(())
            })
        } else {
            serde_json::from_slice::<KcatPosition<'_>>(line).map(|line| {
                current.stream = stream(&line.topic)?;
                current.position = Position { partition: line.partition, offset: line.offset };
                current.timestamp_ms = line.timestamp_ms();
                Some(())
            })
        };
        match parsed {
            Ok(Some(())) if self.any_topic => Ok(Step::Record),
            Ok(Some(())) => self.in_order().map(|()| Step::Record),
            Ok(None) => Ok(Step::Foreign),
            Err(error) => Err(Failure::lasting(
                format!("{} is not a line of kcat -J or rpk: {error}", lines.place()),
                "dump it again, or take the line out",
            )),
        }
    }

    fn in_order(&mut self) -> Result<(), Failure> {
        let Current { stream, position: Position { partition, offset }, .. } = self.current;
        let known = self.last.iter_mut().find(|(of, number, _)| (*of, *number) == (stream, partition));
        let last = match known {
            Some((_, _, last)) => std::mem::replace(last, offset),
            None => {
                self.last.push((stream, partition, offset));
                -1
            }
        };
        if partition < 0 || offset <= last {
            let place = self.lines.place();
            let what = format!("{place} has offset {offset} of partition {partition} after offset {last}");
            return Err(Failure::lasting(what, "sort its lines by offset and keep each offset once"));
        }
        Ok(())
    }
}

impl Current {
    fn take(&mut self, stream: StreamId, line: KcatLine<'_>) {
        self.stream = stream;
        self.position = Position { partition: line.partition, offset: line.offset };
        self.timestamp_ms = line.timestamp_ms();
        self.key = line.key.map(|Bytes(key)| key.into_owned());
        self.payload = line.payload.map(|Bytes(payload)| payload.into_owned());
        self.headers.clear();
        let mut headers = line.headers.unwrap_or_default().into_iter();
        while let Some(name) = headers.next() {
            let name = name.map(|Bytes(name)| String::from_utf8_lossy(&name).into_owned());
            let value = headers.next().flatten().map(|Bytes(value)| value.into_owned());
            self.headers.push((name.unwrap_or_default(), value));
        }
    }
}

/// The form that the first line which isn't blank tells.
fn form_of(path: &Path) -> Result<EventForm, Failure> {
    let mut lines = Lines::open(path)?;
    while lines.advance()? {
        if !lines.line().iter().all(u8::is_ascii_whitespace) {
            return Ok(if kcat::is_kcat(lines.line()) { EventForm::Kcat } else { EventForm::JsonLines });
        }
    }
    Ok(EventForm::JsonLines)
}
