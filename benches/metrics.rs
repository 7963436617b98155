//! What watching costs: the pipeline with the service's own observer beside one that sees nothing, in turns within
//! each round. Only the processor time of the thread counts, so other work on the machine matters little; the median
//! ratio is what counts. `BENCH_ROUNDS` and `BENCH_ROWS` change the size.

#![allow(clippy::unwrap_used, clippy::print_stdout, missing_docs)]

// Each bench uses its own part of these.
#[allow(dead_code)]
#[path = "support/mod.rs"]
mod support;

#[allow(dead_code)]
#[path = "support/seams.rs"]
mod seams;

use bystander_core::drift::DriftPlan;
use bystander_core::record::StreamId;
use bystander_core::rejection::{Code, SkipReason, Stage};
use bystander_core::scored::ScoredBatch;
use bystander_core::stream::Stream;
use bystander_metrics::{BuildInfo, Catalogue, ShardObserver, StreamLabels, WatchedModel};
use bystander_models::LoadedModel;
use bystander_pipeline::{ModelGeneration, Observer, SystemClock, TransactionEnd};
use seams::{EventSource, NullObserver, NullSink, shard};
use std::slice;
use std::sync::Arc;
use std::time::Duration;
use support::{Events, median, number, orders_config};

fn main() {
    let rounds = number("BENCH_ROUNDS", 15);
    let events = Events::orders(number("BENCH_ROWS", 20_000));
    println!("{} orders, {rounds} rounds, processor time of the thread", events.len());
    for (model, batch) in [("fraud/1", 256), ("fraud/1", 32), ("fraud/2", 256), ("fraud/2", 32)] {
        compare(&events, &support::model(model), batch, rounds);
    }
}

fn compare(events: &Events, model: &LoadedModel, batch: usize, rounds: usize) {
    let stream = Arc::new(Stream::compile(StreamId(0), &orders_config(), &[&model.contract], None).unwrap());
    let catalogue = catalogue(&stream, model);
    let (mut none, mut plain, mut all) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..rounds {
        none.push(cost(events, &stream, model, batch, NullObserver));
        plain.push(cost(events, &stream, model, batch, WithoutDrift(catalogue.observer())));
        all.push(cost(events, &stream, model, batch, catalogue.observer()));
    }
    let more = |with: &[f64]| {
        let ratios = with.iter().zip(&none).map(|(with, none)| with / none - 1.0).collect();
        100.0 * median(ratios)
    };
    println!(
        "{:8} batches of {batch:3}   {:6.2} µs/row unwatched   metrics {:+.2} %   metrics and drift {:+.2} %",
        model.identity.to_string(),
        median(none.clone()) * 1e6 / events.len() as f64,
        more(&plain),
        more(&all),
    );
}

fn catalogue(stream: &Stream, model: &LoadedModel) -> Catalogue {
    let drift = Arc::new(DriftPlan::new(&model.contract));
    let models = vec![WatchedModel { identity: model.identity.clone(), drift }];
    let labels = StreamLabels { name: stream.name.clone(), kind: stream.kind(), models };
    let build = BuildInfo { version: "bench", revision: "bench" };
    Catalogue::new(&[labels], build, Duration::from_secs(60 * 60)).unwrap()
}

/// Seconds of processor time from the first record to the last commit.
fn cost(
    events: &Events,
    stream: &Arc<Stream>,
    model: &LoadedModel,
    batch: usize,
    observer: impl Observer,
) -> f64 {
    let streams = support::stream_models(stream, slice::from_ref(model));
    let watch = (observer, SystemClock::default());
    let mut shard = shard(EventSource::new(events), NullSink::default(), streams, watch, batch);
    let start = processor_seconds();
    shard.run().unwrap();
    processor_seconds() - start
}

/// Of this thread so far; Linux counts it in nanoseconds, up to the last time that it left the processor.
fn processor_seconds() -> f64 {
    std::thread::yield_now();
    let counted = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap();
    counted.split_whitespace().next().unwrap().parse::<f64>().unwrap() / 1e9
}

/// The service's observer, to which nothing is shown of what models are fed.
struct WithoutDrift(ShardObserver);

impl Observer for WithoutDrift {
    fn adopted(&mut self, generation: &ModelGeneration) {
        self.0.adopted(generation);
    }

    fn scored(&mut self, batch: &ScoredBatch<'_>) {
        self.0.scored(&ScoredBatch { inputs: &[], ..*batch });
    }

    fn dead_lettered(&mut self, stream: StreamId, stage: Stage, code: Code) {
        self.0.dead_lettered(stream, stage, code);
    }

    fn skipped(&mut self, stream: StreamId, reason: SkipReason) {
        self.0.skipped(stream, reason);
    }

    fn transaction(&mut self, end: TransactionEnd, took: Duration) {
        self.0.transaction(end, took);
    }

    fn gap(&mut self, stream: StreamId, offsets: u64) {
        self.0.gap(stream, offsets);
    }
}
