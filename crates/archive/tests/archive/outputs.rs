//! What is published: whole, the same whatever the arrival, and what the shadow topic would hold.

use crate::world::{self, Pace, STEADY, TOPICS};
use bystander_archive::{ComparisonFiles, Format, OutputFile, OutputFolder, PieceWriter, ScoredPiece};
use bystander_core::comparison::ComparisonRecord;
use bystander_core::run::Mode;
use bystander_core::text::hex;
use bystander_pipeline::{Failure, Output, Sink, Transaction};
use bystander_testkit::{MemorySink, OwnedRecord};
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::sync::Arc;

pub(crate) fn writer(root: &Path, format: Format) -> PieceWriter {
    PieceWriter::new(Arc::new(OutputFolder::open(root).unwrap()), format)
}

pub(crate) fn publish(root: &Path, format: Format, records: &[OwnedRecord], pace: Pace) -> Vec<OutputFile> {
    let mut writer = writer(root, format);
    writer.start(ScoredPiece::File);
    world::score(records, &mut writer, pace);
    writer.publish().unwrap()
}

/// All files below the folder but the lock, by path.
pub(crate) fn contents(root: &Path) -> BTreeMap<String, Vec<u8>> {
    fn walk(root: &Path, folder: &Path, found: &mut BTreeMap<String, Vec<u8>>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(root, &path, found);
            } else if !path.ends_with(".pending/lock") {
                let name = path.strip_prefix(root).unwrap().to_str().unwrap().to_owned();
                found.insert(name, fs::read(&path).unwrap());
            }
        }
    }
    let mut found = BTreeMap::new();
    walk(root, root, &mut found);
    found
}

/// What the shadow topics would hold: comparisons and dead letters, as JSON.
pub(crate) fn shadow(records: &[OwnedRecord], pace: Pace) -> (BTreeSet<Vec<u8>>, BTreeSet<Vec<u8>>) {
    let sink = MemorySink::default();
    world::score(records, sink.clone(), pace);
    let log = sink.log();
    let of = |output| {
        let of = log.messages.iter().filter(move |message| message.output == output);
        of.map(|message| message.value.clone().unwrap()).collect()
    };
    (of(Output::Comparisons), of(Output::DeadLetters))
}

fn lines(bytes: &[u8]) -> impl Iterator<Item = Vec<u8>> {
    bytes.split(|&byte| byte == b'\n').filter(|line| !line.is_empty()).map(<[u8]>::to_vec)
}

#[test]
fn lines_are_to_the_byte_what_the_shadow_topic_would_hold() {
    for mode in [Mode::Live, Mode::Replay] {
        let folder = tempfile::tempdir().unwrap();
        let pace = Pace { mode, ..STEADY };
        let records = world::records(120);
        publish(folder.path(), Format::JsonLines, &records, pace);
        let (comparisons, letters) = shadow(&records, pace);
        assert!(comparisons.len() > 300 && letters.len() > 10);
        let (mut found, mut found_letters) = (BTreeSet::new(), BTreeSet::new());
        for (name, bytes) in contents(folder.path()) {
            if name.starts_with("dead-letters/") {
                found_letters.extend(lines(&bytes));
            } else {
                found.extend(lines(&zstd::decode_all(&*bytes).unwrap()));
            }
        }
        assert_eq!(found_letters, letters);
        assert_eq!(found, comparisons);
    }
}

#[test]
fn parquet_read_back_is_field_by_field_what_the_json_says() {
    for mode in [Mode::Live, Mode::Replay] {
        let folder = tempfile::tempdir().unwrap();
        let pace = Pace { mode, ..STEADY };
        let records = world::records(120);
        publish(folder.path(), Format::Parquet, &records, pace);
        let (comparisons, _) = shadow(&records, pace);
        let mut expected: BTreeMap<String, ComparisonRecord<'_>> = BTreeMap::new();
        for json in &comparisons {
            let record = ComparisonRecord::from_json(json).unwrap();
            expected.insert(record.comparison_id.to_string(), record);
        }
        let all = |pick: fn(&ComparisonRecord<'_>) -> bool| expected.values().any(pick);
        assert!(
            all(|one| one.live.is_none()) && all(|one| one.source.timestamp_ms.is_none()),
            "nulls are tried"
        );
        assert!(all(|one| !one.guardrails.is_empty()) && all(|one| one.features.len() == 2));
        assert!(all(|one| one.cost_amount.is_some() && one.quantity.is_some() && one.item_id.is_some()));
        assert!(all(|one| one.customer_id.is_some() && one.live_score.is_some()));
        assert!(all(|one| one.live_propensity == Some(0.125)));
        let mut found = 0;
        let back = ComparisonFiles::open(folder.path()).unwrap().for_each(|record| {
            found += 1;
            assert_eq!(Some(&record), expected.get(&*record.comparison_id));
            Ok::<_, Failure>(())
        });
        assert_eq!(back.unwrap().malformed, 0);
        assert_eq!(found, expected.len());
    }
}

#[test]
fn files_are_parted_by_day_partition_and_piece_and_tell_what_they_hold() {
    let folder = tempfile::tempdir().unwrap();
    let records = world::records(120);
    let published = publish(folder.path(), Format::Parquet, &records, STEADY);
    let contents = contents(folder.path());
    let names: BTreeSet<_> = published.iter().map(|file| file.path.clone()).collect();
    assert_eq!(names, contents.keys().cloned().collect(), "nothing else is there");
    assert!(names.contains("comparisons/dt=2026-10-31/shop.orders+0+1000.parquet"), "{names:?}");
    assert!(names.contains("comparisons/dt=2026-11-02/shop.price-quotes+1+1000.parquet"), "{names:?}");
    assert!(names.contains("dead-letters/shop.orders+1+1000.jsonl"), "{names:?}");
    for file in &published {
        let bytes = &contents[&file.path];
        assert_eq!(file.bytes, bytes.len() as u64);
        assert_eq!(file.sha256, sha256(bytes));
    }
    let rows: u64 = published.iter().filter(|file| file.path.starts_with("comp")).map(|file| file.rows).sum();
    let (comparisons, letters) = shadow(&records, STEADY);
    assert_eq!(rows, comparisons.len() as u64);
    let letter_rows: u64 =
        published.iter().filter(|file| file.path.starts_with("dead")).map(|file| file.rows).sum();
    assert_eq!(letter_rows, letters.len() as u64);
}

fn sha256(bytes: &[u8]) -> String {
    use sha2::{Digest, Sha256};
    hex(&Sha256::digest(bytes))
}

#[test]
fn a_piece_of_a_partition_is_named_after_its_first_offset_even_where_no_record_stands() {
    let folder = tempfile::tempdir().unwrap();
    let mut writer = writer(folder.path(), Format::JsonLines);
    writer.start(ScoredPiece::Partition { topic: TOPICS[0].into(), partition: 0, start: 900 });
    world::score(&world::partition(1000, 20), &mut writer, STEADY);
    for file in writer.publish().unwrap() {
        assert!(file.path.contains("/shop.orders+0+900."), "{}", file.path);
    }
}

#[test]
fn a_piece_published_again_replaces_its_files_and_leaves_the_others() {
    let folder = tempfile::tempdir().unwrap();
    let mut writer = writer(folder.path(), Format::Parquet);
    let start = |start| ScoredPiece::Partition { topic: TOPICS[0].into(), partition: 0, start };
    let mut score = |from, count| {
        writer.start(start(from));
        world::score(&world::partition(from, count), &mut writer, STEADY);
        writer.publish().unwrap()
    };
    let first = score(0, 100);
    let before = contents(folder.path());
    let second = score(100, 100);
    assert_eq!(score(0, 100), first);
    let mut after = contents(folder.path());
    after.retain(|name, _| !second.iter().any(|file| file.path == *name));
    assert_eq!(after, before, "the same piece has the same files");
    // A shorter piece of that name has fewer days and no dead letters.
    let third = score(0, 1);
    assert!(third.len() < first.len());
    let names: BTreeSet<_> = contents(folder.path()).into_keys().collect();
    let expected: BTreeSet<_> = second.iter().chain(&third).map(|file| file.path.clone()).collect();
    assert_eq!(names, expected, "nothing of the longer piece is left");
}

#[test]
fn what_was_aborted_discarded_or_begun_anew_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let mut kept = writer(folder.path(), Format::JsonLines);
    let json = shadow(&world::partition(0, 5), STEADY).0;
    let offer = |writer: &mut PieceWriter, commit: bool| {
        let mut transaction = writer.begin().unwrap();
        for value in &json {
            let message = bystander_pipeline::Message {
                output: Output::Comparisons,
                source_partition: 0,
                key: None,
                value: Some(value),
                headers: &[],
            };
            transaction.send(message).unwrap();
        }
        if commit { transaction.commit(&[]).unwrap() } else { transaction.abort().unwrap() }
    };
    kept.start(ScoredPiece::File);
    offer(&mut kept, false);
    assert_eq!((kept.held_bytes(), kept.publish().unwrap().len()), (0, 0));
    kept.start(ScoredPiece::File);
    offer(&mut kept, true);
    assert!(kept.held_bytes() > 0);
    kept.discard();
    assert_eq!(kept.held_bytes(), 0);
    kept.publish().unwrap_err();
    kept.start(ScoredPiece::File);
    offer(&mut kept, true);
    kept.start(ScoredPiece::File);
    assert_eq!(kept.publish().unwrap().len(), 0);
    assert_eq!(contents(folder.path()).len(), 0);
    kept.start(ScoredPiece::File);
    offer(&mut kept, true);
    let rows: u64 = kept.publish().unwrap().iter().map(|file| file.rows).sum();
    assert_eq!(rows, json.len() as u64);
}

#[test]
fn results_of_another_piece_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let mut writer = writer(folder.path(), Format::Parquet);
    let json = shadow(&world::partition(50, 1), STEADY).0;
    for piece in [
        ScoredPiece::Partition { topic: TOPICS[0].into(), partition: 1, start: 0 },
        ScoredPiece::Partition { topic: TOPICS[1].into(), partition: 0, start: 0 },
        ScoredPiece::Partition { topic: TOPICS[0].into(), partition: 0, start: 51 },
    ] {
        writer.start(piece);
        let mut transaction = writer.begin().unwrap();
        let refused = transaction.send(bystander_pipeline::Message {
            output: Output::Comparisons,
            source_partition: 0,
            key: None,
            value: json.first().map(Vec::as_slice),
            headers: &[],
        });
        assert!(refused.unwrap_err().to_string().contains("shop.orders partition 0 offset 50"));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn the_same_rows_give_the_same_bytes_however_they_come_in(
        batch_rows in 1..200_usize,
        commit_ms in 1..400_u64,
        reversed_models in any::<bool>(),
        shuffle in any::<u64>(),
        parquet in any::<bool>(),
    ) {
        let format = if parquet { Format::Parquet } else { Format::JsonLines };
        let pace = Pace { batch_rows, commit_ms, reversed_models, mode: Mode::Replay };
        let records = world::records(40);
        // Partitions keep their order, but come in any turns.
        let mut turns: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for record in &records {
            turns.entry((record.stream, record.position.partition)).or_default().push(record.clone());
        }
        turns.values_mut().for_each(|list| list.reverse());
        let (mut mixed, mut state) = (Vec::new(), shuffle | 1);
        while turns.values().any(|list| !list.is_empty()) {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let keys: Vec<_> = turns.iter().filter(|(_, list)| !list.is_empty()).map(|(key, _)| *key).collect();
            let key = keys[(state >> 33) as usize % keys.len()];
            mixed.extend(turns.get_mut(&key).unwrap().pop());
        }
        let (one, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let first = publish(one.path(), format, &records, STEADY);
        let second = publish(other.path(), format, &mixed, pace);
        prop_assert_eq!(first, second);
        prop_assert_eq!(contents(one.path()), contents(other.path()));
    }
}
