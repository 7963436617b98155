//! Decided rows and rejections become records of the shadow topics.

use crate::accounting::AccountingError;
use crate::failure::Failure;
use crate::shard::ShardError;
use crate::sink::{Message, MessageHeader, Output, SinkError, Transaction};
use bystander_core::batch::{Batch, BatchRange, Row};
use bystander_core::comparison::Comparison;
use bystander_core::dead_letter::{DeadLetter, PayloadPolicy, Withheld};
use bystander_core::record::RecordHeaders;
use bystander_core::rejection::Code;
use bystander_core::stream::Stream;
use bystander_core::time::Rfc3339;
use std::fmt::Write as _;

/// Version that dead letters name.
const VERSION: &str = env!("CARGO_PKG_VERSION");

/// Content type of our own records.
const JSON: &str = "application/json";
/// Content type of a payload that was no event.
const ANY_BYTES: &str = "application/octet-stream";

/// Reused buffers, and the headers that never change.
#[derive(Debug)]
pub(crate) struct Encoder {
    ce_source: String,
    payloads: PayloadPolicy,
    id: String,
    time: String,
    value: Vec<u8>,
}

impl Encoder {
    pub(crate) fn new(job: &str, payloads: PayloadPolicy) -> Self {
        let ce_source = format!("/bystander/{job}");
        Self { ce_source, payloads, id: String::new(), time: String::new(), value: Vec::new() }
    }

    /// Sets the time that all records carry until the next call.
    pub(crate) fn at(&mut self, now_ms: i64) {
        self.time.clear();
        // Writing into a String can't fail.
        let _ = write!(self.time, "{}", Rfc3339(now_ms));
    }

    /// Why a dead letter may not carry the payload that was asked for.
    pub(crate) fn withholds(
        &self,
        stream: &Stream,
        code: Code,
        consented: bool,
        payload: Option<&[u8]>,
    ) -> Option<Withheld> {
        match self.payloads {
            PayloadPolicy::Omit => None,
            PayloadPolicy::Include => stream.withholds(code, consented, payload.unwrap_or_default()),
        }
    }

    pub(crate) fn comparison<T: Transaction>(
        &mut self,
        comparison: &Comparison<'_>,
        transaction: &mut T,
    ) -> Result<(), ShardError> {
        if transaction.take(comparison)? {
            return Ok(());
        }
        self.id.clear();
        // Writing into a String can't fail.
        let _ = write!(self.id, "{}", comparison.id());
        self.value.clear();
        comparison.record(&self.id).write_json(&mut self.value).map_err(not_written)?;
        let batch = comparison.batch;
        let row = &batch.rows()[comparison.row];
        let mut headers = Headers::default();
        headers.cloud_event(&self.id, &self.ce_source, ("bystander.comparison", JSON), &self.time);
        headers.trace(&trace(batch, row));
        transaction.send(Message {
            output: Output::Comparisons,
            source_partition: row.position.partition,
            key: row.key.map(|key| batch.bytes(key)),
            value: Some(&self.value),
            headers: headers.as_slice()?,
        })?;
        Ok(())
    }

    pub(crate) fn dead_letter<T: Transaction>(
        &mut self,
        letter: &DeadLetter<'_>,
        key: Option<&[u8]>,
        trace: &RecordHeaders<'_>,
        transaction: &mut T,
    ) -> Result<(), ShardError> {
        let text = letter.text();
        self.value.clear();
        letter.write_json(&text, &mut self.value).map_err(not_written)?;
        let headers = |content_type| {
            let mut headers = Headers::default();
            let kind = ("bystander.dead-letter", content_type);
            headers.cloud_event(&text.id, &self.ce_source, kind, &self.time);
            for (name, value) in [
                ("bystander_topic", letter.topic),
                ("bystander_partition", &text.partition),
                ("bystander_offset", &text.offset),
                ("bystander_timestamp", &text.timestamp),
                ("bystander_stage", letter.stage.name()),
                ("bystander_code", letter.code.name()),
                ("bystander_at", letter.at),
                ("bystander_run", &letter.labels.run_id),
                ("bystander_version", VERSION),
                ("bystander_payload_bytes", &text.payload_bytes),
                ("bystander_payload_sha256", &text.payload_sha256),
            ] {
                headers.push(name, value.as_bytes());
            }
            if letter.last_offset.is_some() {
                headers.push("bystander_last_offset", text.last_offset.as_bytes());
            }
            if let Some(withheld) = letter.withheld {
                headers.push("bystander_payload_withheld", withheld.name().as_bytes());
            }
            headers.trace(trace);
            headers
        };
        let mut send = |value, content_type| -> Result<(), ShardError> {
            transaction.send(Message {
                output: Output::DeadLetters,
                source_partition: letter.position.partition,
                key,
                value: Some(value),
                headers: headers(content_type).as_slice()?,
            })?;
            Ok(())
        };
        let asked = self.payloads == PayloadPolicy::Include && letter.withheld.is_none();
        if let (true, Some(payload)) = (asked, letter.payload.whole()) {
            match send(payload, ANY_BYTES) {
                // The original doesn't fit: the summary still tells where it stands.
                Err(ShardError::Sink(SinkError::TooLarge { .. })) => {}
                sent => return sent,
            }
        }
        send(&self.value, JSON)
    }
}

/// The trace context of a row.
pub(crate) fn trace<'a>(batch: &'a Batch, row: &Row) -> RecordHeaders<'a> {
    let bytes = |span: Option<BatchRange>| span.map(|span| batch.bytes(span));
    RecordHeaders {
        traceparent: bytes(row.traceparent),
        tracestate: bytes(row.tracestate),
        ..RecordHeaders::default()
    }
}

fn not_written(error: impl std::error::Error + Send + Sync + 'static) -> ShardError {
    let what = format!("a record can't be written as JSON: {error}");
    SinkError::Failed(Failure::fatal(what, "report this with the record's position").because(error)).into()
}

/// Most headers that one record has.
const MOST: usize = 24;

/// A list of headers on the stack.
struct Headers<'a> {
    list: [MessageHeader<'a>; MOST],
    len: usize,
    /// The first header that found no room.
    beyond: Option<&'static str>,
}

impl Default for Headers<'_> {
    fn default() -> Self {
        Self { list: [("", b""); MOST], len: 0, beyond: None }
    }
}

impl<'a> Headers<'a> {
    fn push(&mut self, name: &'static str, value: &'a [u8]) {
        match self.list.get_mut(self.len) {
            Some(place) => {
                *place = (name, value);
                self.len += 1;
            }
            None => self.beyond = self.beyond.or(Some(name)),
        }
    }

    /// `kind` is the event's type and its data's content type.
    fn cloud_event(
        &mut self,
        id: &'a str,
        source: &'a str,
        kind: (&'static str, &'static str),
        time: &'a str,
    ) {
        for (name, value) in [
            ("ce_specversion", "1.0"),
            ("ce_id", id),
            ("ce_source", source),
            ("ce_type", kind.0),
            ("ce_time", time),
            ("content-type", kind.1),
        ] {
            self.push(name, value.as_bytes());
        }
    }

    fn trace(&mut self, headers: &RecordHeaders<'a>) {
        if let Some(value) = headers.traceparent {
            self.push("traceparent", value);
        }
        if let Some(value) = headers.tracestate {
            self.push("tracestate", value);
        }
    }

    /// All of them, or an error: a record that lacks one can't be told from a whole one.
    fn as_slice(&self) -> Result<&[MessageHeader<'a>], AccountingError> {
        match self.beyond {
            None => Ok(&self.list[..self.len]),
            Some(header) => Err(AccountingError::TooManyHeaders { header, most: MOST }),
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_header_beyond_the_limit_is_an_error_that_names_it_and_is_not_dropped() {
        let mut headers = Headers::default();
        for _ in 0..MOST {
            headers.push("fits", b"");
        }
        assert_eq!(headers.as_slice().unwrap().len(), MOST);
        headers.push("bystander_run", b"");
        headers.push("tracestate", b"");
        let error = headers.as_slice().unwrap_err();
        assert_eq!(error, AccountingError::TooManyHeaders { header: "bystander_run", most: MOST });
        assert!(error.to_string().contains("bystander_run"), "{error}");
    }
}
