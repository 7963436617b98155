//! What stands on top: the verdict, and what exactly was looked at.

use super::figure::Figure;
use super::gates::Verdict;
use super::shared::ModelKey;
use bystander_core::kind::Kind;
use bystander_core::time::Rfc3339;
use serde::Serialize;
use std::collections::BTreeMap;

/// Verdict and receipts.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Header {
    /// In plain words.
    pub verdict: Verdict,
    /// What was known at this time; later outcomes are left out.
    pub as_of: Rfc3339,
    /// First and last event time of all comparisons.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub events: Option<Span>,
    /// First and last time of scoring; replays don't say.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scored: Option<Span>,
    /// What the report was asked to do.
    pub settings: SettingsReceipt,
    /// One per stream.
    pub streams: Vec<StreamReceipt>,
    /// One per model and stream.
    pub models: Vec<ModelReceipt>,
}

/// A span of time, both ends included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Span {
    /// First.
    pub from: Rfc3339,
    /// Last.
    pub to: Rfc3339,
}

/// Everything that changes figures and isn't in the records.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SettingsReceipt {
    /// Version of the program, if the caller says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub binary_version: Option<String>,
    /// Hash of the config, if the caller says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub config_sha256: Option<String>,
    /// An order without bad news is good from this age on, in days.
    pub maturity_days: f64,
    /// Coverage of the intervals, for example 0.95.
    pub confidence: f64,
    /// Bootstrap resamples.
    pub resamples: usize,
    /// Seed of the bootstrap.
    pub seed: u64,
    /// Smallest slice that is shown.
    pub min_slice: u64,
    /// The run that was asked for, if one was.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub run: Option<String>,
    /// The model that live is said to run, if it is said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub live_model: Option<String>,
}

/// What came from one stream.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct StreamReceipt {
    /// Name.
    pub stream: String,
    /// Orders or prices.
    pub kind: Kind,
    /// Events that at least one model scored.
    pub events: u64,
    /// Events ÷ eligible records (read, less skips); the caller knows the latter from checkpoints.
    pub coverage: Figure,
    /// From the checkpoints or the receipt: dead letters, by the caller's count.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dead_letters: Option<u64>,
    /// From the checkpoints or the receipt: skips by reason.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub skips: BTreeMap<String, u64>,
    /// Events without a live decision.
    pub without_live: u64,
    /// Events with their record's timestamp more than a day after they happened.
    pub late: u64,
    /// Currencies met, with the number of events of each; more than one means that money stands once per currency.
    pub currencies: BTreeMap<String, u64>,
}

/// What came from one model on one stream.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ModelReceipt {
    /// Stream.
    pub stream: String,
    /// Which model.
    pub model: ModelKey,
    /// Runs that were found; the figures are of the chosen one.
    pub runs: Vec<RunReceipt>,
    /// Comparisons of the chosen run, each event once.
    pub comparisons: u64,
    /// Where its thresholds and frozen distributions are from, in words.
    pub contract: String,
    /// Offsets of the chosen run.
    pub partitions: Vec<OffsetRange>,
    /// From the record's timestamp to its scoring.
    pub latency: super::Shown<Latency>,
    /// This model's scores against those that live logged.
    pub aa_floor: super::Shown<AaFloor>,
}

/// One run of a model.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RunReceipt {
    /// `live` or `replay`.
    pub mode: String,
    /// The job or the run's id.
    pub run_id: String,
    /// Comparisons, each event once.
    pub comparisons: u64,
    /// The same comparison once more; counted, not used.
    pub duplicates: u64,
    /// A further event of the same order or quote; counted, not used: the first stands.
    pub repeated_subjects: u64,
    /// Whether the figures are of this run.
    pub chosen: bool,
}

/// Offsets of one input partition.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct OffsetRange {
    /// Live cluster.
    pub cluster: String,
    /// Input topic.
    pub topic: String,
    /// Partition.
    pub partition: i32,
    /// First offset compared.
    pub first: i64,
    /// Last offset compared.
    pub last: i64,
    /// Comparisons in between.
    pub comparisons: u64,
}

/// Milliseconds from the record's timestamp to its scoring.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Latency {
    /// Median.
    pub p50_ms: Figure,
    /// 95th percentile.
    pub p95_ms: Figure,
    /// 99th percentile.
    pub p99_ms: Figure,
}

/// How far this model's scores lie from those that live logged. Where the live system runs this very model, that is
/// the noise of scoring twice: smaller differences between models mean nothing.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct AaFloor {
    /// Mean of score − live score.
    pub mean_difference: Figure,
    /// Lower limit of agreement (Bland and Altman 1986), mean − 1.96 s.
    pub lower_limit: f64,
    /// Upper limit of agreement.
    pub upper_limit: f64,
    /// Largest |score − live score|.
    pub largest: Figure,
    /// Whether that is scoring noise: true for the model that live is said to run.
    pub same_model: bool,
}
