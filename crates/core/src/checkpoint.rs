//! Positions and running totals: the accounts from which anyone can audit that nothing was lost.

mod agreed;
mod log;

pub use agreed::{AgreedConfig, ConfigHash};
pub use log::{DeclaredGap, FormerLog, Halt, InputLog, LogChange, RecordMark};

use crate::model::ModelIdentity;
use crate::rejection::SkipReason;
use crate::text::hex;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;

/// The account of one input partition, as it stands after everything before `next_offset`.
///
/// Written in the same transaction as the comparisons and dead letters that it accounts for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Checkpoint {
    /// The job whose position this is.
    pub job: String,
    /// Input topic.
    pub topic: String,
    /// Input partition.
    pub partition: i32,
    /// The next offset to read.
    pub next_offset: i64,
    /// Shard that wrote it.
    pub shard: i32,
    /// Number of shards when it was written; the layout that says who owns the partition.
    pub shards: i32,
    /// Partitions the topic had when the job first saw it: later ones are read from their beginning.
    pub initial_partitions: i32,
    /// What became of all records read so far.
    pub totals: Totals,
    /// The log that the position is in.
    #[serde(default, skip_serializing_if = "InputLog::is_unknown")]
    pub log: InputLog,
    /// Starts that have not moved it yet.
    #[serde(default, skip_serializing_if = "Attempts::is_none")]
    pub attempts: Attempts,
    /// The config that the job ran with when it was written; `None` in those of earlier versions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub config: Option<AgreedConfig>,
    /// What scored the records before the position; `None` before any were, and in those of earlier versions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scored_by: Option<ScoredBy>,
}

/// The models that score a partition, and since when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScoredBy {
    /// The stream's models in its order, as `name/version`.
    pub models: Vec<String>,
    /// Hash over names, versions and the bytes of models and contracts: equal in every process that scores with the same.
    pub hash: String,
    /// The first offset of the partition that they scored.
    pub from_offset: i64,
}

/// Hexadecimal digits of [`ScoredBy::hash`]: enough to tell generations apart, and few enough to compare by eye.
const SCORED_BY_DIGITS: usize = 12;

impl ScoredBy {
    /// These models, in the stream's order, from no offset yet.
    pub fn of<'a>(models: impl IntoIterator<Item = &'a ModelIdentity>) -> Self {
        let (mut names, mut digest) = (Vec::new(), Sha256::new());
        for model in models {
            // Each part has an end that no part contains.
            for part in [model.to_string().as_str(), &model.sha256, &model.contract_sha256] {
                digest.update(part);
                digest.update([0]);
            }
            names.push(model.to_string());
        }
        let mut hash = hex(&digest.finalize());
        hash.truncate(SCORED_BY_DIGITS);
        Self { models: names, hash, from_offset: 0 }
    }

    /// The same from this offset on, unless `before` is the same models.
    fn following(&self, before: Option<&Self>, offset: i64) -> Option<Self> {
        let same = before.is_some_and(|before| before.hash == self.hash);
        (!same).then(|| Self { from_offset: offset, ..self.clone() })
    }
}

impl Checkpoint {
    /// Notes that these models score from the position on. It changes nothing where they do already.
    pub fn score_with(&mut self, models: &ScoredBy) {
        if let Some(newer) = models.following(self.scored_by.as_ref(), self.next_offset) {
            self.scored_by = Some(newer);
        }
    }
}

/// What is known of starts from a position that have not led beyond it. It is forgotten as soon as one has.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attempts {
    /// How many there were, by processes one after the other.
    pub starts: u32,
    /// The record that the writer was about to handle by itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub in_hand: Option<i64>,
    /// A record that one former process had in hand when it ended. Anything may have ended that; a second time it is the
    /// record.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub suspect: Option<i64>,
    /// A record that two former processes had in hand when they ended: it is not to be handled again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fatal: Option<i64>,
    /// Number of the process that wrote this.
    #[serde(default)]
    pub process: u64,
}

impl Attempts {
    /// Whether there were none.
    pub fn is_none(&self) -> bool {
        *self == Self::default()
    }

    /// One more start, by `process`. Where that wrote this too, it didn't end in between, and nothing is held against
    /// the record that it had in hand.
    #[must_use]
    pub fn again(self, process: u64) -> Self {
        let Self { starts, in_hand, suspect, fatal, .. } = self;
        if self.process == process {
            return Self { starts: starts.max(1), in_hand: None, suspect, fatal, process };
        }
        let starts = starts.saturating_add(1);
        if in_hand.is_some() && in_hand == suspect {
            return Self { starts, in_hand: None, suspect: None, fatal: in_hand, process };
        }
        Self { starts, in_hand: None, suspect: in_hand.or(suspect), fatal, process }
    }
}

/// Running totals of one input partition: `read = compared + dead_lettered + Σ skipped`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Totals {
    /// Records read.
    pub read: u64,
    /// Records that became one comparison per bound model.
    pub compared: u64,
    /// Records that became a dead letter.
    pub dead_lettered: u64,
    /// Records left aside, by reason.
    pub skipped: BTreeMap<SkipReason, u64>,
    /// Offsets that retention removed before they could be read, whose batch can't be opened, or that a person left out;
    /// not part of `read`.
    #[serde(default)]
    pub gap_offsets: u64,
}

impl Totals {
    /// Records left aside for any reason.
    pub fn skipped_total(&self) -> u64 {
        self.skipped.values().sum()
    }

    /// Whether every record read is accounted for.
    pub fn balanced(&self) -> bool {
        self.read == self.compared + self.dead_lettered + self.skipped_total()
    }

    /// Adds another partition's totals.
    pub fn add(&mut self, other: &Self) {
        self.read += other.read;
        self.compared += other.compared;
        self.dead_lettered += other.dead_lettered;
        self.gap_offsets += other.gap_offsets;
        for (&reason, count) in &other.skipped {
            *self.skipped.entry(reason).or_default() += count;
        }
    }
}
