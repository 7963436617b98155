//! The seam to where records come from.

use crate::failure::Failure;
use bystander_core::checkpoint::{Halt, RecordMark};
use bystander_core::record::{RawRecord, StreamId};
use std::time::Duration;

/// What one poll found.
#[derive(Debug, Clone, Copy)]
pub enum Polled<'a> {
    /// The next record of one of the assigned partitions, in offset order within each.
    Record(RawRecord<'a>),
    /// Nothing within the timeout.
    Idle,
    /// A partition was added to an input; it is read from `next_offset` on.
    Opened(Progress),
    /// Everything before `next_offset` has been read, though no record says so (control records).
    Reached(Progress),
    /// Offsets before `next_offset` are gone: retention removed them before they could be read.
    Gap(Progress),
    /// A batch of records can't be read and was passed.
    Unreadable(UnreadableBatch),
    /// The partition is not read on: its log is not the one that its position belongs to. Nothing of it comes again.
    Halted(Progress, Halt),
}

/// A partition and the next offset to read in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// The stream whose topic it is.
    pub stream: StreamId,
    /// Input partition.
    pub partition: i32,
    /// The next offset to read.
    pub next_offset: i64,
}

/// A batch that its readers can't open: damaged, or larger than they may unpack. How many records it holds is
/// unknown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UnreadableBatch {
    /// The first offset that was to be read in it.
    pub first_offset: i64,
    /// Partition and the offset behind the batch.
    pub passed: Progress,
    /// What its readers couldn't do.
    pub why: Unreadable,
}

/// What the readers of a batch couldn't do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unreadable {
    /// The batch doesn't match its checksum, or isn't formed as one.
    Damaged,
    /// It can't be unpacked, or not within the bound for one batch.
    Compression,
}

impl Unreadable {
    /// The word used in dead letters.
    pub fn name(self) -> &'static str {
        match self {
            Self::Damaged => "damaged",
            Self::Compression => "compression",
        }
    }
}

/// What a source saw of a partition's log, for its checkpoint.
#[derive(Debug, Clone, Copy, Default)]
pub struct SeenLog<'a> {
    /// The topic's id.
    pub topic_id: Option<&'a str>,
    /// The last record handed over.
    pub last_record: Option<RecordMark>,
}

/// Where a shard's records come from. It can only read.
pub trait Source {
    /// Waits at most `timeout` for the next thing to happen; zero doesn't wait.
    ///
    /// # Errors
    /// When reading can't go on; the shard then aborts its transaction and starts anew.
    fn poll(&mut self, timeout: Duration) -> Result<Polled<'_>, Failure>;

    /// What identifies the log of a partition, as far as it was read. Asked once a commit for the partitions that
    /// moved; sources of bounded ranges have nothing to say.
    fn log(&self, _stream: StreamId, _partition: i32) -> SeenLog<'_> {
        SeenLog::default()
    }
}

impl<S: Source + ?Sized> Source for &mut S {
    fn poll(&mut self, timeout: Duration) -> Result<Polled<'_>, Failure> {
        (**self).poll(timeout)
    }

    fn log(&self, stream: StreamId, partition: i32) -> SeenLog<'_> {
        (**self).log(stream, partition)
    }
}
