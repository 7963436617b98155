//! A source and a sink in memory, with faults on order: what delivery must survive, without a broker.

use bystander_core::checkpoint::Checkpoint;
use bystander_core::record::{Position, RawRecord, RecordHeaders, StreamId};
use bystander_pipeline::{
    Failure, Message, Output, Polled, Progress, Sink, SinkError, Source, Transaction, UnreadableBatch,
};
use parking_lot::{Mutex, MutexGuard};
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

/// A record that owns its bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnedRecord {
    /// Stream.
    pub stream: StreamId,
    /// Position.
    pub position: Position,
    /// Kafka timestamp.
    pub timestamp_ms: Option<i64>,
    /// Key.
    pub key: Option<Vec<u8>>,
    /// Value; `None` is a tombstone.
    pub payload: Option<Vec<u8>>,
    /// Headers by name.
    pub headers: Vec<(String, Vec<u8>)>,
}

impl OwnedRecord {
    /// A record without key and headers, its timestamp 2026-01-01.
    pub fn new(stream: usize, partition: i32, offset: i64, payload: impl Into<Vec<u8>>) -> Self {
        Self {
            stream: StreamId(stream),
            position: Position { partition, offset },
            timestamp_ms: Some(1_767_225_600_000),
            key: None,
            payload: Some(payload.into()),
            headers: Vec::new(),
        }
    }

    /// The record as a source hands it over.
    pub fn as_raw(&self) -> RawRecord<'_> {
        let mut headers = RecordHeaders::default();
        for (name, value) in &self.headers {
            headers.set(name, Some(value));
        }
        RawRecord {
            stream: self.stream,
            position: self.position,
            timestamp_ms: self.timestamp_ms,
            key: self.key.as_deref(),
            payload: self.payload.as_deref(),
            withheld: None,
            headers,
        }
    }
}

/// One thing that a poll will find.
#[derive(Debug, Clone)]
pub enum Step {
    /// A record.
    Record(OwnedRecord),
    /// Nothing.
    Idle,
    /// A new partition.
    Opened(Progress),
    /// An end without a record.
    Reached(Progress),
    /// Lost offsets.
    Gap(Progress),
    /// A batch that can't be read.
    Unreadable(UnreadableBatch),
    /// Reading fails.
    Fail,
}

/// Hands over its steps in order, then is idle for ever.
#[derive(Debug, Default)]
pub struct MemorySource {
    steps: VecDeque<Step>,
    current: Option<OwnedRecord>,
}

impl MemorySource {
    /// A source of these steps.
    pub fn new(steps: impl IntoIterator<Item = Step>) -> Self {
        Self { steps: steps.into_iter().collect(), current: None }
    }

    /// A source of these records from `next(stream, partition)` on.
    pub fn resume(records: &[OwnedRecord], next: impl Fn(StreamId, i32) -> i64) -> Self {
        let ahead =
            |record: &&OwnedRecord| record.position.offset >= next(record.stream, record.position.partition);
        Self::new(records.iter().filter(ahead).cloned().map(Step::Record))
    }
}

impl Source for MemorySource {
    fn poll(&mut self, _timeout: Duration) -> Result<Polled<'_>, Failure> {
        match self.steps.pop_front() {
            None | Some(Step::Idle) => Ok(Polled::Idle),
            Some(Step::Opened(progress)) => Ok(Polled::Opened(progress)),
            Some(Step::Reached(progress)) => Ok(Polled::Reached(progress)),
            Some(Step::Gap(progress)) => Ok(Polled::Gap(progress)),
            Some(Step::Unreadable(batch)) => Ok(Polled::Unreadable(batch)),
            Some(Step::Record(record)) => Ok(Polled::Record(self.current.insert(record).as_raw())),
            Some(Step::Fail) => Err(Failure::passing("reading failed on order", "start again")),
        }
    }
}

/// A message that owns its bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnedMessage {
    /// Topic.
    pub output: Output,
    /// Input partition.
    pub source_partition: i32,
    /// Key.
    pub key: Option<Vec<u8>>,
    /// Value.
    pub value: Option<Vec<u8>>,
    /// Headers.
    pub headers: Vec<(String, Vec<u8>)>,
}

impl OwnedMessage {
    /// A header's text.
    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(header, _)| header == name);
        found.and_then(|(_, value)| std::str::from_utf8(value).ok())
    }

    /// The value as JSON.
    pub fn json(&self) -> serde_json::Value {
        self.value.as_deref().and_then(|value| serde_json::from_slice(value).ok()).unwrap_or_default()
    }
}

/// What a sink made visible.
#[derive(Debug, Default)]
pub struct MemoryLog {
    /// Committed messages in order.
    pub messages: Vec<OwnedMessage>,
    /// Committed checkpoints in order.
    pub checkpoints: Vec<Checkpoint>,
    /// Committed transactions.
    pub commits: usize,
    /// Transactions thrown away.
    pub aborts: usize,
}

/// When a sink fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Fault {
    /// Never.
    #[default]
    None,
    /// At the n-th send.
    Send(usize),
    /// At the n-th commit, before anything became visible.
    BeforeCommit(usize),
    /// At the n-th commit, after everything became visible: the answer was lost.
    AfterCommit(usize),
}

/// A transactional sink in memory; clones share the log.
#[derive(Debug, Clone, Default)]
pub struct MemorySink {
    log: Arc<Mutex<MemoryLog>>,
    fault: Fault,
    sends: usize,
    commits: usize,
}

impl MemorySink {
    /// A sink on the same log that fails as told.
    #[must_use]
    pub fn failing(&self, fault: Fault) -> Self {
        Self { log: Arc::clone(&self.log), fault, sends: 0, commits: 0 }
    }

    /// What is visible.
    pub fn log(&self) -> MutexGuard<'_, MemoryLog> {
        self.log.lock()
    }
}

impl Sink for MemorySink {
    type Transaction<'a> = MemoryTransaction<'a>;

    fn begin(&mut self) -> Result<MemoryTransaction<'_>, SinkError> {
        Ok(MemoryTransaction { sink: self, messages: Vec::new() })
    }
}

/// An open transaction in memory.
#[derive(Debug)]
pub struct MemoryTransaction<'a> {
    sink: &'a mut MemorySink,
    messages: Vec<OwnedMessage>,
}

impl Transaction for MemoryTransaction<'_> {
    fn send(&mut self, message: Message<'_>) -> Result<(), SinkError> {
        self.sink.sends += 1;
        if self.sink.fault == Fault::Send(self.sink.sends) {
            return Err(failed("a send"));
        }
        let owned = |&(name, value): &(&'static str, &[u8])| (name.to_owned(), value.to_vec());
        self.messages.push(OwnedMessage {
            output: message.output,
            source_partition: message.source_partition,
            key: message.key.map(<[u8]>::to_vec),
            value: message.value.map(<[u8]>::to_vec),
            headers: message.headers.iter().map(owned).collect(),
        });
        Ok(())
    }

    fn commit(self, checkpoints: &[Checkpoint]) -> Result<(), SinkError> {
        let Self { sink, messages } = self;
        sink.commits += 1;
        if sink.fault == Fault::BeforeCommit(sink.commits) {
            return Err(failed("a commit"));
        }
        let mut log = sink.log();
        log.messages.extend(messages);
        log.checkpoints.extend_from_slice(checkpoints);
        log.commits += 1;
        drop(log);
        if sink.fault == Fault::AfterCommit(sink.commits) { Err(failed("a commit's answer")) } else { Ok(()) }
    }

    fn abort(self) -> Result<(), SinkError> {
        self.sink.log().aborts += 1;
        Ok(())
    }
}

fn failed(what: &str) -> SinkError {
    Failure::passing(format!("{what} failed on order"), "start again").into()
}
