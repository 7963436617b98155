//! What dashboard-linter asks of a dashboard, asked here: the tool itself can't be had everywhere.

use crate::shipped::{Dashboard, dashboards, series};
use serde_json::Value;

/// Units that our panels use, all of Grafana's own list.
const UNITS: &[&str] = &["short", "percentunit", "s", "bytes", "cps", "string"];

/// Everything that a dashboard does otherwise than it should.
fn faults(dashboard: &Dashboard) -> Vec<String> {
    let mut faults = Vec::new();
    let mut fault = |held: bool, words: String| {
        if !held {
            faults.push(format!("{}: {words}", dashboard.name));
        }
    };
    fault(dashboard.json["editable"] == false, "is editable".to_owned());
    variables(dashboard, &mut fault);
    for panel in dashboard.panels() {
        let name = panel["title"].as_str().unwrap_or_default();
        fault(!name.is_empty(), format!("panel {} has no title", panel["id"]));
        let described = panel["description"].as_str().is_some_and(|text| text.len() > 10);
        fault(described, format!("{name} has no description"));
        let unit = panel["fieldConfig"]["defaults"]["unit"].as_str().unwrap_or_default();
        fault(UNITS.contains(&unit), format!("{name} has the unit {unit:?}"));
        fault(panel["datasource"]["uid"] == "${datasource}", format!("{name} has a data source of its own"));
        fault(
            panel["targets"].as_array().is_some_and(|targets| !targets.is_empty()),
            format!("{name} asks for nothing"),
        );
    }
    for target in dashboard.targets() {
        let (name, expression) = (&target.panel["title"], target.expression);
        for (metric, matchers) in series(expression) {
            for label in ["job", "instance"] {
                let selected = matchers.contains(&format!("{label}=~\"${label}\""));
                fault(selected, format!("{name} doesn't select {metric} by {label}"));
            }
        }
        rates(expression).into_iter().for_each(|words| fault(false, format!("{name}: {words}")));
    }
    faults
}

fn variables(dashboard: &Dashboard, fault: &mut impl FnMut(bool, String)) {
    let source = dashboard.variables().iter().find(|variable| variable["type"] == "datasource");
    let named = |source: &Value| {
        source["name"] == "datasource" && source["label"] == "Data source" && source["query"] == "prometheus"
    };
    fault(source.is_some_and(named), "has no variable for the data source".to_owned());
    for (name, label) in [("job", "Job"), ("instance", "Instance")] {
        let found = dashboard.variables().iter().find(|variable| variable["name"] == name);
        let sound = |variable: &Value| {
            variable["label"] == label && variable["multi"] == true && variable["allValue"] == ".+"
        };
        fault(found.is_some_and(sound), format!("has no variable {name} as it should be"));
    }
    for variable in dashboard.variables().iter().filter(|variable| variable["type"] == "query") {
        let name = &variable["name"];
        fault(
            variable["refresh"] == 2,
            format!("variable {name} isn't read again when the time range changes"),
        );
        fault(
            variable["datasource"]["uid"] == "${datasource}",
            format!("variable {name} has a data source of its own"),
        );
        let query = variable["query"]["query"].as_str().unwrap_or_default();
        fault(
            query.starts_with("label_values(") && query.ends_with(')'),
            format!("variable {name} asks {query}"),
        );
    }
}

/// Counters outside of a rate, and rates over anything but Grafana's own interval.
fn rates(expression: &str) -> Vec<String> {
    let mut faults = Vec::new();
    for call in ["rate(", "irate("] {
        for (at, _) in expression.match_indices(call) {
            let standing = expression[..at]
                .chars()
                .next_back()
                .is_none_or(|before| !before.is_alphanumeric() && before != '_');
            let window = expression[at..].split_once('[').map_or("", |(_, rest)| rest);
            if standing && !window.starts_with("$__rate_interval]") {
                faults.push(format!("{call}…) has a window of its own in {expression}"));
            }
        }
    }
    for (metric, matchers) in series(expression) {
        let counter = metric.ends_with("_total") || metric.ends_with("_bucket");
        let selector = format!("{metric}{{{matchers}}}");
        let whole = expression.replace("rate(", "(").replace("increase(", "(");
        if counter
            && !(expression.contains(&format!("rate({selector}["))
                || expression.contains(&format!("increase({selector}[")))
        {
            faults.push(format!("{metric} is asked for without a rate in {whole}"));
        }
    }
    faults
}

#[test]
fn dashboards_are_as_the_linter_wants_them() {
    let faults: Vec<String> = dashboards().iter().flat_map(faults).collect();
    assert_eq!(faults, Vec::<String>::new());
}

#[test]
fn ids_are_unique_and_the_dashboards_lead_to_each_other() {
    let dashboards = dashboards();
    let mut uids: Vec<_> =
        dashboards.iter().map(|dashboard| dashboard.json["uid"].as_str().unwrap()).collect();
    uids.sort_unstable();
    uids.dedup();
    assert_eq!(uids.len(), 5);
    for dashboard in &dashboards {
        let link = &dashboard.json["links"][0];
        assert_eq!(
            (link["type"].as_str(), link["tags"][0].as_str()),
            (Some("dashboards"), Some("bystander"))
        );
        assert!(dashboard.json["tags"].as_array().unwrap().contains(&Value::from("bystander")));
        let mut ids: Vec<_> =
            dashboard.json["panels"].as_array().unwrap().iter().map(|panel| panel["id"].as_u64()).collect();
        ids.sort_unstable();
        let count = ids.len();
        ids.dedup();
        assert_eq!(ids.len(), count, "{}", dashboard.name);
    }
}

#[test]
fn no_panel_covers_another_or_leaves_the_width() {
    for dashboard in dashboards() {
        let panels = dashboard.json["panels"].as_array().unwrap();
        let at = |panel: &Value| ["x", "y", "w", "h"].map(|key| panel["gridPos"][key].as_u64().unwrap());
        for (index, one) in panels.iter().enumerate() {
            let [x, y, w, h] = at(one);
            assert!(x + w <= 24, "{}: {}", dashboard.name, one["title"]);
            for other in &panels[index + 1..] {
                let [left, top, width, height] = at(other);
                let apart = x + w <= left || left + width <= x || y + h <= top || top + height <= y;
                assert!(apart, "{}: {} and {}", dashboard.name, one["title"], other["title"]);
            }
        }
    }
}

/// The rules are rules: each of these faults is found.
#[test]
fn a_dashboard_that_breaks_a_rule_is_found() {
    type Breakage = (&'static str, fn(&mut Value), &'static str);
    let breakages: &[Breakage] = &[
        ("/panels/1/title", |value| *value = "".into(), "has no title"),
        ("/panels/1/description", |value| *value = "".into(), "has no description"),
        ("/panels/1/fieldConfig/defaults/unit", |value| *value = "apples".into(), "has the unit"),
        ("/panels/1/datasource/uid", |value| *value = "abc".into(), "data source of its own"),
        ("/panels/1/targets", |value| *value = Value::Array(Vec::new()), "asks for nothing"),
        ("/panels/3/targets/0/expr", |value| *value = "sum(bystander_records_total)".into(), "by instance"),
        (
            "/panels/3/targets/0/expr",
            |value| *value = "bystander_records_total{job=~\"$job\"}".into(),
            "without a rate",
        ),
        (
            "/panels/3/targets/0/expr",
            |value| *value = "rate(bystander_records_total[5m])".into(),
            "window of its own",
        ),
        ("/editable", |value| *value = true.into(), "is editable"),
        ("/templating/list/0/label", |value| *value = "".into(), "no variable for the data source"),
        ("/templating/list/1/allValue", |value| *value = ".*".into(), "no variable job"),
        ("/templating/list/2/refresh", |value| *value = 1.into(), "isn't read again"),
    ];
    for (place, breakage, words) in breakages {
        let mut broken = dashboards().remove(2);
        breakage(broken.json.pointer_mut(place).unwrap_or_else(|| panic!("{place} is not there")));
        let found = faults(&broken).join("\n");
        assert!(found.contains(words), "{place}: {found}");
    }
}
