//! What the catalogue has counted, read back as numbers.

use crate::catalogue::{ComparisonCell, Stream, StreamResult};
use crate::kinds::metrics;
use crate::meters::{DEAD_LETTER, SCORED, SKIPPED};
use crate::registry::{Catalogue, StreamLabels, WatchedModel};
use bystander_core::model::ModelIdentity;
use prometheus::proto::Metric;
use serde::Serialize;
use std::collections::BTreeMap;

/// What became of a stream's records.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct RecordCounts {
    /// Compared, by each of the stream's models.
    pub scored: u64,
    /// Left aside.
    pub skipped: u64,
    /// Failed.
    pub dead_letters: u64,
    /// Offsets that retention removed before they could be read.
    pub gap_offsets: u64,
}

impl RecordCounts {
    /// All records that were read.
    pub fn read(&self) -> u64 {
        self.scored.saturating_add(self.skipped).saturating_add(self.dead_letters)
    }

    /// What came on top of `before`.
    pub(crate) fn since(&self, before: &Self) -> Self {
        Self {
            scored: self.scored.saturating_sub(before.scored),
            skipped: self.skipped.saturating_sub(before.skipped),
            dead_letters: self.dead_letters.saturating_sub(before.dead_letters),
            gap_offsets: self.gap_offsets.saturating_sub(before.gap_offsets),
        }
    }
}

/// How often a model decided as live did. A price agrees within its stream's tolerance.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct AgreementCounts {
    /// All decisions of the model.
    pub comparisons: u64,
    /// Those with a live decision to compare with.
    pub with_live: u64,
    /// Those of them that agree.
    pub agreeing: u64,
}

impl AgreementCounts {
    /// What came on top of `before`.
    pub(crate) fn since(&self, before: &Self) -> Self {
        Self {
            comparisons: self.comparisons.saturating_sub(before.comparisons),
            with_live: self.with_live.saturating_sub(before.with_live),
            agreeing: self.agreeing.saturating_sub(before.agreeing),
        }
    }
}

/// Counts of one stream.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StreamCounts {
    /// Of its records.
    pub records: RecordCounts,
    /// Of its models, by name and version.
    pub models: BTreeMap<(String, u32), AgreementCounts>,
}

/// What dead letters have in common.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct DeadLetterKind {
    /// The stream.
    pub stream: String,
    /// The stage that failed.
    pub stage: String,
    /// The code.
    pub code: String,
}

/// A reading of everything that a [`Status`](super::Status) counts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StatusCounts {
    /// In the config's order.
    pub streams: Vec<StreamCounts>,
    /// Only what occurred.
    pub dead_letters: BTreeMap<DeadLetterKind, u64>,
    /// Lag by topic and partition, as the gauges have it.
    pub lags: BTreeMap<(String, i32), i64>,
}

impl Catalogue {
    /// Reads the counters; shards add to them with every batch.
    pub fn counts(&self) -> StatusCounts {
        let dead_letters = self.families.dead_letters.collect();
        let lags = self.families.lag.collect();
        StatusCounts {
            streams: self.models.streams().iter().map(|stream| self.stream_counts(stream)).collect(),
            dead_letters: dead_letters.iter().map(dead_letter).collect(),
            lags: lags.iter().filter_map(lag).collect(),
        }
    }

    fn stream_counts(&self, stream: &StreamLabels) -> StreamCounts {
        let name = stream.name.as_str();
        let records = |result| self.families.records.with(&StreamResult { stream: name, result }).get();
        StreamCounts {
            records: RecordCounts {
                scored: records(SCORED),
                skipped: records(SKIPPED),
                dead_letters: records(DEAD_LETTER),
                gap_offsets: self.families.gap_offsets.with(&Stream { stream: name }).get(),
            },
            models: stream
                .models
                .iter()
                .map(|WatchedModel { identity, .. }| {
                    ((identity.name.clone(), identity.version), self.agreement(stream, identity))
                })
                .collect(),
        }
    }

    fn agreement(&self, stream: &StreamLabels, model: &ModelIdentity) -> AgreementCounts {
        let version = model.version.to_string();
        let mut counts = AgreementCounts::default();
        for cell in metrics(stream.kind).cells() {
            let (live, would_be) = (cell.live, cell.would_be);
            let labels = ComparisonCell {
                stream: &stream.name,
                model: &model.name,
                version: &version,
                live,
                would_be,
            };
            let count = self.families.comparisons.with(&labels).get();
            counts.comparisons += count;
            counts.with_live += if cell.agrees.is_some() { count } else { 0 };
            counts.agreeing += if cell.agrees == Some(true) { count } else { 0 };
        }
        counts
    }
}

fn label(metric: &Metric, name: &str) -> String {
    let found = metric.get_label().iter().find(|label| label.name() == name);
    found.map(|label| label.value().to_owned()).unwrap_or_default()
}

fn dead_letter(metric: &Metric) -> (DeadLetterKind, u64) {
    let of = |name| label(metric, name);
    let kind = DeadLetterKind { stream: of("stream"), stage: of("stage"), code: of("code") };
    (kind, metric.get_counter().get_value() as u64)
}

fn lag(metric: &Metric) -> Option<((String, i32), i64)> {
    let partition = label(metric, "partition").parse().ok()?;
    Some(((label(metric, "topic"), partition), metric.get_gauge().get_value() as i64))
}
