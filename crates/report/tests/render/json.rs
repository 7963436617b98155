//! The JSON keeps its shape unless its schema number changes: `SCHEMA.md` is written from the types and checked here.

use crate::sample::{empty, refused, rich};
use crate::schema::{Schema, lines};
use bystander_report::document::SCHEMA;
use bystander_report::render::json;
use serde_json::Value;
use std::fs;
use std::path::PathBuf;

const WRITE: &str = "BYSTANDER_WRITE_SCHEMA";

fn file() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("SCHEMA.md")
}

/// With `BYSTANDER_WRITE_SCHEMA=1` the file is written anew, which is refused where keys went or changed under the
/// same schema number.
#[test]
fn the_schema_file_says_what_the_types_say() {
    let now = Schema::of_sources().markdown(SCHEMA);
    let written = fs::read_to_string(file()).unwrap_or_default();
    if written == now {
        return;
    }
    let same_number = written.lines().next() == now.lines().next();
    let gone: Vec<_> = lines(&written).difference(&lines(&now)).cloned().collect();
    assert!(
        !same_number || gone.is_empty(),
        "keys went or changed; raise document::SCHEMA, then set {WRITE}=1: {gone:#?}"
    );
    assert!(
        std::env::var(WRITE).is_ok_and(|value| value == "1"),
        "SCHEMA.md is out of date; run once with {WRITE}=1"
    );
    fs::write(file(), now).unwrap();
}

/// The same for programs; `SCHEMA.md` is where a change is refused.
#[test]
fn the_published_json_schema_says_what_the_types_say() {
    let file = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../docs/schemas/report.schema.json");
    let now = Schema::of_sources().json_schema(SCHEMA);
    if std::env::var(WRITE).is_ok_and(|value| value == "1") {
        fs::write(&file, &now).unwrap();
    }
    let same = fs::read_to_string(&file).unwrap_or_default() == now;
    assert!(same, "{} is out of date; run once with {WRITE}=1", file.display());
}

#[test]
fn every_key_is_in_the_schema_and_every_key_of_the_schema_is_met() {
    let mut schema = Schema::of_sources();
    for report in [rich(), empty(), refused()] {
        let value: Value = serde_json::from_str(&json(&report).unwrap()).unwrap();
        schema.check("Report", &value, "report");
    }
    assert_eq!(schema.unmet(), Vec::<String>::new(), "the rich sample has every key");
}

#[test]
fn no_value_is_null_and_refusals_say_why() {
    for report in [rich(), empty(), refused()] {
        let text = json(&report).unwrap();
        assert!(!text.contains("null"), "absent values have no key");
        assert!(text.ends_with("}\n"));
    }
    assert!(json(&refused()).unwrap().contains(r#""refused": "undefined: no usable row among"#));
}

#[test]
fn numbers_survive_to_the_last_bit() {
    let mut report = rich();
    report.header.settings.confidence = 0.1 + 0.2;
    let value: Value = serde_json::from_str(&json(&report).unwrap()).unwrap();
    assert_eq!(value["header"]["settings"]["confidence"].as_f64(), Some(0.1 + 0.2));
}
