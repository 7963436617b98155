//! The run receipt: what was read, with what, what came of it, and a digest to compare runs by.

use crate::digest::Digest;
use crate::journal::{PieceDone, PublishedFile};
use crate::letters::{CodeCount, Letters};
use crate::plan::{Account, Plan, TimeWindow};
use bystander_core::checkpoint::Totals;
use bystander_core::time::Rfc3339;
use serde::Serialize;
use std::collections::BTreeMap;

/// Everything that can be said of a finished run.
#[derive(Debug, Serialize)]
pub struct Receipt {
    /// Version of this form.
    pub schema: u32,
    /// The run's id.
    pub run: String,
    /// Version of the program.
    pub version: String,
    /// SHA-256 of the config file.
    pub config_sha256: String,
    /// Name of the live cluster.
    pub cluster: String,
    /// Its own id, where a broker was asked.
    pub cluster_id: Option<String>,
    /// The models, by stream.
    pub models: Vec<crate::plan::ModelReceipt>,
    /// Times asked for.
    pub window: Option<TimesReceipt>,
    /// What was written.
    pub output: String,
    /// When the run, or its last part, began.
    pub started_at: Rfc3339,
    /// When it ended.
    pub finished_at: Rfc3339,
    /// The accounts, by topic and partition.
    pub partitions: Vec<AccountReceipt>,
    /// The accounts of all partitions together.
    pub totals: Totals,
    /// Dead letters by code, the most frequent first.
    pub dead_letters: Vec<CodeCount>,
    /// Records read that were not asked for.
    pub outside: u64,
    /// Comparisons made.
    pub comparisons: u64,
    /// Sum modulo 2^256 of the SHA-256 of every comparison's content: independent of order, sharding, output and
    /// the time of the run.
    pub digest: Digest,
    /// The files that hold the results.
    pub files: Vec<PublishedFile>,
}

/// Times, as people read them.
#[derive(Debug, Serialize)]
pub struct TimesReceipt {
    /// Inclusive.
    pub from: Option<Rfc3339>,
    /// Exclusive.
    pub to: Option<Rfc3339>,
}

/// The account of one partition: `end − start = read + outside + gap offsets + offsets without a record`.
#[derive(Debug, Default, PartialEq, Eq, Serialize)]
pub struct AccountReceipt {
    /// Topic.
    pub topic: String,
    /// Partition.
    pub partition: i32,
    /// The first offset asked for.
    pub start: i64,
    /// The first that wasn't any more.
    pub end: i64,
    /// Records scored, dead-lettered and skipped.
    pub totals: Totals,
    /// Records read that were not asked for: their time is outside the window.
    pub outside: u64,
    /// Offsets that retention had removed or removed meanwhile, from and to.
    pub gaps: Vec<(i64, i64)>,
    /// Offsets that never were a record for readers: aborted, control records, compacted away.
    pub without_record: i64,
}

impl AccountReceipt {
    fn of(account: &Account) -> Self {
        let Account { topic, partition, start, end, .. } = account.clone();
        Self { topic, partition, start, end, gaps: account.gap().into_iter().collect(), ..Self::default() }
    }

    fn close(&mut self) {
        self.gaps.sort_unstable();
        let gaps: i64 = self.gaps.iter().map(|(from, to)| to - from).sum();
        let records = i64::try_from(self.totals.read + self.outside).unwrap_or(i64::MAX);
        self.totals.gap_offsets = u64::try_from(gaps).unwrap_or(0);
        self.without_record = self.end - self.start - gaps - records;
    }
}

impl Receipt {
    /// The receipt of a run whose pieces are all `done`.
    pub fn new(plan: &Plan, done: &[PieceDone], (started_ms, finished_ms): (i64, i64)) -> Self {
        let mut partitions: BTreeMap<(String, i32), AccountReceipt> = BTreeMap::new();
        for account in plan.inputs.iter().flat_map(|input| &input.accounts) {
            let key = (account.topic.clone(), account.partition);
            // A partition may come in several files: its range is the widest.
            let entry = partitions.entry(key).or_insert_with(|| AccountReceipt::of(account));
            entry.start = entry.start.min(account.start);
            entry.end = entry.end.max(account.end);
        }
        let mut digest = Digest::default();
        let (mut comparisons, mut files, mut letters) = (0, Vec::new(), Letters::default());
        for piece in done {
            digest.merge(piece.digest);
            comparisons += piece.comparisons;
            letters.add(&piece.dead_letters);
            files.extend(piece.files.iter().cloned());
            for account in &piece.accounts {
                let entry = partitions.entry((account.topic.clone(), account.partition)).or_default();
                entry.totals.add(&account.totals);
                entry.outside += account.outside;
                entry.gaps.extend_from_slice(&account.gaps);
            }
        }
        files.sort_by(|one: &PublishedFile, other| one.path.cmp(&other.path));
        let mut partitions: Vec<_> = partitions.into_values().collect();
        let (mut totals, mut outside) = (Totals::default(), 0);
        for partition in &mut partitions {
            partition.close();
            totals.add(&partition.totals);
            outside += partition.outside;
        }
        let window = plan.window.map(|TimeWindow { from_ms, to_ms }| TimesReceipt {
            from: from_ms.map(Rfc3339),
            to: to_ms.map(Rfc3339),
        });
        Self {
            schema: 1,
            run: plan.run.clone(),
            version: plan.version.clone(),
            config_sha256: plan.config_sha256.clone(),
            cluster: plan.cluster.clone(),
            cluster_id: plan.cluster_id.clone(),
            models: plan.models.clone(),
            window,
            output: plan.output.clone(),
            started_at: Rfc3339(started_ms),
            finished_at: Rfc3339(finished_ms),
            partitions,
            totals,
            dead_letters: letters.into_counts(),
            outside,
            comparisons,
            digest,
            files,
        }
    }
}
