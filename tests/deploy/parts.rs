//! Outages of a part, while both clusters answer: the further rows of the runbook's table. They happen at the same time,
//! each to a job of its own, and a real Prometheus with the shipped rules watches all of them.

use crate::alerts::Row;
use crate::server::{Prometheus, Wait};
use crate::support::tools::prometheus;
use crate::support::{Job, Plan, Running};
use crate::told::{eventually, headline, status, tells, values, well};
use bystander_testkit::{KafkaCluster, KafkaOptions, kafka_or_skip, tools_or_skip};
use serde_json::json;
use std::collections::BTreeSet;
use std::fs;
use std::time::Duration;

/// Long enough for a busy machine; one of the alerts waits for five minutes.
const SOON: Duration = Duration::from_secs(900);
/// The longest that Kafka gives a transaction.
const QUARTER: &str = "900000";

/// An outage and the job that it happens to, which has its name in Prometheus.
struct Case<'a> {
    row: Row,
    job: Job<'a>,
    prometheus: &'a Prometheus,
}

impl<'a> Case<'a> {
    /// A job of two shards, with its topics of two partitions but without the input topics.
    fn new(outage: &str, clusters: (&'a KafkaCluster, &'a KafkaCluster), prometheus: &'a Prometheus) -> Self {
        let (live, shadow) = clusters;
        // A rebalance waits for a silent instance as long as that, and no other outage depends on it.
        let session_timeout = if outage == "shards without an instance" { "300s" } else { "6s" }.to_owned();
        let plan = Plan { shadow_brokers: shadow.bootstrap(), session_timeout, ..Plan::new(live, 2) };
        Self { row: Row::of(outage), job: Job::of(live, shadow, plan), prometheus }
    }

    fn ready(self) -> Self {
        self.job.create_inputs(2);
        self.init()
    }

    fn init(self) -> Self {
        self.job.command(&["init", "--execute"]).ok();
        self
    }

    /// Starts an instance.
    fn run(&self) -> Running {
        let instance = self.job.run();
        self.until("an instance serves its metrics", || instance.address().is_some());
        instance
    }

    /// From here on Prometheus sees it.
    fn watch(&self, instance: &Running) {
        self.prometheus.watch(&self.row.outage, &instance.address().unwrap());
    }

    /// Events of now at a rate, so that there is usual work before the outage.
    fn feed(&self, seed: &str) {
        drop(self.feeding(300, 150, seed).wait(SOON).ok());
    }

    fn feeding(&self, orders: u64, quotes: u64, seed: &str) -> Running {
        self.job.feed(orders, quotes, &["--start", "now", "--rate", "30", "--seed", seed])
    }

    fn until(&self, what: &str, condition: impl FnMut() -> bool) {
        eventually(&format!("{}: {what}", self.row.outage), SOON, condition);
    }

    /// Waits until exactly these alerts fire.
    fn alerted(&self, alerts: &BTreeSet<String>) {
        let mut seen = BTreeSet::new();
        self.until(&format!("{alerts:?}"), || {
            seen = self.prometheus.alerts(&self.row.outage);
            assert!(seen.is_subset(alerts), "{}: {seen:?} are more than {alerts:?}", self.row.outage);
            seen == *alerts
        });
    }

    /// Waits until page, readiness and alerts are those of the row.
    fn told(&self, instance: &Running) {
        let mut seen = String::new();
        let what = format!("{:?} and {:?}", self.row.headline, self.row.unready);
        eventually(&format!("{}: {what}", self.row.outage), SOON, || {
            let now = headline(instance);
            if now != seen {
                eprintln!("{}: {now}", self.row.outage);
                seen = now;
            }
            tells(instance, &self.row)
        });
        self.alerted(&self.row.names());
    }

    /// That no alert fires any more, and none but these ever has.
    fn over(&self, instances: &[&Running], alerts: &BTreeSet<String>) {
        self.until("all is well again", || instances.iter().all(|instance| well(instance)));
        self.until("the alerts end", || self.prometheus.alerts(&self.row.outage).is_empty());
        assert_eq!(self.prometheus.fired(&self.row.outage), *alerts, "{}", self.row.outage);
    }

    /// Waits until a figure of the whole job is this, by Prometheus. One scrape may fail on a busy machine.
    fn until_sum(&self, series: &str, expected: f64) {
        let selector = series.replace("JOB", &format!("job=\"{}\"", self.row.outage));
        self.until(&format!("{selector} is {expected}"), || {
            let found = self.prometheus.query(&selector).unwrap();
            let value = found.first().and_then(|one| one["value"][1].as_str()?.parse::<f64>().ok());
            value == Some(expected)
        });
    }
}

/// The broker that coordinates a group: it leads the partition of the group's name.
fn coordinator(cluster: &KafkaCluster, group: &str) -> usize {
    let partitions = cluster.in_sync("__consumer_offsets").unwrap();
    let hash = group.bytes().fold(0_i32, |hash, byte| hash.wrapping_mul(31).wrapping_add(i32::from(byte)));
    partitions[hash.unsigned_abs() as usize % partitions.len()].leader.unwrap()
}

/// One of three brokers stands still: for one job it coordinates the group, for another it leads an input topic.
fn a_broker_hangs(several: &KafkaCluster, single: &KafkaCluster, prometheus: &Prometheus) {
    let group = Case::new("group lost", (single, several), prometheus).ready();
    let of_group = group.run();
    group.until("all is well", || well(&of_group));
    group.watch(&of_group);
    let broker = coordinator(several, &group.job.plan.job);
    let part = Case::new("one of several brokers hangs", (several, single), prometheus);
    several.create_topic_on(&part.job.plan.orders, 2, &[broker], &[]).unwrap();
    several.create_topic_on(&part.job.plan.quotes, 2, &[(broker + 1) % 3], &[]).unwrap();
    let part = part.init();
    let of_part = part.run();
    part.until("all is well", || well(&of_part));
    part.watch(&of_part);
    [&group, &part].into_iter().for_each(|case| case.feed("7"));

    several.pause_broker(broker).unwrap();
    group.feed("8");
    part.until("the silence of one topic's brokers", || {
        let ages = values(&of_part, "bystander_partition_answer_age_seconds");
        let silent = |labels: &str| labels.contains(&part.job.plan.orders);
        ages.len() == 4 && ages.iter().all(|(labels, age)| silent(labels) == (*age > 60.0))
    });
    group.until_sum("sum(bystander_shards{JOB, state=\"running\"})", 0.0);
    group.until_sum("min(bystander_ready{JOB})", 0.0);
    part.told(&of_part);
    group.told(&of_group);

    several.resume_broker(broker).unwrap();
    group.over(&[&of_group], &group.row.names());
    part.over(&[&of_part], &part.row.names());
    [(group, of_group), (part, of_part)].into_iter().for_each(|(case, instance)| {
        case.job.terminate([instance]);
        case.job.drain(1);
        let account = case.job.account();
        assert!(account.clean, "{}: {account:?}", case.row.outage);
    });
}

/// An instance stands still and stays in its group. The next one that comes makes the group wait for it.
fn an_instance_hangs(single: &KafkaCluster, prometheus: &Prometheus) {
    let case = Case::new("shards without an instance", (single, single), prometheus).ready();
    let (one, two) = (case.run(), case.run());
    let shards = |instance: &Running| status(instance)["shards"].as_array().map_or(0, Vec::len);
    case.until("two instances share the shards", || {
        [&one, &two].into_iter().all(|instance| well(instance) && shards(instance) == 1)
    });
    [&one, &two].into_iter().for_each(|instance| case.watch(instance));
    case.feed("7");

    two.signal("STOP");
    let three = case.run();
    case.watch(&three);
    case.told(&one);
    case.until_sum("max(bystander_shards_expected{JOB})", 2.0);
    case.until_sum("sum(bystander_shards{JOB, state=\"running\"})", 1.0);

    two.signal("CONT");
    let standing_by = |instance: &Running| headline(instance).contains("Standing by");
    case.until("all is well again", || {
        [&one, &two, &three].into_iter().all(|instance| well(instance) || standing_by(instance))
    });
    case.until_sum("sum(bystander_shards{JOB, state=\"running\"})", 2.0);
    case.over(&[], &case.row.names());
    case.job.terminate([one, two, three]);
}

/// A producer of the shop leaves its transaction open.
fn a_transaction_hangs(single: &KafkaCluster, prometheus: &Prometheus) {
    let case = Case::new("hung transaction of a producer", (single, single), prometheus).ready();
    let instance = case.run();
    case.until("all is well", || well(&instance));
    case.watch(&instance);
    let feed = case.feeding(1_200, 300, "7");
    let orders = &case.job.plan.orders;
    case.until("events come in", || single.end_offsets(orders).unwrap()[&0] > 50);
    let id = format!("{orders}.hung");
    open_transaction(single, orders, &id);
    case.until("records wait behind it", || {
        let of = |metric: &str| values(&instance, metric).into_iter().filter(|(_, value)| *value > 0.0);
        let (blocked, ages) = (of("bystander_blocked_records"), of("bystander_blocked_age_seconds"));
        let (blocked, ages): (Vec<_>, Vec<_>) = (blocked.collect(), ages.collect());
        blocked.len() == 1 && blocked[0].0.contains(orders) && blocked[0].1 > 1.0 && ages.len() == 1
    });
    case.told(&instance);
    drop(feed.wait(SOON).ok());

    // As the runbook has it.
    let brokers = single.bootstrap();
    let words = ["--bootstrap-server", &brokers, "forceTerminateTransaction", "--transactionalId", &id];
    let ended = single.kafka_tool("org.apache.kafka.tools.TransactionsCommand", &words).unwrap();
    assert!(ended.status.success(), "{ended:?}");
    case.over(&[&instance], &case.row.names());
    case.job.terminate([instance]);
    case.job.drain(1);
    let account = case.job.account();
    assert!(account.clean, "{account:?}");
}

fn open_transaction(cluster: &KafkaCluster, topic: &str, id: &str) {
    let arguments = json!({
        "bootstrap": cluster.bootstrap(),
        "properties": { "transactional.id": id, "transaction.timeout.ms": QUARTER },
        "records": [{ "topic": topic, "partition": 0, "key": "open", "value": "open" }],
        "transaction_size": 1_000,
        "leave_open": true,
    });
    cluster.shell().call("produce-lines", &arguments).unwrap();
}

/// An instance with another config than the job's takes no shards, not even when nobody else is left.
fn a_config_differs(single: &KafkaCluster, prometheus: &Prometheus) {
    let case = Case::new("different config from the job's", (single, single), prometheus).ready();
    let mut first = case.run();
    case.until("all is well", || well(&first));
    case.watch(&first);
    case.feed("7");
    let file = case.job.config_file();
    let text = fs::read_to_string(&file).unwrap();
    fs::write(&file, text.replacen("\"order.placed\"", "[\"order.placed\", \"order.updated\"]", 1)).unwrap();
    let other = case.run();
    case.watch(&other);
    case.told(&other);
    case.until_sum("min(bystander_config_agrees{JOB})", 0.0);

    first.kill();
    let further = ["BystanderShardsMissing", "BystanderInstanceDown"].map(str::to_owned);
    let alerts: BTreeSet<String> = case.row.names().into_iter().chain(further).collect();
    case.alerted(&alerts);
    case.until("page and readiness stay", || tells(&other, &case.row));
    case.until("the page has the shards without an instance", || {
        let group = status(&other)["group"].clone();
        let unowned = group["unowned"].as_array().into_iter().flatten();
        let shards: Vec<i64> = unowned.filter_map(|one| one["shard"].as_i64()).collect();
        group["instances"] == 0 && shards == [0, 1]
    });

    // As its page says first.
    fs::write(&file, text).unwrap();
    let addresses = [&first, &other].map(|instance| instance.address().unwrap());
    case.job.terminate([other]);
    addresses.iter().for_each(|address| prometheus.forget(address));
    let restarted = case.run();
    case.watch(&restarted);
    case.over(&[&restarted], &alerts);
    case.job.terminate([restarted]);
}

#[test]
fn an_outage_of_a_part_is_told_by_page_readiness_metrics_and_the_alerts_of_its_row_alone() {
    let name = "an_outage_of_a_part_is_told_by_page_readiness_metrics_and_the_alerts_of_its_row_alone";
    let tools = tools_or_skip!(name, prometheus);
    let single = &kafka_or_skip!(name, KafkaOptions::default());
    // Without replicas of what it coordinates, so that no other broker takes over from the one that hangs.
    let properties = vec![("offsets.topic.replication.factor".to_owned(), "1".to_owned())];
    let several = &kafka_or_skip!(name, KafkaOptions { properties, ..KafkaOptions::brokers(3) });
    let prometheus = &Prometheus::with(&tools, Wait::Fifth);
    eventually("Prometheus answers", SOON, || prometheus.ready());
    std::thread::scope(|scope| {
        scope.spawn(|| a_broker_hangs(several, single, prometheus));
        scope.spawn(|| an_instance_hangs(single, prometheus));
        scope.spawn(|| a_transaction_hangs(single, prometheus));
        scope.spawn(|| a_config_differs(single, prometheus));
    });
}
