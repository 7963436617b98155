//! Which log a position belongs to. An offset alone doesn't say: a topic that was deleted and created again, or a
//! partition that lost its end, counts from an earlier offset once more.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::fmt;

/// The log of an input partition, as far as it can be told from another.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct InputLog {
    /// The topic's id; `None` before it was first seen, and on brokers older than 2.8.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub topic_id: Option<String>,
    /// The last record read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_record: Option<RecordMark>,
    /// Why the partition is not read on. It stays until a person decides.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub halt: Option<Halt>,
    /// The logs that this partition was read from before, oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub former: Vec<FormerLog>,
    /// Offsets that a person left out, of this log and of former ones, oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub declared_gaps: Vec<DeclaredGap>,
}

/// How many declared gaps a checkpoint keeps. Older ones still count in the totals.
const DECLARED_GAPS: usize = 100;

impl InputLog {
    /// Whether nothing is known of it, as in checkpoints of earlier versions.
    pub fn is_unknown(&self) -> bool {
        *self == Self::default()
    }

    /// How many logs came before this one. Offsets can be compared within a generation only.
    pub fn generation(&self) -> usize {
        self.former.len()
    }

    /// The offsets of this log that a person left out.
    pub fn present_gaps(&self) -> impl Iterator<Item = &DeclaredGap> {
        self.declared_gaps.iter().filter(|gap| gap.generation == self.generation())
    }

    /// Notes that a person left offsets out.
    pub fn declare(&mut self, gap: DeclaredGap) {
        let surplus = (self.declared_gaps.len() + 1).saturating_sub(DECLARED_GAPS);
        self.declared_gaps.drain(..surplus);
        self.declared_gaps.push(gap);
    }
}

/// Offsets that a person left out, because they could not be passed otherwise.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeclaredGap {
    /// How many logs came before the one that they are of.
    #[serde(default)]
    pub generation: usize,
    /// The first of them.
    pub first_offset: i64,
    /// The last of them.
    pub last_offset: i64,
    /// Why, in the person's words.
    pub reason: String,
    /// When it was booked, epoch milliseconds.
    pub booked_ms: i64,
}

/// What tells a record from another at the same offset.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordMark {
    /// Its offset.
    pub offset: i64,
    /// Its timestamp, epoch milliseconds.
    pub timestamp_ms: Option<i64>,
    /// The epoch of the leader that appended it; `None` where the broker doesn't say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub leader_epoch: Option<i32>,
    /// Of its key and value: see [`of`](Self::of).
    #[serde(with = "hexadecimal")]
    pub digest: u64,
}

/// Largest value whose bytes the digest covers. Of a larger one only the length counts: it may not be read whole.
const DIGESTED: usize = 4096;

impl RecordMark {
    /// The mark of a record, of whose value the length and the bytes are given. The digest is the beginning of the
    /// SHA-256 of the key, the value's length, and the value if it is no longer than 4 KiB.
    pub fn of(
        (offset, timestamp_ms, leader_epoch): (i64, Option<i64>, Option<i32>),
        key: Option<&[u8]>,
        (length, value): (Option<usize>, &[u8]),
    ) -> Self {
        let mut hash = Sha256::new();
        // No bytes and none at all are told apart.
        let number =
            |length: Option<usize>| length.map_or(-1, |length| i64::try_from(length).unwrap_or(i64::MAX));
        hash.update(number(key.map(<[u8]>::len)).to_be_bytes());
        hash.update(key.unwrap_or_default());
        hash.update(number(length).to_be_bytes());
        if length.is_some_and(|length| length <= DIGESTED) {
            hash.update(value);
        }
        let first = hash.finalize().first_chunk().copied().unwrap_or_default();
        Self { offset, timestamp_ms, leader_epoch, digest: u64::from_be_bytes(first) }
    }

    /// Whether `other` is a mark of the same record. Leader epochs count where both are known.
    pub fn is_same(&self, other: &Self) -> bool {
        let essence = |mark: &Self| (mark.offset, mark.timestamp_ms, mark.digest);
        let epochs = self.leader_epoch.zip(other.leader_epoch);
        essence(self) == essence(other) && epochs.is_none_or(|(one, another)| one == another)
    }
}

/// Why a partition is not read on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Halt {
    /// What is different.
    pub reason: LogChange,
    /// When it was noticed, epoch milliseconds.
    pub since_ms: i64,
    /// The oldest offset kept at that time, where it was looked up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub oldest: Option<i64>,
    /// The end of the partition at that time, where it was looked up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end: Option<i64>,
}

/// How a log turned out not to be the one that a position belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LogChange {
    /// The topic has another id: it was deleted and created again.
    Recreated,
    /// The log ends before the position: its end was lost, or it is another log.
    Truncated,
    /// Where the last record read was, there is another: the log was truncated or created again, and has grown since.
    Replaced,
}

impl LogChange {
    /// The word used in metrics.
    pub fn name(self) -> &'static str {
        match self {
            Self::Recreated => "recreated",
            Self::Truncated => "truncated",
            Self::Replaced => "replaced",
        }
    }
}

impl fmt::Display for LogChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Recreated => "the topic was deleted and created again",
            Self::Truncated => "the log ends before the position: it was truncated, or is another log",
            Self::Replaced => {
                "another record is where the last one read was: the log was truncated or replaced"
            }
        })
    }
}

/// A log that a partition was read from before a person accepted another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FormerLog {
    /// Its topic's id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub topic_id: Option<String>,
    /// Why it was given up.
    pub reason: LogChange,
    /// The next offset to read in it. What it held from there on is not known.
    pub next_offset: i64,
    /// When the present log was accepted, epoch milliseconds.
    pub accepted_ms: i64,
    /// Where reading began in the log that came after it.
    pub resumed_at: i64,
}

/// A number as 16 hexadecimal digits: JSON readers other than ours keep 53 bits of a number.
mod hexadecimal {
    use serde::de::Error;
    use serde::{Deserialize, Deserializer, Serializer};
    use std::borrow::Cow;

    pub(super) fn serialize<S: Serializer>(number: &u64, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&format_args!("{number:016x}"))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
        let text = Cow::<str>::deserialize(deserializer)?;
        u64::from_str_radix(&text, 16).map_err(D::Error::custom)
    }
}
