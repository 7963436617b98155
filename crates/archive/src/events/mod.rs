//! Event files as input: one JSON event a line, or the lines that `kcat -J` writes; plain, gzip or zstd.

mod console;
mod kcat;
mod reader;
mod survey;
mod walk;

pub use reader::EventReader;
pub use survey::{EventFile, EventPartition, survey};
pub(crate) use walk::{Step, Walk};

use bystander_core::record::StreamId;

/// What a line of an event file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EventForm {
    /// The event itself. The file's number is its partition, the line's number from 0 its offset; it has no headers, and a key
    /// and a time only where the console consumer wrote them before it.
    JsonLines,
    /// An object with `topic`, `partition`, `offset`, `ts`, `key`, `headers` and `payload`, as `kcat -J` writes it, or with
    /// `timestamp` and `value`, as `rpk topic consume` does.
    Kcat,
}

/// A stream whose events a file may hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventStream {
    /// The stream.
    pub id: StreamId,
    /// Its topic.
    pub topic: String,
}
