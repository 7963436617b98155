//! A run that was killed goes on where it stood, and nobody can tell afterwards.

use crate::folder::{pieces, receipt, results};
use crate::support::{Dice, Job, Running, eventually, full, sized};
use bystander_testkit::{Isolation, kafka_or_skip};
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

const LIMIT: Duration = Duration::from_secs(900);

/// The files as they must become; whatever stands there already must be one of them, whole.
fn none_is_partial(folder: &Path, whole: &BTreeMap<PathBuf, Vec<u8>>) -> usize {
    let there = results(folder);
    for (path, bytes) in &there {
        assert!(whole.get(path) == Some(bytes), "{} is not what it must become", path.display());
    }
    there.len()
}

/// Kills a replay when so many more pieces are done, up to some and a moment later: in the middle of another piece,
/// however slow the machine is.
fn kill_at_work(process: &mut Running, folder: &Path, (most, moment): (u64, u64), dice: &mut Dice) {
    let aim = pieces(folder) + 1 + usize::try_from(dice.below(most)).unwrap();
    eventually("pieces are done", LIMIT, || {
        process.must_run();
        pieces(folder) >= aim
    });
    std::thread::sleep(dice.millis(0, moment));
    process.must_run();
    process.kill();
}

#[test]
fn a_run_killed_at_any_moment_and_resumed_gives_the_same_files_and_digest() {
    let name = "a_run_killed_at_any_moment_and_resumed_gives_the_same_files_and_digest";
    let cluster = kafka_or_skip!(name);
    let job = Job::ready(cluster, 6, 2);
    job.fed(sized(600_000), sized(300_000), 31);
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    // Paced and in small pieces, so that every kill finds some of it done and some under way.
    let rate = if full() { "50000" } else { "7000" };
    let words =
        |out: &str| ["replay", "--rate", rate, "--piece-size", "1000", "--out", out].map(ToOwned::to_owned);
    let straight: Vec<String> = words(&path("straight")).into();
    let straight: Vec<&str> = straight.iter().map(String::as_str).collect();
    job.start(&straight).wait(LIMIT).ok();
    let whole = results(Path::new(&path("straight")));
    assert!(whole.len() > 20, "{} files", whole.len());
    assert!(
        whole
            .keys()
            .all(|file| file.to_string_lossy().ends_with(".parquet") || file.starts_with("dead-letters"))
    );

    let killed = path("killed");
    let first: Vec<String> = words(&killed).into();
    let first: Vec<&str> = first.iter().map(String::as_str).collect();
    let resumed = ["replay", "--rate", rate, "--resume", &killed];
    let mut dice = Dice::new();
    eprintln!("BYSTANDER_TEST_SEED={} decides the moments", dice.seed());
    let mut process = job.start(&first);
    let mut there = Vec::new();
    for kill in 1..=5 {
        // Five kills at no more than half of the work together.
        let most = pieces(Path::new(&path("straight"))) as u64 / 10;
        kill_at_work(&mut process, Path::new(&killed), (most, 200), &mut dice);
        let files = none_is_partial(Path::new(&killed), &whole);
        eprintln!("kill {kill}: {files} of {} files are there", whole.len());
        there.push(files);
        process = job.start(&resumed);
    }
    assert!(there[0] < there[4] && there[4] < whole.len(), "kills hit work under way: {there:?}");
    process.wait(LIMIT).ok();
    assert_eq!(none_is_partial(Path::new(&killed), &whole), whole.len());
    let (one, other) = (receipt(Path::new(&path("straight"))), receipt(Path::new(&killed)));
    for key in ["run", "digest", "comparisons", "totals", "partitions", "files"] {
        assert_eq!(one[key], other[key], "{key}");
    }
}

#[test]
fn an_interrupt_leaves_a_run_that_can_be_finished() {
    let name = "an_interrupt_leaves_a_run_that_can_be_finished";
    let cluster = kafka_or_skip!(name);
    let job = Job::ready(cluster, 2, 2);
    job.fed(4_000, 0, 32);
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("run").display().to_string();
    // Slow enough to be at work still when the signal comes.
    let process = job.start(&["replay", "--rate", "100", "--out", &out]);
    eventually("the run is begun", LIMIT, || Path::new(&out).join("plan.json").exists());
    process.terminate();
    let stopped = process.wait(Duration::from_secs(300)).code(1);
    assert!(stopped.log.contains(&format!("--resume {out}")), "{}", stopped.log);
    let again = job.start(&["replay", "--rate", "100", "--out", &out]).wait(LIMIT).code(2);
    assert!(again.log.contains("unfinished") && again.log.contains("--resume"), "{}", again.log);
    job.start(&["replay", "--resume", &out]).wait(LIMIT).ok();
    assert_eq!(receipt(Path::new(&out))["totals"]["read"], 4_000);
}

#[test]
fn a_topic_holds_each_comparison_once_although_its_writer_was_killed() {
    let name = "a_topic_holds_each_comparison_once_although_its_writer_was_killed";
    let cluster = kafka_or_skip!(name);
    let job = Job::ready(cluster, 4, 2);
    job.fed(60_000, 0, 33);
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    let files = path("files");
    job.start(&["replay", "--stream", "orders", "--out", &files]).wait(LIMIT).ok();
    let topic = bystander_testkit::unique("replayed");
    let out = path("topic");
    // As fast as possible, so that a transaction is open most of the time.
    let words = ["replay", "--stream", "orders", "--to-topic", &topic, "--piece-size", "500", "--out", &out];
    let mut dice = Dice::new();
    eprintln!("BYSTANDER_TEST_SEED={} decides the moments", dice.seed());
    let mut process = job.start(&words);
    for _ in 0..3 {
        kill_at_work(&mut process, Path::new(&out), (6, 30), &mut dice);
        process = job.start(&["replay", "--resume", &out]);
    }
    process.wait(LIMIT).ok();
    let (of_files, of_topic) = (receipt(Path::new(&files)), receipt(Path::new(&out)));
    assert_eq!(of_files["digest"], of_topic["digest"]);
    let written = cluster.consume(&topic, Isolation::Committed).unwrap();
    let written: Vec<_> = written.iter().filter(|record| record.value.is_some()).collect();
    let mut ids: Vec<_> = written.iter().map(|record| record.header("ce_id").unwrap()).collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(
        (ids.len(), written.len()),
        (written.len(), of_topic["comparisons"].as_u64().unwrap() as usize)
    );
    assert!(written.iter().all(|record| {
        let value: Value = serde_json::from_str(record.value.as_deref().unwrap()).unwrap();
        value["mode"] == "replay" && value["run_id"] == of_topic["run"]
    }));
}
