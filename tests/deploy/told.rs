//! What an instance tells of an outage, held against the outage's row in the runbook's table.

use crate::alerts::Row;
use crate::support::{Running, at, metric, page};
use serde_json::Value;
use std::time::{Duration, Instant};

/// Waits until something is so, and asks less often than other tests: instances and Prometheus share the machine.
pub(crate) fn eventually(what: &str, limit: Duration, mut condition: impl FnMut() -> bool) {
    let deadline = Instant::now() + limit;
    while !condition() {
        assert!(Instant::now() < deadline, "{what}: not within {limit:?}");
        std::thread::sleep(Duration::from_millis(500));
    }
}

pub(crate) fn headline(instance: &Running) -> String {
    let page = at(instance, "/").unwrap_or_default();
    let (_, rest) = page.split_once("<h1>").unwrap_or_default();
    rest.split("</h1>").next().unwrap_or_default().to_owned()
}

pub(crate) fn status(instance: &Running) -> Value {
    let answer = at(instance, "/status").unwrap_or_default();
    answer.split_once("\r\n\r\n").map_or(Value::Null, |(_, body)| serde_json::from_str(body).unwrap())
}

/// All series of a metric, as their labels and values.
pub(crate) fn values(instance: &Running, metric: &str) -> Vec<(String, f64)> {
    let page = page(instance).unwrap_or_default();
    let series =
        page.lines().filter_map(|line| line.strip_prefix(metric)?.strip_prefix('{')?.split_once("} "));
    series.map(|(labels, value)| (labels.to_owned(), value.trim().parse().unwrap())).collect()
}

/// Whether `/readyz` and `bystander_ready` say that it is ready, or for which reasons it isn't.
pub(crate) fn readiness(instance: &Running, unready: &[String]) -> bool {
    let answer = at(instance, "/readyz").unwrap_or_default();
    let code = if unready.is_empty() { "HTTP/1.1 200" } else { "HTTP/1.1 503" };
    answer.starts_with(code)
        && unready.iter().all(|reason| answer.contains(reason))
        && metric(instance, "bystander_ready") == Some(if unready.is_empty() { 1.0 } else { 0.0 })
}

/// Whether page and readiness are those of the row.
pub(crate) fn tells(instance: &Running, row: &Row) -> bool {
    headline(instance).contains(&row.headline) && readiness(instance, &row.unready)
}

/// Whether the page is as without an outage, and the instance ready.
pub(crate) fn well(instance: &Running) -> bool {
    headline(instance).contains("All is well") && readiness(instance, &[])
}
