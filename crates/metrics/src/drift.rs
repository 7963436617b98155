//! Drift of the process's models: one window per model of a stream, to which all shards add; read when scraped.

use crate::catalogue::{DRIFT_PSI, MISSING_RATIO, ModelFeature, UNSEEN_RATIO};
use crate::registry::WatchedModel;
use bystander_core::drift::{DriftPlan, RowQuota, Tally, Window};
use bystander_core::input::ModelInput;
use bystander_core::scored::ScoredModel;
use parking_lot::{Mutex, MutexGuard};
use prometheus::proto::MetricFamily;
use std::sync::Arc;
use std::time::Duration;

/// One model of a stream.
pub(crate) struct ModelDrift {
    labels: [String; 3],
    plan: Arc<DriftPlan>,
    window: Mutex<Window>,
}

impl ModelDrift {
    pub(crate) fn new(stream: &str, model: &WatchedModel, window: Duration) -> Self {
        let WatchedModel { identity, drift } = model;
        let labels = [stream.to_owned(), identity.name.clone(), identity.version.to_string()];
        let window = Mutex::new(Window::new(drift, window));
        Self { labels, plan: Arc::clone(drift), window }
    }

    /// A shard that panicked while it added leaves counts of a part of its batch, which are as good.
    fn window(&self) -> MutexGuard<'_, Window> {
        self.window.lock()
    }

    /// Whether its bins are those of `plan`.
    pub(crate) fn counts_by(&self, plan: &Arc<DriftPlan>) -> bool {
        Arc::ptr_eq(&self.plan, plan) || self.plan == *plan
    }

    fn tally(&self, now_ms: i64) -> Tally {
        self.window().total(now_ms)
    }
}

/// What one shard counts for one model: by itself, and then into the window, with one lock per batch at most.
pub(crate) struct DriftMeter {
    shared: Arc<ModelDrift>,
    pace: RowQuota,
    tally: Tally,
}

impl DriftMeter {
    pub(crate) fn new(shared: Arc<ModelDrift>) -> Self {
        let tally = shared.plan.tally();
        Self { shared, pace: RowQuota::default(), tally }
    }

    pub(crate) fn scored(&mut self, now_ms: i64, input: &ModelInput, scored: &ScoredModel) {
        let most = self.pace.take(now_ms, input.rows());
        if most == 0 {
            return;
        }
        self.shared.plan.count(input, scored, most, &mut self.tally);
        self.shared.window().add(now_ms, &self.tally);
        self.tally.clear();
    }
}

/// The gauges of all models.
pub(crate) fn families(models: &[Arc<ModelDrift>], now_ms: i64) -> prometheus::Result<Vec<MetricFamily>> {
    let tallies: Vec<_> = models.iter().map(|model| (model, model.tally(now_ms))).collect();
    let (mut psi, mut missing, mut unseen) = (Vec::new(), Vec::new(), Vec::new());
    for (model, tally) in &tallies {
        let [stream, name, version] = &model.labels;
        for reading in model.plan.read(tally) {
            let labels = ModelFeature { stream, model: name, version, feature: reading.feature };
            psi.extend(reading.psi.map(|value| (labels, value)));
            missing.extend(reading.missing.map(|value| (labels, value)));
            unseen.extend(reading.unseen.map(|value| (labels, value)));
        }
    }
    let all =
        [DRIFT_PSI.with_values(psi)?, MISSING_RATIO.with_values(missing)?, UNSEEN_RATIO.with_values(unseen)?];
    Ok(all.into_iter().flatten().collect())
}
