//! What the benches share: events and models.

use bystander_core::config::StreamConfig;
use bystander_core::record::{Position, RawRecord, RecordHeaders, StreamId};
use bystander_core::stream::Stream;
use bystander_models::{Engine, LoadedModel, Repository, gate};
use bystander_onnx::{FORMAT, OnnxEngine, Runtime};
use bystander_pipeline::{GenerationModel, StreamModels};
use bystander_storefront::{Expected, Shop, ShopConfig, ShopTopic};
use std::path::Path;
use std::sync::Arc;

/// A number from the environment.
pub(crate) fn number(name: &str, default: usize) -> usize {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

/// The middle of some numbers.
pub(crate) fn median(mut numbers: Vec<f64>) -> f64 {
    numbers.sort_by(f64::total_cmp);
    numbers[numbers.len() / 2]
}

/// A shipped model through the load gate.
pub(crate) fn model(name: &str) -> LoadedModel {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let engine: Arc<dyn Engine> = Arc::new(OnnxEngine::new(
        Runtime::open(Some(&root.join("target/onnxruntime/libonnxruntime.so"))).unwrap(),
    ));
    let repository = Repository::open(&root.join("models"), &[FORMAT]).unwrap();
    gate::load(&[engine], &repository, &repository.resolve(name).unwrap(), None).unwrap()
}

/// A stream with models that passed the gate.
pub(crate) fn stream_models(stream: &Arc<Stream>, models: &[LoadedModel]) -> Vec<StreamModels> {
    let model =
        |model: &LoadedModel| GenerationModel::new(Arc::new(model.identity.clone()), Arc::new(model.clone()));
    vec![StreamModels::new(Arc::clone(stream), models.iter().map(model).collect())]
}

/// The orders stream of `deploy/local/bystander.toml`.
pub(crate) fn orders_config() -> StreamConfig {
    let text =
        std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("deploy/local/bystander.toml"))
            .unwrap();
    let table: toml::Table = toml::from_str(&text).unwrap();
    table["streams"][0].clone().try_into().unwrap()
}

/// Simulated orders in memory; every one a fresh row, as branch predictors remember repeated ones.
pub(crate) struct Events {
    payloads: Vec<Vec<u8>>,
    keys: Vec<String>,
}

impl Events {
    /// Sound orders of seed 1.
    pub(crate) fn orders(count: usize) -> Self {
        let records = [(ShopTopic::Orders, count as u64 * 11 / 10)].into();
        let config = ShopConfig { records, ..ShopConfig::default() };
        let sound = Shop::new(&config)
            .unwrap()
            .filter(|event| event.topic == ShopTopic::Orders && event.expected == Expected::Good);
        let (payloads, keys) = sound.take(count).map(|event| (event.payload.unwrap(), event.key)).unzip();
        Self { payloads, keys }
    }

    pub(crate) fn len(&self) -> usize {
        self.payloads.len()
    }

    pub(crate) fn mean_bytes(&self) -> usize {
        self.payloads.iter().map(Vec::len).sum::<usize>() / self.len()
    }

    pub(crate) fn records(&self) -> impl Iterator<Item = RawRecord<'_>> {
        (0..self.len()).map(|index| self.record(index))
    }

    pub(crate) fn record(&self, index: usize) -> RawRecord<'_> {
        RawRecord {
            stream: StreamId(0),
            position: Position { partition: 0, offset: index as i64 },
            timestamp_ms: None,
            key: Some(self.keys[index].as_bytes()),
            payload: Some(&self.payloads[index]),
            withheld: None,
            headers: RecordHeaders::default(),
        }
    }
}
