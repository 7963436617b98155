//! The top of the page: how it is, what to look at, and the facts one is asked for on the telephone.

use crate::clusters::ClusterStatus;
use crate::status::{Finding, Level, Status, next_step};
use crate::text::{count, duration, rate, utc};
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

/// The worst by its name, where it has one, and how much else there is.
fn verdict(status: &Status, findings: &[Finding]) -> String {
    let worst =
        findings.first().filter(|finding| finding.level < Level::Passing && !finding.headline.is_empty());
    let Some(worst) = worst else { return counted(status, findings) };
    let serious = findings.iter().filter(|finding| finding.level < Level::Passing);
    match serious.filter(|finding| finding.headline != worst.headline).count() {
        0 => worst.headline.clone(),
        others => format!("{}, and {others} more", worst.headline),
    }
}

fn counted(status: &Status, findings: &[Finding]) -> String {
    let of = |level| findings.iter().filter(|finding| finding.level == level).count();
    let counted = |number, what: &str| format!("{number} {what}{}", if number == 1 { "" } else { "s" });
    match (of(Level::Alarm), of(Level::Warning), findings.is_empty()) {
        (0, 0, true) => format!("All is well: {}", running(status)),
        (0, 0, false) if status.shards.is_empty() && status.not_ready.is_none() => standing_by(status),
        (0, 0, false) => "No alarm: this passes by itself".to_owned(),
        (0, warnings, _) => counted(warnings, "warning"),
        (alarms, 0, _) => counted(alarms, "alarm"),
        (alarms, warnings, _) => format!("{}, {}", counted(alarms, "alarm"), counted(warnings, "warning")),
    }
}

/// Where the job's shards run, as far as this instance knows.
fn running(status: &Status) -> String {
    let here = status.shards.len();
    let shards = if here == 1 { "1 shard runs".to_owned() } else { format!("{here} shards run") };
    let Some(all) = status.shards_expected.and_then(|all| usize::try_from(all).ok()) else {
        return format!("{shards} here");
    };
    match (all.saturating_sub(here), &status.group) {
        (0, _) if all == 1 => "the only shard runs here".to_owned(),
        (0, _) => format!("all {all} shards run here"),
        (others, Some(group)) => {
            let elsewhere = group.instances.saturating_sub(1);
            let instances = if elsewhere == 1 { "another instance" } else { "other instances" };
            format!("{here} of {all} shards run here, {others} on {instances}")
        }
        (_, None) => format!("{here} of {all} shards run here; about the others nothing is known"),
    }
}

fn standing_by(status: &Status) -> String {
    match (status.shards_expected, &status.group) {
        (Some(all), Some(group)) if group.settled && group.unowned.is_empty() => {
            format!("Standing by: other instances run all {all} shards")
        }
        _ => "Standing by".to_owned(),
    }
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
            @if let Some(alert) = finding.runbook {
                p { strong { "What to do: " } (with_code(next_step(alert))) }
                p.soft { "More under " code.runbook { (alert) } " in the runbook" }
            }
        }
    }
}

/// Text in which commands stand between backticks.
fn with_code(text: &str) -> Markup {
    html! {
        @for (number, part) in text.split('`').enumerate() {
            @if number % 2 == 1 { code { (part) } } @else { (part) }
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
            @for cluster in &status.clusters { (fact(&cluster_name(cluster), cluster.silent, answers(cluster))) }
            (fact("Shards here", false, shards_here(status)))
            (fact("Behind", false, behind(status)))
            (fact("Reading", false, rate(read, status.window_seconds)))
            (fact("Config", status.config.agrees() == Some(false), status.config.hash.clone()))
            (fact("Version", false, status.version.clone()))
        }
    }
}

fn cluster_name(cluster: &ClusterStatus) -> String {
    let mut name = cluster.cluster.name().to_owned();
    name[..1].make_ascii_uppercase();
    format!("{name} cluster")
}

fn answers(cluster: &ClusterStatus) -> String {
    if cluster.silent { format!("silent for {}", duration(cluster.seconds)) } else { "answers".to_owned() }
}

fn shards_here(status: &Status) -> String {
    let here = count(status.shards.len() as u64);
    status.shards_expected.map_or_else(|| here.clone(), |all| format!("{here} of {all}"))
}

/// What waits in the partitions that are read here; never a number where none is known.
fn behind(status: &Status) -> String {
    match (status.inputs.len(), status.unknown()) {
        (0, _) => "nothing is read here".to_owned(),
        (_, 0) => count(status.lag()),
        (all, unknown) if all == unknown => "not known".to_owned(),
        _ => format!("{} or more", count(status.lag())),
    }
}
