//! Outages as the page and the readiness tell them, held against the table of the runbook.

use crate::page::said;
use crate::sample::{input, well};
use bystander_metrics::health::{HealthLimits, HealthMachine, Readiness};
use bystander_metrics::status::{GroupStatus, Level, Status, UnownedShard};
use bystander_metrics::{Cluster, ClusterStatus};

const RUNBOOK: &str = include_str!("../../../../deploy/RUNBOOK.md");

const REFUSED: &str = "shadow-1:9092/1: Connect to ipv4#10.0.0.7:9092 failed: Connection refused";

/// A cluster's silence, for so many seconds.
fn away(status: &mut Status, cluster: Cluster, seconds: u64) {
    let of = status.clusters.iter_mut().find(|of| of.cluster == cluster).expect("both clusters");
    let cause = Some(REFUSED.replace("shadow", cluster.name()));
    *of = ClusterStatus { seconds, silent: true, cause, ..of.clone() };
    if cluster == Cluster::Live {
        for input in &mut status.inputs {
            (input.lag, input.end_offset, input.blocked, input.answer_seconds) = (None, None, None, seconds);
        }
    }
}

/// The group has taken the shards away; the partitions stay known.
fn lost(status: &mut Status) {
    status.shards.clear();
    status.group = None;
    status.not_ready = Some("its shards were lost to the group".to_owned());
}

fn without_owner(status: &mut Status, shards: &[i32], seconds: u64) {
    let unowned = shards.iter().map(|&shard| UnownedShard { shard, seconds }).collect();
    status.group = Some(GroupStatus { instances: 1, settled: true, unowned });
    status.shards.retain(|shard| !shards.contains(&shard.shard));
}

/// The rows of the runbook's table, each after so many seconds.
pub(crate) fn all(seconds: u64) -> Vec<(&'static str, Status)> {
    let of = |change: &dyn Fn(&mut Status)| {
        let mut status = well(4);
        change(&mut status);
        status
    };
    vec![
        (
            "shadow cluster away",
            of(&|status| {
                away(status, Cluster::Shadow, seconds);
                lost(status);
                status.inputs.iter_mut().for_each(|input| input.lag = Some(12_000));
            }),
        ),
        ("live cluster away", of(&|status| away(status, Cluster::Live, seconds))),
        (
            "both away",
            of(&|status| {
                away(status, Cluster::Live, seconds);
                away(status, Cluster::Shadow, seconds);
                lost(status);
            }),
        ),
        (
            "one broker of several stands still",
            of(&|status| status.inputs.iter_mut().take(2).for_each(|input| input.answer_seconds = seconds)),
        ),
        ("group lost", of(&lost)),
        ("shards that no instance has", of(&|status| without_owner(status, &[2, 3], seconds))),
        (
            "another config than the job's",
            of(&|status| {
                status.config.agreed = Some("91bc07de3f2a".to_owned());
                status.shards.clear();
                status.inputs.clear();
                status.not_ready = Some(
                    "config 3f2a91bc07de of this instance is not the one that job shop runs with".to_owned(),
                );
                status.group = Some(GroupStatus { instances: 1, settled: true, unowned: Vec::new() });
            }),
        ),
        (
            "hung transaction of a producer",
            of(&|status| {
                status.inputs[0] = input("shop.orders", 0, 5_000);
                (status.inputs[0].blocked, status.inputs[0].blocked_seconds) = (Some(5_000), seconds);
            }),
        ),
    ]
}

/// Cells of the table's row.
fn row(outage: &str) -> Vec<String> {
    let line = RUNBOOK.lines().find(|line| line.starts_with(&format!("| {outage} |")));
    let line = line.unwrap_or_else(|| panic!("the runbook's table lacks {outage}"));
    line.trim_matches('|').split('|').map(|cell| cell.trim().to_owned()).collect()
}

#[test]
fn the_page_of_each_outage_has_the_headline_that_the_runbook_gives_after_five_minutes_and_an_hour() {
    for seconds in [310, 3600] {
        for (outage, status) in all(seconds) {
            let (now, cells) = (said(&status, "now"), row(outage));
            let headline = cells[1].trim_matches('"');
            assert!(now.contains(headline), "{outage} after {seconds} s: {headline} is not in {now}");
            for wrong in ["All is well", "No alarm", "Behind 0", "It is the shop, not"] {
                assert!(!now.contains(wrong), "{outage} after {seconds} s: {now}");
            }
            let worst = status.findings().into_iter().next().expect("a finding");
            assert!(cells[4].contains(worst.runbook.expect("an entry")), "{outage}: {cells:?}");
            let (_, next) = now.split_once("What to do: ").expect("a next step");
            assert!(
                next.split("More under").next().is_some_and(|next| next.trim().len() > 30),
                "{outage}: {now}"
            );
        }
    }
}

#[test]
fn a_cluster_that_does_not_answer_is_named_with_its_brokers_its_cause_and_since_when() {
    for (outage, seconds) in
        [("shadow cluster away", 31), ("live cluster away", 31), ("live cluster away", 300)]
    {
        let (_, status) = all(seconds).into_iter().find(|(name, _)| *name == outage).expect("the row");
        let name = outage.split(' ').next().expect("a word");
        let (now, cause) = (said(&status, "now"), REFUSED.replace("shadow", name));
        let duration = if seconds == 31 { "31 s" } else { "5 min" };
        let since = if seconds == 31 { "2026-09-21 14:12:49 UTC" } else { "2026-09-21 14:08:20 UTC" };
        let what = format!(
            "The {name} cluster at {name}-1:9092,{name}-2:9092 has not answered for {duration}, since {since}: {cause}."
        );
        assert!(now.contains(&what), "{what} is not in {now}");
    }
}

#[test]
fn what_is_not_known_is_said_to_be_and_never_zero() {
    let (_, status) = all(130).into_iter().find(|(name, _)| *name == "live cluster away").expect("the row");
    assert!(said(&status, "now").contains("Behind not known"));
    let lag = said(&status, "lag");
    assert!(
        lag.contains("not known: no broker says where 4 partitions end") && lag.contains("p0 –"),
        "{lag}"
    );
    let mut partly = well(4);
    (partly.inputs[1].lag, partly.inputs[1].end_offset) = (None, None);
    assert!(said(&partly, "now").contains("Behind 341 or more"), "{}", said(&partly, "now"));
    assert!(said(&partly, "lag").contains("not known in 1 partition"));
}

#[test]
fn records_behind_a_hung_transaction_are_counted_apart_and_are_not_called_unread_work() {
    let (_, mut status) = all(310).into_iter().find(|(name, _)| name.starts_with("hung")).expect("the row");
    status.streams.iter_mut().for_each(|stream| stream.recent = Default::default());
    let now = said(&status, "now");
    let what = "5,000 offsets of shop.orders, partition 0, wait behind a transaction that a producer has held open for 5 min.";
    assert!(now.contains(what), "{now}");
    assert!(!now.contains("none was read"), "{now}");
    assert!(said(&status, "lag").contains("5,000 of them behind an open transaction"));
    // A usual one is no news.
    (status.inputs[0].blocked, status.inputs[0].blocked_seconds) = (Some(40), 2);
    assert!(status.findings().iter().all(|finding| !finding.what.contains("transaction")));
}

#[test]
fn an_instance_with_some_of_the_shards_says_who_has_the_others() {
    let mut status = well(2);
    status.shards_expected = Some(4);
    status.group = Some(GroupStatus { instances: 2, settled: true, unowned: Vec::new() });
    assert!(said(&status, "now").contains("All is well: 2 of 4 shards run here, 2 on another instance"));
    status.group = None;
    assert!(said(&status, "now").contains("2 of 4 shards run here; about the others nothing is known"));
    let unowned = [2, 3].map(|shard| UnownedShard { shard, seconds: 8 }).into();
    status.group = Some(GroupStatus { instances: 1, settled: true, unowned });
    let soon = said(&status, "now");
    assert!(soon.contains("Note Shards 2, 3 wait for an instance."), "{soon}");
    status.group.as_mut().expect("a group").unowned.iter_mut().for_each(|shard| shard.seconds = 60);
    let late = said(&status, "now");
    assert!(
        late.contains("✖ 2 of 4 shards run nowhere Alarm Shards 2, 3 of 4 run on no instance, for 1 min."),
        "{late}"
    );
    assert!(said(&status, "shards").contains("The job has 4 shards. On no instance: shards 2, 3."));
}

#[test]
fn lag_during_an_outage_of_the_shadow_cluster_points_at_the_outage() {
    let (_, mut status) = all(310).into_iter().next().expect("the first row");
    status.streams.iter_mut().for_each(|stream| stream.recent = Default::default());
    let findings = status.findings();
    let lag = findings.iter().find(|finding| finding.what.contains("wait to be read")).expect("it is told");
    assert_eq!((lag.level, lag.runbook), (Level::Alarm, Some("BystanderShadowAway")));
}

#[test]
fn readiness_is_what_the_runbook_says() {
    for (outage, status) in all(310) {
        let mut machine = HealthMachine::new(HealthLimits::default());
        machine.assigned();
        if outage == "group lost" {
            machine.lost();
        }
        if status.config.agrees() == Some(false) {
            machine.config_differs(status.not_ready.clone());
        }
        machine.outages(status.clusters.iter().filter_map(ClusterStatus::outage).collect());
        let cell = row(outage)[2].clone();
        match machine.readiness() {
            Readiness::Ready => assert!(cell.starts_with("ready"), "{outage}: {cell}"),
            Readiness::NotReady(reason) => {
                let part = cell.split_once("not ready: ").unwrap_or_else(|| panic!("{outage}: {reason}")).1;
                assert!(
                    part.split(" and ").all(|part| reason.contains(part)),
                    "{outage}: {part} is not in {reason}"
                );
            }
        }
        machine.draining();
        assert_eq!(machine.readiness(), Readiness::NotReady("draining".to_owned()), "an end comes first");
    }
}
