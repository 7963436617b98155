//! A real Prometheus with the shipped files, on two instances that are fed by the simulator through a real Kafka, and a
//! watched report beside them.

use crate::catalogue::listed;
use crate::promtool::filled;
use crate::server::Prometheus;
use crate::shipped::{dashboards, metric_of, recorded, rule_expressions, rules, series};
use crate::support::tools::prometheus;
use crate::support::{Job, Plan, Running, at, eventually};
use bystander_testkit::{kafka_or_skip, tools_or_skip, unique};
use std::collections::BTreeSet;
use std::time::{Duration, Instant};

const SOON: Duration = Duration::from_secs(120);
const GATE: &str = "[[gates]]\nname = \"catches some\"\nmodel = \"fraud@champion\"\nmetric = \"recall\"\nbound = 0.1\n\
                    watched = true\n";

/// Whether an expression asks for a metric that the code doesn't export yet; then it may be empty.
fn may_be_empty(expression: &str) -> bool {
    let listed = &listed()["not_exported"];
    series(expression).iter().any(|(name, _)| listed.contains_key(metric_of(name)))
}

/// Everything that is asked for and isn't there.
fn empty(prometheus: &Prometheus) -> Vec<String> {
    let mut faults = Vec::new();
    for dashboard in dashboards() {
        for target in dashboard.targets() {
            let place = format!("{}: {}: {}", dashboard.name, target.panel["title"], target.expression);
            match prometheus.query(&filled(target.expression)) {
                Err(error) => faults.push(format!("{place}: {error}")),
                Ok(found) if found.is_empty() && !may_be_empty(target.expression) => {
                    faults.push(format!("{place}: no data"));
                }
                Ok(found) if !found.is_empty() && may_be_empty(target.expression) => {
                    faults.push(format!("{place}: has data, and is listed as not exported"));
                }
                Ok(_) => {}
            }
        }
    }
    // An alert's expression is empty while all is well; what it asks for must be there.
    let alerts: BTreeSet<String> =
        rules("alerts.yml").iter().map(|rule| rule.get("alert").to_owned()).collect();
    for (name, expression) in rule_expressions() {
        if alerts.contains(&name) {
            for (metric, matchers) in series(&expression) {
                let selector = format!("{metric}{{{matchers}}}");
                let there = prometheus.query(&selector).is_ok_and(|found| !found.is_empty());
                if !there && !may_be_empty(&metric) {
                    faults.push(format!("{name} asks for {selector}: no data"));
                }
            }
        } else if prometheus.query(&name).is_ok_and(|found| found.is_empty()) {
            faults.push(format!("{name} records nothing"));
        }
    }
    faults
}

fn address(process: &Running) -> String {
    eventually("the instance serves metrics", SOON, || process.address().is_some());
    process.address().unwrap()
}

/// The status page and its JSON tell of an instance that has half of the shards and works.
fn shows_its_work(instance: &Running) {
    let verdict = "All is well: 2 of 4 shards run here, 2 on another instance";
    // What the others do is asked for every few seconds.
    eventually(verdict, SOON, || at(instance, "/").is_some_and(|page| page.contains(verdict)));
    let page = at(instance, "/").unwrap();
    for text in ["fraud/1", "fraud/2", "pricing/1", "champion", "challenger", "id=\"dead-letters\""] {
        assert!(page.contains(text), "{text} is missing in {page}");
    }
    let status = at(instance, "/status").unwrap();
    let (_, status) = status.split_once("\r\n\r\n").unwrap();
    let status: serde_json::Value = serde_json::from_str(status).unwrap();
    assert_eq!(status["shards"].as_array().unwrap().len(), 2);
    for stream in status["streams"].as_array().unwrap() {
        let scored = stream["records"]["scored"].as_u64().unwrap();
        assert!(scored > 0, "{stream}");
        for model in stream["models"].as_array().unwrap() {
            assert!(model["agreement"]["agreeing"].as_u64().unwrap() > 0, "{model}");
        }
    }
    assert!(!status["dead_letters"].as_array().unwrap().is_empty(), "{status}");
}

#[test]
fn every_query_finds_data_and_alerts_fire_on_real_faults() {
    let name = "every_query_finds_data_and_alerts_fire_on_real_faults";
    let tools = tools_or_skip!(name, prometheus);
    let cluster = kafka_or_skip!(name);
    let topic = unique("shop.outcomes");
    let job = Job::planned(cluster, 4, Plan { outcomes: Some(topic.clone()), ..Plan::new(cluster, 4) });
    // Of long ago, so that all is known of it.
    let past = ["--seed", "5", "--start", "2024-01-01T00:00:00Z", "--outcomes", &topic];
    drop(job.feed(3_000, 500, &past).wait(SOON).ok());
    let mut one = job.run();
    eventually("one instance runs all shards", SOON, || one.shards().len() == 4);
    let mut two = job.run();
    let gates = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(gates.path(), GATE).unwrap();
    let gates = gates.path().to_str().unwrap();
    let words = ["report", "--watch", "5s", "--listen", "127.0.0.1:0", "--gates", gates];
    let mut report = job.start(&words);
    let prometheus = Prometheus::start(&tools, &[address(&one), address(&two), address(&report)]);
    eventually("Prometheus answers", SOON, || prometheus.ready());

    let feed = job.feed(20_000, 10_000, &["--rate", "150", "--seed", "3"]);
    let sharing = r#"count(bystander_shards{state="running"} == 2) == 2"#;
    eventually("two instances share the shards", SOON, || {
        prometheus.query(sharing).is_ok_and(|found| !found.is_empty())
    });
    let deadline = Instant::now() + SOON;
    while !empty(&prometheus).is_empty() && Instant::now() < deadline {
        one.must_run();
        two.must_run();
        report.must_run();
        std::thread::sleep(Duration::from_secs(1));
    }
    assert_eq!(empty(&prometheus), Vec::<String>::new(), "{}", prometheus.log());
    for rule in prometheus.rules() {
        assert_eq!(rule["health"], "ok", "{rule}");
    }
    shows_its_work(&two);
    assert_eq!(prometheus.rules().len(), recorded().len() + rules("alerts.yml").len());
    for alert in
        ["BystanderAbsent", "BystanderInstanceDown", "BystanderIsolationBroken", "BystanderDeadLetterFlood"]
    {
        assert!(prometheus.firing(alert).is_empty(), "{alert} fires while all is well");
    }
    drop(feed);

    let flood =
        ["simulate", "--execute", "--orders", "40000", "--quotes", "0", "--malformed", "1", "--seed", "4"];
    job.command(&flood).ok();
    eventually("a flood of dead letters is told", SOON, || {
        prometheus
            .firing("BystanderDeadLetterFlood")
            .iter()
            .any(|labels| labels["stream"] == "orders" && labels["severity"] == "page")
    });

    two.kill();
    eventually("an instance that was killed is told", SOON, || {
        !prometheus.firing("BystanderInstanceDown").is_empty()
    });
    assert!(prometheus.firing("BystanderAbsent").is_empty(), "the other instance is there");
    eventually("the other one takes over", SOON, || {
        let running = prometheus.query(r#"sum(bystander_shards{state="running"}) == 4"#);
        running.is_ok_and(|found| !found.is_empty())
    });
    one.kill();
    eventually("the service that was killed is told, though the report still answers", SOON, || {
        prometheus.firing("BystanderAbsent").iter().any(|labels| labels["job"] == "bystander")
    });
    report.must_run();
    job.terminate([report]);
}
