//! The top of the page: how it is, what to look at, and the facts one is asked for on the telephone.

use crate::clusters::{Cluster, ClusterStatus};
use crate::status::{Finding, Level, Status, Step};
use crate::text::{count, duration, rate, utc};
use maud::{Markup, html};

pub(super) fn section(status: &Status, findings: &[Finding]) -> Markup {
    let worst = findings.first().map(|finding| finding.level);
    html! {
        header id="now" class=(class(worst)) {
            p.soft { "Bystander · job " (status.job) " · as of " span.whole { (utc(status.now.0)) } }
            h1 { (mark(worst)) " " (verdict(status, findings)) }
            (list(findings))
            (facts(status))
        }
    }
}

/// The headline is that of the worst finding, where that is serious, so its box goes on with what to do.
fn list(findings: &[Finding]) -> Markup {
    let (first, others) = findings.split_at(usize::from(findings.first().is_some_and(is_serious)));
    let serious = others.iter().filter(|finding| is_serious(finding)).count();
    html! {
        @if !first.is_empty() {
            ol.findings { @for finding in first { (item(finding, false)) } }
        }
        @if serious > 0 && !first.is_empty() { p.others { "And " (serious) " more:" } }
        @if !others.is_empty() {
            ol.findings { @for finding in others { (item(finding, true)) } }
        }
    }
}

fn is_serious(finding: &Finding) -> bool {
    finding.level < Level::Passing
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

/// The cause of the worst finding, or how it is where nothing is serious.
fn verdict(status: &Status, findings: &[Finding]) -> String {
    match findings.first() {
        None => format!("All is well: {}", running(status)),
        Some(worst) if is_serious(worst) => worst.cause.clone(),
        Some(_) if status.shards.is_empty() && status.not_ready.is_none() => standing_by(status),
        Some(_) => "No alarm: this passes by itself".to_owned(),
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

fn item(finding: &Finding, with_cause: bool) -> Markup {
    let word = match finding.level {
        Level::Alarm => "Alarm",
        Level::Warning => "Warning",
        Level::Passing => "Note",
    };
    html! {
        li class=(class(Some(finding.level))) {
            @if with_cause { p.cause { span.level { (word) } strong { (finding.cause) } } }
            (step("What to do: ", &finding.step))
            p.impact { strong { "Checkout: " } (finding.impact) }
            @for next in &finding.then { (step("Then: ", next)) }
            @if !finding.detail.is_empty() { p.detail { (finding.detail) } }
            @if let Some(alert) = finding.runbook {
                p.soft { "Runbook: deploy/RUNBOOK.md, entry " code.runbook { (alert) } }
            }
        }
    }
}

/// A sentence and the command under it.
fn step(word: &str, step: &Step) -> Markup {
    html! {
        p.step { strong { (word) } (step.text) }
        @if let Some(text) = &step.command { (command(text)) }
    }
}

/// Each word is a box of its own, so that a narrow page breaks lines between words and not within an option.
fn command(text: &str) -> Markup {
    html! { code.command { @for word in text.split(' ') { span { (word) } " " } } }
}

fn facts(status: &Status) -> Markup {
    let read = status.streams.iter().map(|stream| stream.recent.read()).fold(0, u64::saturating_add);
    let ready = if status.not_ready.is_none() { "ready" } else { "not ready" };
    let isolation = status.offending_request.as_ref();
    html! {
        dl.facts {
            (fact("Readiness", false, ready))
            (fact("Isolation", isolation.is_some(), &isolation.map_or("only reads live".to_owned(), |request| format!("broken by {request}"))))
            @for cluster in &status.clusters { (cluster_fact(status, cluster)) }
            (fact("Shards here", false, &shards_here(status)))
            (fact("Records waiting", false, &waiting(status)))
            (fact("Reading", false, &rate(read, status.window_seconds)))
            (fact("Config", status.config.agrees() == Some(false), &status.config.hash))
            (fact("Version", false, &status.version))
        }
    }
}

fn fact(name: &str, bad: bool, value: &str) -> Markup {
    html! { div { dt { (name) } dd.bad[bad] { (value) } } }
}

fn cluster_fact(status: &Status, cluster: &ClusterStatus) -> Markup {
    let coordinator = cluster.cluster == Cluster::Shadow && status.group.is_none();
    let answers = if cluster.silent {
        format!("no answer for {}", duration(cluster.seconds))
    } else if coordinator {
        "answers, except the group's coordinator".to_owned()
    } else {
        "answers".to_owned()
    };
    fact(&cluster_name(cluster), cluster.silent || coordinator, &answers)
}

fn cluster_name(cluster: &ClusterStatus) -> String {
    let mut name = cluster.cluster.name().to_owned();
    name[..1].make_ascii_uppercase();
    format!("{name} cluster")
}

fn shards_here(status: &Status) -> String {
    let here = count(status.shards.len() as u64);
    status.shards_expected.map_or_else(|| here.clone(), |all| format!("{here} of {all}"))
}

/// What waits in the partitions that are read here; never a number where none is known.
fn waiting(status: &Status) -> String {
    match (status.inputs.len(), status.unknown()) {
        (0, _) => "nothing is read here".to_owned(),
        (_, 0) => count(status.lag()),
        (all, unknown) if all == unknown => "not known".to_owned(),
        _ => format!("{} or more", count(status.lag())),
    }
}
