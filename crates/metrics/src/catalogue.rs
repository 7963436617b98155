//! The catalogue: every metric with its name, help text, labels and buckets, and nothing else. Those of `report --watch`
//! stand in [`report`].

use crate::family::{Declared, Definition, LabelSet};
use prometheus::{GaugeVec, HistogramVec, IntCounterVec, IntGaugeVec};

macro_rules! label_set {
    ($(#[$meta:meta])* $name:ident { $($label:ident),+ }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy)]
        pub(crate) struct $name<'a> { $(pub(crate) $label: &'a str),+ }

        impl LabelSet for $name<'_> {
            const NAMES: &'static [&'static str] = &[$(stringify!($label)),+];
            type At<'a> = $name<'a>;
            fn values(&self) -> Vec<&str> {
                vec![$(self.$label),+]
            }
        }
    };
}

pub mod report;

label_set!(
    #[doc = "A stream."]
    Stream { stream }
);
label_set!(
    #[doc = "What became of a stream's records."]
    StreamResult { stream, result }
);
label_set!(
    #[doc = "Why a stream's records were left aside."]
    StreamReason { stream, reason }
);
label_set!(
    #[doc = "Where and why a stream's records failed."]
    StreamFailure { stream, stage, code }
);
label_set!(
    #[doc = "A model version on a stream."]
    StreamModel { stream, model, version }
);
label_set!(
    #[doc = "A cell of the matrix of live and would-be decisions."]
    ComparisonCell { stream, model, version, live, would_be }
);
label_set!(
    #[doc = "A cell of that matrix in one currency: an ISO 4217 code, so there are some 180 at most."]
    AmountCell { stream, model, version, live, would_be, currency }
);
label_set!(
    #[doc = "What a model version on a stream is fed, by its contract's name; its score is `score`."]
    ModelFeature { stream, model, version, feature }
);
label_set!(
    #[doc = "A guardrail of a model on a stream."]
    GuardrailHit { stream, model, version, rule }
);
label_set!(
    #[doc = "A model version."]
    ModelVersion { model, version }
);
label_set!(
    #[doc = "Identity of a model version on a stream; `alias` is empty where it was named by number."]
    ModelInfo { stream, model, version, sha256, alias }
);
label_set!(
    #[doc = "A model and a word for why it can't be loaded."]
    LoadFailure { model, reason }
);
label_set!(
    #[doc = "An input partition."]
    TopicPartition { topic, partition }
);
label_set!(
    #[doc = "An input topic."]
    Topic { topic }
);
label_set!(
    #[doc = "One of the two clusters: `live` or `shadow`."]
    OfCluster { cluster }
);
label_set!(
    #[doc = "How something ended."]
    Ended { result }
);
label_set!(
    #[doc = "A shard's state."]
    InState { state }
);
label_set!(
    #[doc = "The hash of a config."]
    OfConfig { config }
);
label_set!(
    #[doc = "Which build runs."]
    Build { version, revision }
);

type Counter<L> = Declared<L, IntCounterVec>;
type Gauge<L> = Declared<L, IntGaugeVec>;
type Computed<L> = Declared<L, GaugeVec>;
type Histogram<L> = Declared<L, HistogramVec>;

/// Fraud scores crowd near 0, so the buckets are narrow there; thresholds usually lie in the upper half.
const SCORE: &[f64] = &[
    0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99, 1.0,
];
/// Symmetric around 0, where model and shop agree; 0.15 is a usual largest change.
const PRICE_CHANGE: &[f64] =
    &[-0.5, -0.3, -0.2, -0.15, -0.1, -0.05, -0.025, -0.01, 0.0, 0.01, 0.025, 0.05, 0.1, 0.15, 0.2, 0.3, 0.5];
const INFERENCE_SECONDS: &[f64] =
    &[0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0];
const BATCH_ROWS: &[f64] =
    &[1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0, 512.0, 1024.0, 2048.0, 4096.0];
/// From the commit interval's order of magnitude up to a day, for a shard that catches up.
const EVENT_AGE_SECONDS: &[f64] =
    &[0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0, 900.0, 3600.0, 21_600.0, 86_400.0];
const MODEL_EXCHANGE_SECONDS: &[f64] =
    &[0.00001, 0.000025, 0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1.0];
const COMMIT_SECONDS: &[f64] =
    &[0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0];

pub(crate) const RECORDS: Counter<StreamResult<'static>> = Declared::counter(
    "bystander_records_total",
    "Records read, by what became of them. Work that is done again after an abort counts again.",
);
pub(crate) const COMPARISONS: Counter<ComparisonCell<'static>> = Declared::counter(
    "bystander_comparisons_total",
    "Comparisons of a model's decision with the live one; prices are compared with the price served.",
);
pub(crate) const AMOUNTS: Counter<AmountCell<'static>> = Declared::counter(
    "bystander_amount_minor_total",
    "Amounts of the comparisons' events in minor units of their currency: an order's total, or a price served. \
     Currencies are never added up.",
);
pub(crate) const DEAD_LETTERS: Counter<StreamFailure<'static>> = Declared::counter(
    "bystander_dead_letters_total",
    "Records that became a dead letter, by the stage that failed and the code.",
);
pub(crate) const SKIPS: Counter<StreamReason<'static>> =
    Declared::counter("bystander_skips_total", "Sound records left aside, by reason.");
pub(crate) const GAP_OFFSETS: Counter<Stream<'static>> = Declared::counter(
    "bystander_gap_offsets_total",
    "Input offsets that couldn't be read: retention removed them, or their batch can't be opened.",
);
pub(crate) const SCORE_DISTRIBUTION: Histogram<StreamModel<'static>> = Declared::histogram(
    "bystander_score",
    "Scores of orders as the model gave them, before any threshold.",
    SCORE,
);
pub(crate) const PRICE_CHANGE_RATIO: Histogram<StreamModel<'static>> = Declared::histogram(
    "bystander_price_change_ratio",
    "Would-be price against the price served, (would-be - served) / served. Negative values occur, so the \
     sum can fall.",
    PRICE_CHANGE,
);
pub(crate) const GUARDRAIL_HITS: Counter<GuardrailHit<'static>> =
    Declared::counter("bystander_guardrail_hits_total", "Would-be prices that a guardrail moved, by rule.");
pub(crate) const DRIFT_PSI: Computed<ModelFeature<'static>> = Declared::computed(
    "bystander_drift_psi",
    "Population stability index of the rolling window against the reference of the contract; the model's score is \
     the feature `score`.",
);
pub(crate) const MISSING_RATIO: Computed<ModelFeature<'static>> = Declared::computed(
    "bystander_feature_missing_ratio",
    "Share of the rolling window's rows in which a feature was missing, where that can be told from a value.",
);
pub(crate) const UNSEEN_RATIO: Computed<ModelFeature<'static>> = Declared::computed(
    "bystander_feature_unseen_ratio",
    "Share of the rolling window's rows with a value of a category that training didn't know.",
);
pub(crate) const INFERENCE: Histogram<ModelVersion<'static>> = Declared::histogram(
    "bystander_inference_seconds",
    "Time inside the model per batch, whatever its size.",
    INFERENCE_SECONDS,
);
pub(crate) const BATCHES: Histogram<Stream<'static>> =
    Declared::histogram("bystander_batch_rows", "Rows per scored batch.", BATCH_ROWS);
pub(crate) const EVENT_AGE: Histogram<Stream<'static>> = Declared::histogram(
    "bystander_event_age_seconds",
    "Age of an event when it was scored; events from the future count as 0.",
    EVENT_AGE_SECONDS,
);
pub(crate) const LAG: Gauge<TopicPartition<'static>> = Declared::gauge(
    "bystander_lag_records",
    "Offsets between the next one to read and the high watermark of an input partition, for partitions read here. Absent \
     while no broker says where the partition ends; it stays while a shard fails or the shadow cluster is away.",
);
pub(crate) const BLOCKED: Gauge<TopicPartition<'static>> = Declared::gauge(
    "bystander_blocked_records",
    "Offsets of an input partition between its last stable offset and its high watermark: they wait for an open \
     transaction of a producer to end. Absent while that is not known.",
);
pub(crate) const BLOCKED_AGE: Gauge<TopicPartition<'static>> = Declared::gauge(
    "bystander_blocked_age_seconds",
    "How long the last stable offset of an input partition has not moved while something waits behind it; 0 while \
     nothing does.",
);
pub(crate) const PARTITION_ANSWER_AGE: Gauge<TopicPartition<'static>> = Declared::gauge(
    "bystander_partition_answer_age_seconds",
    "Seconds since the broker of an input partition last answered, for partitions read here.",
);
pub(crate) const INPUT_PARTITIONS: Gauge<Topic<'static>> = Declared::gauge(
    "bystander_input_partitions",
    "Partitions of an input topic, as last seen, whoever reads them.",
);
pub(crate) const CLUSTER_ANSWER_AGE: Gauge<OfCluster<'static>> = Declared::gauge(
    "bystander_cluster_answer_age_seconds",
    "Seconds since a cluster last answered this process, or since its start while it never has.",
);
pub(crate) const HALTED: Gauge<TopicPartition<'static>> = Declared::gauge(
    "bystander_partition_halted",
    "1 while an input partition is not read on, because its log is not the one that its position belongs to; 0 while it \
     is read here.",
);
pub(crate) const TRANSACTIONS: Counter<Ended<'static>> = Declared::counter(
    "bystander_transactions_total",
    "Transactions on the shadow cluster, by how they ended.",
);
pub(crate) const MODEL_EXCHANGE: Histogram<()> = Declared::histogram(
    "bystander_model_exchange_seconds",
    "How long a shard stood still to change to other models, loading not included: that is done beside it.",
    MODEL_EXCHANGE_SECONDS,
);
pub(crate) const COMMIT: Histogram<()> =
    Declared::histogram("bystander_commit_seconds", "Time that a successful commit took.", COMMIT_SECONDS);
pub(crate) const COMMIT_AGE: Gauge<()> = Declared::gauge(
    "bystander_commit_age_seconds",
    "Seconds since this process last committed, or since its start while it never has. It grows in a quiet shop, too: \
     nothing is committed when nothing was read.",
);
pub(crate) const READY: Gauge<()> = Declared::gauge(
    "bystander_ready",
    "1 while this process takes part: both clusters answer, and all shards that it has run. As `/readyz` says.",
);
pub(crate) const SHARDS_EXPECTED: Gauge<()> = Declared::gauge(
    "bystander_shards_expected",
    "Shards of the job, whoever runs them: partitions of the checkpoints topic, as last seen.",
);
pub(crate) const CONFIG_INFO: Gauge<OfConfig<'static>> = Declared::gauge(
    "bystander_config_info",
    "1, with the hash of what decides the outcome: streams, models, topics, privacy settings.",
);
pub(crate) const CONFIG_AGREES: Gauge<()> = Declared::gauge(
    "bystander_config_agrees",
    "1 while this process has the config that the job runs with; 0 while it has another one and takes no shards. Absent \
     until the shadow cluster has told which that is.",
);
pub(crate) const SHARDS: Gauge<InState<'static>> =
    Declared::gauge("bystander_shards", "Shards of this process, by state.");
pub(crate) const MODEL_INFO: Gauge<ModelInfo<'static>> =
    Declared::gauge("bystander_model_info", "1 for each model version that scores a stream.");
pub(crate) const MODEL_LOAD_FAILURES: Counter<LoadFailure<'static>> = Declared::counter(
    "bystander_model_load_failures_total",
    "Model versions refused by the load gate, by reason.",
);
pub(crate) const MODEL_CHANGES: Counter<Ended<'static>> = Declared::counter(
    "bystander_model_changes_total",
    "Changes of aliases.toml while the process runs, by what became of them: the shards were given the models that it names \
     (adopted), or went on with the former ones (refused).",
);
pub(crate) const ISOLATION: Gauge<()> = Declared::gauge(
    "bystander_isolation_ok",
    "1 while this process's live clients have sent nothing but requests that read, and, with live.isolation = enforce, \
     may do nothing else; 0 otherwise.",
);
pub(crate) const BUILD: Gauge<Build<'static>> =
    Declared::gauge("bystander_build_info", "1, with the version and revision that runs.");

/// The process's own metrics, under the names that Prometheus client libraries share; read when scraped.
pub(crate) mod process {
    use crate::family::{Definition, MetricType};

    const fn plain(metric_type: MetricType, name: &'static str, help: &'static str) -> Definition {
        Definition { metric_type, name, help, labels: &[], buckets: &[] }
    }

    pub(crate) const CPU_SECONDS: Definition = plain(
        MetricType::Counter,
        "process_cpu_seconds_total",
        "Processor time of the process, user and system.",
    );
    pub(crate) const RESIDENT_BYTES: Definition =
        plain(MetricType::Gauge, "process_resident_memory_bytes", "Memory of the process held in RAM.");
    pub(crate) const OPEN_FILES: Definition =
        plain(MetricType::Gauge, "process_open_fds", "Open file descriptors.");
    pub(crate) const MAX_FILES: Definition =
        plain(MetricType::Gauge, "process_max_fds", "Largest number of open file descriptors allowed.");
    pub(crate) const THREADS: Definition =
        plain(MetricType::Gauge, "process_threads", "Operating system threads of the process.");
    pub(crate) const START_TIME: Definition = plain(
        MetricType::Gauge,
        "process_start_time_seconds",
        "When the process started, seconds since the Unix epoch.",
    );
}

/// Every metric of a scrape of `run`, in the order of the documentation.
pub const DEFINITIONS: &[Definition] = &[
    RECORDS.definition,
    COMPARISONS.definition,
    AMOUNTS.definition,
    DEAD_LETTERS.definition,
    SKIPS.definition,
    GAP_OFFSETS.definition,
    SCORE_DISTRIBUTION.definition,
    PRICE_CHANGE_RATIO.definition,
    GUARDRAIL_HITS.definition,
    DRIFT_PSI.definition,
    MISSING_RATIO.definition,
    UNSEEN_RATIO.definition,
    INFERENCE.definition,
    BATCHES.definition,
    EVENT_AGE.definition,
    LAG.definition,
    BLOCKED.definition,
    BLOCKED_AGE.definition,
    PARTITION_ANSWER_AGE.definition,
    INPUT_PARTITIONS.definition,
    CLUSTER_ANSWER_AGE.definition,
    HALTED.definition,
    TRANSACTIONS.definition,
    COMMIT.definition,
    COMMIT_AGE.definition,
    READY.definition,
    SHARDS_EXPECTED.definition,
    CONFIG_INFO.definition,
    CONFIG_AGREES.definition,
    SHARDS.definition,
    MODEL_INFO.definition,
    MODEL_LOAD_FAILURES.definition,
    MODEL_CHANGES.definition,
    MODEL_EXCHANGE.definition,
    ISOLATION.definition,
    BUILD.definition,
    process::CPU_SECONDS,
    process::RESIDENT_BYTES,
    process::OPEN_FILES,
    process::MAX_FILES,
    process::THREADS,
    process::START_TIME,
];
