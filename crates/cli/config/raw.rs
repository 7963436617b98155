//! The config file, key by key, as it is written. Nothing here looks at the environment or at files.

use bystander_core::config::StreamConfig;
use bystander_core::outcome::OutcomeConfig;
use serde::Deserialize;
use std::collections::BTreeMap;

/// The whole file.
#[derive(Debug, Default)]
pub(crate) struct RawConfig {
    pub(crate) job: Option<String>,
    pub(crate) live: RawLive,
    pub(crate) shadow: RawShadow,
    pub(crate) models: RawModels,
    pub(crate) scoring: RawScoring,
    pub(crate) drift: RawDrift,
    pub(crate) privacy: RawPrivacy,
    pub(crate) http: RawHttp,
    pub(crate) log: RawLog,
    pub(crate) streams: Vec<StreamConfig>,
    /// The tables of `streams` as they are written, with variables filled in.
    pub(crate) written_streams: Vec<toml::Value>,
    pub(crate) outcomes: Vec<OutcomeConfig>,
    pub(crate) report: RawReport,
    pub(crate) replay: RawReplay,
}

/// `[live]`.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct RawLive {
    pub(crate) name: Option<String>,
    pub(crate) brokers: Option<String>,
    pub(crate) group: Option<String>,
    pub(crate) client_id: Option<String>,
    pub(crate) start: Option<String>,
    pub(crate) isolation: Option<String>,
    pub(crate) isolation_interval: Option<String>,
    pub(crate) bytes_per_second: Option<u64>,
    pub(crate) metadata_interval: Option<String>,
    pub(crate) request_timeout: Option<String>,
    #[serde(default)]
    pub(crate) properties: BTreeMap<String, String>,
    #[serde(default)]
    pub(crate) property_files: BTreeMap<String, String>,
}

/// `[shadow]`.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct RawShadow {
    pub(crate) brokers: Option<String>,
    pub(crate) comparisons: Option<String>,
    pub(crate) dead_letters: Option<String>,
    pub(crate) checkpoints: Option<String>,
    pub(crate) commit_interval: Option<String>,
    pub(crate) transaction_timeout: Option<String>,
    pub(crate) request_timeout: Option<String>,
    pub(crate) session_timeout: Option<String>,
    pub(crate) client_id: Option<String>,
    pub(crate) shards: Option<i32>,
    pub(crate) partitions: Option<i32>,
    pub(crate) replication: Option<i32>,
    pub(crate) retention: Option<String>,
    pub(crate) dead_letter_payload: Option<bool>,
    #[serde(default)]
    pub(crate) properties: BTreeMap<String, String>,
    #[serde(default)]
    pub(crate) property_files: BTreeMap<String, String>,
}

/// `[models]`.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct RawModels {
    pub(crate) repository: Option<String>,
    pub(crate) runtime: Option<String>,
    pub(crate) refresh: Option<String>,
}

/// `[scoring]`.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct RawScoring {
    pub(crate) batch_rows: Option<usize>,
    pub(crate) linger: Option<String>,
    pub(crate) deadline: Option<String>,
}

/// `[drift]`.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct RawDrift {
    pub(crate) window: Option<String>,
}

/// `[privacy]`.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct RawPrivacy {
    pub(crate) key_file: Option<String>,
    pub(crate) key_id: Option<String>,
    pub(crate) previous_key_file: Option<String>,
    pub(crate) previous_key_id: Option<String>,
}

/// `[http]`.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct RawHttp {
    pub(crate) listen: Option<String>,
}

/// `[log]`.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct RawLog {
    pub(crate) level: Option<String>,
    pub(crate) format: Option<String>,
}

/// `[report]`.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct RawReport {
    pub(crate) maturity: Option<String>,
    pub(crate) sale_window: Option<String>,
    #[serde(default)]
    pub(crate) costs: BTreeMap<String, RawCost>,
    pub(crate) declines: Option<RawDeclines>,
    pub(crate) rates: Option<RawRates>,
    pub(crate) developed_below: Option<f64>,
    #[serde(default)]
    pub(crate) dispute_reasons: BTreeMap<String, String>,
    pub(crate) confidence: Option<f64>,
    pub(crate) resamples: Option<usize>,
    pub(crate) seed: Option<u64>,
    pub(crate) min_slice: Option<u64>,
    pub(crate) min_readable: Option<f64>,
}

/// `[report.declines]`.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct RawDeclines {
    pub(crate) fraud_share: Option<Vec<f64>>,
    pub(crate) source: Option<String>,
    pub(crate) segment: Option<String>,
    #[serde(default)]
    pub(crate) by_value: BTreeMap<String, Vec<f64>>,
}

/// `[report.rates]`.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct RawRates {
    pub(crate) into: Option<String>,
    pub(crate) date: Option<toml::Value>,
    pub(crate) source: Option<String>,
    #[serde(default)]
    pub(crate) of: BTreeMap<String, f64>,
}

/// A cost for all currencies, or the table of one currency.
#[derive(Debug, Deserialize)]
#[serde(untagged, expecting = "is neither a number nor the table of a currency")]
pub(crate) enum RawCost {
    Number(f64),
    Currency(BTreeMap<String, f64>),
}

/// `[replay]`.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct RawReplay {
    pub(crate) confirm_above: Option<u64>,
    pub(crate) lateness: Option<String>,
    pub(crate) min_readable: Option<f64>,
}
