//! The dead-letter record: where a record came from and what was wrong with it, not what it said.

use crate::record::{Position, RawRecord};
use crate::rejection::{Code, Stage};
use crate::run::RunLabels;
use crate::text::hex;
use crate::time::Rfc3339;
use serde::Serialize;
use sha2::{Digest, Sha256};

/// Whether dead letters carry the original payload.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum PayloadPolicy {
    /// Only its length and SHA-256; the value is a JSON summary.
    #[default]
    Omit,
    /// The value is the original payload, to be read again once the cause is mended, unless it is [`Withheld`].
    Include,
}

/// What is known of the value of a record that became a dead letter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Payload<'a> {
    /// The value.
    Whole(&'a [u8]),
    /// It was not read: its length in bytes, where that is known.
    Unread(Option<usize>),
}

impl<'a> Payload<'a> {
    /// The value of a record as its source handed it over.
    pub fn of(record: &RawRecord<'a>) -> Self {
        match record.withheld {
            Some(bytes) => Self::Unread(Some(bytes)),
            None => Self::Whole(record.payload.unwrap_or_default()),
        }
    }

    /// Length in bytes, where it is known.
    pub fn bytes(&self) -> Option<usize> {
        match self {
            Self::Whole(payload) => Some(payload.len()),
            Self::Unread(bytes) => *bytes,
        }
    }

    /// The value, where it was read.
    pub fn whole(&self) -> Option<&'a [u8]> {
        match self {
            Self::Whole(payload) => Some(payload),
            Self::Unread(_) => None,
        }
    }
}

/// Why a dead letter doesn't carry its payload though the config asks for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Withheld {
    /// The record failed before the subject's consent was read.
    Consent,
    /// The stream pseudonymises what the payload says in clear.
    Pseudonyms,
    /// The payload holds a card number.
    CardNumber,
    /// The payload holds an e-mail or IP address.
    Address,
}

impl Withheld {
    /// The word used in headers and records.
    pub fn name(self) -> &'static str {
        match self {
            Self::Consent => "consent",
            Self::Pseudonyms => "pseudonyms",
            Self::CardNumber => "card_number",
            Self::Address => "address",
        }
    }
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
    pub payload: Payload<'a>,
    /// The last offset that it is about, where it is about a batch that can't be read.
    pub last_offset: Option<i64>,
    /// Why the payload stays though it was asked for.
    pub withheld: Option<Withheld>,
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
    /// The last offset of a batch that can't be read; empty for a single record.
    pub last_offset: String,
    /// Bytes of the payload; empty where that isn't known.
    pub payload_bytes: String,
    /// SHA-256 of the payload, lower-case hex; empty for a payload that wasn't read.
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
    bytes: Option<usize>,
    sha256: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    withheld: Option<&'static str>,
}

#[derive(Serialize)]
struct SourceSummary<'a> {
    cluster: &'a str,
    topic: &'a str,
    partition: i32,
    offset: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_offset: Option<i64>,
    timestamp: Option<Rfc3339>,
}

impl DeadLetter<'_> {
    /// The parts that headers need as text.
    pub fn text(&self) -> DeadLetterText {
        let Position { partition, offset } = self.position;
        let payload_sha256 = self.payload.whole().map(|payload| hex(&Sha256::digest(payload)));
        DeadLetterText {
            id: format!("{}/{partition}/{offset}/dead-letter/{}", self.topic, self.labels.run_id),
            partition: partition.to_string(),
            offset: offset.to_string(),
            timestamp: self.timestamp_ms.map(|time| Rfc3339(time).to_string()).unwrap_or_default(),
            last_offset: self.last_offset.map(|offset| offset.to_string()).unwrap_or_default(),
            payload_bytes: self.payload.bytes().map(|bytes| bytes.to_string()).unwrap_or_default(),
            payload_sha256: payload_sha256.unwrap_or_default(),
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
            payload: PayloadSummary {
                bytes: self.payload.bytes(),
                sha256: self.payload.whole().map(|_| text.payload_sha256.as_str()),
                withheld: self.withheld.map(Withheld::name),
            },
            source: SourceSummary {
                cluster: &self.labels.cluster,
                topic: self.topic,
                partition: self.position.partition,
                offset: self.position.offset,
                last_offset: self.last_offset,
                timestamp: self.timestamp_ms.map(Rfc3339),
            },
        };
        serde_json::to_writer(out, &summary)
    }
}
