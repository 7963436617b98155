//! Outages as the page and the readiness tell them, held against the table of the runbook.

use crate::page::said;
use crate::sample::{NOW, input, well};
use bystander_core::time::Rfc3339;
use bystander_metrics::health::{HealthLimits, HealthMachine, Readiness};
use bystander_metrics::status::{GroupStatus, InputStatus, Level, Status, UnownedShard};
use bystander_metrics::{Cluster, ClusterStatus};

const RUNBOOK: &str = include_str!("../../../../deploy/RUNBOOK.md");

const REFUSED: &str = "shadow-1:9092/1: Connect to ipv4#10.0.0.7:9092 failed: Connection refused";

/// Seconds without an answer after which a cluster counts as away: `SILENT_AFTER` of `crates/kafka`.
const SILENT: u64 = 30;

/// A cluster's silence, for so many seconds.
fn away(status: &mut Status, cluster: Cluster, seconds: u64) {
    let of = status.clusters.iter_mut().find(|of| of.cluster == cluster).expect("both clusters");
    let cause = Some(REFUSED.replace("shadow", cluster.name()));
    *of = ClusterStatus { seconds, silent: true, cause, ..of.clone() };
    status.not_ready = of.outage();
    if cluster == Cluster::Live {
        for input in &mut status.inputs {
            (input.lag, input.end_offset, input.blocked, input.answer_seconds) = (None, None, None, seconds);
        }
    }
}

/// Nothing was read for longer than the window that the page looks back on.
fn idle(status: &mut Status) {
    for stream in &mut status.streams {
        stream.recent = Default::default();
        stream.models.iter_mut().for_each(|model| model.recent = Default::default());
    }
}

/// Events have come in since nothing is read.
fn waiting(status: &mut Status) {
    for waits in &mut status.inputs {
        *waits = InputStatus { lag_before: Some(0), ..input(&waits.topic, waits.partition, 12_000) };
    }
}

/// The group has taken the shards away; the partitions stay known. What the coordinator said stays known for 30 s.
fn lost(status: &mut Status, seconds: u64) {
    idle(status);
    status.shards.clear();
    status.group_seconds = seconds;
    if seconds > SILENT {
        status.group = None;
    }
    status.not_ready = Some(
        "the group on the shadow cluster took its shards away; waiting for it to assign some".to_owned(),
    );
}

/// A group of two instances that share all shards.
fn settled() -> GroupStatus {
    GroupStatus { instances: 2, settled: true, unsettled_seconds: 0, unowned: Vec::new() }
}

fn without_owner(status: &mut Status, shards: &[i32], seconds: u64) {
    // As brokers tell it that go on to give the assignments from before the rebalance.
    let group = GroupStatus { instances: 3, settled: false, unsettled_seconds: seconds, unowned: Vec::new() };
    status.group = Some(group);
    status.shards.retain(|shard| !shards.contains(&shard.shard));
    status.inputs.retain(|input| !shards.contains(&input.partition));
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
                waiting(status);
                lost(status, seconds);
                away(status, Cluster::Shadow, seconds);
            }),
        ),
        (
            "live cluster away",
            of(&|status| {
                away(status, Cluster::Live, seconds);
                idle(status);
            }),
        ),
        (
            "both away",
            of(&|status| {
                lost(status, seconds);
                away(status, Cluster::Live, seconds);
                away(status, Cluster::Shadow, seconds);
            }),
        ),
        (
            "one of several brokers hangs",
            of(&|status| {
                for input in status.inputs.iter_mut().take(2) {
                    (input.lag, input.end_offset, input.answer_seconds) = (None, None, seconds);
                }
            }),
        ),
        (
            "group lost",
            of(&|status| {
                waiting(status);
                lost(status, seconds);
            }),
        ),
        ("shards without an instance", of(&|status| without_owner(status, &[2, 3], seconds))),
        (
            "different config from the job's",
            of(&|status| {
                status.config.agreed = Some("91bc07de3f2a".to_owned());
                (status.config.agreed_since, status.config.agreed_number) =
                    (Some(Rfc3339(NOW - 86_400_000)), Some(2));
                status.shards.clear();
                status.inputs.clear();
                idle(status);
                status.not_ready = Some(
                    "config 3f2a91bc07de of this instance is not the one that job shop runs with".to_owned(),
                );
                status.group = Some(GroupStatus { instances: 1, ..settled() });
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
            for wrong in ["All is well", "No alarm", "Records waiting 0", "It is the shop, not"] {
                assert!(!now.contains(wrong), "{outage} after {seconds} s: {now}");
            }
            let worst = status.findings().into_iter().next().expect("a finding");
            assert!(cells[5].contains(worst.runbook.expect("an entry")), "{outage}: {cells:?}");
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
        let headline = format!("The {name} cluster has not answered for {duration}: connection refused");
        assert!(now.contains(&headline), "{headline} is not in {now}");
        let since = if seconds == 31 { "2026-09-21 14:12:49 UTC" } else { "2026-09-21 14:08:20 UTC" };
        let what = format!(
            "The {name} cluster at {name}-1:9092,{name}-2:9092 has not answered since {since}: {cause}."
        );
        assert!(now.contains(&what), "{what} is not in {now}");
    }
}

#[test]
fn what_is_not_known_is_said_to_be_and_never_zero() {
    let (_, status) = all(130).into_iter().find(|(name, _)| *name == "live cluster away").expect("the row");
    assert!(said(&status, "now").contains("Records waiting not known"));
    let lag = said(&status, "lag");
    assert!(
        lag.contains("not known: no broker reports the end of 4 partitions") && lag.contains("p0 –"),
        "{lag}"
    );
    let mut partly = well(4);
    (partly.inputs[1].lag, partly.inputs[1].end_offset) = (None, None);
    assert!(said(&partly, "now").contains("Records waiting 341 or more"), "{}", said(&partly, "now"));
    assert!(said(&partly, "lag").contains("155 records wait in 3 partitions, most in partition 3: next is 1199907 of 1200000; not known in 1 other"));
}

#[test]
fn records_behind_a_hung_transaction_are_counted_apart_and_are_not_called_unread_work() {
    let (_, mut status) = all(310).into_iter().find(|(name, _)| name.starts_with("hung")).expect("the row");
    status.streams.iter_mut().for_each(|stream| stream.recent = Default::default());
    let now = said(&status, "now");
    assert!(
        now.contains("A producer's open transaction has blocked shop.orders partition 0 for 5 min"),
        "{now}"
    );
    assert!(now.contains("5,000 offsets of shop.orders, partition 0, wait for it."), "{now}");
    assert!(!now.contains("none was read"), "{now}");
    assert!(said(&status, "lag").contains("5,000 of them behind an open transaction"));
    // A usual one is no news.
    (status.inputs[0].blocked, status.inputs[0].blocked_seconds) = (Some(40), 2);
    assert!(status.findings().iter().all(|finding| !finding.cause.contains("transaction")));
}

#[test]
fn an_instance_with_some_of_the_shards_says_who_has_the_others() {
    let mut status = well(2);
    status.shards_expected = Some(4);
    status.group = Some(settled());
    assert!(said(&status, "now").contains("All is well: 2 of 4 shards run here, 2 on another instance"));
    status.group = None;
    assert!(said(&status, "now").contains("2 of 4 shards run here; about the others nothing is known"));
    let unowned = |seconds| [2, 3].map(|shard| UnownedShard { shard, seconds }).into();
    status.group = Some(GroupStatus { unowned: unowned(8), ..settled() });
    let soon = said(&status, "now");
    assert!(soon.contains("Note Shards 2, 3 wait for an instance "), "{soon}");
    status.group = Some(GroupStatus { unowned: unowned(60), ..settled() });
    let late = said(&status, "now");
    assert!(late.contains("✖ The group has assigned 2 of 4 shards to no instance for 1 min"), "{late}");
    assert!(
        late.contains("No instance runs shards 2, 3 (the job has 4), so their partitions are not read."),
        "{late}"
    );
    assert!(said(&status, "shards").contains("The job has 4 shards. No instance runs shards 2, 3."));
}

#[test]
fn a_rebalance_that_does_not_end_is_told_whatever_the_coordinator_says_of_the_shards() {
    let unowned = [2, 3].map(|shard| UnownedShard { shard, seconds: 60 });
    for unowned in [Vec::new(), unowned.to_vec()] {
        let mut status = well(2);
        status.shards_expected = Some(4);
        status.group = Some(GroupStatus { instances: 3, settled: false, unsettled_seconds: 60, unowned });
        let now = said(&status, "now");
        assert!(
            now.contains("✖ A rebalance has waited 1 min for an unresponsive instance What to do: Find the"),
            "{now}"
        );
        assert!(now.contains("2 of 4 shards run here."), "{now}");
        let shards = said(&status, "shards");
        assert!(shards.contains("A rebalance is about to share them among 3 instances."), "{shards}");
        status.group.as_mut().expect("a group").unsettled_seconds = 5;
        assert!(!said(&status, "now").contains("A rebalance has waited"), "a usual one takes seconds");
    }
}

#[test]
fn lag_that_follows_from_an_outage_is_part_of_it_and_no_alarm_beside_it() {
    for (outage, status) in all(310) {
        assert!(status.lag() > 0 || status.unknown() > 0 || status.inputs.is_empty(), "{outage}");
        let findings = status.findings();
        let lag = findings.iter().find(|finding| finding.cause.contains("records wait"));
        assert_eq!(lag, None, "{outage}");
    }
    let (_, shadow) = all(310).into_iter().next().expect("the first row");
    let now = said(&shadow, "now");
    assert!(now.contains("Nothing is scored. 96,000 events wait in the live topics"), "{now}");
    // An instance that runs its shards and reads nothing has an alarm of its own.
    let mut stuck = well(4);
    idle(&mut stuck);
    stuck.inputs.iter_mut().for_each(|input| input.lag = Some(12_000));
    let findings = stuck.findings();
    assert_eq!((findings[0].level, findings[0].runbook), (Level::Alarm, Some("BystanderNotReading")));
}

#[test]
fn an_instance_that_lost_its_shards_says_whether_others_have_them() {
    let (_, mut status) = all(310).into_iter().find(|(name, _)| *name == "group lost").expect("the row");
    let first = |status: &Status| status.findings().remove(0);
    let unknown = first(&status);
    assert_eq!(unknown.level, Level::Alarm, "nobody may read");
    assert_eq!(unknown.cause, "The shadow cluster's group coordinator has not answered for 5 min");
    assert!(said(&status, "now").contains("Shadow cluster answers, except the group's coordinator"));
    status.group = Some(settled());
    let elsewhere = first(&status);
    assert_eq!(elsewhere.level, Level::Warning);
    assert!(elsewhere.cause.contains("other instances run them all"), "{elsewhere:?}");
}

/// An instance whose config is not the job's, which has had so many configs and the present one for so long.
pub(crate) fn differing(number: u64, agreed_ms_after_start: i64) -> Status {
    let (_, mut status) =
        all(310).into_iter().find(|(name, _)| name.starts_with("different")).expect("the row");
    status.config.agreed_since = Some(Rfc3339(status.started_at.0 + agreed_ms_after_start));
    status.config.agreed_number = Some(number);
    status
}

#[test]
fn an_instance_that_started_before_the_job_changed_its_config_is_to_restart_and_never_told_to_accept_its_own()
{
    for others in [true, false] {
        let mut status = differing(2, 1);
        if !others {
            status.group = None;
        }
        let (now, finding) = (said(&status, "now"), status.findings().remove(0));
        assert_eq!(finding.cause, "This instance has a different config from the job: an older one");
        assert_eq!(finding.step.text, "Restart this instance with the job's current config.");
        assert_eq!((finding.step.command, finding.then), (None, Vec::new()));
        assert!(!now.contains("--accept-config"), "{now}");
        assert!(
            now.contains(
                "The job changed its config at 2026-09-20 12:23:20 UTC, after this instance had started at \
                 2026-09-20 12:23:20 UTC. To accept the config of this instance would take the job back."
            ),
            "{now}"
        );
    }
}

#[test]
fn an_instance_that_started_after_the_job_agreed_on_its_config_is_shown_both_ways_to_go_on() {
    // The first config of a job replaces none, however early an instance started.
    for status in [differing(2, -1), differing(1, 1)] {
        let (now, finding) = (said(&status, "now"), status.findings().remove(0));
        assert_eq!(finding.cause, "This instance has a different config from the job");
        assert!(
            finding
                .step
                .text
                .starts_with("Either restart it with the job's config or, if its own is intended,")
        );
        assert_eq!(finding.step.command.as_deref(), Some("bystander resume --accept-config -c new.toml"));
        assert!(finding.then[0].text.starts_with("Only if its own is intended"), "{finding:?}");
        assert!(now.contains("to accept an old one would take the job back"), "{now}");
    }
}

/// Seconds after which the page of an outage has its headline.
fn shown_after(outage: &str) -> u64 {
    match row(outage)[2].as_str() {
        "at once" => 0,
        "1 min" => 60,
        time => time.strip_suffix(" s").and_then(|number| number.parse().ok()).expect("seconds"),
    }
}

#[test]
fn the_page_has_the_headline_of_each_outage_from_the_time_that_the_runbook_gives_and_not_before() {
    for (outage, _) in all(1) {
        let headline = row(outage)[1].trim_matches('"').to_owned();
        let after = shown_after(outage);
        let shows = |seconds| {
            let found = all(seconds).into_iter().find(|(name, _)| *name == outage);
            let (_, mut status) = found.expect("the row");
            // Whether a cluster's silence is an outage is decided where it is measured.
            for cluster in status.clusters.iter_mut().filter(|cluster| cluster.seconds == seconds) {
                cluster.silent = seconds > SILENT;
            }
            said(&status, "now").contains(&headline)
        };
        assert!(shows(after + 1), "{outage} after {} s", after + 1);
        assert!(after == 0 || !shows(after - 1), "{outage} after {} s", after - 1);
    }
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
        let cell = row(outage)[3].clone();
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
