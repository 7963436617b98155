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
pub(crate) fn seconds(duration: &str) -> u64 {
    let (number, unit) = duration.split_at(duration.len() - 1);
    let each = match unit {
        "s" => 1,
        "m" => 60,
        "h" => 3600,
        other => panic!("{duration}: {other} is not a unit of alerts.yml"),
    };
    number.parse::<u64>().unwrap() * each
}

/// How long after the beginning of an outage an alert fires: the age that its expression waits for, and its `for`.
fn fires_after(alert: &Rule) -> u64 {
    let expression = alert.get("expr").split("unless").next().unwrap();
    let age = expression.rsplit_once("_age_seconds").and_then(|(_, rest)| rest.split_once("> "));
    let digits = |text: &str| text.chars().take_while(char::is_ascii_digit).collect::<String>();
    let age = age.map_or(0, |(_, rest)| digits(rest).parse().unwrap());
    age + seconds(alert.get("for"))
}

/// A row of the runbook's table of outages.
pub(crate) struct Row {
    pub(crate) outage: String,
    /// A part of the page's headline.
    pub(crate) headline: String,
    /// Parts of what `/readyz` says against it; empty where the instance is ready.
    pub(crate) unready: Vec<String>,
    series: String,
    /// Alerts, and the seconds from the beginning of the outage after which they fire.
    pub(crate) alerts: Vec<(String, u64)>,
}

fn row(line: &str) -> Row {
    let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
    let [outage, headline, _, readiness, series, named, times] = cells[..] else { panic!("{cells:?}") };
    let because = readiness.strip_prefix("not ready: ").map(|because| because.split(" and "));
    let unready = because.into_iter().flatten().map(str::to_owned).collect();
    let headline = headline.trim_matches('"').to_owned();
    let named = named.split([' ', ',']).filter(|word| word.starts_with("Bystander"));
    let times: Vec<u64> = times.split(", ").map(|time| seconds(&time.replace(" min", "m"))).collect();
    // Alerts that fire together share a time.
    let time = |number: usize| *times.get(number).unwrap_or(&times[times.len() - 1]);
    let alerts = named.enumerate().map(|(number, alert)| (alert.to_owned(), time(number))).collect();
    Row { outage: outage.to_owned(), headline, unready, series: series.to_owned(), alerts }
}

impl Row {
    /// The row of this outage.
    pub(crate) fn of(outage: &str) -> Self {
        let found = outages().into_iter().find(|row| row.outage == outage);
        found.unwrap_or_else(|| panic!("the runbook's table lacks {outage}"))
    }

    /// Names of its alerts.
    pub(crate) fn names(&self) -> BTreeSet<String> {
        self.alerts.iter().map(|(alert, _)| alert.clone()).collect()
    }
}

/// The runbook's table of outages.
pub(crate) fn outages() -> Vec<Row> {
    let runbook = read("deploy/RUNBOOK.md");
    let table = runbook.split("## Outages at a glance").nth(1).unwrap().split("\n## ").next().unwrap();
    let lines = table.lines().filter(|line| line.starts_with("| ") && !line.starts_with("| outage"));
    let rows: Vec<Row> = lines.map(row).collect();
    assert_eq!(rows.len(), 8);
    rows
}

#[test]
fn the_table_of_outages_names_series_alerts_and_times_as_they_are() {
    let metrics = read("crates/metrics/METRICS.md");
    let alerts = alerts();
    let mut told: BTreeSet<String> = BTreeSet::new();
    for Row { outage, series, alerts: named, .. } in outages() {
        for name in series.split('`').skip(1).step_by(2) {
            let metric = name.split('{').next().unwrap();
            assert!(metrics.contains(&format!("| `{metric}` |")), "{outage}: {metric}");
        }
        for (name, time) in named {
            let rule = alerts.iter().find(|rule| rule.get("alert") == name);
            let rule = rule.unwrap_or_else(|| panic!("{outage}: {name} is not an alert"));
            assert_eq!(fires_after(rule), time, "{outage}: {name}");
            told.insert(name);
        }
    }
    let text = read("deploy/prometheus/alerts.yml");
    let outages = text.split("- name: bystander-outages").nth(1).unwrap().split("  - name: ").next().unwrap();
    for name in outages.lines().filter_map(|line| line.trim().strip_prefix("- alert: ")) {
        assert!(told.contains(name) || name == "BystanderNotCommitting", "{name} is in no row");
    }
}
