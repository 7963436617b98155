//! What names a comparison among all others.

use std::fmt;

/// Hex digits of a model's sha256 that an id carries.
const SHORT_SHA: usize = 12;

/// Written `topic/partition/offset/model/version/sha/run`.
///
/// The same event, model version and run give the same id, so a duplicate can always be told; versions that differ in their
/// contract alone have ids of their own. Where a topic was created again and its offsets are counted from 0 once more, the
/// number of logs before it follows (`/1`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ComparisonId<'a> {
    /// Input topic.
    pub topic: &'a str,
    /// Its partition.
    pub partition: i32,
    /// The event's offset.
    pub offset: i64,
    /// Name of the model.
    pub model: &'a str,
    /// Its version.
    pub version: u32,
    /// SHA-256 of its bytes, hex.
    pub sha256: &'a str,
    /// The job, or the replay's own id.
    pub run_id: &'a str,
    /// How many logs the partition was read from before.
    pub generation: usize,
}

impl fmt::Display for ComparisonId<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { topic, partition, offset, model, version, run_id, .. } = self;
        let sha256 = self.sha256.get(..SHORT_SHA).unwrap_or(self.sha256);
        write!(f, "{topic}/{partition}/{offset}/{model}/{version}/{sha256}/{run_id}")?;
        if self.generation > 0 { write!(f, "/{}", self.generation) } else { Ok(()) }
    }
}
