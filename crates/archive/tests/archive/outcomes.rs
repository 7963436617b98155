//! Outcomes from lines and from Parquet.

use arrow_array::{
    ArrayRef, Float32Array, Int32Array, Int64Array, RecordBatch, StringArray, TimestampMicrosecondArray,
    TimestampMillisecondArray,
};
use bystander_archive::OutcomeFiles;
use bystander_core::outcome::{OutcomeBinding, OutcomeRead, OutcomeReader};
use bystander_core::privacy::{PrivacyKey, PrivacyKeys};
use bystander_pipeline::Failure;
use parquet::arrow::ArrowWriter;
use std::fs::{self, File};
use std::path::Path;
use std::sync::Arc;

fn table(path: &Path, columns: Vec<(&str, ArrayRef)>) {
    let batch = RecordBatch::try_from_iter(columns).unwrap();
    let mut writer = ArrowWriter::try_new(File::create(path).unwrap(), batch.schema(), None).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
}

fn texts(values: &[Option<&str>]) -> ArrayRef {
    Arc::new(values.iter().copied().collect::<StringArray>())
}

/// The records as text, with their places.
fn read(path: &Path) -> Result<Vec<String>, Failure> {
    let mut found = Vec::new();
    let back = OutcomeFiles::open(path)?.for_each(
        |column| column != "unbound",
        |record, place| {
            let name = place().rsplit('/').next().unwrap().to_owned();
            let payload = String::from_utf8_lossy(record.payload.unwrap_or(b"nothing"));
            found.push(format!("{name} {:?} {payload}", record.timestamp_ms));
            Ok::<_, Failure>(())
        },
    )?;
    assert_eq!(back.records, found.len() as u64);
    Ok(found)
}

#[test]
fn lines_are_given_as_they_are_for_the_binding_to_read() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("a.jsonl"), "{\"id\":1}\n\nno json\n").unwrap();
    let dumped = r#"{"topic":"any.outcomes","partition":2,"offset":5,"tstype":"create","ts":77,"payload":"{\"id\":2}"}
{"topic":"other","partition":2,"offset":4,"tstype":"unknown","ts":0,"payload":null}"#;
    fs::write(folder.path().join("b.jsonl.zst"), zstd::encode_all(dumped.as_bytes(), 3).unwrap()).unwrap();
    let found = read(folder.path()).unwrap();
    let expected = [
        "a.jsonl:1 None {\"id\":1}",
        "a.jsonl:3 None no json",
        "b.jsonl.zst:1 Some(77) {\"id\":2}",
        "b.jsonl.zst:2 None nothing",
    ];
    assert_eq!(found, expected);
}

#[test]
fn a_row_of_a_table_is_given_as_the_json_object_of_its_bound_columns() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("outcomes.parquet");
    let times = TimestampMicrosecondArray::from(vec![1_001_999, -1]);
    let amounts = Float32Array::from(vec![Some(12.5), None]);
    table(
        &path,
        vec![
            ("order", texts(&[Some("o-1"), None])),
            ("at", Arc::new(times)),
            ("amount", Arc::new(amounts)),
            ("count", Arc::new(Int32Array::from(vec![3, -4]))),
            ("unbound", texts(&[None, None])),
        ],
    );
    let expected = [
        r#"outcomes.parquet row 1 None {"order":"o-1","at":"1970-01-01T00:00:01.001999","amount":12.5,"count":3}"#,
        r#"outcomes.parquet row 2 None {"order":null,"at":"1969-12-31T23:59:59.999999","amount":null,"count":-4}"#,
    ];
    assert_eq!(read(&path).unwrap(), expected);
}

#[test]
fn every_file_of_a_folder_is_read_or_named_as_left_out() {
    let folder = tempfile::tempdir().unwrap();
    let inside = |name: &str| folder.path().join(name);
    fs::create_dir_all(inside("topics/t/partition=0")).unwrap();
    fs::create_dir_all(inside("run/comparisons")).unwrap();
    for data in ["a.jsonl", "b.json", "topics/t/partition=0/c+0.JSON", "d.ndjson", "run/comparisons/e.jsonl"]
    {
        fs::write(inside(data), "{}\n").unwrap();
    }
    for other in [
        "notes.txt",
        "f.csv",
        "g.jsonl.bz2",
        "h.JSON.BZ2",
        "_SUCCESS",
        "topics/.crc",
        "run/pieces.jsonl",
        "run/receipt.json",
    ] {
        fs::write(inside(other), "{}\n").unwrap();
    }
    let files = OutcomeFiles::open(folder.path()).unwrap();
    let names = |files: &[std::path::PathBuf]| -> Vec<String> {
        files.iter().map(|file| file.strip_prefix(folder.path()).unwrap().display().to_string()).collect()
    };
    let read = ["a.jsonl", "b.json", "d.ndjson", "run/comparisons/e.jsonl", "topics/t/partition=0/c+0.JSON"];
    assert_eq!(names(files.files()), read);
    assert_eq!(
        names(files.left_out()),
        ["_SUCCESS", "f.csv", "g.jsonl.bz2", "h.JSON.BZ2", "notes.txt", "topics/.crc"]
    );
}

/// What a binding makes of every record of a file: the outcome without what is borrowed, or the code and the field.
fn bound(path: &Path, binding: &OutcomeBinding) -> Vec<String> {
    let (mut reader, mut found) = (OutcomeReader::default(), Vec::new());
    let files = OutcomeFiles::open(path).unwrap();
    let read = files.for_each(
        |column| binding.reads(column),
        |record, _| {
            found.push(match reader.read(binding, &record) {
                Ok(OutcomeRead::Outcome(outcome)) => format!("{outcome:?}"),
                Ok(OutcomeRead::Skip(reason)) => format!("skip {}", reason.name()),
                Err(rejection) => format!("{} at {}", rejection.code.name(), rejection.at),
            });
            Ok::<_, Failure>(())
        },
    );
    read.unwrap();
    found
}

fn binding(outcomes: &str, stream: &str) -> OutcomeBinding {
    let outcomes = format!("name = \"truth\"\ntopic = \"truth\"\nstream = \"orders\"\n{outcomes}");
    let stream = format!("kind = \"orders\"\nsubject = \"/id\"\n{stream}");
    let key = PrivacyKeys::from(PrivacyKey::new(b"a key of sixteen bytes and more"));
    OutcomeBinding::compile(
        &toml::from_str(&outcomes).unwrap(),
        &toml::from_str(&stream).unwrap(),
        Some(&key),
    )
    .unwrap()
}

/// Held to be the same by every binding: words, pseudonyms, bounds, units and forms of money.
#[test]
fn a_binding_makes_the_same_of_the_same_outcomes_in_lines_and_in_a_table() {
    let folder = tempfile::tempdir().unwrap();
    let (lines, rows) = (folder.path().join("o.jsonl"), folder.path().join("o.parquet"));
    let text = r#"{"subject_id":"a-1","type":"bounced","label":"bad","occurred_at":"2026-02-03T04:05:06.700Z","amount":-3,"currency":"EUR","seen":1770091506,"paid":"12.5"}
{"subject_id":"a-2","type":"bounced","label":null,"occurred_at":"1971-01-01T00:00:00Z","amount":null,"currency":null,"seen":null,"paid":null}
{"subject_id":"a-3","type":"refunded","label":"fine","occurred_at":"2026-02-04T00:00:00Z","amount":5,"currency":"XXX","seen":1770091507,"paid":"7"}
{"subject_id":"a-4","type":"refunded","label":"fraud","occurred_at":"2026-02-05T00:00:00Z","amount":900,"currency":"EUR","seen":5,"paid":"0.125"}
{"subject_id":null,"type":"refunded","label":null,"occurred_at":null,"amount":1,"currency":"EUR","seen":1770091506,"paid":"1"}
"#;
    fs::write(&lines, text).unwrap();
    let millis = vec![
        Some(1_770_091_506_700),
        Some(31_536_000_000),
        Some(1_770_163_200_000),
        Some(1_770_249_600_000),
        None,
    ];
    let whole = |values: [Option<i64>; 5]| -> ArrayRef { Arc::new(Int64Array::from(values.to_vec())) };
    table(
        &rows,
        vec![
            ("subject_id", texts(&[Some("a-1"), Some("a-2"), Some("a-3"), Some("a-4"), None])),
            (
                "type",
                texts(&[
                    Some("bounced"),
                    Some("bounced"),
                    Some("refunded"),
                    Some("refunded"),
                    Some("refunded"),
                ]),
            ),
            ("label", texts(&[Some("bad"), None, Some("fine"), Some("fraud"), None])),
            ("occurred_at", Arc::new(TimestampMillisecondArray::from(millis).with_timezone("UTC"))),
            ("amount", whole([Some(-3), None, Some(5), Some(900), Some(1)])),
            ("currency", texts(&[Some("EUR"), None, Some("XXX"), Some("EUR"), Some("EUR")])),
            ("seen", whole([Some(1_770_091_506), None, Some(1_770_091_507), Some(5), Some(1_770_091_506)])),
            ("paid", texts(&[Some("12.5"), None, Some("7"), Some("0.125"), Some("1")])),
        ],
    );
    let words = "types = { bounced = \"dispute_lost\" }\nlabels = { bad = \"fraud\", fine = \"legit\" }\n";
    let bindings = [
        ("", ""),
        (words, ""),
        (words, "pseudonymise = [\"subject\"]"),
        (
            "type = \"refunded\"\noccurred_at = \"/seen\"\ntime_unit = \"s\"\nlabels = { bad = \"fraud\", fine = \"legit\" }",
            "",
        ),
        (
            "type = \"refunded\"\namount = \"/paid\"\ncurrency = \"EUR\"\nmoney = \"decimal\"\nlabel = \"/none\"",
            "",
        ),
        (
            "type = \"refunded\"\nwhere = { \"/type\" = \"bounced\" }\nlabel = \"/none\"\namount = \"/none\"",
            "",
        ),
    ];
    for (outcomes, stream) in bindings {
        let binding = binding(outcomes, stream);
        let expected = bound(&lines, &binding);
        assert_eq!(bound(&rows, &binding), expected, "{outcomes} {stream}");
        assert_eq!(expected.len(), 5);
    }
    let mapped = bound(&rows, &binding(words, ""));
    let starts =
        ["negative_amount at /amount", "time_out_of_range at /occurred_at", "unknown_currency", "Outcome {"];
    for (start, one) in starts.iter().zip(&mapped) {
        assert!(one.starts_with(start), "{one}");
    }
}
