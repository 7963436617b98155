//! Whether a shard may read, decided from what the checkpoints topic says.
//!
//! A *layout* is a number of shards: under layout S, shard i owns the input partitions p with p mod S = i and commits to
//! partition i of the checkpoints topic. Layouts only grow. Instances may differ for a while in how many shards they see,
//! because the metadata of brokers and clients is renewed at different times. What keeps two of them from reading the
//! same input partition:
//!
//! 1. A start takes its shard's transactional id over. Whoever held it before can't commit any more.
//! 2. With that id it commits a mark of the layout it sees to its shard's own partition: what a shard has committed under
//!    a smaller layout lies before the mark, for good.
//! 3. It reads all partitions. If any of them speaks of a larger layout, its view is old and it gives up.
//! 4. It needs such a mark in the partition of every shard that a smaller layout can have. Where there is none, it takes
//!    that shard over, leaves the mark there itself, and reads again.
//! 5. Only then it claims: it commits a checkpoint in its own layout for each partition that has none, and reads.
//!
//! A former owner that starts again with an old view finds the mark in its own partition, which every view includes. A
//! claim would not be enough: it lies in the claimer's partition, which an old view doesn't reach. Marks are kept by
//! key, one for each layout, so that a smaller one never replaces a larger one. A checkpoint says as much as a mark.
//!
//! `model` explores all orders in which starts, crashes, old views and late requests can meet.

#[cfg(test)]
mod model;

use crate::live::Share;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// The largest layout that each partition of the checkpoints topic speaks of.
pub(crate) type Layouts = BTreeMap<i32, i32>;

/// What a start has to do next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Next {
    /// Give up: somebody has seen this many shards.
    GiveUp(i32),
    /// Take these shards over and mark their partitions: they may still commit under a smaller layout.
    Fence(BTreeSet<i32>),
    /// Claim: nobody else can commit for this shard's partitions, and all that others committed has been read.
    Claim,
}

/// What a start has to do that has marked its own partition and then read `layouts`.
pub(crate) fn next(share: Share, layouts: &Layouts) -> Next {
    let largest = layouts.values().copied().max().unwrap_or_default();
    if largest > share.shards {
        return Next::GiveUp(largest);
    }
    let marked = |shard: &i32| layouts.get(shard).is_some_and(|&layout| layout >= share.shards);
    // The largest of the smaller layouts has the shards from 0 to S - 2.
    let former = (0..share.shards - 1).filter(|shard| *shard != share.shard);
    let unmarked: BTreeSet<i32> = former.filter(|shard| !marked(shard)).collect();
    if unmarked.is_empty() { Next::Claim } else { Next::Fence(unmarked) }
}

/// The value of a layout's mark.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct LayoutMark {
    /// The job.
    pub(crate) job: String,
    /// Number of shards.
    pub(crate) shards: i32,
}

impl LayoutMark {
    /// The key of its record. No job's name has a `#`, so no checkpoint has such a key, and versions that know nothing
    /// of marks pass it over.
    pub(crate) fn key(&self) -> String {
        format!("{}{}", Self::prefix(&self.job), self.shards)
    }

    /// What the keys of a job's marks begin with.
    pub(crate) fn prefix(job: &str) -> String {
        format!("#layout|{job}|")
    }
}
