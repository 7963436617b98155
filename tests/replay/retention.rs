//! What retention removes is declared, never skipped in silence.

use crate::folder::{comparisons, dead_letters, pieces, receipt};
use crate::support::{Job, eventually};
use bystander_testkit::kafka_or_skip;
use serde_json::Value;
use std::path::Path;
use std::time::Duration;

const LIMIT: Duration = Duration::from_secs(300);

fn balanced(partition: &Value) -> (i64, i64) {
    let number = |name: &str| partition[name].as_i64().unwrap();
    let gaps = partition["gaps"].as_array().unwrap();
    let lost: i64 = gaps.iter().map(|gap| gap[1].as_i64().unwrap() - gap[0].as_i64().unwrap()).sum();
    let read = partition["totals"]["read"].as_i64().unwrap() + number("outside");
    assert_eq!(number("end") - number("start"), read + lost + number("without_record"), "{partition}");
    assert_eq!(number("without_record"), 0, "the simulator writes no transactions: {partition}");
    (read, lost)
}

#[test]
fn offsets_removed_before_the_plan_stand_in_plan_and_receipt() {
    let name = "offsets_removed_before_the_plan_stand_in_plan_and_receipt";
    let cluster = kafka_or_skip!(name);
    let job = Job::ready(cluster, 2, 2);
    job.fed(4_000, 0, 51);
    cluster.delete_records(&job.plan.orders, 1, 300).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().display().to_string();
    let words = ["replay", "--stream", "orders", "--from", "100", "--format", "jsonl", "--out", &out];
    let plan = job.command(&[&words[..], &["--dry-run"]].concat()).ok().out;
    assert!(plan.contains("GAP: 200 offsets") && plan.contains("100 to 300"), "{plan}");
    let done = job.start(&words).wait(LIMIT).ok().out;
    assert!(done.contains("GAP: ") && done.contains("100 to 300"), "{done}");
    let receipt = receipt(folder.path());
    let books: Vec<_> = receipt["partitions"].as_array().unwrap().iter().map(balanced).collect();
    assert_eq!(books.iter().map(|(_, lost)| lost).sum::<i64>(), 200);
    assert_eq!(receipt["totals"]["gap_offsets"], 200);
}

#[test]
fn offsets_removed_while_it_runs_stand_in_the_receipt() {
    let name = "offsets_removed_while_it_runs_stand_in_the_receipt";
    let cluster = kafka_or_skip!(name);
    let job = Job::ready(cluster, 1, 1);
    job.fed(30_000, 0, 52);
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().display().to_string();
    // Slow, and in small fetches, so that what is removed wasn't fetched ahead.
    let words = [
        "replay",
        "--stream",
        "orders",
        "--rate",
        "1000",
        "--piece-size",
        "1000",
        "--bytes-per-second",
        "2000000",
        "--workers",
        "1",
        "--format",
        "jsonl",
        "--out",
        &out,
    ];
    let process = job.start(&words);
    eventually("some of it is read", LIMIT, || pieces(folder.path()) > 6);
    cluster.delete_records(&job.plan.orders, 0, 25_000).unwrap();
    process.wait(LIMIT).ok();
    let receipt = receipt(Path::new(&out));
    let (read, lost) = balanced(&receipt["partitions"][0]);
    eprintln!("{read} read, {lost} lost");
    assert!(lost > 5_000 && read > 5_000, "{receipt}");
    assert_eq!(read + lost, 30_000);
    let found = comparisons(folder.path()).len() + dead_letters(folder.path()).len();
    let skipped: u64 =
        receipt["totals"]["skipped"].as_object().unwrap().values().map(|n| n.as_u64().unwrap()).sum();
    assert_eq!(found as i64 + skipped as i64, read);
}
