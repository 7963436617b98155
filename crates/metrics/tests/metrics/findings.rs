//! Every kind of finding, in words that are read in ten seconds, and in the same order on the page.

use crate::outages;
use crate::page::said;
use crate::sample::{NOW, ill, well};
use bystander_core::time::Rfc3339;
use bystander_metrics::health::ShardState;
use bystander_metrics::status::{
    Finding, GroupStatus, HaltStatus, Level, RefusedModels, Status, UnownedShard,
};
use bystander_metrics::{Cluster, ClusterStatus};
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// Words that are read in ten seconds, with those of "What to do:".
const WORDS: usize = 33;

/// What the client library says of each kind of outage.
const CAUSES: [Option<&str>; 6] = [
    Some("a:9092/1: Connect to ipv4#10.0.0.7:9092 failed: Connection refused"),
    Some("a:9092/bootstrap: Failed to resolve 'a:9092': Name or service not known"),
    Some("a:9092/bootstrap: SASL authentication error: Authentication failed"),
    Some("a:9092/1: Connection setup timed out in state CONNECT"),
    Some("a:9092/1: Disconnected while requesting ApiVersion"),
    None,
];

/// Seconds whose duration has the most words.
const LONG: u64 = 2 * 86_400 - 1;

fn changed(status: Status, change: impl Fn(&mut Status)) -> Status {
    let mut status = status;
    change(&mut status);
    status
}

fn silent(cluster: Cluster, cause: Option<&str>) -> Status {
    changed(well(4), |status| {
        let of = status.clusters.iter_mut().find(|of| of.cluster == cluster).expect("both clusters");
        let cause = cause.map(str::to_owned);
        *of = ClusterStatus { seconds: LONG, silent: true, ever: false, cause, ..of.clone() };
    })
}

fn unassigned(instances: usize, settled: bool) -> Status {
    changed(well(40), |status| {
        let unowned = (0..40).step_by(3).map(|shard| UnownedShard { shard, seconds: LONG }).collect();
        let unsettled_seconds = if settled { 0 } else { LONG };
        status.group = Some(GroupStatus { instances, settled, unsettled_seconds, unowned });
        status.shards.retain(|shard| shard.shard % 3 > 0);
    })
}

fn without_shards(settled: bool) -> Status {
    changed(well(0), |status| {
        status.group = Some(GroupStatus { instances: 2, settled, unsettled_seconds: 0, unowned: Vec::new() });
        status.not_ready = Some("waiting for the first assignment of shards".to_owned());
    })
}

fn halted(partitions: usize) -> Status {
    changed(well(4), |status| {
        for input in status.inputs.iter_mut().take(partitions) {
            let what = "the topic was deleted and created again".to_owned();
            input.halted = Some(HaltStatus { reason: "recreated", what, since: Rfc3339(NOW) });
        }
    })
}

fn records() -> Vec<Status> {
    let idle = |status: &mut Status| {
        status.streams.iter_mut().for_each(|stream| stream.recent = Default::default());
        status.inputs.iter_mut().for_each(|input| input.lag = Some(9_000_000));
    };
    vec![changed(well(4), idle), changed(ill(50), |status| status.streams[0].recent.dead_letters = 60)]
}

fn shards(state: ShardState, overdue: bool) -> Status {
    changed(well(40), |status| {
        for shard in status.shards.iter_mut().filter(|shard| shard.shard % 2 == 0) {
            (shard.state, shard.overdue, shard.seconds) = (state, overdue, LONG);
        }
    })
}

/// A status for each kind of finding, and for each form of its words.
fn every_kind() -> Vec<Status> {
    let mut all: Vec<Status> =
        [31, 310, 3600, LONG].into_iter().flat_map(outages::all).map(|(_, one)| one).collect();
    let clusters = [Cluster::Live, Cluster::Shadow];
    all.extend(clusters.into_iter().flat_map(|cluster| CAUSES.map(|cause| silent(cluster, cause))));
    all.extend(
        [(0, true), (1, true), (2, true), (2, false)]
            .map(|(instances, settled)| unassigned(instances, settled)),
    );
    all.extend([true, false].map(without_shards));
    all.extend([halted(1), halted(8), ill(0), ill(1), ill(50), well(0)]);
    all.push(changed(well(1), |status| status.risks = vec!["topic t has cleanup.policy=delete".to_owned()]));
    all.push(changed(well(2), |status| {
        let reason = "streams[0].models[1]: fraud/3 refused (corrupt): the file ends early; copy it again";
        let since = Rfc3339(NOW - 60_000);
        status.disabled_models = vec!["fraud@challenger".to_owned()];
        status.refused_models =
            Some(RefusedModels { model: "fraud/3".to_owned(), reason: reason.to_owned(), since });
    }));
    all.push(changed(well(4), |status| {
        status.inputs.iter_mut().for_each(|input| input.answer_seconds = LONG);
    }));
    all.push(changed(well(4), |status| {
        status.inputs.iter_mut().for_each(|input| (input.blocked, input.blocked_seconds) = (Some(9), LONG));
    }));
    all.extend(
        ShardState::ALL.into_iter().flat_map(|state| [true, false].map(|overdue| shards(state, overdue))),
    );
    all.extend(records());
    all.extend([outages::differing(2, 1), outages::differing(2, -1)]);
    all
}

fn words(finding: &Finding) -> usize {
    let command = finding.step.command.as_deref().unwrap_or_default();
    let text = format!("{} What to do: {} {command}", finding.cause, finding.step.text);
    text.split_whitespace().count()
}

#[test]
fn cause_and_first_step_of_every_kind_of_finding_are_read_in_ten_seconds() {
    for status in every_kind() {
        for finding in status.findings() {
            assert!(words(&finding) <= WORDS, "{} words: {finding:?}", words(&finding));
            assert!(finding.cause.len() > 10 && !finding.cause.ends_with('.'), "{finding:?}");
            assert!(finding.step.text.ends_with(['.', ':']), "{finding:?}");
            assert_eq!(finding.step.text.ends_with(':'), finding.step.command.is_some(), "{finding:?}");
        }
    }
}

#[test]
fn every_finding_says_in_one_sentence_what_it_means_for_the_checkout() {
    for status in every_kind() {
        for finding in status.findings() {
            let impact = &finding.impact;
            assert!(impact.to_lowercase().contains("checkout") && impact.ends_with('.'), "{finding:?}");
            assert!(!impact.contains(". ") && impact.split(' ').count() <= 18, "{finding:?}");
        }
    }
}

#[test]
fn the_page_has_cause_then_step_then_checkout_then_details_then_the_runbook() {
    for status in every_kind() {
        let (now, findings) = (said(&status, "now"), status.findings());
        let mut rest = now.as_str();
        for finding in &findings {
            let parts = [
                finding.cause.as_str(),
                "What to do:",
                finding.step.text.as_str(),
                finding.step.command.as_deref().unwrap_or_default(),
                "Checkout:",
                finding.impact.as_str(),
                finding.detail.as_str(),
                finding.runbook.unwrap_or_default(),
            ];
            for part in parts {
                let (_, after) =
                    rest.split_once(part).unwrap_or_else(|| panic!("{part} is not next in {rest}"));
                rest = after;
            }
        }
        if let Some(worst) = findings.first().filter(|finding| finding.level < Level::Passing) {
            assert_eq!(now.matches(&worst.cause).count(), 1, "the headline is not said again: {now}");
        }
    }
}

#[test]
fn each_entry_of_the_runbook_that_a_finding_can_name_is_among_these_kinds_and_exists() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/status/findings");
    let mut named = BTreeSet::new();
    for file in fs::read_dir(folder).expect("the folder") {
        let source = fs::read_to_string(file.expect("a file").path()).expect("source");
        let alerts = source.split('"').filter(|text| text.starts_with("Bystander") && !text.contains(' '));
        named.extend(alerts.map(str::to_owned));
    }
    let findings = every_kind().into_iter().flat_map(|status| status.findings());
    let shown: BTreeSet<String> = findings.filter_map(|finding| Some(finding.runbook?.to_owned())).collect();
    assert_eq!(shown, named);
    let runbook = include_str!("../../../../deploy/RUNBOOK.md");
    for alert in named {
        assert!(runbook.contains(&format!("### {alert}\n")), "{alert}");
    }
}

#[test]
fn both_clusters_away_is_one_finding_that_names_both() {
    let status = outages::all(310).into_iter().find(|(name, _)| *name == "both away").expect("the row").1;
    let findings = status.findings();
    assert_eq!(findings.len(), 1, "{findings:?}");
    let cause = "This host has reached neither cluster for 5 min: connection refused";
    assert_eq!(findings[0].cause, cause);
    assert!(findings[0].step.text.starts_with("Check whether both clusters' brokers run"), "{findings:?}");
    for cluster in ["live", "shadow"] {
        let told =
            format!("The {cluster} cluster at {cluster}-1:9092,{cluster}-2:9092 has not answered since");
        assert!(findings[0].detail.contains(&told), "{findings:?}");
    }
}
