//! The registered catalogue: handles for the shards, setters for the control plane, and the scrape.

use crate::catalogue::{
    self, AmountCell, Build, ComparisonCell, GuardrailHit, InState, LoadFailure, ModelInfo, OfCluster,
    OfConfig, Topic, TopicPartition,
};
use crate::catalogue::{Ended, ModelVersion, Stream, StreamFailure, StreamModel, StreamReason, StreamResult};
use crate::drift;
use crate::family::{Counters, Gauges, Histograms};
use crate::health::ShardState;
use crate::observer::ShardObserver;
use crate::process::ProcessCollector;
use crate::scoring::ScoringModels;
use bystander_core::drift::DriftPlan;
use bystander_core::kind::Kind;
use bystander_core::model::ModelIdentity;
use bystander_pipeline::StreamModels;
use prometheus::proto::MetricFamily;
use prometheus::{Registry, TextEncoder};
use std::sync::Arc;
use std::time::Duration;

/// A stream as far as labels need it.
#[derive(Debug, Clone)]
pub struct StreamLabels {
    /// Its name in the config.
    pub name: String,
    /// Its kind.
    pub kind: Kind,
    /// Its models, in the stream's order.
    pub models: Vec<WatchedModel>,
}

/// A model of a stream.
#[derive(Debug, Clone)]
pub struct WatchedModel {
    /// Which.
    pub identity: ModelIdentity,
    /// How its drift is counted.
    pub drift: Arc<DriftPlan>,
}

impl StreamLabels {
    /// Those of a generation's stream.
    pub fn of(stream: &StreamModels) -> Self {
        let (name, kind) = (stream.stream().name.clone(), stream.stream().kind());
        let watched = |(identity, drift): (&Arc<ModelIdentity>, &Arc<DriftPlan>)| WatchedModel {
            identity: (**identity).clone(),
            drift: Arc::clone(drift),
        };
        Self { name, kind, models: stream.models().map(watched).collect() }
    }
}

/// What became of a change of the aliases.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ModelChange {
    /// The shards were given the models that they name.
    Adopted,
    /// The former models go on.
    Refused,
}

impl ModelChange {
    fn name(self) -> &'static str {
        match self {
            Self::Adopted => "adopted",
            Self::Refused => "refused",
        }
    }
}

/// Which build runs.
#[derive(Debug, Clone, Copy)]
pub struct BuildInfo<'a> {
    /// Version of the package.
    pub version: &'a str,
    /// Revision of the source, or `unknown`.
    pub revision: &'a str,
}

/// Why the catalogue can't be registered or read.
#[derive(Debug, thiserror::Error)]
#[error("{what}: {source}; this is a mistake in the metric catalogue, please report it")]
pub struct CatalogueError {
    what: &'static str,
    source: prometheus::Error,
}

impl CatalogueError {
    pub(crate) fn registering(source: prometheus::Error) -> Self {
        Self { what: "can't register the metrics", source }
    }

    pub(crate) fn writing(source: prometheus::Error) -> Self {
        Self { what: "can't write the metrics", source }
    }

    /// All families as text in Prometheus' format 0.0.4.
    pub(crate) fn or_text(families: &[MetricFamily]) -> Result<String, Self> {
        TextEncoder::new().encode_to_string(families).map_err(Self::writing)
    }
}

/// All metrics in a registry of their own, so that two of them in one process don't meet.
pub struct Catalogue {
    registry: Registry,
    pub(crate) models: Arc<ScoringModels>,
    pub(crate) families: Families,
}

/// The families that shards and the control plane write to.
#[derive(Clone)]
pub(crate) struct Families {
    pub(crate) records: Counters<StreamResult<'static>>,
    pub(crate) comparisons: Counters<ComparisonCell<'static>>,
    pub(crate) amounts: Counters<AmountCell<'static>>,
    pub(crate) dead_letters: Counters<StreamFailure<'static>>,
    pub(crate) skips: Counters<StreamReason<'static>>,
    pub(crate) gap_offsets: Counters<Stream<'static>>,
    pub(crate) scores: Histograms<StreamModel<'static>>,
    pub(crate) price_changes: Histograms<StreamModel<'static>>,
    pub(crate) guardrail_hits: Counters<GuardrailHit<'static>>,
    pub(crate) inference: Histograms<ModelVersion<'static>>,
    pub(crate) batches: Histograms<Stream<'static>>,
    pub(crate) event_age: Histograms<Stream<'static>>,
    pub(crate) transactions: Counters<Ended<'static>>,
    pub(crate) commits: Histograms<()>,
    pub(crate) exchanges: Histograms<()>,
    pub(crate) lag: Gauges<TopicPartition<'static>>,
    pub(crate) blocked: Gauges<TopicPartition<'static>>,
    pub(crate) blocked_age: Gauges<TopicPartition<'static>>,
    pub(crate) partition_answer_age: Gauges<TopicPartition<'static>>,
    pub(crate) input_partitions: Gauges<Topic<'static>>,
    pub(crate) cluster_answer_age: Gauges<OfCluster<'static>>,
    pub(crate) commit_age: Gauges<()>,
    pub(crate) ready: Gauges<()>,
    pub(crate) shards_expected: Gauges<()>,
    pub(crate) config_info: Gauges<OfConfig<'static>>,
    pub(crate) config_agrees: Gauges<()>,
    pub(crate) halted: Gauges<TopicPartition<'static>>,
    pub(crate) shards: Gauges<InState<'static>>,
    pub(crate) model_info: Gauges<ModelInfo<'static>>,
    load_failures: Counters<LoadFailure<'static>>,
    model_changes: Counters<Ended<'static>>,
    isolation: Gauges<()>,
    build: Gauges<Build<'static>>,
}

impl Families {
    fn register(registry: &Registry) -> prometheus::Result<Self> {
        Ok(Self {
            records: catalogue::RECORDS.register(registry)?,
            comparisons: catalogue::COMPARISONS.register(registry)?,
            amounts: catalogue::AMOUNTS.register(registry)?,
            dead_letters: catalogue::DEAD_LETTERS.register(registry)?,
            skips: catalogue::SKIPS.register(registry)?,
            gap_offsets: catalogue::GAP_OFFSETS.register(registry)?,
            scores: catalogue::SCORE_DISTRIBUTION.register(registry)?,
            price_changes: catalogue::PRICE_CHANGE_RATIO.register(registry)?,
            guardrail_hits: catalogue::GUARDRAIL_HITS.register(registry)?,
            inference: catalogue::INFERENCE.register(registry)?,
            batches: catalogue::BATCHES.register(registry)?,
            event_age: catalogue::EVENT_AGE.register(registry)?,
            transactions: catalogue::TRANSACTIONS.register(registry)?,
            commits: catalogue::COMMIT.register(registry)?,
            exchanges: catalogue::MODEL_EXCHANGE.register(registry)?,
            lag: catalogue::LAG.register(registry)?,
            blocked: catalogue::BLOCKED.register(registry)?,
            blocked_age: catalogue::BLOCKED_AGE.register(registry)?,
            partition_answer_age: catalogue::PARTITION_ANSWER_AGE.register(registry)?,
            input_partitions: catalogue::INPUT_PARTITIONS.register(registry)?,
            cluster_answer_age: catalogue::CLUSTER_ANSWER_AGE.register(registry)?,
            commit_age: catalogue::COMMIT_AGE.register(registry)?,
            ready: catalogue::READY.register(registry)?,
            shards_expected: catalogue::SHARDS_EXPECTED.register(registry)?,
            config_info: catalogue::CONFIG_INFO.register(registry)?,
            config_agrees: catalogue::CONFIG_AGREES.register(registry)?,
            halted: catalogue::HALTED.register(registry)?,
            shards: catalogue::SHARDS.register(registry)?,
            model_info: catalogue::MODEL_INFO.register(registry)?,
            load_failures: catalogue::MODEL_LOAD_FAILURES.register(registry)?,
            model_changes: catalogue::MODEL_CHANGES.register(registry)?,
            isolation: catalogue::ISOLATION.register(registry)?,
            build: catalogue::BUILD.register(registry)?,
        })
    }
}

impl Catalogue {
    /// Registers everything, and lets what alerts ask for exist at 0 before anything has happened.
    ///
    /// `streams` are those that shards begin with, in the config's order: a record's `StreamId` is an index into them. Gauges of drift look back
    /// over `drift_window`.
    ///
    /// # Errors
    /// When two metrics have one name or a name is not valid: a mistake in the code.
    pub fn new(
        streams: &[StreamLabels],
        build: BuildInfo<'_>,
        drift_window: Duration,
    ) -> Result<Self, CatalogueError> {
        let registry = Registry::new();
        let families = Families::register(&registry).map_err(CatalogueError::registering)?;
        let process = ProcessCollector::new().map_err(CatalogueError::registering)?;
        registry.register(Box::new(process)).map_err(CatalogueError::registering)?;
        families.build.with(&Build { version: build.version, revision: build.revision }).set(1);
        let models = Arc::new(ScoringModels::new(families.clone(), drift_window));
        models.adopt(0, streams);
        let catalogue = Self { registry, models, families };
        catalogue.begin();
        Ok(catalogue)
    }

    fn begin(&self) {
        for state in ShardState::ALL {
            self.set_shards(state, 0);
        }
        self.set_ready(false);
        self.set_commit_age(0);
        for change in [ModelChange::Adopted, ModelChange::Refused] {
            self.families.model_changes.with(&Ended { result: change.name() });
        }
        // Resolving an observer's handles makes their time series.
        drop(self.observer());
    }

    /// An observer for one shard; all of them add up in this catalogue.
    pub fn observer(&self) -> ShardObserver {
        ShardObserver::new(&self.families, &self.models)
    }

    /// Sets whether live clients have sent nothing but requests that read.
    pub fn set_isolation(&self, ok: bool) {
        self.families.isolation.with(&()).set(i64::from(ok));
    }

    /// Counts a refused model version. The reason is a word of the code, never a message.
    pub fn load_failure(&self, model: &str, reason: &'static str) {
        self.families.load_failures.with(&LoadFailure { model, reason }).inc();
    }

    /// Counts a change of the aliases.
    pub fn model_change(&self, change: ModelChange) {
        self.families.model_changes.with(&Ended { result: change.name() }).inc();
    }

    /// Lets a load failure's counter exist at 0, so that an alert sees the first one as a rise.
    pub fn expect_load_failure(&self, model: &str, reason: &'static str) {
        self.families.load_failures.with(&LoadFailure { model, reason });
    }

    /// All metrics in Prometheus' text format 0.0.4, those of rolling windows as of `now_ms`, epoch milliseconds.
    ///
    /// # Errors
    /// When a metric can't be written as text: a mistake in the code.
    pub fn scrape(&self, now_ms: i64) -> Result<String, CatalogueError> {
        // Before the rest, for it ends the series of versions that have left.
        let windows = self.models.windows();
        let mut families = self.registry.gather();
        families.extend(drift::families(&windows, now_ms).map_err(CatalogueError::writing)?);
        CatalogueError::or_text(&families)
    }
}
