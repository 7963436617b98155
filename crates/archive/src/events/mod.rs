//! Event files as input: one JSON event a line, or the lines that `kcat -J` writes; plain, gzip or zstd.

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
    /// The event itself. The file's number is its partition, the line's number from 0 its offset; it has no key, no
    /// headers and no time of its own.
    JsonLines,
    /// An object with `topic`, `partition`, `offset`, `ts`, `key`, `headers` and `payload`, as `kcat -J` writes it.
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
