//! One shard's local counters: resolved once, counted without synchronisation, flushed once a batch.

use crate::amounts::Amounts;
use crate::catalogue::{ComparisonCell, ModelVersion, Stream, StreamFailure, StreamModel};
use crate::catalogue::{StreamReason, StreamResult};
use crate::drift::{DriftMeter, ModelDrift};
use crate::kinds::{KindMetrics, ResultMeters, metrics};
use crate::registry::{Families, StreamLabels};
use bystander_core::decision::Decision;
use bystander_core::model::ModelIdentity;
use bystander_core::rejection::{Code, SkipReason, Stage};
use bystander_core::scored::{ScoredBatch, ScoredModel};
use prometheus::local::{LocalHistogram, LocalIntCounter};
use std::collections::BTreeMap;
use std::sync::Arc;

/// `result` of a record with a comparison from each of its stream's models.
pub(crate) const SCORED: &str = "scored";
/// `result` of a record left aside.
pub(crate) const SKIPPED: &str = "skipped";
/// `result` of a record that failed.
pub(crate) const DEAD_LETTER: &str = "dead_letter";

/// What one shard counts for one stream.
pub(crate) struct StreamMeters {
    name: String,
    families: Families,
    scored: LocalIntCounter,
    skipped: LocalIntCounter,
    dead_lettered: LocalIntCounter,
    skips: [LocalIntCounter; SkipReason::ALL.len()],
    dead_letters: BTreeMap<(Stage, Code), LocalIntCounter>,
    gap_offsets: LocalIntCounter,
    batch_rows: LocalHistogram,
    event_age: LocalHistogram,
    amounts: Amounts,
    models: Vec<ModelMeters>,
    drift: Vec<DriftMeter>,
}

impl StreamMeters {
    pub(crate) fn new(families: &Families, stream: &StreamLabels, drift: &[Arc<ModelDrift>]) -> Self {
        let name = stream.name.as_str();
        let result = |result| families.records.with(&StreamResult { stream: name, result }).local();
        let skips = SkipReason::ALL
            .map(|reason| families.skips.with(&StreamReason { stream: name, reason: reason.name() }).local());
        let labels = Stream { stream: name };
        Self {
            name: name.to_owned(),
            families: families.clone(),
            scored: result(SCORED),
            skipped: result(SKIPPED),
            dead_lettered: result(DEAD_LETTER),
            skips,
            dead_letters: BTreeMap::new(),
            gap_offsets: families.gap_offsets.with(&labels).local(),
            batch_rows: families.batches.with(&labels).local(),
            event_age: families.event_age.with(&labels).local(),
            amounts: Amounts::new(&families.amounts, stream),
            models: stream
                .models
                .iter()
                .map(|model| ModelMeters::new(families, stream, &model.identity))
                .collect(),
            drift: drift.iter().cloned().map(DriftMeter::new).collect(),
        }
    }

    /// Counts a batch; a row counts when every model decided it, as in the checkpoints' totals.
    pub(crate) fn scored(&mut self, batch: &ScoredBatch<'_>) {
        debug_assert_eq!(batch.models.len(), self.models.len(), "one result per model of the stream");
        self.batch_rows.observe(batch.occurred_at_ms.len() as f64);
        for (row, &occurred_at_ms) in batch.occurred_at_ms.iter().enumerate() {
            if batch.models.iter().all(|model| decision_at(model, row).is_some()) {
                self.scored.inc();
                self.event_age.observe(age_seconds(occurred_at_ms, batch.scored_at_ms));
                for (meters, model) in self.models.iter().zip(batch.models) {
                    meters.scored(model, row);
                }
                if let Some(&Some(money)) = batch.money.get(row) {
                    self.amounts
                        .count(money, batch.models.iter().filter_map(|model| decision_at(model, row)));
                }
            }
        }
        for (meters, model) in self.models.iter().zip(batch.models) {
            meters.inference.observe(model.inference.as_secs_f64());
        }
        for ((drift, model), input) in self.drift.iter_mut().zip(batch.models).zip(batch.inputs) {
            drift.scored(batch.scored_at_ms, input, model);
        }
    }

    pub(crate) fn dead_lettered(&mut self, stage: Stage, code: Code) {
        self.dead_lettered.inc();
        let (family, stream) = (&self.families.dead_letters, self.name.as_str());
        let failure = StreamFailure { stream, stage: stage.name(), code: code.name() };
        self.dead_letters.entry((stage, code)).or_insert_with(|| family.with(&failure).local()).inc();
    }

    pub(crate) fn skipped(&mut self, reason: SkipReason) {
        self.skipped.inc();
        self.skips[reason as usize].inc();
    }

    pub(crate) fn gap(&mut self, offsets: u64) {
        self.gap_offsets.inc_by(offsets);
    }

    /// Adds everything to the shared metrics.
    pub(crate) fn flush(&self) {
        let counters = [&self.scored, &self.skipped, &self.dead_lettered, &self.gap_offsets];
        counters
            .into_iter()
            .chain(&self.skips)
            .chain(self.dead_letters.values())
            .for_each(LocalIntCounter::flush);
        self.batch_rows.flush();
        self.event_age.flush();
        self.amounts.flush();
        self.models.iter().for_each(ModelMeters::flush);
    }
}

/// What one shard counts for one model of a stream.
struct ModelMeters {
    kind: &'static dyn KindMetrics,
    comparisons: Vec<LocalIntCounter>,
    inference: LocalHistogram,
    results: Box<dyn ResultMeters>,
}

impl ModelMeters {
    fn new(families: &Families, stream: &StreamLabels, identity: &ModelIdentity) -> Self {
        let version = identity.version.to_string();
        let labels = StreamModel { stream: &stream.name, model: &identity.name, version: &version };
        let StreamModel { stream: name, model, version } = labels;
        let comparison = |live, would_be| ComparisonCell { stream: name, model, version, live, would_be };
        let kind = metrics(stream.kind);
        let comparisons = kind
            .cells()
            .into_iter()
            .map(|cell| families.comparisons.with(&comparison(cell.live, cell.would_be)).local())
            .collect();
        let inference = families.inference.with(&ModelVersion { model, version }).local();
        Self { kind, comparisons, inference, results: kind.meters(families, labels) }
    }

    fn scored(&self, scored: &ScoredModel, row: usize) {
        let Some(decision) = decision_at(scored, row) else { return };
        if let Some(comparison) = self.kind.cell_of(decision).and_then(|cell| self.comparisons.get(cell)) {
            comparison.inc();
        }
        if let Some(&score) = scored.scores.get(row) {
            self.results.scored(decision, score);
        }
    }

    fn flush(&self) {
        self.comparisons.iter().for_each(LocalIntCounter::flush);
        self.inference.flush();
        self.results.flush();
    }
}

fn decision_at(model: &ScoredModel, row: usize) -> Option<&Decision> {
    model.decisions.get(row).and_then(Option::as_ref)
}

fn age_seconds(occurred_at_ms: i64, scored_at_ms: i64) -> f64 {
    scored_at_ms.saturating_sub(occurred_at_ms).max(0) as f64 / 1000.0
}
