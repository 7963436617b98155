//! What a checkout feels of Bystander: how long its writes to the live topic take while nothing else runs, beside `run`, and
//! beside replays, in turns within one run. Live and shadow side are two real brokers that this program starts.
//! `BENCH_ROUNDS` and `BENCH_SECONDS` (of each turn) change the length, `BENCH_ROWS` what is there to replay.

#![allow(clippy::unwrap_used, clippy::print_stdout, missing_docs)]

// Each bench uses its own part of these.
#[allow(dead_code)]
#[path = "support/mod.rs"]
mod support;

use bystander_kafka::{Feed, FeedRecord};
use bystander_testkit::{KafkaCluster, KafkaOptions};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use support::{Events, median, number};

const TOPIC: &str = "shop.orders";
const OTHER_TOPICS: [&str; 2] = ["shop.price-quotes", "shop.outcomes"];
const PARTITIONS: i32 = 4;
/// Writes of the checkout per second. Each waits for all replicas before the next.
const RATE: u32 = 100;
/// Until a process that was just started does its work.
const WARM_UP: Duration = Duration::from_secs(5);

/// What runs beside the checkout.
const TURNS: [(&str, &[&str]); 4] = [
    ("nothing", &[]),
    ("run", &["run"]),
    ("replay", &["replay", "--stream", "orders"]),
    ("replay, 2 MB/s", &["replay", "--stream", "orders", "--bytes-per-second", "2000000"]),
];

fn main() {
    let (rounds, seconds) = (number("BENCH_ROUNDS", 5), number("BENCH_SECONDS", 10));
    let events = Events::orders(number("BENCH_ROWS", 400_000));
    let [live, shadow] = [0, 1].map(|_| KafkaCluster::start(&KafkaOptions::default()).unwrap());
    for topic in OTHER_TOPICS.iter().chain([&TOPIC]) {
        live.create_topic(topic, PARTITIONS, &[("retention.ms", "-1"), ("retention.bytes", "-1")]).unwrap();
    }
    let mut shop = Checkout::open(&live, &events);
    for index in 0..events.len() {
        shop.send(index);
    }
    shop.feed.flush().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let at = |words: &[&str]| command(words, [&live, &shadow]);
    assert!(at(&["init", "--execute"]).status().unwrap().success());
    println!("{RATE} writes a second, {seconds} s a turn, {rounds} rounds");
    let mut taken = vec![Vec::new(); TURNS.len()];
    for _ in 0..rounds {
        for (turn, (_, words)) in TURNS.iter().enumerate() {
            let beside = (!words.is_empty()).then(|| Beside::start(&at, words, folder.path()));
            std::thread::sleep(WARM_UP);
            taken[turn].push(shop.writes(Duration::from_secs(seconds as u64)));
            drop(beside);
        }
    }
    for ((name, _), rounds) in TURNS.iter().zip(&taken) {
        let of = |share: f64| median(rounds.iter().map(|times| quantile(times, share)).collect());
        let ratio = |share: f64| {
            let pairs = rounds.iter().zip(&taken[0]);
            median(pairs.map(|(with, without)| quantile(with, share) / quantile(without, share)).collect())
        };
        println!(
            "{name:16} p50 {:6.2} ms ({:.2})   p99 {:6.2} ms ({:.2})",
            of(0.5),
            ratio(0.5),
            of(0.99),
            ratio(0.99)
        );
    }
}

/// The shop's writer.
struct Checkout<'a> {
    feed: Feed,
    events: &'a Events,
    next: usize,
}

impl<'a> Checkout<'a> {
    fn open(live: &KafkaCluster, events: &'a Events) -> Self {
        let properties = [("linger.ms", "0"), ("acks", "all")];
        let properties = properties.map(|(key, value)| (key.to_owned(), value.to_owned())).into();
        Self { feed: Feed::new(&live.bootstrap(), &properties).unwrap(), events, next: 0 }
    }

    fn send(&self, index: usize) {
        let record = self.events.record(index % self.events.len());
        let partition = Some(i32::try_from(index).unwrap() % PARTITIONS);
        let (key, payload) = (record.key, record.payload);
        self.feed
            .send(FeedRecord { topic: TOPIC, partition, key, payload, ..FeedRecord::default() })
            .unwrap();
    }

    /// How long each write took, in milliseconds, sorted.
    fn writes(&mut self, span: Duration) -> Vec<f64> {
        let (begun, mut times) = (Instant::now(), Vec::new());
        while begun.elapsed() < span {
            let sent = Instant::now();
            self.send(self.next);
            self.feed.flush().unwrap();
            times.push(sent.elapsed().as_secs_f64() * 1e3);
            self.next += 1;
            let due = begun + Duration::from_secs(1) * times.len() as u32 / RATE;
            std::thread::sleep(due.saturating_duration_since(Instant::now()));
        }
        times.sort_by(f64::total_cmp);
        times
    }
}

fn quantile(sorted: &[f64], share: f64) -> f64 {
    sorted[((sorted.len() - 1) as f64 * share) as usize]
}

/// A process that runs until it is dropped.
struct Beside {
    child: Child,
    out: std::path::PathBuf,
}

impl Beside {
    fn start(at: &impl Fn(&[&str]) -> Command, words: &[&str], folder: &Path) -> Self {
        let out = folder.join("out");
        let text = out.display().to_string();
        let more: &[&str] = if words[0] == "replay" { &["--out", &text] } else { &[] };
        Self { child: at(&[words, more].concat()).spawn().unwrap(), out }
    }
}

impl Drop for Beside {
    fn drop(&mut self) {
        if let Some(status) = self.child.try_wait().unwrap() {
            // It was not there for the whole turn: it failed, or had nothing left to do.
            println!(
                "a process beside the checkout ended early ({status}); if it was a replay, raise BENCH_ROWS"
            );
        }
        let _ = self.child.kill();
        self.child.wait().unwrap();
        let _ = std::fs::remove_dir_all(&self.out);
    }
}

fn command(words: &[&str], [live, shadow]: [&KafkaCluster; 2]) -> Command {
    let config = Path::new(env!("CARGO_MANIFEST_DIR")).join("deploy/local/bystander.toml");
    let mut command = Command::new(env!("CARGO_BIN_EXE_bystander"));
    command
        .args(words)
        .arg("--config")
        .arg(config)
        .env("BYSTANDER__LIVE__BROKERS", live.bootstrap())
        .env("BYSTANDER__SHADOW__BROKERS", shadow.bootstrap())
        .env("BYSTANDER__HTTP__LISTEN", "127.0.0.1:0")
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    command
}
