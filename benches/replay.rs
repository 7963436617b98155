//! `bystander replay` as a user runs it, from files and from a real broker that this program starts, beside the
//! shard pipeline without Kafka on as many threads. Whole processes are timed, of two sizes: what doesn't depend on
//! the size (models, load gate, plan) falls out of the difference, and peak memory of both is shown.
//! `BENCH_ROWS` (of the larger) and `BENCH_ROUNDS` change the size.

#![allow(clippy::unwrap_used, clippy::print_stdout, missing_docs)]

// Each bench uses its own part of these.
#[allow(dead_code)]
#[path = "support/mod.rs"]
mod support;

#[allow(dead_code)]
#[path = "support/seams.rs"]
mod seams;

use bystander_core::record::StreamId;
use bystander_core::stream::Stream;
use bystander_kafka::{Feed, FeedRecord};
use bystander_models::LoadedModel;
use bystander_pipeline::SystemClock;
use bystander_testkit::{KafkaCluster, KafkaOptions};
use seams::{EventSource, NullObserver, NullSink, shard};
use std::collections::BTreeMap;
use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::slice;
use std::sync::Arc;
use std::time::{Duration, Instant};
use support::{Events, median, number, orders_config};

const MODEL: &str = "fraud/1";
const PARTITIONS: i32 = 6;
/// The smaller range is so many times smaller.
const SMALLER: usize = 5;
const TOPIC: &str = "shop.orders";

/// What a replay took.
struct Took {
    time: Duration,
    peak_mib: u64,
}

/// Where a replay reads from: the words that say so, for the smaller and the larger range.
struct From {
    name: &'static str,
    words: [Vec<String>; 2],
}

fn main() {
    let rows = number("BENCH_ROWS", 500_000);
    let rounds = number("BENCH_ROUNDS", 3);
    let events = Events::orders(rows);
    let small = rows / SMALLER;
    let folder = tempfile::tempdir().unwrap();
    let cluster = KafkaCluster::start(&KafkaOptions::default()).unwrap();
    cluster.create_topic(TOPIC, PARTITIONS, &[("retention.ms", "-1"), ("retention.bytes", "-1")]).unwrap();
    feed(&cluster, &events);
    let brokers = cluster.bootstrap();
    let sources = [
        From {
            name: "lines",
            words: [small, rows].map(|count| input(&lines(folder.path(), &events, count, false))),
        },
        From {
            name: "zstd lines",
            words: [small, rows].map(|count| input(&lines(folder.path(), &events, count, true))),
        },
        From {
            name: "broker",
            words: [small, rows].map(|count| {
                let to = count / PARTITIONS as usize;
                ["--brokers", &brokers, "--to", &to.to_string()].map(str::to_owned).to_vec()
            }),
        },
    ];
    println!("{rows} orders of {} bytes on average, model {MODEL}, {rounds} rounds", events.mean_bytes());
    let model = support::model(MODEL);
    let stream = Arc::new(Stream::compile(StreamId(0), &orders_config(), &[&model.contract], None).unwrap());
    for workers in [1, 2] {
        let mut pipelines = Vec::new();
        let mut rates: Vec<Vec<f64>> = vec![Vec::new(); sources.len()];
        let mut peaks = vec![[0; 2]; sources.len()];
        for _ in 0..rounds {
            pipelines.push(pipelines_rate(&events, &stream, &model, workers));
            for (index, from) in sources.iter().enumerate() {
                let [less, more] = [0, 1].map(|size| replay(folder.path(), &from.words[size], workers));
                let time = more.time.saturating_sub(less.time).as_secs_f64();
                rates[index].push((rows - small) as f64 / time);
                for (peak, took) in peaks[index].iter_mut().zip([less, more]) {
                    *peak = took.peak_mib.max(*peak);
                }
            }
        }
        println!("pipeline alone, {workers} threads          {:9.0} rows/s", median(pipelines.clone()));
        for ((from, rates), [less, more]) in sources.iter().zip(rates).zip(peaks) {
            let ratio = median(rates.iter().zip(&pipelines).map(|(replay, alone)| replay / alone).collect());
            println!(
                "replay from {:10}, {workers} workers {:9.0} rows/s   {ratio:.2} of the pipeline   at most {less} MiB, {more} MiB",
                from.name,
                median(rates)
            );
        }
    }
}

/// Rows per second of shards that have everything in memory and forget what they write, one per thread.
fn pipelines_rate(events: &Events, stream: &Arc<Stream>, model: &LoadedModel, threads: usize) -> f64 {
    let began = Instant::now();
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                let streams = support::stream_models(stream, slice::from_ref(model));
                let watch = (NullObserver, SystemClock::default());
                shard(EventSource::new(events), NullSink::default(), streams, watch, 256).run().unwrap();
            });
        }
    });
    (threads * events.len()) as f64 / began.elapsed().as_secs_f64()
}

/// Runs the command; its folder is thrown away.
fn replay(folder: &Path, from: &[String], workers: usize) -> Took {
    let config = Path::new(env!("CARGO_MANIFEST_DIR")).join("deploy/local/bystander.toml");
    let out = folder.join("out");
    let began = Instant::now();
    let mut child = Command::new(env!("CARGO_BIN_EXE_bystander"))
        .args(["replay", "--stream", "orders", "--models", MODEL, "--workers", &workers.to_string()])
        .arg("--config")
        .arg(config)
        .arg("--out")
        .arg(&out)
        .args(from)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let peak_mib = watch(&mut child);
    let time = began.elapsed();
    assert!(child.wait().unwrap().success());
    std::fs::remove_dir_all(out).unwrap();
    Took { time, peak_mib }
}

/// Waits for the end; gives the peak of resident memory, as Linux tells it.
fn watch(child: &mut Child) -> u64 {
    let status = format!("/proc/{}/status", child.id());
    let mut peak = 0;
    while child.try_wait().unwrap().is_none() {
        let text = std::fs::read_to_string(&status).unwrap_or_default();
        let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kib = line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok());
        peak = kib.unwrap_or(0).max(peak);
        std::thread::sleep(Duration::from_millis(10));
    }
    peak / 1_024
}

fn input(file: &Path) -> Vec<String> {
    vec!["--input".to_owned(), file.display().to_string()]
}

/// A file of the first `count` events.
fn lines(folder: &Path, events: &Events, count: usize, packed: bool) -> std::path::PathBuf {
    let path = folder.join(format!("orders-{count}.jsonl{}", if packed { ".zst" } else { "" }));
    let file = std::io::BufWriter::new(File::create(&path).unwrap());
    let payloads = events.records().take(count).map(|record| record.payload.unwrap());
    let write = |out: &mut dyn Write, payload: &[u8]| {
        out.write_all(payload).unwrap();
        out.write_all(b"\n").unwrap();
    };
    if packed {
        let mut out = zstd::Encoder::new(file, 3).unwrap();
        payloads.for_each(|payload| write(&mut out, payload));
        out.finish().unwrap().flush().unwrap();
    } else {
        let mut out = file;
        payloads.for_each(|payload| write(&mut out, payload));
        out.flush().unwrap();
    }
    path
}

fn feed(cluster: &KafkaCluster, events: &Events) {
    let feed = Feed::new(&cluster.bootstrap(), &BTreeMap::new()).unwrap();
    for (index, record) in events.records().enumerate() {
        let partition = Some(i32::try_from(index).unwrap() % PARTITIONS);
        let (key, payload) = (record.key, record.payload);
        feed.send(FeedRecord { topic: TOPIC, partition, key, payload, ..FeedRecord::default() }).unwrap();
    }
    feed.flush().unwrap();
}
