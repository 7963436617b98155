//! The runbook's table of outages, each for half a minute, five minutes and an hour, against the shipped rules in Prometheus'
//! own rule engine: the alerts of its row fire at the stated time, none fires before, and no other one repeats them.

use crate::alerts::{Row, outages};
use crate::promtool::promtool;
use crate::shipped::{read, root};
use crate::simulated::{Course, Outage, series};
use crate::support::tools::prometheus;
use bystander_testkit::tools_or_skip;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// Scraped and evaluated as the shipped configuration does.
const STEP: i64 = 15;
/// A scrape and an evaluation, each way.
const SLACK: i64 = 2 * STEP;

/// One outage of the table, in a job of its own.
struct Case {
    row: Row,
    course: Course,
}

impl Case {
    fn job(&self) -> String {
        format!("{} for {} s", self.row.outage, self.course.lasts)
    }

    /// Alerts of the row that fire when the outage lasts so long, with the second at which they do.
    fn expected(&self) -> Vec<(String, i64)> {
        let times = self.row.alerts.iter().map(|(alert, seconds)| (alert.clone(), *seconds as i64));
        times.filter(|(_, seconds)| *seconds < self.course.lasts).collect()
    }

    fn by(&self, second: i64) -> BTreeSet<String> {
        let due = self.expected().into_iter().filter(|(_, fires)| *fires <= second);
        due.map(|(alert, _)| alert).collect()
    }

    fn firing(&self) -> String {
        format!(r#"ALERTS{{alertstate="firing", job="{}"}}"#, self.job())
    }

    /// That these alerts and no others fire so many seconds after the beginning.
    fn check(&self, second: i64, alerts: &BTreeSet<String>) -> Value {
        check(&self.firing(), self.course.before + second, alerts)
    }

    /// Before, at and after the time of each alert, and once the outage is over.
    fn times(&self) -> Vec<Value> {
        let mut checks = vec![self.check(0, &BTreeSet::new())];
        for (_, fires) in self.expected() {
            let around = [fires - SLACK, fires + SLACK];
            checks.extend(around.map(|second| self.check(second, &self.by(second))));
        }
        checks.push(self.check(self.course.lasts + 2 * SLACK, &BTreeSet::new()));
        checks
    }

    /// That nothing else has fired at any time.
    fn ever(&self, further: &[&str]) -> Value {
        let mut alerts = self.by(self.course.lasts);
        alerts.extend(further.iter().map(|&alert| alert.to_owned()));
        let end = self.course.end();
        check(&format!("max_over_time({}[{end}s])", self.firing()), end, &alerts)
    }
}

fn check(series: &str, at: i64, alerts: &BTreeSet<String>) -> Value {
    let sample = |alert: &String| json!({ "labels": format!("{{alertname=\"{alert}\"}}"), "value": 1 });
    let samples: Vec<Value> = alerts.iter().map(sample).collect();
    json!({ "expr": format!("group by (alertname) ({series})"), "eval_time": format!("{at}s"), "exp_samples": samples })
}

fn cases(course: Course) -> Vec<Case> {
    outages().into_iter().map(|row| Case { row, course }).collect()
}

/// As the tests under `deploy/prometheus` have it: promtool's own order is not fixed.
fn groups() -> Vec<String> {
    let text = read("deploy/prometheus/tests/outages.yml");
    let order = text.split("group_eval_order:\n").nth(1).unwrap();
    order.lines().map_while(|line| line.strip_prefix("  - ")).map(str::to_owned).collect()
}

/// All cases beside each other, so that an outage of one job is seen to say nothing of another.
fn run(tools: &Path, step: i64, cases: &[Case], checks: &[Value]) {
    let simulated = |case: &Case| series(&case.job(), Outage::of(&case.row.outage), case.course);
    let shipped = |file: &str| root().join("deploy/prometheus").join(file).display().to_string();
    let document = json!({
        "rule_files": [shipped("rules.yml"), shipped("alerts.yml")],
        "evaluation_interval": format!("{step}s"),
        "group_eval_order": groups(),
        "tests": [{
            "interval": format!("{step}s"),
            "input_series": cases.iter().flat_map(simulated).collect::<Vec<_>>(),
            "promql_expr_test": checks,
        }],
    });
    // JSON is YAML.
    let file = tempfile::Builder::new().suffix(".yml").tempfile().unwrap();
    fs::write(file.path(), document.to_string()).unwrap();
    promtool(tools, &["test", "rules", &file.path().display().to_string()])
        .unwrap_or_else(|said| panic!("{said}"));
}

#[test]
fn each_outage_fires_the_alerts_of_its_row_in_time_and_no_other_one_however_long_it_lasts() {
    let name = "each_outage_fires_the_alerts_of_its_row_in_time_and_no_other_one_however_long_it_lasts";
    let tools = tools_or_skip!(name, prometheus);
    let (before, after) = (2400, 2400);
    let lasting = |lasts| cases(Course { step: STEP, before, lasts, after });
    let cases: Vec<Case> = [30, 300, 3600].into_iter().flat_map(lasting).collect();
    let ever = cases.iter().map(|case| case.ever(&[]));
    let checks: Vec<Value> = cases.iter().flat_map(Case::times).chain(ever).collect();
    run(&tools, STEP, &cases, &checks);
}

/// Alerts with long windows see an outage for hours.
#[test]
fn an_outage_of_an_hour_pages_nobody_again_once_it_is_over() {
    let tools = tools_or_skip!("an_outage_of_an_hour_pages_nobody_again_once_it_is_over", prometheus);
    let hours = |number: i64| number * 3600;
    let cases = cases(Course { step: 120, before: hours(26), lasts: hours(1), after: hours(7) });
    let checks: Vec<Value> = cases
        .iter()
        .map(|case| {
            let late = !matches!(Outage::of(&case.row.outage), Outage::Config | Outage::Transaction);
            // A ticket: an hour of late events uses up more than its part of the month's budget.
            let job = case.job();
            let later = case.course.after - 300;
            let pages = format!(
                r#"max_over_time(ALERTS{{alertstate="firing", severity="page", job="{job}"}}[{later}s])"#
            );
            let burn = check(&pages, case.course.end(), &BTreeSet::new());
            [case.ever(if late { &["BystanderTimelyBudgetBurn"] } else { &[] }), burn]
        })
        .collect::<Vec<_>>()
        .concat();
    run(&tools, 120, &cases, &checks);
}
