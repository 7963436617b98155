//! The top of the page: how it is, what to look at, and the facts one is asked for on the telephone.

use crate::status::{Finding, Level, Status};
use crate::text::{count, rate, utc};
use maud::{Markup, html};

pub(super) fn section(status: &Status, findings: &[Finding]) -> Markup {
    let worst = findings.first().map(|finding| finding.level);
    html! {
        header id="now" class=(class(worst)) {
            p.soft { "Bystander · job " (status.job) " · as of " span.whole { (utc(status.now.0)) } }
            h1 { (mark(worst)) " " (verdict(status, findings)) }
            @if !findings.is_empty() {
                ol.findings { @for finding in findings { (item(finding)) } }
            }
            (facts(status))
        }
    }
}

/// What the tab says.
pub(super) fn title(status: &Status, findings: &[Finding]) -> String {
    let worst = findings.first().map(|finding| finding.level);
    format!("{} {} · Bystander", mark(worst), status.job)
}

fn class(worst: Option<Level>) -> &'static str {
    match worst {
        Some(Level::Alarm) => "alarm",
        Some(Level::Warning) => "warning",
        Some(Level::Passing) => "passing",
        None => "well",
    }
}

fn mark(worst: Option<Level>) -> &'static str {
    match worst {
        Some(Level::Alarm) => "✖",
        Some(Level::Warning) => "▲",
        Some(Level::Passing) => "◌",
        None => "✔",
    }
}

fn verdict(status: &Status, findings: &[Finding]) -> String {
    let of = |level| findings.iter().filter(|finding| finding.level == level).count();
    let counted = |number, what: &str| format!("{number} {what}{}", if number == 1 { "" } else { "s" });
    match (of(Level::Alarm), of(Level::Warning), findings.is_empty()) {
        (0, 0, true) => format!("All is well: {}", running(status.shards.len())),
        (0, 0, false) if status.shards.is_empty() && status.not_ready.is_none() => "Standing by".to_owned(),
        (0, 0, false) => "No alarm: this passes by itself".to_owned(),
        (0, warnings, _) => counted(warnings, "warning"),
        (alarms, 0, _) => counted(alarms, "alarm"),
        (alarms, warnings, _) => format!("{}, {}", counted(alarms, "alarm"), counted(warnings, "warning")),
    }
}

fn running(shards: usize) -> String {
    if shards == 1 { "1 shard runs".to_owned() } else { format!("{shards} shards run") }
}

fn item(finding: &Finding) -> Markup {
    let word = match finding.level {
        Level::Alarm => "Alarm",
        Level::Warning => "Warning",
        Level::Passing => "Note",
    };
    html! {
        li class=(class(Some(finding.level))) {
            span.level { (word) } strong { (finding.what) }
            @if !finding.detail.is_empty() { p { (finding.detail) } }
            @if let Some(alert) = finding.runbook { p.soft { "What to do: " code.runbook { (alert) } " in the runbook" } }
        }
    }
}

fn facts(status: &Status) -> Markup {
    let read = status.streams.iter().map(|stream| stream.recent.read()).fold(0, u64::saturating_add);
    let fact = |name: &str, bad: bool, value: String| html! { div { dt { (name) } dd.bad[bad] { (value) } } };
    let ready = if status.not_ready.is_none() { "ready" } else { "not ready" };
    let isolation = status.offending_request.as_ref();
    html! {
        dl.facts {
            (fact("Readiness", false, ready.to_owned()))
            (fact("Isolation", isolation.is_some(), isolation.map_or("holds".to_owned(), |request| format!("broken by {request}"))))
            (fact("Shards here", false, count(status.shards.len() as u64)))
            (fact("Behind", false, count(status.lag())))
            (fact("Reading", false, rate(read, status.window_seconds)))
            (fact("Version", false, status.version.clone()))
        }
    }
}
