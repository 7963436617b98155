//! Both clusters go away under a running instance: page, readiness, metrics, log and a real Prometheus with the shipped
//! rules tell of it, and it is over when they are back.

use crate::server::Prometheus;
use crate::support::{Job, Plan, Running, at, eventually, metric, page};
use crate::tools::prometheus;
use bystander_testkit::{KafkaCluster, KafkaOptions, kafka_or_skip, tools_or_skip};
use serde_json::Value;
use std::time::Duration;

/// Long enough for a busy machine; an alert itself waits for two minutes of silence.
const SOON: Duration = Duration::from_secs(240);

fn headline(instance: &Running) -> String {
    let page = at(instance, "/").unwrap_or_default();
    let (_, rest) = page.split_once("<h1>").unwrap_or_default();
    rest.split("</h1>").next().unwrap_or_default().to_owned()
}

fn status(instance: &Running) -> Value {
    let answer = at(instance, "/status").unwrap();
    serde_json::from_str(answer.split_once("\r\n\r\n").unwrap().1).unwrap()
}

/// Lag of all partitions that have a series, and how many have one.
fn lag(instance: &Running) -> (f64, usize) {
    let page = page(instance).unwrap_or_default();
    let series = page.lines().filter(|line| line.starts_with("bystander_lag_records{"));
    let values: Vec<f64> = series.map(|line| line.rsplit(' ').next().unwrap().parse().unwrap()).collect();
    (values.iter().sum(), values.len())
}

fn not_ready(instance: &Running, because: &str) -> bool {
    let answer = at(instance, "/readyz").unwrap_or_default();
    answer.starts_with("HTTP/1.1 503")
        && answer.contains(because)
        && metric(instance, "bystander_ready") == Some(0.0)
}

fn well(instance: &Running) -> bool {
    headline(instance).contains("All is well: all 2 shards run here")
        && metric(instance, "bystander_ready") == Some(1.0)
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
    eventually("all is well", SOON, || well(&instance) && lag(&instance).1 == 4);
    let prometheus = Prometheus::start(&tools, &[instance.address().unwrap()]);

    shadow.pause_broker(0).unwrap();
    job.fed(1_000, 500, 2);
    let away = "the shadow cluster at";
    eventually("the instance is not ready", SOON, || not_ready(&instance, away));
    assert!(headline(&instance).contains("The shadow cluster has not answered"), "{}", headline(&instance));
    eventually("the lag of all partitions grows", SOON, || {
        let (records, series) = lag(&instance);
        series == 4 && records >= 1_500.0
    });
    let clusters = status(&instance)["clusters"].clone();
    assert_eq!((&clusters[0]["silent"], &clusters[1]["silent"]), (&Value::Bool(false), &Value::Bool(true)));
    assert_eq!(clusters[1]["brokers"], shadow.bootstrap(), "{clusters}");
    assert!(clusters[1]["cause"].as_str().is_some_and(|cause| cause.len() > 10), "{clusters}");

    live.pause_broker(0).unwrap();
    eventually("both are told", SOON, || {
        headline(&instance).contains("This host has reached neither cluster")
            && not_ready(&instance, "the live cluster at")
    });
    eventually("a lag that nobody knows has no series", SOON, || lag(&instance).1 == 0);
    for alert in ["BystanderShadowAway", "BystanderLiveAway"] {
        let fires = || prometheus.firing(alert).iter().any(|labels| labels["severity"] == "page");
        eventually(alert, SOON, fires);
    }
    let log = instance.log();
    for cluster in ["shadow", "live"] {
        let told = |line: &&str| {
            line.contains("does not answer") && line.contains(&format!("cluster=\"{cluster}\""))
        };
        assert!(log.lines().filter(told).count() >= 2, "{cluster} is told and repeated: {log}");
    }

    live.resume_broker(0).unwrap();
    shadow.resume_broker(0).unwrap();
    eventually("all is well again", SOON, || well(&instance) && lag(&instance).1 == 4);
    eventually("the alerts end", SOON, || prometheus.firing("BystanderShadowAway").is_empty());
    instance.must_run();
    job.terminate([instance]);
    job.drain(1);
    let account = job.account();
    assert!(account.clean, "{account:?}");
}
