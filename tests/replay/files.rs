//! An archive replays with no broker, and gives what the broker gave.

use crate::folder::{comparisons, receipt};
use crate::support::Job;
use bystander_testkit::{Isolation, kafka_or_skip};
use serde_json::json;
use std::fs::{self, File};
use std::io::Write;
use std::path::Path;
use std::time::Duration;

const LIMIT: Duration = Duration::from_secs(300);

#[test]
fn a_dump_gives_the_same_digest_as_the_topic_it_was_taken_from() {
    let name = "a_dump_gives_the_same_digest_as_the_topic_it_was_taken_from";
    let cluster = kafka_or_skip!(name);
    let job = Job::ready(cluster, 3, 1);
    // What is no UTF-8 can't stand in such a dump, so nothing is malformed here.
    job.start(&["simulate", "--execute", "--orders", "5000", "--quotes", "2000", "--seed", "81"])
        .wait(LIMIT)
        .ok();
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    job.start(&["replay", "--format", "jsonl", "--out", &path("broker")]).wait(LIMIT).ok();
    // As `kcat -J` writes it: one file of all partitions, one per topic.
    let mut dumps = Vec::new();
    for topic in [&job.plan.orders, &job.plan.quotes] {
        let mut lines = Vec::new();
        for record in cluster.consume(topic, Isolation::Committed).unwrap() {
            let headers: Vec<_> = record.headers.iter().flat_map(|(name, value)| [name, value]).collect();
            let line = json!({
                "topic": topic, "partition": record.partition, "offset": record.offset, "tstype": "create",
                "ts": record.timestamp, "broker": 1, "headers": headers, "key": record.key, "payload": record.value,
            });
            assert!(record.value_base64.is_none(), "{line}");
            writeln!(lines, "{line}").unwrap();
        }
        dumps.push(lines);
    }
    fs::write(path("orders.jsonl"), &dumps[0]).unwrap();
    fs::write(path("orders.jsonl.zst"), zstd::encode_all(&dumps[0][..], 3).unwrap()).unwrap();
    fs::write(path("quotes.jsonl"), &dumps[1]).unwrap();
    gzip(Path::new(&path("quotes.jsonl")));
    let of_broker = receipt(Path::new(&path("broker")));
    for (name, inputs) in [
        ("plain", [path("orders.jsonl"), path("quotes.jsonl.gz")]),
        ("packed", [path("orders.jsonl.zst"), path("quotes.jsonl.gz")]),
    ] {
        let words = ["replay", "--format", "jsonl", "--out", &path(name), "--input", &inputs[0], &inputs[1]];
        job.start(&words).wait(LIMIT).ok();
        let of_files = receipt(Path::new(&path(name)));
        for key in ["digest", "comparisons", "totals"] {
            assert_eq!(of_broker[key], of_files[key], "{name}: {key}");
        }
        assert_eq!(comparisons(Path::new(&path("broker"))), comparisons(Path::new(&path(name))));
    }
    // A window that leaves out records at the beginning, in between and at the end of each piece.
    let window = ["--from", "2026-01-08", "--to", "2026-01-20", "--format", "jsonl", "--piece-size", "700"];
    let some = |name: &str, inputs: &[&str]| {
        let out = path(name);
        job.start(&[&["replay", "--out", &out][..], &window, inputs].concat()).wait(LIMIT).ok();
        receipt(Path::new(&out))
    };
    let of_broker = some("window", &[]);
    let of_files = some("window-of-files", &["--input", &path("orders.jsonl"), &path("quotes.jsonl.gz")]);
    let read = of_broker["totals"]["read"].as_u64().unwrap();
    assert!((1_000..6_000).contains(&read), "{of_broker}");
    for key in ["digest", "comparisons", "totals"] {
        assert_eq!(of_broker[key], of_files[key], "{key}");
    }
}

fn gzip(path: &Path) {
    assert!(std::process::Command::new("gzip").arg(path).status().unwrap().success());
}

#[test]
fn events_one_a_line_are_scored_by_file_and_line() {
    let name = "events_one_a_line_are_scored_by_file_and_line";
    let cluster = kafka_or_skip!(name);
    let job = Job::ready(cluster, 1, 1);
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    job.command(&["simulate", "--orders", "300", "--quotes", "0", "--out", &path("shop")]).ok();
    let orders = path("shop/orders.jsonl");
    let mut last = File::options().append(true).open(&orders).unwrap();
    writeln!(last, "no event").unwrap();
    let words =
        ["replay", "--stream", "orders", "--format", "jsonl", "--out", &path("run"), "--input", &orders];
    job.start(&words).wait(LIMIT).ok();
    let receipt = receipt(Path::new(&path("run")));
    let engine = receipt["models"][0]["engine"].as_str().unwrap();
    assert!(engine.starts_with("trees 0.") && engine.contains(" as onnxruntime 1."), "{engine}");
    assert_eq!((&receipt["totals"]["read"], &receipt["totals"]["dead_lettered"]), (&json!(301), &json!(1)));
    let letters = crate::folder::dead_letters(Path::new(&path("run")));
    assert_eq!(letters.into_iter().next().unwrap(), (job.plan.orders.clone(), 0, 300));
}
