//! Every alert says what it means, is tested both ways, and stands in the runbook.

use crate::shipped::{Rule, files, read, rules};
use std::collections::BTreeSet;
use std::fs;

fn alerts() -> Vec<Rule> {
    let alerts = rules("alerts.yml");
    assert!(alerts.iter().all(|alert| alert.keys.contains_key("alert")));
    alerts
}

fn names() -> BTreeSet<String> {
    alerts().iter().map(|alert| alert.get("alert").to_owned()).collect()
}

#[test]
fn every_alert_has_a_severity_a_summary_a_description_and_a_page_in_the_runbook() {
    let runbook = read("deploy/RUNBOOK.md");
    let headings: Vec<&str> = runbook.lines().filter_map(|line| line.strip_prefix("### ")).collect();
    for alert in alerts() {
        let name = alert.get("alert");
        assert!(matches!(alert.get("severity"), "page" | "ticket"), "{name}: {:?}", alert.get("severity"));
        assert!(alert.get("summary").len() > 15, "{name} has no summary");
        assert!(alert.get("description").len() > 40, "{name} has no description");
        assert_eq!(alert.get("runbook_url"), format!("deploy/RUNBOOK.md#{}", name.to_lowercase()), "{name}");
        // A heading's anchor is its text in lower case.
        assert!(headings.contains(&name), "{name} has no heading in RUNBOOK.md");
    }
    for heading in headings.iter().filter(|heading| heading.starts_with("Bystander")) {
        assert!(names().contains(*heading), "{heading} in RUNBOOK.md is no alert");
    }
}

#[test]
fn every_page_of_the_runbook_says_what_it_means_what_to_look_at_and_what_to_do() {
    let runbook = read("deploy/RUNBOOK.md");
    for name in names() {
        let page = runbook.split(&format!("### {name}\n")).nth(1).unwrap();
        let page = page.split("\n### ").next().unwrap();
        for part in ["**Means.**", "**Look at.**", "**Do.**"] {
            assert!(page.contains(part), "{name} lacks {part}");
        }
    }
}

#[test]
fn every_alert_is_tested_firing_and_not_firing() {
    let (mut fires, mut silent) = (BTreeSet::new(), BTreeSet::new());
    for file in files("deploy/prometheus/tests", "yml") {
        let text = fs::read_to_string(file).unwrap();
        for check in text.split("        alertname: ").skip(1) {
            let name = check.lines().next().unwrap().to_owned();
            // Up to the next check or test.
            let expected = check.split("      - eval_time:").next().unwrap();
            let kind = if expected.contains("exp_alerts: []") { &mut silent } else { &mut fires };
            kind.insert(name);
        }
    }
    assert_eq!(fires, names());
    assert_eq!(silent, names());
}

/// Seconds of a duration such as `5m`.
fn seconds(duration: &str) -> u64 {
    let (number, unit) = duration.split_at(duration.len() - 1);
    number.parse::<u64>().unwrap() * if unit == "m" { 60 } else { 1 }
}

/// How long after the beginning of an outage an alert fires: the age that its expression waits for, and its `for`.
fn fires_after(alert: &Rule) -> u64 {
    let expression = alert.get("expr").split("unless").next().unwrap();
    let age = expression.rsplit_once("_age_seconds").and_then(|(_, rest)| rest.split_once("> "));
    let digits = |text: &str| text.chars().take_while(char::is_ascii_digit).collect::<String>();
    let age = age.map_or(0, |(_, rest)| digits(rest).parse().unwrap());
    age + seconds(alert.get("for"))
}

/// What the page and `/readyz` say in each row is held by the tests of `crates/metrics`.
#[test]
fn the_table_of_outages_names_series_alerts_and_times_as_they_are() {
    let (runbook, metrics) = (read("deploy/RUNBOOK.md"), read("crates/metrics/METRICS.md"));
    let table = runbook.split("## Outages at a glance").nth(1).unwrap().split("\n## ").next().unwrap();
    let rows: Vec<Vec<&str>> = table
        .lines()
        .filter(|line| line.starts_with("| ") && !line.starts_with("| outage"))
        .map(|line| line.trim_matches('|').split('|').map(str::trim).collect())
        .collect();
    assert_eq!(rows.len(), 8);
    let alerts = alerts();
    let mut told: BTreeSet<&str> = BTreeSet::new();
    for row in rows {
        let [outage, _, _, series, named, times] = row[..] else { panic!("{row:?}") };
        for name in series.split('`').skip(1).step_by(2) {
            let metric = name.split('{').next().unwrap();
            assert!(metrics.contains(&format!("| `{metric}` |")), "{outage}: {metric}");
        }
        let words: BTreeSet<&str> =
            named.split([' ', ',']).filter(|word| word.starts_with("Bystander")).collect();
        let rules: Vec<&Rule> = alerts.iter().filter(|alert| words.contains(alert.get("alert"))).collect();
        assert_eq!(rules.len(), words.len(), "{outage}: {named}");
        let said: BTreeSet<u64> = times.split(", ").map(|time| seconds(&time.replace(" min", "m"))).collect();
        assert_eq!(rules.iter().map(|rule| fires_after(rule)).collect::<BTreeSet<_>>(), said, "{outage}");
        told.extend(words);
    }
    let text = read("deploy/prometheus/alerts.yml");
    let outages = text.split("- name: bystander-outages").nth(1).unwrap().split("  - name: ").next().unwrap();
    for name in outages.lines().filter_map(|line| line.trim().strip_prefix("- alert: ")) {
        assert!(told.contains(name) || name == "BystanderNotCommitting", "{name} is in no row");
    }
}
