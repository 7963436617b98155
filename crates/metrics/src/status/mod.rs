//! How a process is, as one value: `/status` is its JSON, and the page is drawn from it.
//!
//! Counts are this process's own, since it started; records that are scored again after an aborted transaction are counted
//! again. What
//! happened *recently* is the difference to [`Status::window_seconds`] ago. Nothing here comes from an event but the
//! code of its failure.

mod counts;
mod findings;
mod history;

pub use counts::{AgreementCounts, DeadLetterKind, RecordCounts, StatusCounts, StreamCounts};
pub use findings::{Finding, Level, Step};
pub use history::History;

use crate::clusters::ClusterStatus;
use crate::health::ShardStatus;
use bystander_core::time::Rfc3339;
use serde::Serialize;

/// Everything that a process knows of itself.
#[derive(Debug, Clone, Serialize)]
pub struct Status {
    /// The job that it works on.
    pub job: String,
    /// Version of the package.
    pub version: String,
    /// Revision of the source, or `unknown`.
    pub revision: String,
    /// When the process started.
    pub started_at: Rfc3339,
    /// When this was so.
    pub now: Rfc3339,
    /// Seconds that `recent` counts span: five minutes, less after a start.
    pub window_seconds: u64,
    /// Why the process doesn't take part; `None` while it does.
    pub not_ready: Option<String>,
    /// The config of this process, beside the job's.
    pub config: ConfigStatus,
    /// What breaks isolation: the first request to the live cluster that wasn't a read, or a right that the live
    /// principal should not have; `None` while isolation holds.
    pub offending_request: Option<String>,
    /// Both clusters, the live one first, and whether they answer.
    pub clusters: Vec<ClusterStatus>,
    /// Whole seconds since this process last committed, or since its start before that.
    pub commit_seconds: u64,
    /// Settings of shadow topics that would lose what is written, in words; left out while there are none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub risks: Vec<String>,
    /// Models that the aliases name now and that are not used; left out while the aliases name what scores.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refused_models: Option<RefusedModels>,
    /// Models of the config that a person has disabled, as the config names them; left out while there are none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub disabled_models: Vec<String>,
    /// The shards of this process, by number; those it gives away are `draining`.
    pub shards: Vec<ShardStatus>,
    /// How many shards the job has, whoever runs them; `None` before the shadow cluster has answered.
    pub shards_expected: Option<i32>,
    /// All instances of the job; `None` while the group's coordinator does not answer.
    pub group: Option<GroupStatus>,
    /// Name of the group on the shadow cluster that shares the shards out.
    pub group_name: String,
    /// Whole seconds since the group's coordinator last answered, or since the start while it never has.
    pub group_seconds: u64,
    /// In the config's order.
    pub streams: Vec<StreamStatus>,
    /// The input partitions that are read here, by stream and number.
    pub inputs: Vec<InputStatus>,
    /// The last seen first.
    pub dead_letters: Vec<DeadLetterStatus>,
}

impl Status {
    /// Offsets that wait in those input partitions that are read here and whose end is known.
    pub fn lag(&self) -> u64 {
        let lags = self.inputs.iter().filter_map(|input| u64::try_from(input.lag?).ok());
        lags.fold(0, u64::saturating_add)
    }

    /// Input partitions read here of which it is not known how many records wait.
    pub fn unknown(&self) -> usize {
        self.inputs.iter().filter(|input| input.lag.is_none()).count()
    }

    /// Clusters that don't answer.
    pub(crate) fn outages(&self) -> impl Iterator<Item = &ClusterStatus> {
        self.clusters.iter().filter(|cluster| cluster.silent)
    }
}

/// Models that `aliases.toml` names and that can't be used, so that the former ones go on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RefusedModels {
    /// The one that was refused first, as `name/version` where both are known.
    pub model: String,
    /// Everything that is wrong, with its fix.
    pub reason: String,
    /// Since when the aliases name something that can't be used.
    pub since: Rfc3339,
}

/// Which config a process has, and which one the job runs with.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct ConfigStatus {
    /// Hash of this process's config.
    pub hash: String,
    /// Hash of the job's; `None` while it is not known, and in a job that has not begun.
    pub agreed: Option<String>,
    /// When the job's instances agreed on it.
    pub agreed_since: Option<Rfc3339>,
    /// How many configs the job has had, with this one.
    pub agreed_number: Option<u64>,
}

impl ConfigStatus {
    /// Whether they are the same, where that is known.
    pub fn agrees(&self) -> Option<bool> {
        Some(*self.agreed.as_ref()? == self.hash)
    }
}

/// The instances of a job, as the group's coordinator knows them. One that was killed counts until its session times out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct GroupStatus {
    /// How many take part, with this one.
    pub instances: usize,
    /// Whether shards are shared out, rather than about to be.
    pub settled: bool,
    /// Whole seconds for which the instances have waited for a rebalance to end; 0 while they don't.
    pub unsettled_seconds: u64,
    /// Shards that no instance has, and for how many seconds that has been so.
    pub unowned: Vec<UnownedShard>,
}

/// A shard that runs nowhere.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct UnownedShard {
    /// Its number.
    pub shard: i32,
    /// Whole seconds since that was first seen.
    pub seconds: u64,
}

/// A stream and what became of its records here.
#[derive(Debug, Clone, Serialize)]
pub struct StreamStatus {
    /// Its name in the config.
    pub name: String,
    /// The word of its kind.
    pub kind: &'static str,
    /// Its topic.
    pub topic: String,
    /// Since the start.
    pub records: RecordCounts,
    /// In the last `window_seconds`.
    pub recent: RecordCounts,
    /// In the stream's order.
    pub models: Vec<ModelStatus>,
}

/// A model version on a stream, and how often it decided as live did.
#[derive(Debug, Clone, Serialize)]
pub struct ModelStatus {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: u32,
    /// The alias it was named by, if it was.
    pub alias: Option<String>,
    /// SHA-256 of the model's file, lower-case hex.
    pub sha256: String,
    /// Name and version of the engine that runs it.
    pub engine: String,
    /// Since the start.
    pub agreement: AgreementCounts,
    /// In the last `window_seconds`.
    pub recent: AgreementCounts,
}

/// An input partition as its shard last saw it.
#[derive(Debug, Clone, Serialize)]
pub struct InputStatus {
    /// Its topic.
    pub topic: String,
    /// Its number.
    pub partition: i32,
    /// The next offset to read.
    pub next_offset: i64,
    /// The high watermark; `None` while no broker says where the partition ends.
    pub end_offset: Option<i64>,
    /// The last stable offset, up to which committed records can be read; `None` while it is not known.
    pub stable_offset: Option<i64>,
    /// Offsets between the next one and the high watermark; `None` while the latter is not known.
    pub lag: Option<i64>,
    /// Offsets that wait behind the last stable one for an open transaction to end; `None` while that is not known.
    pub blocked: Option<i64>,
    /// Whole seconds for which the last stable offset has not moved while something waits behind it.
    pub blocked_seconds: u64,
    /// Whole seconds since the partition's broker last answered.
    pub answer_seconds: u64,
    /// The lag `window_seconds` ago, where it was read here then.
    pub lag_before: Option<i64>,
    /// Why it is not read on; left out while it is read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub halted: Option<HaltStatus>,
}

/// Why an input partition is not read on.
#[derive(Debug, Clone, Serialize)]
pub struct HaltStatus {
    /// The word used in metrics.
    pub reason: &'static str,
    /// A sentence.
    pub what: String,
    /// When it was noticed.
    pub since: Rfc3339,
}

/// Dead letters of one stream, stage and code.
#[derive(Debug, Clone, Serialize)]
pub struct DeadLetterStatus {
    /// Which.
    #[serde(flatten)]
    pub kind: DeadLetterKind,
    /// Since the start.
    pub count: u64,
    /// In the last `window_seconds`.
    pub recent: u64,
    /// When the last of them was counted, to the second.
    pub last_seen: Rfc3339,
}
