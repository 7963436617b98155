//! Both clusters go away under a running instance: page, readiness, metrics, log and a real Prometheus with the shipped
//! rules tell of it, and it is over when they are back.

use crate::alerts::Row;
use crate::server::{Prometheus, Wait};
use crate::support::tools::prometheus;
use crate::support::{Job, Plan, Running};
use crate::told::{eventually, headline, status, tells, values, well};
use bystander_testkit::{KafkaCluster, KafkaOptions, kafka_or_skip, tools_or_skip};
use serde_json::Value;
use std::time::Duration;

/// Long enough for a busy machine; an alert itself waits for three minutes of silence.
const SOON: Duration = Duration::from_secs(360);

/// Lag of all partitions that have a series, and how many have one.
fn lag(instance: &Running) -> (f64, usize) {
    let lags = values(instance, "bystander_lag_records");
    (lags.iter().map(|(_, lag)| lag).sum(), lags.len())
}

fn all_well(instance: &Running) -> bool {
    well(instance) && headline(instance).contains("all 2 shards run here") && lag(instance).1 == 4
}

fn job<'a>(live: &'a KafkaCluster, shadow: &'a KafkaCluster) -> Job<'a> {
    let job = Job::of(live, shadow, Plan { shadow_brokers: shadow.bootstrap(), ..Plan::new(live, 2) });
    job.create_inputs(2);
    job.command(&["init", "--execute"]).ok();
    job
}

#[test]
fn an_outage_of_either_cluster_is_told_by_page_readiness_metrics_log_and_alert() {
    let name = "an_outage_of_either_cluster_is_told_by_page_readiness_metrics_log_and_alert";
    let tools = tools_or_skip!(name, prometheus);
    let live = kafka_or_skip!(name, KafkaOptions::default());
    let shadow = kafka_or_skip!(name, KafkaOptions::default());
    let job = job(&live, &shadow);
    job.fed(400, 200, 1);
    let mut instance = job.run();
    eventually("all is well", SOON, || all_well(&instance));
    let prometheus = Prometheus::with(&tools, Wait::Shipped);
    prometheus.watch("shop", &instance.address().unwrap());

    shadow.pause_broker(0).unwrap();
    job.fed(1_000, 500, 2);
    let shadow_away = Row::of("shadow cluster away");
    eventually("the shadow cluster's silence is told", SOON, || tells(&instance, &shadow_away));
    eventually("the lag of all partitions grows", SOON, || {
        let (records, series) = lag(&instance);
        series == 4 && records >= 1_500.0
    });
    let clusters = status(&instance)["clusters"].clone();
    assert_eq!((&clusters[0]["silent"], &clusters[1]["silent"]), (&Value::Bool(false), &Value::Bool(true)));
    assert_eq!(clusters[1]["brokers"], shadow.bootstrap(), "{clusters}");
    assert!(clusters[1]["cause"].as_str().is_some_and(|cause| cause.len() > 10), "{clusters}");

    live.pause_broker(0).unwrap();
    let both_away = Row::of("both away");
    eventually("both are told", SOON, || tells(&instance, &both_away));
    eventually("a lag that nobody knows has no series", SOON, || lag(&instance).1 == 0);
    eventually("the alerts of both", SOON, || prometheus.alerts("shop") == both_away.names());
    let log = instance.log();
    for cluster in ["shadow", "live"] {
        let told = |line: &&str| {
            line.contains("does not answer") && line.contains(&format!("cluster=\"{cluster}\""))
        };
        assert!(log.lines().filter(told).count() >= 2, "{cluster} is told and repeated: {log}");
    }

    // The live one is away for longer.
    shadow.resume_broker(0).unwrap();
    let live_away = Row::of("live cluster away");
    eventually("the live cluster's silence is told", SOON, || tells(&instance, &live_away));
    eventually("its alert goes on", SOON, || prometheus.alerts("shop") == live_away.names());
    live.resume_broker(0).unwrap();
    eventually("all is well again", SOON, || all_well(&instance));
    eventually("the alerts end", SOON, || prometheus.alerts("shop").is_empty());
    assert_eq!(prometheus.fired("shop"), both_away.names(), "and no other one has fired");
    instance.must_run();
    job.terminate([instance]);
    job.drain(1);
    let account = job.account();
    assert!(account.clean, "{account:?}");
}
