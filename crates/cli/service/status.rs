//! What the status page and `/status` show, and the metrics that are taken from the live side.

use super::decision_watch::DecisionWatch;
use super::model_watch::ModelWatch;
use super::shard::ShardContext;
use bystander_core::time::Rfc3339;
use bystander_kafka::{Agreement, ContactStatus, GroupMembers, SILENT_AFTER, ShardsView};
use bystander_metrics::health::{Readiness, ShardStatus};
use bystander_metrics::status::{
    ConfigStatus, GroupStatus, HaltStatus, History, InputStatus, Status, UnownedShard,
};
use bystander_metrics::{Cluster, ClusterStatus, Health, InputGauges, StatusProvider};
use bystander_pipeline::{Clock, SystemClock};
use parking_lot::{Mutex, MutexGuard};
use std::collections::BTreeSet;
use std::sync::Arc;

/// Everything that this process knows of itself. It asks nobody who could be busy: while shards change hands, the
/// health machine says which.
pub(crate) struct ServiceStatus {
    context: Arc<ShardContext>,
    decisions: DecisionWatch,
    models: Arc<ModelWatch>,
    history: Mutex<History>,
    shown: Mutex<BTreeSet<(String, i32)>>,
}

impl ServiceStatus {
    /// Status of a process that starts now.
    pub(crate) fn new(context: Arc<ShardContext>, decisions: DecisionWatch, models: Arc<ModelWatch>) -> Self {
        let history = Mutex::new(History::new(now_ms(), context.catalogue.counts()));
        Self { context, decisions, models, history, shown: Mutex::default() }
    }

    /// Brings what is shown of clusters, inputs and shards up to date in the metrics, and notes what is counted now.
    pub(crate) fn refresh(&self) {
        let ShardContext { job, catalogue, health, shadow, .. } = &*self.context;
        catalogue.set_isolation(job.status().isolation().is_ok());
        let clusters = self.clusters();
        for cluster in &clusters {
            catalogue.set_cluster_answer_age(cluster.cluster, cluster.seconds);
        }
        health.outages(clusters.iter().filter_map(ClusterStatus::outage).collect());
        catalogue.set_ready(health.readiness() == Readiness::Ready);
        catalogue.set_config_agrees(self.config().agrees());
        catalogue.set_commit_age(health.since_commit().as_secs());
        if let Some(shards) = shadow.shards().expected {
            catalogue.set_shards_expected(shards);
        }
        for (stream, partitions) in job.status().counts() {
            if let Some(topic) = job.inputs().get(stream.0) {
                catalogue.set_input_partitions(topic, partitions);
            }
        }
        self.show_inputs();
        self.history().note(now_ms(), catalogue.counts());
    }

    fn show_inputs(&self) {
        let ShardContext { job, catalogue, .. } = &*self.context;
        let (mut now, mut told) = (BTreeSet::new(), Vec::new());
        for ((stream, partition), seen) in job.status().partitions() {
            let Some(topic) = job.inputs().get(stream.0) else { continue };
            let blocked = seen.blocked.map(|blocked| (blocked.records, blocked.age.as_secs()));
            let (answer_age, halted) = (seen.silent.as_secs(), seen.halt.is_some());
            let gauges = InputGauges { lag: seen.lag(), blocked, answer_age, halted };
            if let Some(halt) = seen.halt {
                told.push(format!("topic {topic} partition {partition} is halted: {}", halt.reason));
            }
            catalogue.set_input(topic, partition, &gauges);
            now.insert((topic.clone(), partition));
        }
        self.context.health.halted(told);
        let mut shown = self.shown.lock();
        for (topic, partition) in shown.difference(&now) {
            catalogue.forget_input(topic, *partition);
        }
        *shown = now;
    }

    /// Both clusters, the live one first.
    fn clusters(&self) -> Vec<ClusterStatus> {
        let ShardContext { job, shadow, .. } = &*self.context;
        let status = |cluster, brokers: &str, contact: ContactStatus| ClusterStatus {
            cluster,
            brokers: brokers.to_owned(),
            seconds: contact.silent.as_secs(),
            ever: contact.ever,
            silent: contact.silent > SILENT_AFTER,
            cause: contact.cause,
        };
        vec![
            status(Cluster::Live, &job.live().brokers, job.status().contact().status()),
            status(Cluster::Shadow, &job.shadow().brokers, shadow.contact().status()),
        ]
    }

    /// This process's config, beside the job's as last seen.
    fn config(&self) -> ConfigStatus {
        let agreed = match self.context.shadow.agreement() {
            Agreement::Known(agreed) => agreed,
            Agreement::Unasked | Agreement::Unknown => None,
        };
        let own = self.context.job.config().cloned().unwrap_or_default();
        // One that an earlier version wrote has only the hash that covers the versions behind aliases, too.
        let agreed = agreed.map(|agreed| if agreed.is(&own) { agreed.completed(&own) } else { agreed });
        ConfigStatus {
            hash: own.rules,
            agreed_since: agreed.as_ref().map(|agreed| Rfc3339(agreed.since_ms)),
            agreed_number: agreed.as_ref().map(|agreed| agreed.number),
            agreed: agreed.map(|agreed| agreed.shown().to_owned()),
        }
    }

    /// Whole seconds since the group's coordinator last answered, or since the start while it never has.
    fn group_seconds(&self, history: &History) -> u64 {
        let uptime = u64::try_from(history.now_ms().saturating_sub(history.started_ms())).unwrap_or(0) / 1000;
        self.context.shadow.shards().described.map_or(uptime, |age| age.as_secs())
    }

    /// A panic while it was held left whole readings.
    fn history(&self) -> MutexGuard<'_, History> {
        self.history.lock()
    }

    fn inputs(&self, history: &History) -> Vec<InputStatus> {
        let job = &self.context.job;
        let partitions = job.status().partitions().into_iter();
        let inputs = partitions.filter_map(|((stream, partition), seen)| {
            let topic = job.inputs().get(stream.0)?;
            Some(InputStatus {
                topic: topic.clone(),
                partition,
                next_offset: seen.next_offset,
                end_offset: seen.high_offset,
                stable_offset: seen.stable_offset,
                lag: seen.lag(),
                blocked: seen.blocked.map(|blocked| blocked.records),
                blocked_seconds: seen.blocked.map_or(0, |blocked| blocked.age.as_secs()),
                answer_seconds: seen.silent.as_secs(),
                lag_before: history.lag_before(topic, partition),
                halted: seen.halt.map(|halt| HaltStatus {
                    reason: halt.reason.name(),
                    what: halt.reason.to_string(),
                    since: Rfc3339(halt.since_ms),
                }),
            })
        });
        inputs.collect()
    }
}

impl StatusProvider for ServiceStatus {
    fn status(&self) -> Status {
        self.refresh();
        let ShardContext { job, catalogue, health, .. } = &*self.context;
        let history = self.history();
        let shards = health.shards();
        let build = super::serve::build();
        Status {
            job: job.shadow().job.clone(),
            version: build.version.to_owned(),
            revision: build.revision.to_owned(),
            started_at: Rfc3339(history.started_ms()),
            now: Rfc3339(history.now_ms()),
            window_seconds: history.window_seconds(),
            not_ready: match health.readiness() {
                Readiness::Ready => None,
                Readiness::NotReady(reason) => Some(reason),
            },
            config: self.config(),
            offending_request: job.status().isolation().err(),
            risks: self.decisions.risks(),
            refused_models: self.models.refused(),
            disabled_models: self.models.disabled(),
            clusters: self.clusters(),
            commit_seconds: health.since_commit().as_secs(),
            shards_expected: self.context.shadow.shards().expected,
            group: group(self.context.shadow.shards(), &shards),
            group_name: job.shadow().group.clone(),
            group_seconds: self.group_seconds(&history),
            shards,
            streams: history.streams(catalogue, job.inputs()),
            inputs: self.inputs(&history),
            dead_letters: history.dead_letters(),
        }
    }
}

fn now_ms() -> i64 {
    SystemClock::default().now_ms()
}

/// All instances, as the group's coordinator knows them. It is asked every few seconds, so what runs here by now
/// is known better.
fn group(view: ShardsView, here: &[ShardStatus]) -> Option<GroupStatus> {
    let GroupMembers { stable: settled, instances, .. } = view.members?;
    let elsewhere = |shard: &i32| !here.iter().any(|running| running.shard == *shard);
    let unowned = view.unowned.into_iter().filter(|(shard, _)| elsewhere(shard));
    let unowned = unowned.map(|(shard, age)| UnownedShard { shard, seconds: age.as_secs() });
    let unsettled_seconds = view.unsettled.map_or(0, |age| age.as_secs());
    Some(GroupStatus { instances, settled, unsettled_seconds, unowned: unowned.collect() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use bystander_metrics::health::ShardState;
    use std::time::Duration;

    fn view(unowned: &[(i32, u64)]) -> ShardsView {
        let members = GroupMembers { stable: false, instances: 2, shards: BTreeSet::from([0]) };
        let unowned = unowned.iter().map(|&(shard, seconds)| (shard, Duration::from_secs(seconds))).collect();
        let unsettled = Some(Duration::from_secs(11));
        ShardsView { expected: Some(4), members: Some(members), described: None, unowned, unsettled }
    }

    #[test]
    fn the_page_has_the_shards_that_the_coordinator_knows_no_instance_of_except_those_that_run_here() {
        let here = ShardStatus {
            shard: 1,
            state: ShardState::Running,
            seconds: 0,
            limit_seconds: 60,
            overdue: false,
            last_error: None,
        };
        let shown = group(view(&[(1, 7), (2, 8), (3, 9)]), &[here]);
        let unowned = [(2, 8), (3, 9)].map(|(shard, seconds)| UnownedShard { shard, seconds });
        let unowned = unowned.to_vec();
        let expected = GroupStatus { instances: 2, settled: false, unsettled_seconds: 11, unowned };
        assert_eq!(shown, Some(expected));
        let unknown = ShardsView { members: None, ..view(&[]) };
        assert_eq!(group(unknown, &[]), None, "nothing is said of a group that is not known");
    }
}
