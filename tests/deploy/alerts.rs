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
        for test in text.split("  - name: ").skip(1) {
            let (_, rest) = test.split_once("alertname: ").unwrap();
            let name = rest.lines().next().unwrap().to_owned();
            let expected = if rest.contains("exp_alerts: []") { &mut silent } else { &mut fires };
            expected.insert(name);
        }
    }
    assert_eq!(fires, names());
    assert_eq!(silent, names());
}
