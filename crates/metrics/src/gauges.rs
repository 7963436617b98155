//! What the control plane sets: how inputs, clusters and shards are now. A figure that is not known has no series.

use crate::catalogue::{InState, OfCluster, OfConfig, Topic, TopicPartition};
use crate::clusters::Cluster;
use crate::family::{Gauges, LabelSet};
use crate::health::ShardState;
use crate::registry::Catalogue;

/// How an input partition is, as far as it is known.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct InputGauges {
    /// Offsets up to the high watermark.
    pub lag: Option<i64>,
    /// Offsets behind the last stable one, and for how many seconds that has not moved.
    pub blocked: Option<(i64, u64)>,
    /// Seconds since the partition's broker answered.
    pub answer_age: u64,
    /// Whether it is not read on, because its log changed.
    pub halted: bool,
}

impl Catalogue {
    /// Sets how a partition that is read here is.
    pub fn set_input(&self, topic: &str, partition: i32, gauges: &InputGauges) {
        let labels = TopicPartition { topic, partition: &partition.to_string() };
        let families = &self.families;
        set(&families.lag, &labels, gauges.lag);
        set(&families.blocked, &labels, gauges.blocked.map(|(records, _)| records));
        set(&families.blocked_age, &labels, gauges.blocked.map(|(_, seconds)| whole(seconds)));
        set(&families.partition_answer_age, &labels, Some(whole(gauges.answer_age)));
        set(&families.halted, &labels, Some(i64::from(gauges.halted)));
    }

    /// Ends the series of a partition that is read elsewhere from now on; a stale value would page for ever.
    pub fn forget_input(&self, topic: &str, partition: i32) {
        let labels = TopicPartition { topic, partition: &partition.to_string() };
        let families = &self.families;
        let ages = [&families.blocked_age, &families.partition_answer_age];
        let all = [&families.lag, &families.blocked, &families.halted].into_iter().chain(ages);
        all.for_each(|family| family.forget(&labels));
    }

    /// Sets how many partitions an input topic has.
    pub fn set_input_partitions(&self, topic: &str, partitions: i32) {
        self.families.input_partitions.with(&Topic { topic }).set(i64::from(partitions));
    }

    /// Sets how long ago a cluster last answered.
    pub fn set_cluster_answer_age(&self, cluster: Cluster, seconds: u64) {
        self.families.cluster_answer_age.with(&OfCluster { cluster: cluster.name() }).set(whole(seconds));
    }

    /// Sets how long ago this process last committed.
    pub fn set_commit_age(&self, seconds: u64) {
        self.families.commit_age.with(&()).set(whole(seconds));
    }

    /// Sets whether this process takes part.
    pub fn set_ready(&self, ready: bool) {
        self.families.ready.with(&()).set(i64::from(ready));
    }

    /// Sets which config this process has.
    pub fn set_config(&self, hash: &str) {
        self.families.config_info.with(&OfConfig { config: hash }).set(1);
    }

    /// Sets whether that is the job's, where it is known.
    pub fn set_config_agrees(&self, agrees: Option<bool>) {
        set(&self.families.config_agrees, &(), agrees.map(i64::from));
    }

    /// Sets how many shards the job has.
    pub fn set_shards_expected(&self, shards: i32) {
        self.families.shards_expected.with(&()).set(i64::from(shards));
    }

    /// Sets how many shards of this process are in a state.
    pub fn set_shards(&self, state: ShardState, shards: usize) {
        let shards = i64::try_from(shards).unwrap_or(i64::MAX);
        self.families.shards.with(&InState { state: state.name() }).set(shards);
    }
}

/// Sets a series, or ends it where its value is not known.
fn set<L: LabelSet>(family: &Gauges<L>, labels: &L::At<'_>, value: Option<i64>) {
    match value {
        Some(value) => family.with(labels).set(value),
        None => family.forget(labels),
    }
}

fn whole(seconds: u64) -> i64 {
    i64::try_from(seconds).unwrap_or(i64::MAX)
}
