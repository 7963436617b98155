//! What can't be replayed is said in one line, with the right code, and leaves nothing that looks whole.

use crate::folder::files;
use crate::support::{Finished, Job, Plan};
use bystander_testkit::{kafka_or_skip, unique};
use std::fs;
use std::path::Path;
use std::time::Duration;

const LIMIT: Duration = Duration::from_secs(300);
const READ: &str = "such a topic is never written to";

fn last(finished: &Finished) -> String {
    finished.log.lines().last().unwrap_or_default().to_owned()
}

#[test]
fn wrong_usage_is_said_in_one_line_and_nothing_is_written() {
    let name = "wrong_usage_is_said_in_one_line_and_nothing_is_written";
    let cluster = kafka_or_skip!(name);
    let outcomes = unique("shop.outcomes");
    cluster.create_topic(&outcomes, 1, &[]).unwrap();
    let foreign = unique("payments");
    cluster.create_topic(&foreign, 1, &[]).unwrap();
    let plan = Plan { outcomes: Some(outcomes.clone()), ..Plan::new(cluster, 1) };
    let job = Job::planned(cluster, 2, plan);
    job.fed(500, 100, 71);
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("run");
    let shown = out.display().to_string();
    for (words, code, says) in [
        (&["--stream", "returns"][..], 2, "the config has no stream `returns`; it has orders, prices"),
        (&["--from", "200", "--to", "100"], 2, "--from comes after --to"),
        (&["--from", "2026-02-01", "--to", "2026-01-01"], 2, "--from comes after --to"),
        (&["--from", "yesterday"], 2, "`yesterday` is neither a time nor an offset"),
        (&["--partition", "7"], 2, "has no partition 7; it has 0 to 1"),
        (&["--models", "fraud/99"], 78, "fraud"),
        (&["--models", "fraud@nobody"], 78, "nobody"),
        (&["--models", "pricing/1", "--stream", "orders"], 78, "scores prices"),
        (&["--rate", "0"], 2, "--rate 0 is not a valid rate"),
        (&["--speed", "fast"], 2, "--speed fast is not a valid factor"),
        (&["--to-topic", &job.plan.orders], 2, READ),
        // A stream that is left out is an input of the config all the same.
        (&["--to-topic", &job.plan.orders, "--stream", "prices"], 2, READ),
        (&["--to-topic", &outcomes], 2, READ),
        (&["--to-topic", &outcomes, "--dry-run"], 2, READ),
        (&["--to-topic", &outcomes.replace('.', "_")], 2, READ),
        (&["--to-topic", &foreign], 2, "no replay created it"),
        (&["--to-topic", "__consumer_offsets"], 2, "as Kafka's own topics do"),
        (&["--to-topic", &job.plan.comparisons], 2, "is a topic of the live run"),
        (&["--resume", "no-such-run"], 2, "no-such-run"),
        (&["--input", "no-such-file.jsonl", "--stream", "orders"], 1, "no-such-file.jsonl"),
    ] {
        let resumes = words[0] == "--resume";
        let words = if resumes { words.to_vec() } else { [words, &["--out", &shown]].concat() };
        let finished = job.start(&[&["replay"][..], &words].concat()).wait(LIMIT).code(code);
        assert!(finished.log.contains(says), "{words:?}: {}", finished.log);
        assert!(!last(&finished).is_empty() && finished.out.is_empty(), "{words:?}: {}", finished.out);
        let results: Vec<_> =
            files(&out).into_iter().filter(|path| path.starts_with("comparisons")).collect();
        assert!(results.is_empty() && !out.join("receipt.json").exists(), "{words:?}: {results:?}");
        let _ = fs::remove_dir_all(&out);
    }
}

#[test]
fn a_folder_with_another_run_in_it_is_left_alone_and_the_same_run_replaces_itself() {
    let name = "a_folder_with_another_run_in_it_is_left_alone_and_the_same_run_replaces_itself";
    let cluster = kafka_or_skip!(name);
    let job = Job::ready(cluster, 2, 1);
    job.fed(500, 100, 72);
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("run");
    let shown = out.display().to_string();
    let whole = ["replay", "--out", &shown];
    job.start(&whole).wait(LIMIT).ok();
    let before = crate::folder::results(&out);
    let other = job.start(&["replay", "--from", "10", "--out", &shown]).wait(LIMIT).code(2);
    assert!(last(&other).contains("holds another run") && last(&other).contains("--out"), "{}", other.log);
    job.start(&whole).wait(LIMIT).ok();
    assert_eq!(before, crate::folder::results(&out));
    fs::write(folder.path().join("letter.txt"), "dear").unwrap();
    let strange = job.start(&["replay", "--out", &folder.path().display().to_string()]).wait(LIMIT).code(2);
    assert!(last(&strange).contains("is not a replay"), "{}", strange.log);
}

#[test]
fn a_large_plan_asks_to_be_confirmed_and_a_dry_run_writes_nothing() {
    let name = "a_large_plan_asks_to_be_confirmed_and_a_dry_run_writes_nothing";
    let cluster = kafka_or_skip!(name);
    let job = Job::ready(cluster, 2, 1);
    job.fed(1_000, 100, 73);
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("run").display().to_string();
    let dry = job.start(&["replay", "--dry-run", "--out", &out]).wait(LIMIT).ok();
    for part in ["1100 offsets or lines", "[0]", "[1]", "fraud/1", "pricing/1", "writes parquet"] {
        assert!(dry.out.contains(part), "{part}: {}", dry.out);
    }
    assert!(!Path::new(&out).exists());
    let json = job.start(&["replay", "--dry-run", "--output", "json", "--out", &out]).wait(LIMIT).ok().out;
    let plan: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(plan["inputs"].as_array().unwrap().len(), 4);
    let config = fs::read_to_string(job.config_file()).unwrap();
    fs::write(job.config_file(), format!("{config}\n[replay]\nconfirm_above = 1000\n")).unwrap();
    let asked = job.start(&["replay", "--out", &out]).wait(LIMIT).code(2);
    assert!(last(&asked).contains("--execute") && !Path::new(&out).exists(), "{}", asked.log);
    job.start(&["replay", "--execute", "--out", &out]).wait(LIMIT).ok();
}

#[test]
fn a_full_disk_is_said_and_leaves_no_partial_file() {
    let name = "a_full_disk_is_said_and_leaves_no_partial_file";
    let cluster = kafka_or_skip!(name);
    let job = Job::ready(cluster, 2, 1);
    job.fed(20_000, 0, 74);
    let folder = tempfile::tempdir().unwrap();
    let straight = folder.path().join("straight");
    let out = folder.path().join("full");
    job.start(&["replay", "--out", &straight.display().to_string()]).wait(LIMIT).ok();
    // A limit on the size of files fails as a full disk does, without one.
    let full = job.limited(20 * 1024, &["replay", "--out", &out.display().to_string()]).wait(LIMIT).code(1);
    assert!(last(&full).contains("can't write") && last(&full).contains("--resume"), "{}", full.log);
    let (whole, there) = (crate::folder::results(&straight), crate::folder::results(&out));
    assert!(there.iter().all(|(path, bytes)| whole.get(path) == Some(bytes)), "nothing is partial");
    assert!(there.len() < whole.len() && !out.join("receipt.json").exists());
    job.start(&["replay", "--resume", &out.display().to_string()]).wait(LIMIT).ok();
    assert_eq!(whole, crate::folder::results(&out));
}
