//! Memory doesn't grow with what is written or read.

use crate::faults::child;
use crate::world::{self, STEADY, TOPICS};
use bystander_archive::{
    ComparisonFiles, EventReader, EventStream, Format, OutputFolder, PieceWriter, ScoredPiece,
};
use bystander_core::record::StreamId;
use bystander_pipeline::{Failure, Polled, Source};
use bystander_testkit::OwnedRecord;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

const OFFSETS: i64 = 100_000;
const MODELS: u64 = 3;

/// Makes its records when they are asked for.
struct Made {
    next: i64,
    end: i64,
    current: Option<OwnedRecord>,
}

impl Source for Made {
    fn poll(&mut self, _: Duration) -> Result<Polled<'_>, Failure> {
        if self.next == self.end {
            return Ok(Polled::Idle);
        }
        self.next += 1;
        Ok(Polled::Record(self.current.insert(world::record(0, 0, self.next - 1)).as_raw()))
    }
}

fn publish(writer: &mut PieceWriter, start: i64) {
    writer.start(ScoredPiece::Partition { topic: TOPICS[0].into(), partition: 0, start });
    let key = (StreamId(0), 0);
    let end = start + OFFSETS;
    let source = Made { next: start, end, current: None };
    let begun = Instant::now();
    let (starts, ends) = (BTreeMap::from([(key, start)]), BTreeMap::from([(key, end)]));
    world::score_source(source, &starts, ends, &mut *writer, STEADY);
    let (scored, held) = (begun.elapsed(), writer.held_bytes());
    let published = writer.publish().unwrap();
    let took = begun.elapsed() - scored;
    let bytes: u64 = published.iter().map(|file| file.bytes).sum();
    let mut out = std::io::stdout();
    writeln!(out, "scored in {scored:?}, held {held}, published {bytes} in {took:?}").unwrap();
}

/// The largest memory that this process has had, in bytes.
fn peak() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() << 10
}

fn write_two_pieces_at_a_time(format: Format) {
    let folder = Arc::new(OutputFolder::open(crate::faults::folder()).unwrap());
    std::thread::scope(|scope| {
        for piece in 0..2 {
            let mut writer = PieceWriter::new(Arc::clone(&folder), format);
            scope.spawn(move || publish(&mut writer, piece * OFFSETS));
        }
    });
    println!("peak {}", peak());
}

#[test]
#[ignore = "is started by another test, as a process of its own"]
fn child_writes_parquet() {
    write_two_pieces_at_a_time(Format::Parquet);
}

#[test]
#[ignore = "is started by another test, as a process of its own"]
fn child_writes_lines() {
    write_two_pieces_at_a_time(Format::JsonLines);
}

#[test]
#[ignore = "is started by another test, as a process of its own"]
fn child_reads_everything_back() {
    let mut rows = 0;
    let begun = Instant::now();
    let read = ComparisonFiles::open(&crate::faults::folder()).unwrap().for_each(|_| {
        rows += 1;
        Ok::<_, Failure>(())
    });
    assert_eq!(read.unwrap().malformed, 0);
    writeln!(std::io::stdout(), "read {rows} in {:?}\npeak {}", begun.elapsed(), peak()).unwrap();
}

/// The figures after each `word` of what the child says.
fn said(test: &str, root: &Path, word: &str) -> Vec<u64> {
    let output = child(test, root).output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{text}\n{}", String::from_utf8_lossy(&output.stderr));
    eprint!("{text}");
    let figure = |line: &str| line.split_once(word)?.1.split_whitespace().next()?.parse().ok();
    text.lines().filter_map(figure).collect()
}

#[test]
fn two_pieces_of_full_size_stay_below_150_megabytes_and_reading_them_below_100() {
    let folder = tempfile::tempdir().unwrap();
    for (child, root) in [("memory::child_writes_parquet", "table"), ("memory::child_writes_lines", "lines")]
    {
        let root = folder.path().join(root);
        let peaks = said(child, &root, "peak ");
        assert!(peaks[0] < 150 << 20, "{child}: {peaks:?}");
        let rows = said("memory::child_reads_everything_back", &root, "read ");
        // Some records are dead letters.
        assert!(rows[0] * 10 > 9 * 2 * OFFSETS as u64 * MODELS, "{rows:?}");
        let peaks = said("memory::child_reads_everything_back", &root, "peak ");
        assert!(peaks[0] < 100 << 20, "{child}: {peaks:?}");
    }
}

#[test]
fn a_file_of_events_is_read_in_a_few_megabytes() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("events.jsonl");
    let mut file = BufWriter::new(File::create(&path).unwrap());
    let filler = "x".repeat(300);
    for number in 0..400_000 {
        writeln!(file, r#"{{"order_id":"o-{number}","total":{number},"note":"{filler}"}}"#).unwrap();
    }
    file.into_inner().unwrap();
    let rows = said("memory::child_reads_events", &path, "events ");
    assert_eq!(rows, [400_000]);
    let peaks = said("memory::child_reads_events", &path, "peak ");
    assert!(peaks[0] < 20 << 20, "{peaks:?}");
}

#[test]
#[ignore = "is started by another test, as a process of its own"]
fn child_reads_events() {
    let path = crate::faults::folder();
    let begun = Instant::now();
    let mut reader = EventReader::new(vec![EventStream { id: StreamId(0), topic: TOPICS[0].into() }]);
    reader.assign(&path, 0, 0..400_000).unwrap();
    let mut bytes = 0;
    while let Polled::Record(record) = reader.poll(Duration::ZERO).unwrap() {
        bytes += record.payload.unwrap().len();
    }
    let took = begun.elapsed();
    let mut out = std::io::stdout();
    writeln!(out, "events {} of {bytes} bytes in {took:?}\npeak {}", reader.records(), peak()).unwrap();
}
