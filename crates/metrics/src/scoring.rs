//! The models that this process's shards score with, found by their labels. A version that leaves and comes back goes on with
//! its series, and the order of the models in a generation doesn't matter.

use crate::catalogue::ModelInfo;
use crate::drift::ModelDrift;
use crate::registry::{Families, StreamLabels, WatchedModel};
use bystander_core::model::ModelIdentity;
use parking_lot::{Mutex, MutexGuard};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

/// Stream, model and version: what tells series apart.
type Labels = (String, String, u32);

/// Every model of the newest generation, and those of older ones that a shard still scores with.
pub(crate) struct ScoringModels {
    families: Families,
    window: Duration,
    known: Mutex<Known>,
}

#[derive(Default)]
struct Known {
    /// Number of the newest generation.
    newest: u64,
    /// Its streams.
    streams: Arc<[StreamLabels]>,
    models: BTreeMap<Labels, KnownModel>,
}

struct KnownModel {
    identity: ModelIdentity,
    /// Shards that score with it hold this, too.
    drift: Arc<ModelDrift>,
}

impl ScoringModels {
    /// Nothing scores yet; gauges of drift look back over `window`.
    pub(crate) fn new(families: Families, window: Duration) -> Self {
        Self { families, window, known: Mutex::default() }
    }

    /// The streams of the newest generation, by stream id.
    pub(crate) fn streams(&self) -> Arc<[StreamLabels]> {
        Arc::clone(&self.known.lock().streams)
    }

    /// Takes in what a shard scores with from now on; gives the drift windows, in the generation's order.
    pub(crate) fn adopt(&self, generation: u64, streams: &[StreamLabels]) -> Vec<Vec<Arc<ModelDrift>>> {
        let mut known = self.known.lock();
        // Shards adopt one after the other. A late one, and one that starts again, must not turn time back.
        let newest = generation >= known.newest;
        if newest {
            known.newest = generation;
            known.streams = streams.into();
        }
        let of_stream = |stream: &StreamLabels| {
            stream.models.iter().map(|model| self.find(&mut known.models, stream, model, newest)).collect()
        };
        let windows = streams.iter().map(of_stream).collect();
        self.forget_unused(&mut known);
        windows
    }

    /// The windows of all models that are scored with.
    pub(crate) fn windows(&self) -> Vec<Arc<ModelDrift>> {
        let mut known = self.known.lock();
        self.forget_unused(&mut known);
        known.models.values().map(|model| Arc::clone(&model.drift)).collect()
    }

    fn find(
        &self,
        models: &mut BTreeMap<Labels, KnownModel>,
        stream: &StreamLabels,
        model: &WatchedModel,
        newest: bool,
    ) -> Arc<ModelDrift> {
        let labels = labels(stream, &model.identity);
        let info = |identity: &ModelIdentity, set: fn(&Families, &ModelInfo<'_>)| {
            set(&self.families, &model_info(&labels, identity, &identity.version.to_string()));
        };
        let fresh = || KnownModel {
            identity: model.identity.clone(),
            drift: Arc::new(ModelDrift::new(&stream.name, model, self.window)),
        };
        let known = models.entry(labels.clone()).or_insert_with(fresh);
        if newest && known.identity != model.identity {
            // The same version under another alias, say.
            info(&known.identity, |families, labels| families.model_info.forget(labels));
            known.identity = model.identity.clone();
        }
        info(&known.identity, |families, labels| families.model_info.with(labels).set(1));
        if !known.drift.counts_by(&model.drift) {
            // Counts by other bins can't be added up.
            known.drift = fresh().drift;
        }
        Arc::clone(&known.drift)
    }

    /// Forgets the versions that nothing scores with any more. Their counters stay: Prometheus takes one that comes back for the
    /// same, and what it counted last may not have been scraped yet.
    fn forget_unused(&self, known: &mut MutexGuard<'_, Known>) {
        let Known { streams, models, .. } = &mut **known;
        let named = |labels: &Labels| {
            let mut all =
                streams.iter().flat_map(|stream| stream.models.iter().map(move |model| (stream, model)));
            all.any(|(stream, model)| self::labels(stream, &model.identity) == *labels)
        };
        models.retain(|labels, model| {
            let used = Arc::strong_count(&model.drift) > 1 || named(labels);
            if !used {
                let version = model.identity.version.to_string();
                self.families.model_info.forget(&model_info(labels, &model.identity, &version));
            }
            used
        });
    }
}

fn labels(stream: &StreamLabels, identity: &ModelIdentity) -> Labels {
    (stream.name.clone(), identity.name.clone(), identity.version)
}

fn model_info<'a>(labels: &'a Labels, identity: &'a ModelIdentity, version: &'a str) -> ModelInfo<'a> {
    let (stream, model, _) = labels;
    let alias = identity.alias.as_deref().unwrap_or("");
    ModelInfo { stream, model, version, sha256: &identity.sha256, alias }
}
