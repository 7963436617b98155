//! Comparisons read back: all of them, only the days asked for, and what is none is counted.

use crate::outputs::{contents, publish};
use crate::world::{self, MIDNIGHT, STEADY};
use bystander_archive::{ComparisonFiles, Format, UnreadColumns};
use bystander_core::comparison::{Features, GuardrailHits, Segments};
use bystander_pipeline::Failure;
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

fn ids(files: &ComparisonFiles) -> BTreeSet<String> {
    let mut ids = BTreeSet::new();
    let back = files.for_each(|record| {
        assert!(ids.insert(record.comparison_id.to_string()), "{} comes twice", record.comparison_id);
        Ok::<_, Failure>(())
    });
    assert_eq!(back.unwrap().records, ids.len() as u64);
    ids
}

fn open(path: &Path) -> ComparisonFiles {
    ComparisonFiles::open(path).unwrap()
}

#[test]
fn parquet_and_lines_packed_or_not_give_the_same_comparisons() {
    let (table, lines, plain) =
        (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let records = world::records(60);
    publish(table.path(), Format::Parquet, &records, STEADY);
    publish(lines.path(), Format::JsonLines, &records, STEADY);
    let all = ids(&open(table.path()));
    assert!(all.len() > 200);
    assert_eq!(ids(&open(lines.path())), all);
    for (number, (name, bytes)) in contents(lines.path()).into_iter().enumerate() {
        if name.ends_with(".zst") {
            let path = plain.path().join(format!("{number}.jsonl"));
            fs::write(path, zstd::decode_all(&*bytes).unwrap()).unwrap();
        }
    }
    for name in [".hidden.jsonl", "_draft.parquet", "notes.txt"] {
        fs::write(plain.path().join(name), "not for reading").unwrap();
    }
    assert_eq!(ids(&open(plain.path())), all);
    let one = fs::read_dir(plain.path()).unwrap().map(|entry| entry.unwrap().path());
    let one = one.filter(|path| path.to_str().unwrap().ends_with("0.jsonl")).min().unwrap();
    assert!(ids(&open(&one)).is_subset(&all), "a single file will do");
}

#[test]
fn days_that_are_not_asked_for_are_not_even_opened() {
    let folder = tempfile::tempdir().unwrap();
    publish(folder.path(), Format::Parquet, &world::records(60), STEADY);
    let all = open(folder.path());
    let mut expected = BTreeSet::new();
    let (from, to) = (MIDNIGHT, MIDNIGHT + 1);
    all.for_each(|record| {
        if (from..to).contains(&record.occurred_at_ms) {
            expected.insert(record.comparison_id.to_string());
        }
        Ok::<_, Failure>(())
    })
    .unwrap();
    for (name, _) in contents(folder.path()) {
        if !name.contains("dt=2026-11-01") {
            fs::write(folder.path().join(&name), "no Parquet").unwrap();
        }
    }
    let asked = all.clone().between(from, to);
    assert!(asked.files().len() < all.files().len());
    assert!(!expected.is_empty());
    assert_eq!(ids(&asked), expected);
    let back = asked.for_each(|_| Ok::<_, Failure>(())).unwrap();
    assert!(back.outside > 0, "the day has other times, and they are counted");
    assert_eq!(all.clone().between(from, from).files().len(), 0);
}

#[test]
fn columns_that_are_left_are_empty_and_the_rest_is_the_same() {
    let folder = tempfile::tempdir().unwrap();
    publish(folder.path(), Format::Parquet, &world::records(20), STEADY);
    let unread = UnreadColumns { ids: true, guardrails: true, segments: true, features: true };
    let mut whole = Vec::new();
    open(folder.path())
        .for_each(|mut record| {
            assert!(!record.segments.is_empty() || record.subject_id.starts_with('q'));
            record.comparison_id = "".into();
            record.guardrails = GuardrailHits::default();
            record.segments = Segments::default();
            record.features = Features::default();
            whole.push(format!("{record:?}"));
            Ok::<_, Failure>(())
        })
        .unwrap();
    let mut lean = Vec::new();
    open(folder.path())
        .without(unread)
        .for_each(|record| {
            lean.push(format!("{record:?}"));
            Ok::<_, Failure>(())
        })
        .unwrap();
    assert_eq!(lean, whole);
}

#[test]
fn what_is_no_comparison_is_counted_with_the_first_places() {
    let folder = tempfile::tempdir().unwrap();
    publish(folder.path(), Format::JsonLines, &world::partition(0, 4), STEADY);
    let (name, bytes) = contents(folder.path()).into_iter().find(|(name, _)| name.ends_with(".zst")).unwrap();
    let good = String::from_utf8(zstd::decode_all(&*bytes).unwrap()).unwrap();
    let good: Vec<_> = good.lines().collect();
    let bad = "{\"comparison_id\":\"x\"}\n".repeat(9);
    fs::write(folder.path().join(name), format!("{}\n\nno json\n{bad}{}\n", good[0], good[0])).unwrap();
    let back = open(folder.path()).for_each(|_| Ok::<_, Failure>(())).unwrap();
    assert_eq!(back.malformed, 10);
    assert!(back.records >= 2);
    assert_eq!(back.examples.len(), 5);
    assert!(back.examples[0].contains("0.jsonl.zst:3: expected ident"), "{:?}", back.examples);
    assert!(back.examples[1].contains("0.jsonl.zst:4: missing field"), "{:?}", back.examples);
}

#[test]
fn what_cannot_be_read_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let error = ComparisonFiles::open(folder.path()).unwrap_err().to_string();
    assert!(error.contains("holds no .parquet, .jsonl, .ndjson or .json file"), "{error}");
    let error = ComparisonFiles::open(&folder.path().join("absent")).unwrap_err().to_string();
    assert!(error.contains("absent") && error.contains("check the path"), "{error}");
    let path = folder.path().join("cut.parquet");
    fs::write(&path, b"PAR1 and no more").unwrap();
    let read = |path: &Path| open(path).for_each(|_| Ok::<_, Failure>(())).unwrap_err().to_string();
    let error = read(&path);
    assert!(error.contains("cut.parquet is no Parquet file that can be read"), "{error}");
    let mut bytes = zstd::encode_all(&b"{}\n".repeat(1_000_000)[..], 3).unwrap();
    bytes.truncate(bytes.len() - 4);
    let path = folder.path().join("cut.jsonl.zst");
    fs::write(&path, bytes).unwrap();
    assert!(read(&path).contains("cut short or damaged"));
}

#[test]
fn what_the_caller_finds_wrong_ends_the_reading() {
    let folder = tempfile::tempdir().unwrap();
    publish(folder.path(), Format::Parquet, &world::records(10), STEADY);
    let mut seen = 0;
    let error = open(folder.path()).for_each(|_| {
        seen += 1;
        if seen == 3 { Err(Failure::lasting("enough", "stop")) } else { Ok(()) }
    });
    assert_eq!((error.unwrap_err().what.as_str(), seen), ("enough", 3));
}
