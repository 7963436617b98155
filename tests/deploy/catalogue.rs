//! What dashboards and rules ask for is what the code exports, and the other way round.

use crate::shipped::{dashboards, metric_of, read, recorded, rule_expressions, series};
use std::collections::{BTreeMap, BTreeSet};

/// Metric → reason, by table of expected-empty.toml.
pub(crate) type Listed = BTreeMap<String, BTreeMap<String, String>>;

pub(crate) fn listed() -> Listed {
    toml::from_str(&read("deploy/grafana/expected-empty.toml")).unwrap()
}

/// The first column of the first table of METRICS.md.
fn exported() -> BTreeSet<String> {
    let page = read("crates/metrics/METRICS.md");
    let table = page.split("## Buckets").next().unwrap();
    let rows = table.lines().filter_map(|line| line.strip_prefix("| `")?.split_once('`'));
    let exported: BTreeSet<String> = rows.map(|(name, _)| name.to_owned()).collect();
    assert!(exported.len() > 20, "METRICS.md is read in whole");
    exported
}

/// Metric → where it is asked for.
fn asked() -> BTreeMap<String, String> {
    let panels = dashboards().into_iter().flat_map(|dashboard| {
        let places: Vec<_> = dashboard
            .targets()
            .iter()
            .map(|target| {
                (format!("{}: {}", dashboard.name, target.panel["title"]), target.expression.to_owned())
            })
            .collect();
        places
    });
    let variables = dashboards().into_iter().flat_map(|dashboard| {
        let places: Vec<_> = dashboard
            .variables()
            .iter()
            .filter_map(|variable| {
                Some((dashboard.name.clone(), variable["definition"].as_str()?.to_owned()))
            })
            .collect();
        places
    });
    let recorded = recorded();
    let mut asked = BTreeMap::new();
    for (place, expression) in panels.chain(variables).chain(rule_expressions()) {
        for (name, _) in series(&expression) {
            if !recorded.contains(&name) {
                asked.entry(metric_of(&name).to_owned()).or_insert_with(|| place.clone());
            }
        }
    }
    asked
}

/// Everything that doesn't fit together.
fn faults(exported: &BTreeSet<String>, asked: &BTreeMap<String, String>, listed: &Listed) -> Vec<String> {
    let list = |table: &str| listed.get(table).cloned().unwrap_or_default();
    let (not_exported, not_shown, foreign) = (list("not_exported"), list("not_shown"), list("foreign"));
    let mut faults = Vec::new();
    for (metric, place) in asked {
        if !exported.contains(metric) && !not_exported.contains_key(metric) && !foreign.contains_key(metric) {
            faults.push(format!("{place} asks for {metric}, which is neither exported nor listed"));
        }
    }
    for metric in exported {
        if !asked.contains_key(metric) && !not_shown.contains_key(metric) {
            faults.push(format!("{metric} is exported, and no dashboard, rule or list has it"));
        }
        if not_exported.contains_key(metric) {
            faults.push(format!("{metric} is exported by now: take it out of [not_exported]"));
        }
    }
    for metric in not_exported.keys().chain(foreign.keys()) {
        if !asked.contains_key(metric) {
            faults.push(format!("{metric} is listed and nothing asks for it"));
        }
    }
    for metric in not_shown.keys() {
        if asked.contains_key(metric) || !exported.contains(metric) {
            faults.push(format!("{metric} is listed as not shown, and is shown or not exported"));
        }
    }
    for (metric, reason) in listed.values().flatten() {
        if reason.len() < 10 {
            faults.push(format!("{metric} is listed without a reason"));
        }
    }
    faults
}

#[test]
fn dashboards_and_rules_ask_for_what_is_exported_and_show_all_of_it() {
    assert_eq!(faults(&exported(), &asked(), &listed()), Vec::<String>::new());
}

#[test]
fn a_metric_that_is_renamed_in_the_code_is_found() {
    let mut exported = exported();
    exported.remove("bystander_lag_records");
    exported.insert("bystander_lag".to_owned());
    let faults = faults(&exported, &asked(), &listed()).join("\n");
    assert!(faults.contains("asks for bystander_lag_records, which is neither"), "{faults}");
    assert!(faults.contains("bystander_lag is exported, and no dashboard"), "{faults}");
}

#[test]
fn a_list_that_is_out_of_date_is_found() {
    let mut listed = listed();
    listed
        .get_mut("not_exported")
        .unwrap()
        .insert("bystander_drift_psi".to_owned(), "it is to come".to_owned());
    listed.get_mut("not_shown").unwrap().insert("bystander_score".to_owned(), "short".to_owned());
    let faults = faults(&exported(), &asked(), &listed).join("\n");
    for words in [
        "bystander_drift_psi is exported by now",
        "bystander_score is listed as not shown",
        "without a reason",
    ] {
        assert!(faults.contains(words), "{words}: {faults}");
    }
}

#[test]
fn every_recorded_series_is_asked_for_by_an_alert() {
    let expressions = rule_expressions();
    for name in recorded() {
        let asks = |expression: &str| series(expression).iter().any(|(found, _)| *found == name);
        assert!(expressions.iter().any(|(_, expression)| asks(expression)), "{name}");
    }
}
