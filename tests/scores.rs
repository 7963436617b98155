//! Scores equal Python's ONNX Runtime on the same events, and a row's score never depends on its batch.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use bystander_core::golden::InputBuilder;
use bystander_core::input::{Column, ModelInput, TextColumn};
use bystander_models::{Engine, LoadedModel, Repository, gate};
use bystander_onnx::{FORMAT, OnnxEngine, Runtime};
use bystander_pipeline::Scorer;
use bystander_storefront::{Shop, ShopConfig, ShopTopic};
use serde_json::Value;
use std::path::Path;
use std::sync::LazyLock;

const EVENTS: usize = 10_000;
/// What `models/train/golden_scores.py` was given: see tests/golden/README.md.
const RECORDS: u64 = 12_000;
const SEED: u64 = 4242;

/// The shop's events that a scorer would see, by topic.
static EVENTS_BY_TOPIC: LazyLock<[Vec<Vec<u8>>; 2]> = LazyLock::new(|| {
    let records = [(ShopTopic::Orders, RECORDS), (ShopTopic::Quotes, RECORDS)].into();
    let config = ShopConfig { seed: SEED, records, malformed: 0.0, ..ShopConfig::default() };
    let mut events = [Vec::new(), Vec::new()];
    for event in Shop::new(&config).unwrap() {
        let (place, kind) = match event.topic {
            ShopTopic::Orders => (0, "order.placed"),
            ShopTopic::Quotes => (1, "price.quoted"),
            _ => continue,
        };
        let payload = event.payload.unwrap();
        let json: Value = serde_json::from_slice(&payload).unwrap();
        let consents = json.pointer("/consent/analytics").is_none_or(|consent| consent == true);
        if json["type"] == kind && consents && events[place].len() < EVENTS {
            events[place].push(payload);
        }
    }
    events
});

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn model(reference: &str) -> LoadedModel {
    let library = root().join("target/onnxruntime/libonnxruntime.so");
    let engine: std::sync::Arc<dyn Engine> = std::sync::Arc::new(OnnxEngine::new(
        Runtime::open(Some(&library)).expect("`make test` fetches ONNX Runtime first"),
    ));
    let repository = Repository::open(&root().join("models"), &[FORMAT]).unwrap();
    let model = repository.resolve(reference).unwrap();
    gate::load(&[engine], &repository, &model, None).unwrap_or_else(|refusal| panic!("{refusal}"))
}

fn inputs(model: &LoadedModel, topic: usize) -> ModelInput {
    let mut builder = InputBuilder::new(&model.contract, None).unwrap();
    for event in &EVENTS_BY_TOPIC[topic] {
        builder.push(event).unwrap();
    }
    assert_eq!(builder.input().rows(), EVENTS);
    builder.input().clone()
}

/// Scores `order`'s rows in batches of `size`, and puts the scores back where the rows stood.
fn scores(model: &LoadedModel, input: &ModelInput, order: &[usize], size: usize) -> Vec<f64> {
    let mut scorer = model.scorer().unwrap();
    let mut scores = vec![f64::NAN; order.len()];
    let (texts, mut batch) = (texts(input), Vec::new());
    for rows in order.chunks(size) {
        batch.clear();
        scorer.score(&pick(input, &texts, rows), &mut batch).unwrap();
        assert_eq!(batch.len(), rows.len());
        rows.iter().zip(&batch).for_each(|(&row, &score)| scores[row] = score);
    }
    scores
}

fn pick(input: &ModelInput, texts: &[Vec<&str>], rows: &[usize]) -> ModelInput {
    fn of<T: Copy>(data: &[T], width: usize, rows: &[usize]) -> Vec<T> {
        rows.iter().flat_map(|row| &data[row * width..(row + 1) * width]).copied().collect()
    }
    let column = |column: &Column, width| match column {
        Column::F16(values) => Column::F16(of(values, width, rows)),
        Column::F32(values) => Column::F32(of(values, width, rows)),
        Column::F64(values) => Column::F64(of(values, width, rows)),
        Column::I32(values) => Column::I32(of(values, width, rows)),
        Column::I64(values) => Column::I64(of(values, width, rows)),
        Column::Bool(values) => Column::Bool(of(values, width, rows)),
        Column::Text(_) => Column::Text(TextColumn::default()),
    };
    match input {
        ModelInput::MatrixF32 { data, width } => {
            ModelInput::MatrixF32 { data: of(data, *width, rows), width: *width }
        }
        ModelInput::MatrixF64 { data, width } => {
            ModelInput::MatrixF64 { data: of(data, *width, rows), width: *width }
        }
        ModelInput::Matrix { data, width } => {
            ModelInput::Matrix { data: column(data, *width), width: *width }
        }
        ModelInput::Columns(columns) => {
            let mut picked: Vec<_> = columns.iter().map(|one| column(one, 1)).collect();
            for (column, texts) in picked.iter_mut().zip(texts) {
                if let Column::Text(column) = column {
                    rows.iter().for_each(|&row| column.push(texts[row]));
                }
            }
            ModelInput::Columns(picked)
        }
    }
}

/// The rows of each text column, nothing for the others.
fn texts(input: &ModelInput) -> Vec<Vec<&str>> {
    let ModelInput::Columns(columns) = input else { return Vec::new() };
    fn rows(column: &Column) -> Vec<&str> {
        match column {
            Column::Text(values) => values.iter().collect(),
            _ => Vec::new(),
        }
    }
    columns.iter().map(rows).collect()
}

/// Every row once, far from its neighbours.
fn shuffled(rows: usize) -> Vec<usize> {
    let mut order: Vec<_> = (0..rows).collect();
    order.sort_by_key(|row| (row.wrapping_mul(0x9E37_79B9_7F4A_7C15)).rotate_left(17));
    assert_ne!(order, (0..rows).collect::<Vec<_>>());
    order
}

fn agrees_with_python(reference: &str, topic: usize) {
    let golden =
        std::fs::read(root().join(format!("tests/golden/{}.f64", reference.replace('/', "-")))).unwrap();
    let golden: Vec<f64> =
        golden.chunks_exact(8).map(|eight| f64::from_le_bytes(eight.try_into().unwrap())).collect();
    assert_eq!(golden.len(), EVENTS);
    let model = model(reference);
    let input = inputs(&model, topic);
    let in_order: Vec<_> = (0..EVENTS).collect();
    let first = scores(&model, &input, &in_order, 256);
    let worst = first.iter().zip(&golden).map(|(one, other)| (one - other).abs()).fold(0.0, f64::max);
    assert!(worst <= 1e-6, "{reference}: off by up to {worst:e}");
    let spread =
        golden.iter().copied().fold(f64::MIN, f64::max) - golden.iter().copied().fold(f64::MAX, f64::min);
    assert!(spread > 0.01, "scores that are all alike prove nothing");

    let bits = |scores: &[f64]| scores.iter().map(|score| score.to_bits()).collect::<Vec<_>>();
    for (order, size) in [
        (&in_order, 1),
        (&in_order, 7),
        (&in_order, 64),
        (&in_order, 1024),
        (&shuffled(EVENTS), 256),
        (&shuffled(EVENTS), 7),
    ] {
        assert!(
            bits(&scores(&model, &input, order, size)) == bits(&first),
            "{reference} in batches of {size}"
        );
    }
}

#[test]
fn the_champion_for_fraud_scores_as_in_python() {
    agrees_with_python("fraud/1", 0);
}

#[test]
fn the_challenger_for_fraud_scores_as_in_python() {
    agrees_with_python("fraud/2", 0);
}

#[test]
fn the_model_for_prices_scores_as_in_python() {
    agrees_with_python("pricing/1", 1);
}
