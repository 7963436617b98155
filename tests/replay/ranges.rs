//! Exactly the committed events of a range, by offsets and by times.

use crate::events::{FIRST_MS, committed, orders, scored, write};
use crate::folder::{comparisons, dead_letters, receipt};
use crate::support::{Finished, Job, sized};
use bystander_core::time::Rfc3339;
use bystander_testkit::{Consumed, kafka_or_skip};
use serde_json::Value;
use std::collections::BTreeSet;
use std::path::Path;
use std::time::{Duration, Instant};

const LIMIT: Duration = Duration::from_secs(900);

pub(crate) fn replay(job: &Job<'_>, folder: &Path, further: &[&str]) -> Finished {
    let out = folder.display().to_string();
    let words = ["replay", "--stream", "orders", "--format", "jsonl", "--out", &out];
    job.start(&[&words[..], further].concat()).wait(LIMIT)
}

/// Holds a replay against what the other client reads; gives its receipt.
fn exact(job: &Job<'_>, records: &[Consumed], further: &[&str], asked: impl Fn(&Consumed) -> bool) -> Value {
    let folder = tempfile::tempdir().unwrap();
    let finished = replay(job, folder.path(), further);
    let (compared, dead) = (comparisons(folder.path()), dead_letters(folder.path()));
    // A range of which nothing can be read ends with 1, and its receipt is written all the same.
    let finished = if compared.is_empty() && !dead.is_empty() { finished.code(1) } else { finished.ok() };
    for (place, models) in &compared {
        assert_eq!(models.len(), 2, "{place:?} by {models:?}");
        assert!(!dead.contains(place), "{place:?} is both");
    }
    let found: BTreeSet<_> = compared.keys().chain(&dead).cloned().collect();
    let expected: BTreeSet<_> = scored(job, records, &asked).into_iter().collect();
    let missing: Vec<_> = expected.difference(&found).take(3).collect();
    let unasked: Vec<_> = found.difference(&expected).take(3).collect();
    assert!(
        missing.is_empty() && unasked.is_empty(),
        "{further:?}: missing {missing:?}, unasked {unasked:?}"
    );
    let receipt = receipt(folder.path());
    let count = |name: &str| receipt["totals"][name].as_u64().unwrap();
    let asked = records.iter().filter(|record| asked(record)).count() as u64;
    assert_eq!(count("read"), asked, "{further:?}: {receipt}");
    assert_eq!((count("compared"), count("dead_lettered")), (compared.len() as u64, dead.len() as u64));
    assert_eq!(receipt["comparisons"], 2 * compared.len());
    assert!(finished.out.contains(receipt["digest"].as_str().unwrap()));
    for partition in receipt["partitions"].as_array().unwrap() {
        let number = |name: &str| partition[name].as_i64().unwrap();
        let read = partition["totals"]["read"].as_i64().unwrap() + number("outside");
        assert_eq!(number("end") - number("start"), read + number("without_record"), "{partition}");
        assert!(number("without_record") >= 0, "{partition}");
    }
    receipt
}

#[test]
fn exactly_the_committed_events_of_a_range_are_scored() {
    let name = "exactly_the_committed_events_of_a_range_are_scored";
    let cluster = kafka_or_skip!(name);
    let job = Job::ready(cluster, 6, 2);
    // Every 50th record is half a minute late; a range's end is searched accordingly.
    let config = std::fs::read_to_string(job.config_file()).unwrap();
    std::fs::write(job.config_file(), format!("{config}\n[replay]\nlateness = \"1m\"\n")).unwrap();
    let orders = orders(&job, sized(1_000_000));
    write(&job, &orders);
    let records = committed(&job);
    eprintln!("{} events written, {} committed", orders.len(), records.len());
    assert!(records.len() < orders.len() * 3 / 4);
    let began = Instant::now();
    let all = exact(&job, &records, &[], |_| true);
    eprintln!("all of them in {:.1?}, with reading both sides", began.elapsed());
    let one_worker = exact(&job, &records, &["--workers", "1"], |_| true);
    assert_eq!(all["digest"], one_worker["digest"], "who scored which doesn't show");

    exact(&job, &records, &["--from", "5", "--to", "5"], |_| false);
    let middle = &records[records.len() / 2];
    let (from, to) = (middle.offset.to_string(), (middle.offset + 1).to_string());
    let words = ["-p", &middle.partition.to_string(), "--from", &from, "--to", &to];
    exact(&job, &records, &words, |one| (one.partition, one.offset) == (middle.partition, middle.offset));
    exact(&job, &records, &["--from", "777", "--to", "2345"], |one| (777..2345).contains(&one.offset));

    // Boundaries at a time that three records of each partition share, and one between two such times.
    let last = records.iter().map(|record| record.timestamp).max().unwrap();
    let (early, late) =
        (FIRST_MS + (last - FIRST_MS) / 3 / 1000 * 1000, FIRST_MS + (last - FIRST_MS) / 2 / 1000 * 1000);
    for (from, to) in [(early, late), (early, early + 1), (early + 1, late - 1), (early - 500, early - 499)] {
        let (first, end) = (Rfc3339(from).to_string(), to.to_string());
        let words = ["--from", &first, "--to", &end];
        let receipt = exact(&job, &records, &words, |one| (from..to).contains(&one.timestamp));
        eprintln!("{from}..{to}: {} read", receipt["totals"]["read"]);
    }
    let time = Rfc3339(late).to_string();
    exact(&job, &records, &["--from", &time], |one| one.timestamp >= late);
    exact(&job, &records, &["--to", &time], |one| one.timestamp < late);
}

#[test]
fn models_that_no_alias_names_score_in_the_same_pass() {
    let name = "models_that_no_alias_names_score_in_the_same_pass";
    let cluster = kafka_or_skip!(name);
    let job = Job::ready(cluster, 2, 2);
    job.fed(2_000, 500, 21);
    let folder = tempfile::tempdir().unwrap();
    let finished = job.start(&[
        "replay",
        "--models",
        "fraud/2",
        "--format",
        "jsonl",
        "--out",
        &folder.path().display().to_string(),
    ]);
    finished.wait(LIMIT).ok();
    let compared = comparisons(folder.path());
    assert!(compared.len() > 1_500);
    for ((topic, ..), models) in &compared {
        assert_eq!((topic, models), (&job.plan.orders, &BTreeSet::from(["fraud/2".to_owned()])));
    }
}
