//! Orders on a topic of six partitions as another client wrote and reads them.

use crate::folder::Place;
use crate::support::Job;
use bystander_testkit::{Consumed, Isolation, ProduceOptions};
use serde_json::{Value, json};
use std::fs;
use std::time::Duration;

/// Epoch milliseconds of the first event.
pub(crate) const FIRST_MS: i64 = 1_767_225_600_000;
pub(crate) const PARTITIONS: i64 = 6;

/// Simulated orders, one JSON text each.
pub(crate) fn orders(job: &Job<'_>, count: u64) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().display().to_string();
    let words =
        ["simulate", "--orders", &count.to_string(), "--quotes", "0", "--malformed", "0.01", "--out", &out];
    job.start(&words).wait(Duration::from_secs(300)).ok();
    let text = fs::read(folder.path().join("orders.jsonl")).unwrap();
    String::from_utf8_lossy(&text).lines().map(ToOwned::to_owned).collect()
}

/// Writes them by transactions of which every third is aborted. Times stand still for three records of a partition,
/// and every 50th record is half a minute late.
pub(crate) fn write(job: &Job<'_>, orders: &[String]) {
    let records = orders.iter().zip(0_i64..).map(|(order, index)| {
        let second = index / PARTITIONS / 3;
        let late = if index % 50 == 49 { 30 } else { 0 };
        json!({
            "topic": job.plan.orders, "partition": index % PARTITIONS, "key": format!("k{index}"), "value": order,
            "timestamp": FIRST_MS + (second - late) * 1_000,
        })
    });
    let options = ProduceOptions { transaction_size: 500, abort_every: 3 };
    let produced = job.live().produce(records, &options).unwrap();
    assert!(produced.aborted * 2 >= produced.produced / 2, "a third is aborted: {produced:?}");
}

/// Every committed record, as the other client reads it.
pub(crate) fn committed(job: &Job<'_>) -> Vec<Consumed> {
    job.live().consume(&job.plan.orders, Isolation::Committed).unwrap()
}

/// What must not become a skip of those that were asked for: sound orders with consent, and all that is malformed.
pub(crate) fn scored(job: &Job<'_>, records: &[Consumed], asked: impl Fn(&Consumed) -> bool) -> Vec<Place> {
    let counts = |record: &&Consumed| {
        let value = record.value.as_deref().and_then(|value| serde_json::from_str::<Value>(value).ok());
        let Some(value) = value.filter(Value::is_object) else { return true };
        let other = value.get("type").is_some_and(|kind| kind.is_string() && kind != "order.placed");
        !other && value.pointer("/consent/analytics") != Some(&Value::Bool(false))
    };
    let place = |record: &Consumed| (job.plan.orders.clone(), i64::from(record.partition), record.offset);
    let mut places: Vec<_> = records.iter().filter(|one| asked(one)).filter(counts).map(place).collect();
    places.sort();
    places
}
