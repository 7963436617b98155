//! Outcomes from lines and from Parquet.

use arrow_array::{ArrayRef, Float32Array, Int32Array, RecordBatch, StringArray, TimestampMicrosecondArray};
use bystander_archive::{ArchiveError, OutcomeFiles, OutcomeRow};
use bystander_core::decision::Action;
use bystander_core::outcome::{Label, OutcomeType};
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

/// The outcomes as text, with their places, and what else was found.
fn read(path: &Path) -> Result<(Vec<String>, Vec<String>), ArchiveError> {
    let mut found = Vec::new();
    let back = OutcomeFiles::open(path)?.for_each(|row, place| {
        let name = place().rsplit('/').next().unwrap().to_owned();
        found.push(match row {
            OutcomeRow::Record(record) => {
                let payload = String::from_utf8_lossy(record.payload.unwrap_or(b"nothing"));
                format!("{name} {:?} {payload}", record.timestamp_ms)
            }
            OutcomeRow::Outcome(outcome) => format!("{name} {outcome:?}"),
        });
        Ok::<_, ArchiveError>(())
    })?;
    assert_eq!(back.records, found.len() as u64);
    assert_eq!(back.malformed as usize, back.examples.len());
    Ok((found, back.examples))
}

#[test]
fn lines_are_given_as_they_are_for_the_binding_to_read() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("a.jsonl"), "{\"id\":1}\n\nno json\n").unwrap();
    let dumped = r#"{"topic":"any.outcomes","partition":2,"offset":5,"tstype":"create","ts":77,"payload":"{\"id\":2}"}
{"topic":"other","partition":2,"offset":4,"tstype":"unknown","ts":0,"payload":null}"#;
    fs::write(folder.path().join("b.jsonl.zst"), zstd::encode_all(dumped.as_bytes(), 3).unwrap()).unwrap();
    let (found, examples) = read(folder.path()).unwrap();
    let expected = [
        "a.jsonl:1 None {\"id\":1}",
        "a.jsonl:3 None no json",
        "b.jsonl.zst:1 Some(77) {\"id\":2}",
        "b.jsonl.zst:2 None nothing",
    ];
    assert_eq!(found, expected);
    assert!(examples.is_empty());
}

#[test]
fn parquet_gives_outcomes_of_its_canonical_columns() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("outcomes.parquet");
    let times = TimestampMicrosecondArray::from(vec![1_001_999, 2_000_000, 3_000_000, -1]);
    table(
        &path,
        vec![
            ("subject_id", texts(&[Some("o-1"), Some("o-2"), Some("o-3"), Some("o-4")])),
            (
                "type",
                texts(&[Some("dispute_opened"), Some("refunded"), Some("nonsense"), Some("live_decision")]),
            ),
            ("occurred_at", Arc::new(times)),
            ("label", texts(&[Some("fraud"), None, None, None])),
            ("amount", Arc::new(Int32Array::from(vec![Some(500), None, None, None]))),
            ("currency", texts(&[Some("EUR"), None, None, None])),
            ("quantity", Arc::new(Float32Array::from(vec![Some(1.5), None, None, None]))),
            ("action", texts(&[None, None, None, Some("review")])),
            ("something_else", texts(&[None, None, None, None])),
        ],
    );
    let mut found = Vec::new();
    let files = OutcomeFiles::open(&path).unwrap();
    let back = files.for_each(|row, _| {
        let OutcomeRow::Outcome(outcome) = row else { panic!("{row:?}") };
        found.push((
            outcome.kind,
            outcome.occurred_at_ms,
            outcome.reported_at_ms,
            outcome.label,
            outcome.amount,
        ));
        match &*outcome.subject_id {
            "o-1" => assert_eq!((outcome.currency.as_deref(), outcome.quantity), (Some("EUR"), Some(1.5))),
            "o-4" => assert_eq!(outcome.action, Some(Action::Review)),
            _ => {}
        }
        Ok::<_, ArchiveError>(())
    });
    let back = back.unwrap();
    assert_eq!(
        found,
        [
            (OutcomeType::DisputeOpened, 1_001, 1_001, Some(Label::Fraud), Some(500)),
            (OutcomeType::Refunded, 2_000, 2_000, None, None),
            (OutcomeType::LiveDecision, -1, -1, None, None),
        ]
    );
    assert_eq!((back.records, back.malformed), (3, 1));
    assert!(back.examples[0].ends_with("outcomes.parquet row 2: `nonsense` is no type of outcome"));
}

#[test]
fn a_table_without_what_is_required_or_with_another_type_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("outcomes.parquet");
    table(&path, vec![("subject_id", texts(&[Some("o-1")])), ("type", texts(&[Some("refunded")]))]);
    let error = read(&path).unwrap_err().to_string();
    assert!(
        error.contains("outcomes.parquet: column `occurred_at` is missing; write the columns subject_id")
    );
    let times: ArrayRef = Arc::new(TimestampMicrosecondArray::from(vec![0]));
    let amounts: ArrayRef = Arc::new(Float32Array::from(vec![12.5]));
    table(
        &path,
        vec![
            ("subject_id", texts(&[Some("o-1")])),
            ("type", texts(&[Some("refunded")])),
            ("occurred_at", times),
            ("amount", amounts),
        ],
    );
    let error = read(&path).unwrap_err().to_string();
    assert!(error.contains("column `amount` is of type Float32, not int64"), "{error}");
}
