//! What promtool says of configuration, rules, alerts' tests and every query.

use crate::shipped::{dashboards, files, root};
use crate::support::tools::prometheus;
use bystander_testkit::tools_or_skip;
use serde_json::Value;
use std::fs;
use std::path::Path;
use std::process::Command;

/// Runs promtool; its whole output where it fails.
pub(crate) fn promtool(folder: &Path, words: &[&str]) -> Result<String, String> {
    let output = Command::new(folder.join("promtool")).args(words).current_dir(root()).output().unwrap();
    let said =
        [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).concat();
    if output.status.success() { Ok(said) } else { Err(said) }
}

/// An expression as Grafana sends it, with everything selected.
pub(crate) fn filled(expression: &str) -> String {
    let mut filled = expression.replace("$__rate_interval", "1m").replace("$__range", "1h");
    for name in ["job", "instance", "stream", "model", "version"] {
        filled = filled.replace(&format!("\"${name}\""), "\".+\"");
    }
    assert!(!filled.contains('$'), "a variable is left in {filled}");
    filled
}

#[test]
fn the_configuration_and_all_rules_are_valid() {
    let tools = tools_or_skip!("the_configuration_and_all_rules_are_valid", prometheus);
    // It checks the rule files that the configuration names, too.
    let said = promtool(&tools, &["check", "config", "deploy/prometheus/prometheus.yml"]).unwrap();
    assert!(said.contains("2 rule files found"), "{said}");
}

#[test]
fn every_alert_fires_on_its_fault_and_not_otherwise() {
    let tools = tools_or_skip!("every_alert_fires_on_its_fault_and_not_otherwise", prometheus);
    for file in files("deploy/prometheus/tests", "yml") {
        promtool(&tools, &["test", "rules", &file.display().to_string()])
            .unwrap_or_else(|said| panic!("{said}"));
    }
}

/// promtool's exit code is worth something: a threshold that is off by a factor is found.
#[test]
fn an_alert_that_is_broken_is_found() {
    let tools = tools_or_skip!("an_alert_that_is_broken_is_found", prometheus);
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("tests")).unwrap();
    for file in ["rules.yml", "tests/quality.yml"] {
        fs::copy(root().join("deploy/prometheus").join(file), folder.path().join(file)).unwrap();
    }
    let alerts = fs::read_to_string(root().join("deploy/prometheus/alerts.yml")).unwrap();
    let broken = alerts.replace("(bystander_isolation_ok) == 0", "(bystander_isolation_ok) == 2");
    assert_ne!(alerts, broken);
    fs::write(folder.path().join("alerts.yml"), broken).unwrap();
    let test = folder.path().join("tests/quality.yml").display().to_string();
    let said = promtool(&tools, &["test", "rules", &test]).unwrap_err();
    assert!(said.contains("BystanderIsolationBroken"), "{said}");
}

/// As rules, because promtool reads queries nowhere else without a server.
#[test]
fn every_query_of_every_dashboard_is_valid() {
    let tools = tools_or_skip!("every_query_of_every_dashboard_is_valid", prometheus);
    let folder = tempfile::tempdir().unwrap();
    for dashboard in dashboards() {
        let annotation = dashboard.json["annotations"]["list"][0]["expr"].as_str().unwrap();
        let panels = dashboard.targets().into_iter().map(|target| target.expression.to_owned());
        let rules: Vec<Value> = panels
            .chain([annotation.to_owned()])
            .enumerate()
            .map(|(number, query)| serde_json::json!({ "record": format!("query:{number}"), "expr": filled(&query) }))
            .collect();
        let count = rules.len();
        let file = folder.path().join(format!("{}.yml", dashboard.name));
        // JSON is YAML.
        let groups = serde_json::json!({ "groups": [{ "name": "queries", "rules": rules }] });
        fs::write(&file, groups.to_string()).unwrap();
        let said = promtool(&tools, &["check", "rules", &file.display().to_string()]).unwrap();
        assert!(said.contains(&format!("{count} rules found")), "{said}");
    }
}
