//! Records are as their published JSON Schemas say, judged by the schema checker of another language.

use crate::support::{Job, tools};
use bystander_core::checkpoint::{
    AgreedConfig, Attempts, Checkpoint, ConfigHash, DeclaredGap, FormerLog, Halt, InputLog, LogChange,
    RecordMark, ScoredBy, Totals,
};
use bystander_core::dead_letter::Withheld;
use bystander_core::decision::{Action, GuardrailRule};
use bystander_core::rejection::{Code, SkipReason, Stage};
use bystander_testkit::{Isolation, kafka_or_skip, tools_or_skip};
use serde_json::{Value, json};
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

const LIMIT: Duration = Duration::from_secs(300);
/// JSON lines that an earlier version wrote, each followed by a line of canonical bytes.
const KEPT: &str = include_str!("../../crates/core/tests/core/kept/comparisons.txt");

fn file(schema: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("docs/schemas/{schema}.schema.json"))
}

fn published(schema: &str) -> Value {
    serde_json::from_slice(&fs::read(file(schema)).unwrap()).unwrap()
}

/// What the checker says of records.
#[derive(Debug, serde::Deserialize)]
struct Checked {
    records: usize,
    faults: Vec<String>,
    /// Properties that no record has.
    unmet: Vec<String>,
}

fn check(python: &Path, schema: &str, records: &[Value]) -> Checked {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/delivery/schemas.py");
    let mut child = Command::new(python.join("python"))
        .arg(script)
        .arg(file(schema))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = child.stdin.take().unwrap();
    let lines: String = records.iter().map(|record| format!("{record}\n")).collect();
    let writer = std::thread::spawn(move || input.write_all(lines.as_bytes()));
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap().unwrap();
    assert!(output.status.success(), "{schema}: the checker failed");
    serde_json::from_slice(&output.stdout).unwrap()
}

/// Checks records that there must be some of, and returns the properties that none of them has.
fn all_fit(python: &Path, schema: &str, records: &[Value]) -> Vec<String> {
    let checked = check(python, schema, records);
    assert_eq!(checked.faults, Vec::<String>::new(), "{schema}");
    assert!(checked.records == records.len() && !records.is_empty(), "{schema}: {checked:?}");
    checked.unmet
}

/// The records of a topic whose key `of` takes.
fn values(job: &Job<'_>, topic: &str, of: impl Fn(&str) -> bool) -> Vec<Value> {
    let records = job.shadow().consume(topic, Isolation::Committed).unwrap();
    let wanted = records.iter().filter(|record| of(record.key.as_deref().unwrap_or_default()));
    wanted
        .map(|record| match record.value.as_deref() {
            Some(value) => serde_json::from_str(value).unwrap(),
            None => panic!("{topic}: {record:?}"),
        })
        .collect()
}

#[test]
fn what_a_run_and_a_replay_write_is_as_the_schemas_say() {
    let name = "what_a_run_and_a_replay_write_is_as_the_schemas_say";
    let cluster = kafka_or_skip!(name);
    let python = tools_or_skip!(name, tools::checkers);
    let job = Job::ready(cluster, 2, 2);
    job.fed(2_000, 1_000, 31);
    job.drain(1);
    all_fit(&python, "comparison", &values(&job, &job.plan.comparisons, |_| true));
    all_fit(&python, "dead-letter", &values(&job, &job.plan.dead_letters, |_| true));
    // Beside them are marks of starts, under other keys.
    let own = [&job.plan.orders, &job.plan.quotes].map(|topic| format!("{}|{topic}|", job.plan.job));
    let checkpoints =
        values(&job, &job.plan.checkpoints, |key| own.iter().any(|prefix| key.starts_with(prefix)));
    all_fit(&python, "checkpoint", &checkpoints);
    let out = job.beside("replayed");
    let words = ["replay", "--from", "2026-01-02", "--format", "jsonl", "--out", &out.display().to_string()];
    job.start(&words).wait(LIMIT).ok();
    let receipt = serde_json::from_slice(&fs::read(out.join("receipt.json")).unwrap()).unwrap();
    // All but what is counted where models are disabled.
    let unseen = ["/partitions/*/totals/skipped/disabled", "/totals/skipped/disabled"];
    assert_eq!(all_fit(&python, "replay-receipt", &[receipt]), unseen);
    let report = job.beside("report.json");
    job.start(&["report", "--json", &report.display().to_string()]).wait(LIMIT).ok();
    all_fit(&python, "report", &[serde_json::from_slice(&fs::read(report).unwrap()).unwrap()]);
}

#[test]
fn comparisons_of_an_earlier_version_are_as_the_schema_says_and_have_every_property() {
    let name = "comparisons_of_an_earlier_version_are_as_the_schema_says_and_have_every_property";
    let python = tools_or_skip!(name, tools::checkers);
    let lines = KEPT.lines().step_by(2);
    let comparisons: Vec<Value> = lines.map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(all_fit(&python, "comparison", &comparisons), Vec::<String>::new());
}

#[test]
fn a_checkpoint_that_says_everything_has_every_property_of_the_schema() {
    let name = "a_checkpoint_that_says_everything_has_every_property_of_the_schema";
    let python = tools_or_skip!(name, tools::checkers);
    let skipped = SkipReason::ALL.into_iter().map(|reason| (reason, 1)).collect();
    let (id, reason) = (Some("AAAAAAAAQACAAAAAAAAAAA".to_owned()), LogChange::Recreated);
    let checkpoint = Checkpoint {
        job: "checkout".into(),
        topic: "shop.orders".into(),
        partition: 1,
        next_offset: 10,
        shard: 1,
        shards: 2,
        initial_partitions: 2,
        totals: Totals { read: 6, compared: 2, dead_lettered: 1, skipped, gap_offsets: 4 },
        log: InputLog {
            topic_id: id.clone(),
            last_record: Some(RecordMark::of((9, Some(1), Some(3)), None, (Some(2), b"{}"))),
            halt: Some(Halt { reason, since_ms: 5, oldest: Some(0), end: Some(3) }),
            former: vec![FormerLog { topic_id: id, reason, next_offset: 7, accepted_ms: 4, resumed_at: 0 }],
            declared_gaps: vec![DeclaredGap {
                generation: 1,
                first_offset: 3,
                last_offset: 6,
                reason: "damaged".into(),
                booked_ms: 4,
            }],
        },
        attempts: Attempts { starts: 3, in_hand: Some(10), suspect: Some(11), fatal: Some(12), process: 77 },
        config: Some(AgreedConfig::first(&ConfigHash { whole: "0123".into(), rules: "4567".into() }, 5)),
        scored_by: Some(ScoredBy {
            models: vec!["fraud/1".into()],
            hash: "89ab89ab89ab".into(),
            from_offset: 4,
        }),
    };
    let everything = json!(checkpoint);
    assert_eq!(all_fit(&python, "checkpoint", std::slice::from_ref(&everything)), Vec::<String>::new());
    // What an early version wrote has less.
    let mut least = everything;
    least
        .as_object_mut()
        .unwrap()
        .retain(|key, _| !["log", "attempts", "config", "scored_by"].contains(&key.as_str()));
    all_fit(&python, "checkpoint", &[least]);
}

#[test]
fn words_of_the_schemas_are_those_of_the_code() {
    fn words<const N: usize>(names: [&str; N]) -> Value {
        Value::from(names.to_vec())
    }
    let (letter, comparison) = (published("dead-letter"), published("comparison"));
    let checkpoint = published("checkpoint");
    assert_eq!(letter["properties"]["stage"]["enum"], words(Stage::ALL.map(Stage::name)));
    assert_eq!(letter["properties"]["code"]["enum"], words(Code::ALL.map(Code::name)));
    let withheld = [Withheld::Consent, Withheld::Pseudonyms, Withheld::CardNumber, Withheld::Address];
    assert_eq!(
        letter["properties"]["payload"]["properties"]["withheld"]["enum"],
        words(withheld.map(Withheld::name))
    );
    let action = &comparison["$defs"]["decision"]["properties"]["action"]["enum"];
    assert_eq!(*action, words(Action::ALL.map(Action::name)));
    let rule = &comparison["properties"]["guardrails"]["items"]["properties"]["rule"]["enum"];
    assert_eq!(*rule, words(GuardrailRule::ALL.map(GuardrailRule::name)));
    let changes = [LogChange::Recreated, LogChange::Truncated, LogChange::Replaced];
    assert_eq!(checkpoint["$defs"]["log_change"]["enum"], words(changes.map(LogChange::name)));
    let skipped = checkpoint["$defs"]["totals"]["properties"]["skipped"]["properties"].as_object().unwrap();
    let reasons = SkipReason::ALL.map(SkipReason::name);
    assert!(skipped.len() == reasons.len() && reasons.iter().all(|name| skipped.contains_key(*name)));
    let receipt = published("replay-receipt");
    let names = |schema: &Value| {
        let totals = &schema["$defs"]["totals"]["properties"];
        totals.as_object().unwrap().keys().cloned().collect::<Vec<_>>()
    };
    assert_eq!(names(&receipt), names(&checkpoint));
}

#[test]
fn a_record_that_lacks_a_property_or_has_another_one_does_not_fit() {
    let python =
        tools_or_skip!("a_record_that_lacks_a_property_or_has_another_one_does_not_fit", tools::checkers);
    let good: Value = serde_json::from_str(KEPT.lines().next().unwrap()).unwrap();
    let spoilt = |spoil: &dyn Fn(&mut Value)| {
        let mut record = good.clone();
        spoil(&mut record);
        check(&python, "comparison", &[record]).faults
    };
    assert_eq!(spoilt(&|_| ()), Vec::<String>::new());
    for spoil in [
        &(|record: &mut Value| drop(record.as_object_mut().unwrap().remove("score"))) as &dyn Fn(&mut Value),
        &|record| record["unknown"] = json!(1),
        &|record| record["model"]["unknown"] = json!(1),
        &|record| record["amount"] = json!("12.99"),
        &|record| record["would_be"] = json!({"action": "hold"}),
        &|record| record["source"]["timestamp"] = json!(1),
        &|record| record["occurred_at"] = json!("yesterday"),
    ] {
        assert_eq!(spoilt(spoil).len(), 1, "{:?}", spoilt(spoil));
    }
}
