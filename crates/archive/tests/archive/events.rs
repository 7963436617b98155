//! Event files as input: every record once, in order, wherever the lines are cut.

use crate::outputs::{contents, publish};
use crate::world::{self, STEADY, TOPICS};
use bystander_archive::{
    EventForm, EventReader, EventStream, Format, OutputFolder, PieceWriter, ScoredPiece, survey,
};
use bystander_core::record::StreamId;
use bystander_pipeline::{Failure, Polled, Progress, Source};
use bystander_testkit::OwnedRecord;
use flate2::Compression;
use flate2::write::GzEncoder;
use proptest::prelude::*;
use serde_json::json;
use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

fn streams(count: usize) -> Vec<EventStream> {
    (0..count).map(|id| EventStream { id: StreamId(id), topic: TOPICS[id].into() }).collect()
}

fn file(folder: &Path, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
    let path = folder.join(name);
    fs::write(&path, bytes).unwrap();
    path
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// A record as it was given, and how its partition's progress ended.
type Read = (Vec<OwnedRecord>, Vec<Progress>);

fn read(reader: &mut EventReader) -> Result<Read, Failure> {
    let (mut records, mut reached) = (Vec::new(), Vec::new());
    loop {
        match reader.poll(Duration::ZERO)? {
            Polled::Record(record) => {
                let owned = |bytes: Option<&[u8]>| bytes.map(<[u8]>::to_vec);
                let mut headers = Vec::new();
                for (name, value) in [
                    ("traceparent", record.headers.traceparent),
                    ("content-type", record.headers.content_type),
                ] {
                    headers.extend(value.map(|value| (name.to_owned(), value.to_vec())));
                }
                records.push(OwnedRecord {
                    stream: record.stream,
                    position: record.position,
                    timestamp_ms: record.timestamp_ms,
                    key: owned(record.key),
                    payload: owned(record.payload),
                    headers,
                });
            }
            Polled::Reached(progress) => reached.push(progress),
            Polled::Idle => return Ok((records, reached)),
            other => panic!("{other:?}"),
        }
    }
}

fn read_lines(path: &Path, streams: Vec<EventStream>, lines: Range<u64>) -> Read {
    let mut reader = EventReader::new(streams);
    reader.assign(path, 3, lines).unwrap();
    read(&mut reader).unwrap()
}

fn progress(stream: usize, partition: i32, next_offset: i64) -> Progress {
    Progress { stream: StreamId(stream), partition, next_offset }
}

const PLAIN: &[u8] = b"\xef\xbb\xbf{\"a\":1}\r\n\n   \t\r\n{\"a\":2}\nno json\n{\"a\":3}";

#[test]
fn a_plain_file_gives_its_lines_with_their_numbers_as_offsets_packed_or_not() {
    let folder = tempfile::tempdir().unwrap();
    let (half, rest) = PLAIN.split_at(20);
    let zstd = |bytes: &[u8]| zstd::encode_all(bytes, 3).unwrap();
    for (name, bytes) in [
        ("plain.gz", PLAIN.to_vec()),
        ("gzip", [gzip(half), gzip(rest)].concat()),
        ("zstd.jsonl", [zstd(half), zstd(rest)].concat()),
    ] {
        let path = file(folder.path(), name, bytes);
        let (records, reached) = read_lines(&path, streams(1), 0..6);
        let found: Vec<_> =
            records.iter().map(|one| (one.position.offset, one.payload.clone().unwrap())).collect();
        let expected: [(i64, &[u8]); 4] =
            [(0, b"{\"a\":1}"), (3, b"{\"a\":2}"), (4, b"no json"), (5, b"{\"a\":3}")];
        assert_eq!(found, expected.map(|(offset, payload)| (offset, payload.to_vec())), "{name}");
        assert!(records.iter().all(|one| one.position.partition == 3 && one.timestamp_ms.is_none()));
        assert_eq!(reached, [progress(0, 3, 6)]);
        let [survey] = survey(&[path], &streams(1)).unwrap().try_into().unwrap();
        assert_eq!((survey.form, survey.lines, survey.blank), (EventForm::JsonLines, 6, 2));
        assert_eq!((survey.records(), survey.compressed), (4, name != "plain.gz"));
        let [partition] = survey.partitions.try_into().unwrap();
        assert_eq!((partition.partition, partition.start, partition.end), (0, 0, 6));
    }
}

fn kcat_line(topic: &str, partition: i32, offset: i64, more: &serde_json::Value) -> String {
    let mut line = json!({"topic": topic, "partition": partition, "offset": offset, "tstype": "create", "ts": 1_000 + offset, "broker": 1, "key": null, "payload": format!("{{\"at\":\"{topic}\\n{offset}\"}}")});
    line.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    line.to_string()
}

#[test]
fn a_line_of_kcat_says_everything_itself() {
    let folder = tempfile::tempdir().unwrap();
    let mut bytes = [
        kcat_line(TOPICS[0], 1, 7, &json!({"key": "k\u{e9}y", "headers": ["traceparent", "00-1", "other", null, "content-type", "text/plain"]})),
        String::new(),
        kcat_line("somebody.elses", 0, 1, &json!({})),
        kcat_line(TOPICS[1], 1, 2, &json!({"tstype": "unknown", "ts": 0, "payload": null, "value_schema_id": 5})),
        kcat_line(TOPICS[0], 1, 9, &json!({"tstype": "logappend"})),
    ]
    .join("\n")
    .into_bytes();
    // kcat writes bytes that are no UTF-8 as they are.
    bytes.extend_from_slice(b"\n{\"topic\":\"shop.orders\",\"partition\":0,\"offset\":4,\"payload\":\"\\u00e9 \xff\",\"key\":\"\xfe\"}");
    let path = file(folder.path(), "dump", bytes);
    let (records, mut reached) = read_lines(&path, streams(2), 0..6);
    let expected = |stream, partition, offset, timestamp_ms, key: Option<&[u8]>, payload: Option<&[u8]>| {
        let mut record = OwnedRecord::new(stream, partition, offset, payload.unwrap_or_default());
        (record.timestamp_ms, record.key) = (timestamp_ms, key.map(<[u8]>::to_vec));
        record.payload = payload.map(<[u8]>::to_vec);
        record
    };
    let mut first =
        expected(0, 1, 7, Some(1_007), Some("k\u{e9}y".as_bytes()), Some(b"{\"at\":\"shop.orders\\n7\"}"));
    first.headers =
        vec![("traceparent".into(), b"00-1".to_vec()), ("content-type".into(), b"text/plain".to_vec())];
    assert_eq!(
        records,
        [
            first,
            expected(1, 1, 2, None, None, None),
            expected(0, 1, 9, Some(1_009), None, Some(b"{\"at\":\"shop.orders\\n9\"}")),
            expected(0, 0, 4, None, Some(b"\xfe"), Some(b"\xc3\xa9 \xff")),
        ]
    );
    reached.sort_by_key(|at| (at.stream, at.partition));
    assert_eq!(reached, [progress(0, 0, 5), progress(0, 1, 10), progress(1, 1, 3)]);
    let [survey] = survey(&[path], &streams(2)).unwrap().try_into().unwrap();
    assert_eq!((survey.form, survey.lines, survey.blank, survey.records()), (EventForm::Kcat, 6, 1, 4));
    assert_eq!(survey.foreign, BTreeMap::from([("somebody.elses".to_owned(), 1)]));
    let second = &survey.partitions[1];
    assert_eq!((second.topic.as_str(), second.partition, second.records), (TOPICS[0], 1, 2));
    assert_eq!((second.start, second.end), (7, 10));
    assert_eq!((second.first_ms, second.last_ms), (Some(1_007), Some(1_009)));
}

/// What surveying and reading the files says, which must be the same of both where both see it.
fn refusal(files: &[PathBuf], streams_read: usize) -> String {
    let error = survey(files, &streams(streams_read)).unwrap_err();
    if let [one] = files {
        let mut reader = EventReader::new(streams(streams_read));
        let tried = reader.assign(one, 0, 0..u64::MAX).and_then(|()| read(&mut reader));
        let found = tried.unwrap_err();
        assert!(!found.is_retriable());
        assert_eq!(found.to_string(), error.to_string());
    }
    error.to_string()
}

#[test]
fn what_is_wrong_with_a_file_is_told_with_its_line_and_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let make = |name: &str, bytes: &[u8]| file(folder.path(), name, bytes);
    let lines = |lines: &[String]| lines.join("\n").into_bytes();
    let good = |offset| kcat_line(TOPICS[0], 0, offset, &json!({}));
    let check = |found: String, parts: &[&str]| {
        assert!(parts.iter().all(|part| found.contains(part)), "{found}");
    };
    let path = make("order", &lines(&[good(1), good(3), good(3)]));
    check(refusal(&[path], 1), &["order:3 has offset 3 of partition 0 after offset 3", "sort its lines"]);
    let path = make("broken", &lines(&[good(1), "{\"topic\":\"sh".into()]));
    check(refusal(&[path], 1), &["broken:2 is not a line of kcat -J or rpk", "dump it again"]);
    let path = make("nested", &lines(&[good(1), kcat_line(TOPICS[0], 0, 2, &json!({"payload": {"a": 1}}))]));
    let mut reader = EventReader::new(streams(1));
    reader.assign(&path, 0, 0..2).unwrap();
    check(read(&mut reader).unwrap_err().to_string(), &["nested:2", "dump without -s"]);
    let path = make("long", &vec![b'x'; (32 << 20) + 10]);
    check(refusal(&[path], 1), &["long:1 is longer than 32 MiB", "one JSON event a line"]);
    let packed = gzip(&b"{\"a\":1}\n".repeat(5_000));
    let path = make("cut.gz", &packed[..packed.len() / 2]);
    check(refusal(&[path], 1), &["cut.gz can't be unpacked behind line", "fetch or write it again"]);
    let packed = zstd::encode_all(&*b"{\"a\":1}\n".repeat(500_000), 3).unwrap();
    let path = make("cut.zst", &packed[..packed.len() / 2]);
    check(refusal(&[path], 1), &["cut.zst can't be unpacked behind line", "fetch or write it again"]);
    let path = make("plain", b"{}\n");
    check(refusal(&[path], 2), &["plain doesn't say which stream", "--stream"]);
    check(refusal(&[folder.path().join("absent")], 1), &["absent", "check the path"]);
    let (one, other) = (make("one", &lines(&[good(1), good(5)])), make("other", &lines(&[good(4), good(9)])));
    check(
        refusal(&[one.clone(), other], 1),
        &["both hold offsets of shop.orders partition 0 between 4 and 5"],
    );
    check(refusal(&[one.clone(), one.clone()], 1), &["named twice"]);
    let third = make("third", &lines(&[good(6), good(9)]));
    assert_eq!(survey(&[one.clone(), third], &streams(1)).unwrap().len(), 2);
    let mut reader = EventReader::new(streams(1));
    reader.assign(&one, 0, 1..3).unwrap();
    check(
        read(&mut reader).unwrap_err().to_string(),
        &["has 2 lines, where 3 were planned", "start the replay again"],
    );
    check(reader.assign(&one, 0, 7..8).unwrap_err().to_string(), &["has 2 lines, where 7 were planned"]);
}

/// Records as `kcat -J` dumps them.
fn dump(records: &[OwnedRecord]) -> Vec<u8> {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    let line = |record: &OwnedRecord| {
        let (kind, time) = record.timestamp_ms.map_or(("unknown", 0), |time| ("create", time));
        let payload = record.payload.as_deref().map(text);
        let key = record.key.as_deref().map(text);
        let more = json!({"tstype": kind, "ts": time, "key": key, "payload": payload});
        kcat_line(TOPICS[record.stream.0], record.position.partition, record.position.offset, &more) + "\n"
    };
    records.iter().map(line).collect::<String>().into_bytes()
}

#[test]
fn a_dump_scored_piece_by_piece_gives_what_the_topics_give() {
    let records = world::records(100);
    let topics = tempfile::tempdir().unwrap();
    let expected: u64 =
        publish(topics.path(), Format::JsonLines, &records, STEADY).iter().map(|file| file.rows).sum();
    let folder = tempfile::tempdir().unwrap();
    let path = file(folder.path(), "dump.zst", zstd::encode_all(&*dump(&records), 3).unwrap());
    let root = folder.path().join("out");
    let mut writer = PieceWriter::new(Arc::new(OutputFolder::open(&root).unwrap()), Format::JsonLines);
    let mut reader = EventReader::new(streams(2));
    let mut rows = 0;
    for start in (0..400).step_by(150) {
        let lines = start..(start + 150).min(400);
        reader.assign(&path, 0, lines.clone()).unwrap();
        let (mut starts, mut ends) = (BTreeMap::new(), BTreeMap::new());
        for record in &records[lines.start as usize..lines.end as usize] {
            let key = (record.stream, record.position.partition);
            starts.entry(key).or_insert(record.position.offset);
            ends.insert(key, record.position.offset + 1);
        }
        writer.start(ScoredPiece::File);
        world::score_source(&mut reader, &starts, ends, &mut writer, STEADY);
        rows += writer.publish().unwrap().iter().map(|file| file.rows).sum::<u64>();
    }
    assert_eq!(rows, expected);
    assert_eq!(sorted_lines(&root), sorted_lines(topics.path()));
}

/// All lines of all files: pieces have other names than the whole.
fn sorted_lines(root: &Path) -> Vec<Vec<u8>> {
    let mut lines = Vec::new();
    for (name, bytes) in contents(root) {
        let bytes = if name.ends_with(".zst") { zstd::decode_all(&*bytes).unwrap() } else { bytes };
        lines.extend(bytes.split(|&byte| byte == b'\n').map(<[u8]>::to_vec));
    }
    lines.retain(|line| !line.is_empty());
    lines.sort();
    assert!(lines.len() > 100);
    lines
}

proptest! {
    #[test]
    fn pieces_give_every_record_once_wherever_they_are_cut_and_in_whatever_order_they_are_read(
        kinds in prop::collection::vec(0..4_u8, 1..60),
        cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..6),
        kcat in any::<bool>(),
        packed in any::<bool>(),
        backwards in any::<bool>(),
        long in 0..3_usize,
    ) {
        let mut text = String::new();
        let mut expected = Vec::new();
        for (line, kind) in kinds.iter().enumerate() {
            let offset = line as i64;
            let filler = "x".repeat(if *kind == 3 { (long << 19) + 1 } else { 3 });
            match kind {
                0 if line > 0 => text.push_str("  "),
                1 if kcat && line > 0 => text.push_str(&kcat_line("foreign", 0, 0, &json!({}))),
                _ if kcat => {
                    text.push_str(&kcat_line(TOPICS[0], i32::from(*kind), offset, &json!({"payload": &filler})));
                    expected.push((i32::from(*kind), offset, filler));
                }
                _ => {
                    text.push_str(&filler);
                    expected.push((3, offset, filler));
                }
            }
            text.push('\n');
        }
        let folder = tempfile::tempdir().unwrap();
        let bytes = if packed { gzip(text.as_bytes()) } else { text.into_bytes() };
        let path = file(folder.path(), "events", bytes);
        let mut ends: Vec<_> = cuts.iter().map(|cut| cut.index(kinds.len()) as u64).collect();
        ends.extend([0, kinds.len() as u64]);
        ends.sort_unstable();
        let mut pieces: Vec<_> = ends.windows(2).map(|ends| ends[0]..ends[1]).collect();
        if backwards {
            pieces.reverse();
        }
        let mut reader = EventReader::new(streams(1));
        let mut found = Vec::new();
        for lines in pieces {
            reader.assign(&path, 3, lines).unwrap();
            let (records, _) = read(&mut reader).unwrap();
            found.extend(records.into_iter().map(|one| {
                (one.position.partition, one.position.offset, String::from_utf8(one.payload.unwrap()).unwrap())
            }));
        }
        found.sort_by_key(|(_, offset, _)| *offset);
        prop_assert_eq!(found.len() as u64, reader.records());
        prop_assert_eq!(&found, &expected);
        let survey = survey(&[path], &streams(1)).unwrap();
        prop_assert_eq!(survey[0].records(), expected.len() as u64);
        prop_assert_eq!(survey[0].lines, kinds.len() as u64);
    }
}

#[test]
fn an_error_says_what_it_is_about_and_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let mut reader = EventReader::new(streams(1));
    let error = reader.assign(&folder.path().join("missing.jsonl"), 0, 0..u64::MAX).unwrap_err();
    assert!(!error.is_retriable() && error.to_string() == format!("{}; {}", error.what, error.fix));
    assert!(error.what.contains("missing.jsonl") && error.fix == "check the path", "{error}");
}

/// Key, timestamp and payload of every record of a file that names no topics.
fn records(path: &Path) -> Vec<(Option<String>, Option<i64>, String)> {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let mut found = Vec::new();
    let files = bystander_archive::OutcomeFiles::open(path).unwrap();
    let read = files.for_each(
        |_| true,
        |record, _| {
            found.push((
                record.key.map(text),
                record.timestamp_ms,
                text(record.payload.unwrap_or(b"nothing")),
            ));
            Ok::<_, Failure>(())
        },
    );
    read.unwrap();
    found
}

#[test]
fn dumps_of_other_tools_give_the_same_records() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, bytes: &[u8]| {
        let path = folder.path().join(name);
        fs::write(&path, bytes).unwrap();
        path
    };
    let expected = vec![
        (Some("k-1".to_owned()), Some(1_772_892_309_000), "{\"id\":\"a\"}".to_owned()),
        (None, None, "{\"id\":\"b\"}".to_owned()),
    ];
    let rpk = r#"{"topic":"t","key":"k-1","value":"{\"id\":\"a\"}","headers":[{"key":"h","value":"v"}],"timestamp":1772892309000,"partition":0,"offset":5}
{"topic":"t","value":"{\"id\":\"b\"}","partition":0,"offset":6}
"#;
    assert_eq!(records(&file("rpk.jsonl", rpk.as_bytes())), expected);
    let deleted = format!("{rpk}{}\n", r#"{"topic":"t","key":"k","timestamp":5,"partition":0,"offset":7}"#);
    let last = records(&file("rpk-deleted.jsonl", deleted.as_bytes())).pop();
    assert_eq!(
        last,
        Some((Some("k".to_owned()), Some(5), "nothing".to_owned())),
        "rpk leaves a null value out"
    );
    let indented =
        rpk.replace("{\"topic\"", "{\n  \"topic\"").replace(",\"partition\"", ",\n  \"partition\"");
    assert_eq!(records(&file("rpk-indented.json", indented.as_bytes())), expected);
    let console = "CreateTime:1772892309000\tk-1\t{\"id\":\"a\"}\nNO_TIMESTAMP\tnull\t{\"id\":\"b\"}\n";
    assert_eq!(records(&file("console.txt", console.as_bytes())), expected);
    let plain: Vec<_> = expected.iter().map(|(_, _, value)| (None, None, value.clone())).collect();
    let lines = "{\"id\":\"a\"}\n{\"id\":\"b\"}\n";
    let units = |mark: &[u8], order: fn(u16) -> [u8; 2]| {
        [mark, &lines.encode_utf16().flat_map(order).collect::<Vec<_>>()].concat()
    };
    for (name, bytes) in [
        ("array.json", b"[\n {\"id\":\"a\"},\n {\"id\":\"b\"}\n]\n".to_vec()),
        ("one-line.json", b"[{\"id\":\"a\"},{\"id\":\"b\"}]".to_vec()),
        ("marked.jsonl", format!("\u{feff}{lines}").into_bytes()),
        ("marked-array.json", "\u{feff}[{\"id\":\"a\"},{\"id\":\"b\"}]".as_bytes().to_vec()),
        ("little.jsonl", units(b"\xff\xfe", u16::to_le_bytes)),
        ("big.jsonl", units(b"\xfe\xff", u16::to_be_bytes)),
        ("unmarked.jsonl", units(b"", u16::to_le_bytes)),
        ("little.jsonl.zst", zstd::encode_all(&units(b"\xff\xfe", u16::to_le_bytes)[..], 1).unwrap()),
    ] {
        assert_eq!(records(&file(name, &bytes)), plain, "{name}");
    }
}

#[test]
fn a_file_that_is_not_read_says_what_it_is_and_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let meta = r#"{"topic":"t","value":"{}","timestamp":4,"partition":0,"offset":6}
{"topic":"t","value_size":2,"timestamp":5,"partition":0,"offset":7}
"#;
    for (name, bytes, what) in [
        ("a.jsonl.bz2", b"BZh91AY".as_slice(), "compressed with bzip2, which isn't read; unpack it"),
        ("a.jsonl.xz", b"\xfd7zXZ\0".as_slice(), "compressed with xz, which isn't read; unpack it"),
        ("a.zip", b"PK\x03\x04".as_slice(), "a zip archive, which isn't read; unpack it"),
        (
            "meta.jsonl",
            meta.as_bytes(),
            "meta.jsonl:2 is not a line of kcat -J or rpk: it was written with --meta-only",
        ),
    ] {
        let path = folder.path().join(name);
        fs::write(&path, bytes).unwrap();
        let files = bystander_archive::OutcomeFiles::open(&path).unwrap();
        let error = files.for_each(|_| true, |_, _| Ok::<_, Failure>(())).unwrap_err();
        assert!(error.to_string().contains(what), "{error}");
    }
}
