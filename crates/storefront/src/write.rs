//! The shop's events as files, one event a line.

use std::fs::{File, create_dir_all};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde::{Serialize, Serializer};
use thiserror::Error;

use crate::event::{Expected, ShopEvent, Truth};
use crate::topics::ShopTopic;

/// The file with what really happened. A model must not see it.
const TRUTH_FILE: &str = "truth.jsonl";
/// The line that stands for a record without a value. A record with an empty value is an empty line.
const TOMBSTONE: &[u8] = b"null";

/// How many records went to each topic's file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Written([TopicCount; ShopTopic::ALL.len()]);

/// Records of one topic by what they were meant to be; the total is their sum.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct TopicCount {
    /// Sound records.
    pub good: u64,
    /// Sound records that a binding skips.
    pub skips: u64,
    /// Malformed records, tombstones included.
    pub malformed: u64,
}

impl TopicCount {
    /// All records of the topic.
    pub fn total(&self) -> u64 {
        self.good + self.skips + self.malformed
    }

    /// Counts one record.
    fn add(&mut self, expected: Expected) {
        match expected {
            Expected::Good => self.good += 1,
            Expected::Skip(_) => self.skips += 1,
            Expected::Malformed(_) => self.malformed += 1,
        }
    }
}

/// A file that could not be written.
#[derive(Debug, Error)]
#[error("{path} could not be written")]
pub struct WriteError {
    path: PathBuf,
    #[source]
    source: io::Error,
}

impl Written {
    /// The count of one topic.
    pub fn of(&self, topic: ShopTopic) -> TopicCount {
        self.0[topic as usize]
    }

    /// Counts one record of a topic.
    pub fn add(&mut self, topic: ShopTopic, expected: Expected) {
        self.0[topic as usize].add(expected);
    }

    /// All records.
    pub fn total(&self) -> u64 {
        self.0.iter().map(TopicCount::total).sum()
    }
}

/// Writes `events` to a file per topic in `directory` (`orders.jsonl`, `outcomes.jsonl`), which is made where it is absent, and what really happened to `truth.jsonl`. Files that exist are replaced.
///
/// Each record is one line, malformed ones too, byte for byte as they would go on the wire; a tombstone
/// is the line `null`, an empty value an empty line.
///
/// # Errors
/// Where a file or the directory can't be written; the error names it.
pub fn write_jsonl(
    events: impl IntoIterator<Item = ShopEvent>,
    directory: &Path,
) -> Result<Written, WriteError> {
    create_dir_all(directory).map_err(|source| WriteError { path: directory.to_owned(), source })?;
    let mut files = Files::create(directory)?;
    let mut written = Written::default();
    for event in events {
        files.line(event.topic, event.payload.as_deref().unwrap_or(TOMBSTONE))?;
        if let Some(truth) = &event.truth {
            files.truths.line(&json_bytes(&TruthLine::from(truth)))?;
        }
        written.add(event.topic, event.expected);
    }
    files.finish()?;
    Ok(written)
}

struct Files {
    /// In the order of [`ShopTopic::ALL`].
    topics: Vec<LineFile>,
    truths: LineFile,
}

impl Files {
    fn create(directory: &Path) -> Result<Self, WriteError> {
        let topics = ShopTopic::ALL.into_iter().map(|topic| LineFile::create(directory, topic.file_name()));
        Ok(Self {
            topics: topics.collect::<Result<_, _>>()?,
            truths: LineFile::create(directory, TRUTH_FILE)?,
        })
    }

    fn line(&mut self, topic: ShopTopic, line: &[u8]) -> Result<(), WriteError> {
        self.topics[topic as usize].line(line)
    }

    fn finish(self) -> Result<(), WriteError> {
        self.topics.into_iter().chain([self.truths]).try_for_each(LineFile::finish)
    }
}

struct LineFile {
    path: PathBuf,
    writer: BufWriter<File>,
}

impl LineFile {
    fn create(directory: &Path, name: &str) -> Result<Self, WriteError> {
        let path = directory.join(name);
        match File::create(&path) {
            Ok(file) => Ok(Self { path, writer: BufWriter::new(file) }),
            Err(source) => Err(WriteError { path, source }),
        }
    }

    fn line(&mut self, line: &[u8]) -> Result<(), WriteError> {
        let written = self.writer.write_all(line).and_then(|()| self.writer.write_all(b"\n"));
        written.map_err(|source| WriteError { path: self.path.clone(), source })
    }

    fn finish(mut self) -> Result<(), WriteError> {
        self.writer.flush().map_err(|source| WriteError { path: self.path, source })
    }
}

/// A line of the truth file: about an order its fraud pattern, or about a quote its demand.
#[derive(Serialize)]
struct TruthLine<'a> {
    subject_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    fraud: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    intercept: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    slope: Option<f64>,
}

impl<'a> From<&'a Truth> for TruthLine<'a> {
    fn from(truth: &'a Truth) -> Self {
        let line = |subject_id| Self { subject_id, fraud: None, intercept: None, slope: None };
        match truth {
            Truth::Legit { order_id } => line(order_id),
            Truth::Fraud { order_id, pattern } => Self { fraud: Some(pattern.name()), ..line(order_id) },
            Truth::Demand { quote_id, intercept, slope } => {
                Self { intercept: Some(*intercept), slope: Some(*slope), ..line(quote_id) }
            }
        }
    }
}

/// JSON of a value that always has one: our records hold strings, integers and finite floats.
pub(crate) fn json_bytes(value: &impl Serialize) -> Vec<u8> {
    serde_json::to_vec(value).unwrap_or_default()
}

/// Writes epoch milliseconds as RFC 3339 in UTC.
pub(crate) fn timestamp<S: Serializer>(millis: &i64, serializer: S) -> Result<S::Ok, S::Error> {
    let timestamp = Timestamp::from_millisecond(*millis).map_err(serde::ser::Error::custom)?;
    serializer.collect_str(&timestamp)
}
