//! The dead-letter record: where a record came from and what was wrong with it, not what it said.

use super::{Code, Stage};
use crate::comparison::RunLabels;
use crate::privacy::write_hex;
use crate::record::Position;
use crate::time::Rfc3339;
use serde::Serialize;
use sha2::{Digest, Sha256};

/// Whether dead letters carry the original payload.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum PayloadPolicy {
    /// Only its length and SHA-256; the value is a JSON summary.
    #[default]
    Omit,
    /// The value is the original payload, to be read again once the cause is mended.
    Include,
}

/// A dead letter about to be written.
#[derive(Debug, Clone, Copy)]
pub struct DeadLetter<'a> {
    /// The run.
    pub labels: &'a RunLabels,
    /// The stream's name.
    pub stream: &'a str,
    /// Input topic.
    pub topic: &'a str,
    /// Where the record stands.
    pub position: Position,
    /// The record's timestamp, epoch milliseconds.
    pub timestamp_ms: Option<i64>,
    /// Where it failed.
    pub stage: Stage,
    /// Why.
    pub code: Code,
    /// The field, attribute or model concerned.
    pub at: &'a str,
    /// The original payload.
    pub payload: &'a [u8],
}

/// The text of a dead letter's headers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DeadLetterText {
    /// `topic/partition/offset/dead-letter/run`: the same record and run give the same id.
    pub id: String,
    /// Input partition.
    pub partition: String,
    /// Offset.
    pub offset: String,
    /// RFC 3339; empty without one.
    pub timestamp: String,
    /// Bytes of the payload.
    pub payload_bytes: String,
    /// SHA-256 of the payload, lower-case hex.
    pub payload_sha256: String,
}

#[derive(Serialize)]
struct Summary<'a> {
    dead_letter_id: &'a str,
    mode: &'a str,
    run_id: &'a str,
    stream: &'a str,
    stage: &'a str,
    code: &'a str,
    at: &'a str,
    payload: PayloadSummary<'a>,
    source: SourceSummary<'a>,
}

#[derive(Serialize)]
struct PayloadSummary<'a> {
    bytes: usize,
    sha256: &'a str,
}

#[derive(Serialize)]
struct SourceSummary<'a> {
    cluster: &'a str,
    topic: &'a str,
    partition: i32,
    offset: i64,
    timestamp: Option<Rfc3339>,
}

impl DeadLetter<'_> {
    /// The parts that headers need as text.
    pub fn text(&self) -> DeadLetterText {
        let Position { partition, offset } = self.position;
        let mut payload_sha256 = String::with_capacity(64);
        write_hex(&Sha256::digest(self.payload), &mut payload_sha256);
        DeadLetterText {
            id: format!("{}/{partition}/{offset}/dead-letter/{}", self.topic, self.labels.run_id),
            partition: partition.to_string(),
            offset: offset.to_string(),
            timestamp: self.timestamp_ms.map(|time| Rfc3339(time).to_string()).unwrap_or_default(),
            payload_bytes: self.payload.len().to_string(),
            payload_sha256,
        }
    }

    /// Appends the JSON summary.
    ///
    /// # Errors
    /// Never; the signature is serde's.
    pub fn write_json(&self, text: &DeadLetterText, out: &mut Vec<u8>) -> Result<(), serde_json::Error> {
        let summary = Summary {
            dead_letter_id: &text.id,
            mode: self.labels.mode.name(),
            run_id: &self.labels.run_id,
            stream: self.stream,
            stage: self.stage.name(),
            code: self.code.name(),
            at: self.at,
            payload: PayloadSummary { bytes: self.payload.len(), sha256: &text.payload_sha256 },
            source: SourceSummary {
                cluster: &self.labels.cluster,
                topic: self.topic,
                partition: self.position.partition,
                offset: self.position.offset,
                timestamp: self.timestamp_ms.map(Rfc3339),
            },
        };
        serde_json::to_writer(out, &summary)
    }
}
