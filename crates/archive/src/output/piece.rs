//! A piece of a replay: the range that is written whole or not at all.

use bystander_pipeline::Failure;
use std::collections::BTreeMap;

/// What one shard run scores. It names the files, so the same piece must be said the same way whenever it is scored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ScoredPiece {
    /// Part of one input partition.
    Partition {
        /// Its topic.
        topic: String,
        /// Its number.
        partition: i32,
        /// The first offset of the piece, whether or not a record stands there.
        start: i64,
    },
    /// Part of an event file. Its results go into files by topic and partition, named after their smallest offset.
    File,
}

/// A topic's partition and the smallest offset of a piece in it.
pub(crate) type Starts = BTreeMap<(String, i32), i64>;

impl ScoredPiece {
    pub(crate) fn holds(&self, of_topic: &str, of_partition: i32, offset: i64) -> bool {
        match self {
            Self::Partition { topic, partition, start } => {
                topic == of_topic && *partition == of_partition && offset >= *start
            }
            Self::File => true,
        }
    }

    /// The partitions that it writes files of, given the smallest offsets of its results.
    pub(crate) fn starts(&self, smallest: Starts) -> Starts {
        match self {
            Self::Partition { topic, partition, start } => {
                Starts::from([((topic.clone(), *partition), *start)])
            }
            Self::File => smallest,
        }
    }
}

/// `topic+partition+start.extension`.
///
/// # Errors
/// When no Kafka topic can have that name.
pub(crate) fn file_name(
    (topic, partition): (&str, i32),
    start: i64,
    extension: &str,
) -> Result<String, Failure> {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
    let legal = !topic.is_empty() && topic.bytes().all(fits);
    if !legal || topic == "." || topic == ".." {
        return Err(Failure::lasting(
            format!("`{topic}` can't be the name of a topic"),
            "write letters, digits, `.`, `_` and `-`",
        ));
    }
    Ok(format!("{topic}+{partition}+{start}.{extension}"))
}
