//! The pipeline without Kafka: bytes in, encoded comparisons out, beside ONNX Runtime alone on the same
//! batches. Both are timed in turns, round by round, so that a noisy machine hits them alike; the median
//! ratio is what counts. `BENCH_ROUNDS` and `BENCH_ROWS` change the size.

#![allow(clippy::unwrap_used, clippy::print_stdout, missing_docs)]

#[path = "support/mod.rs"]
mod support;

#[path = "support/seams.rs"]
mod seams;

use bystander_core::batch::Batch;
use bystander_core::record::StreamId;
use bystander_core::stream::{Decoder, Stream};
use bystander_models::LoadedModel;
use bystander_pipeline::{GenerationModel, Scorer, StreamModels, SystemClock};
use seams::{EventSource, Free, NullObserver, NullSink, shard};
use std::hint::black_box;
use std::sync::Arc;
use std::time::{Duration, Instant};
use support::{Events, median, number, orders_config};

const BATCH: usize = 256;

fn main() {
    let rounds = number("BENCH_ROUNDS", 15);
    let rows = number("BENCH_ROWS", 20_000);
    let events = Events::orders(rows);
    println!(
        "{} orders of {} bytes on average, batches of {BATCH}, {rounds} rounds",
        events.len(),
        events.mean_bytes()
    );
    for models in [&["fraud/1"][..], &["fraud/2"], &["fraud/1", "fraud/2"]] {
        compare(&events, models, rounds);
    }
}

fn compare(events: &Events, names: &[&str], rounds: usize) {
    let models: Vec<LoadedModel> = names.iter().map(|name| support::model(name)).collect();
    let contracts: Vec<_> = models.iter().map(|model| &model.contract).collect();
    let stream = Arc::new(Stream::compile(StreamId(0), &orders_config(), &contracts, None).unwrap());
    let batches = decode_all(events, &stream);
    let mut alone = Vec::new();
    let mut whole = Vec::new();
    let mut parts: [Vec<Duration>; 2] = Default::default();
    for _ in 0..rounds {
        alone.push(runtime_alone(&models, &batches));
        whole.push(pipeline(events, &stream, &models));
        parts[0].push(decoding(events, &stream));
        parts[1].push(scoring_free(events, &stream, models.len()));
    }
    let ratios: Vec<f64> =
        alone.iter().zip(&whole).map(|(alone, whole)| alone.as_secs_f64() / whole.as_secs_f64()).collect();
    let per_row = |times: &[Duration]| {
        median(times.iter().map(Duration::as_secs_f64).collect()) * 1e6 / events.len() as f64
    };
    println!(
        "{:18} ONNX Runtime alone {:6.2} µs/row   pipeline {:6.2} µs/row ({:7.0} rows/s)   ratio {:.2}   decode {:.2} µs   everything but the model {:.2} µs",
        names.join("+"),
        per_row(&alone),
        per_row(&whole),
        1e6 / per_row(&whole),
        median(ratios),
        per_row(&parts[0]),
        per_row(&parts[1]),
    );
}

/// The batches that the pipeline will make.
fn decode_all(events: &Events, stream: &Stream) -> Vec<Batch> {
    let mut decoder = Decoder::default();
    let mut batches = vec![stream.new_batch()];
    for record in events.records() {
        if batches.last().unwrap().len() == BATCH {
            batches.push(stream.new_batch());
        }
        let decoded = decoder.decode(stream, &record, batches.last_mut().unwrap());
        assert!(decoded.is_ok(), "{decoded:?}");
    }
    batches
}

fn runtime_alone(models: &[LoadedModel], batches: &[Batch]) -> Duration {
    let mut scorers: Vec<_> = models.iter().map(|model| model.scorer().unwrap()).collect();
    let mut scores = Vec::with_capacity(BATCH);
    let start = Instant::now();
    for batch in batches {
        for (index, scorer) in scorers.iter_mut().enumerate() {
            scores.clear();
            scorer.score(batch.input(index), &mut scores).unwrap();
            black_box(&scores);
        }
    }
    start.elapsed()
}

fn pipeline(events: &Events, stream: &Arc<Stream>, models: &[LoadedModel]) -> Duration {
    timed_shard(events, support::stream_models(stream, models))
}

/// The pipeline with a model that costs nothing.
fn scoring_free(events: &Events, stream: &Arc<Stream>, models: usize) -> Duration {
    let identity = Arc::new(support::model("fraud/1").identity);
    let free = |_| GenerationModel::new(Arc::clone(&identity), Arc::new(Free));
    timed_shard(events, vec![StreamModels::new(Arc::clone(stream), (0..models).map(free).collect())])
}

fn timed_shard(events: &Events, streams: Vec<StreamModels>) -> Duration {
    let sink = NullSink::default();
    let bytes = sink.bytes();
    let mut shard =
        shard(EventSource::new(events), sink, streams, (NullObserver, SystemClock::default()), BATCH);
    let start = Instant::now();
    shard.run().unwrap();
    let took = start.elapsed();
    assert!(bytes.get() > 0);
    took
}

fn decoding(events: &Events, stream: &Stream) -> Duration {
    let mut decoder = Decoder::default();
    let mut batch = stream.new_batch();
    let start = Instant::now();
    for record in events.records() {
        if batch.len() == BATCH {
            batch.clear();
        }
        let decoded = decoder.decode(stream, &record, &mut batch);
        black_box(decoded.is_ok());
    }
    start.elapsed()
}
