//! Load that goes on whatever happens to the brokers: the simulator's events, sent by the Java client in a thread.

use crate::support::Job;
use bystander_testkit::JavaShell;
use serde_json::{Value, json};
use std::fs;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::Duration;

/// Records that are sent at once, and the wait before the next.
const CHUNK: usize = 200;
const WAIT: Duration = Duration::from_millis(300);
/// After this the broker ends a transaction that its producer left open.
const OPEN_FOR: &str = "8000";
const ORDERS: &str = "12000";
const QUOTES: &str = "6000";

/// What is fed beside sound events.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Extra {
    /// Transactions of which every second is aborted.
    Aborted,
    /// A transaction that is left open.
    Open,
    /// Records that can't be read.
    Bad,
}

/// Feeds until it is told to stop. What stands in the input topics is the truth; a chunk that failed is not sent again.
#[derive(Debug)]
pub(crate) struct Feeder {
    extras: Option<Sender<Extra>>,
    thread: Option<JoinHandle<()>>,
}

impl Feeder {
    /// Starts to feed a job's inputs.
    pub(crate) fn start(job: &Job<'_>) -> Self {
        let (extras, asked) = channel();
        let stock = stock(job);
        let (bootstrap, topics) =
            (job.live().bootstrap(), [job.plan.orders.clone(), job.plan.quotes.clone()]);
        let shell = JavaShell::start().unwrap();
        let feed = move || Feed { shell, bootstrap, topics, stock, next: 0 }.run(&asked);
        Self { extras: Some(extras), thread: Some(std::thread::spawn(feed)) }
    }

    /// Feeds something else once.
    pub(crate) fn feed(&self, extra: Extra) {
        self.extras.as_ref().unwrap().send(extra).unwrap();
    }

    /// Stops once what is being sent is sent.
    pub(crate) fn stop(mut self) {
        self.extras = None;
        self.thread.take().unwrap().join().unwrap();
    }
}

struct Feed {
    shell: JavaShell,
    bootstrap: String,
    topics: [String; 2],
    stock: Vec<Value>,
    next: usize,
}

impl Feed {
    fn run(mut self, asked: &Receiver<Extra>) {
        loop {
            let (records, options) = match asked.recv_timeout(WAIT) {
                Err(RecvTimeoutError::Disconnected) => return,
                Err(RecvTimeoutError::Timeout) => (self.sound(), json!({})),
                Ok(Extra::Bad) => (self.bad(), json!({})),
                Ok(Extra::Aborted) => (self.sound(), json!({ "transaction_size": 25, "abort_every": 2 })),
                Ok(Extra::Open) => (self.sound(), open()),
            };
            self.send(&records, &options);
        }
    }

    fn sound(&mut self) -> Vec<Value> {
        let records = (0..CHUNK).map(|step| self.stock[(self.next + step) % self.stock.len()].clone());
        let records = records.collect();
        self.next += CHUNK;
        records
    }

    fn bad(&self) -> Vec<Value> {
        let values = [
            json!({ "value": "" }),
            json!({ "value": "no event" }),
            json!({ "value": "{\"type\":\"order.placed\",\"order_id\":" }),
            json!({ "value": "[[[[[[[[]" }),
            json!({ "value_base64": "AAECA//+/w==" }),
            json!({ "value": null }),
            json!({ "value": "x".repeat(100_000) }),
        ];
        let of = |topic: &String| {
            values.clone().map(|mut record| {
                record["topic"] = json!(topic);
                record
            })
        };
        self.topics.iter().flat_map(of).collect()
    }

    fn send(&self, records: &[Value], options: &Value) {
        let mut arguments = json!({ "bootstrap": self.bootstrap, "records": records });
        for (name, value) in options.as_object().unwrap() {
            arguments[name] = value.clone();
        }
        if let Err(error) = self.shell.call("produce-lines", &arguments) {
            eprintln!("a chunk was not fed whole: {error}");
        }
    }
}

/// One transaction that ends with its producer.
fn open() -> Value {
    json!({
        "transaction_size": i64::MAX, "leave_open": true, "properties": { "transaction.timeout.ms": OPEN_FOR },
    })
}

/// The simulator's events as records for both inputs, mixed.
fn stock(job: &Job<'_>) -> Vec<Value> {
    let folder = job.beside("events");
    let out = folder.display().to_string();
    let words = ["simulate", "--orders", ORDERS, "--quotes", QUOTES, "--malformed", "0.01", "--out", &out];
    job.command(&words).ok();
    let of = |file: &str, topic: &str, key: &str| -> Vec<Value> {
        let text = fs::read(folder.join(file)).unwrap();
        let text = String::from_utf8_lossy(&text);
        let record = |line: &str| {
            let event: Value = serde_json::from_str(line).unwrap_or_default();
            json!({ "topic": topic, "key": event[key], "value": line })
        };
        text.lines().map(record).collect()
    };
    let mut orders = of("orders.jsonl", &job.plan.orders, "order_id").into_iter();
    let quotes = of("price-quotes.jsonl", &job.plan.quotes, "quote_id");
    quotes.into_iter().flat_map(|quote| [orders.next(), orders.next(), Some(quote)]).flatten().collect()
}
