//! Replay and live run decide the same, to the bit; where they don't, it is found.

use crate::support::{Job, sized};
use bystander_testkit::kafka_or_skip;
use serde_json::Value;
use std::fs;
use std::path::Path;
use std::time::Duration;

const LIMIT: Duration = Duration::from_secs(600);

fn found(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap().map(|entry| entry.unwrap()) {
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

#[test]
fn a_replay_of_what_run_scored_is_identical_and_a_nudged_threshold_is_found() {
    let name = "a_replay_of_what_run_scored_is_identical_and_a_nudged_threshold_is_found";
    let cluster = kafka_or_skip!(name);
    let mut job = Job::ready(cluster, 3, 2);
    let fed = job.fed(sized(100_000), sized(50_000), 41);
    job.drain(2);
    let account = job.assert_exact(&fed);
    let words = ["replay", "--verify", "--output", "json"];
    let same = found(&job.start(&words).wait(LIMIT).ok().out);
    assert_eq!(same["identical"], account.comparisons, "{same}");
    for key in ["differing", "not_recorded", "not_replayed", "recorded_twice", "other_models"] {
        assert_eq!(same[key], 0, "{key}: {same}");
    }

    // The same model, its threshold for reviews a little lower.
    let folder = tempfile::tempdir().unwrap();
    let models = folder.path().join("models");
    copy(&Path::new(env!("CARGO_MANIFEST_DIR")).join("models"), &models);
    let contract = models.join("fraud/1/contract.toml");
    let text = fs::read_to_string(&contract).unwrap();
    let line = text.lines().find(|line| line.starts_with("review = ")).unwrap();
    let threshold: f64 = line.trim_start_matches("review = ").parse().unwrap();
    fs::write(&contract, text.replace(line, &format!("review = {}", threshold * 0.8))).unwrap();
    job.plan.models = models.display().to_string();
    job.write_config();
    let nudged = found(&job.start(&words).wait(LIMIT).code(3).out);
    let differing = nudged["differing"].as_u64().unwrap();
    assert!(differing > 0 && differing < account.comparisons / 4, "{nudged}");
    assert_eq!(nudged["by_model"], serde_json::json!({ "fraud/1": differing }), "only that model differs");
    assert_eq!(nudged["largest_score_difference"], 0.0, "scores are the same, decisions aren't: {nudged}");
    let example = &nudged["examples"][0];
    assert_eq!(
        (&example["recorded"], &example["replayed"]),
        (&Value::from("accept"), &Value::from("review"))
    );
    let said = job.start(&["replay", "--verify"]).wait(LIMIT).code(3);
    assert!(said.out.contains("NOT IDENTICAL") && said.out.contains("recorded accept"), "{}", said.out);
}

#[test]
fn what_only_one_side_has_is_counted() {
    let name = "what_only_one_side_has_is_counted";
    let cluster = kafka_or_skip!(name);
    let job = Job::ready(cluster, 2, 2);
    job.fed(1_000, 0, 42);
    job.drain(1);
    let first = found(&job.start(&["replay", "--verify", "--output", "json"]).wait(LIMIT).ok().out);
    job.fed(500, 0, 43);
    // Without an end the live run's own position ends the range.
    let same = found(&job.start(&["replay", "--verify", "--output", "json"]).wait(LIMIT).ok().out);
    assert_eq!(first, same);
    let words = ["replay", "--verify", "--to", "end", "--output", "json"];
    let more = found(&job.start(&words).wait(LIMIT).code(3).out);
    assert_eq!(more["identical"], first["identical"]);
    assert!(more["not_recorded"].as_u64().unwrap() > 800, "{more}");
    let one = ["replay", "--verify", "--models", "fraud/1", "--output", "json"];
    let one = found(&job.start(&one).wait(LIMIT).ok().out);
    assert_eq!(one["identical"], one["other_models"], "the challenger's are counted, not compared: {one}");
}
