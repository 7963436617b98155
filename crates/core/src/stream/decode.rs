//! A record becomes a row, a skip or a rejection: a pure function of its bytes and the stream.

use super::Stream;
use crate::batch::{Batch, BatchRange, Row};
use crate::dead_letter::Withheld;
use crate::extract::{Captured, Fields, required, schema};
use crate::privacy;
use crate::privacy::OutgoingField;
use crate::record::{RawRecord, RecordHeaders};
use crate::rejection::{Code, Rejection, SkipReason, Stage};
use crate::time;
use std::borrow::Cow;

/// What became of a record that is not rejected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decoded {
    /// A row was added to the batch.
    Row,
    /// The record isn't ours to score.
    Skip(SkipReason),
}

/// Decodes a stream's records; holds what is reused from one to the next.
#[derive(Debug, Default)]
pub struct Decoder {
    captured: Captured,
}

impl Decoder {
    /// Decodes `record` into `batch`; on a skip or a rejection the batch is as it was.
    ///
    /// # Errors
    /// The stage, the code and the field at fault, and whether the subject had consented by then.
    pub fn decode<'a>(
        &'a mut self,
        stream: &'a Stream,
        record: &RawRecord<'a>,
        batch: &mut Batch,
    ) -> Result<Decoded, Rejection<'a>> {
        let mark = batch.mark();
        let mut consented = stream.consent.is_none();
        let decoded = self
            .try_decode(stream, record, batch, &mut consented)
            .map_err(|rejection| Rejection { consented, ..rejection });
        if decoded != Ok(Decoded::Row) {
            batch.rewind(&mark);
        }
        decoded
    }

    fn try_decode<'a>(
        &'a mut self,
        stream: &'a Stream,
        record: &RawRecord<'a>,
        batch: &mut Batch,
        consented: &mut bool,
    ) -> Result<Decoded, Rejection<'a>> {
        if let Some(reason) = unread(record, stream.largest_event)? {
            return Ok(Decoded::Skip(reason));
        }
        let fields = self.captured.read(&stream.tree, record)?;
        if !stream.filters.iter().all(|filter| filter.matches(&fields)) {
            return Ok(Decoded::Skip(SkipReason::Filtered));
        }
        if let Some(slot) = stream.consent {
            let consent = fields.boolean(slot).map_err(|code| schema(&fields, slot, code))?;
            if consent != Some(true) {
                return Ok(Decoded::Skip(SkipReason::NoConsent));
            }
            *consented = true;
        }
        if stream.models.is_empty() {
            return Ok(Decoded::Skip(SkipReason::Disabled));
        }
        let row = stream.read_row(record, &fields, batch)?;
        for (model, input) in stream.models.iter().zip(&mut batch.inputs) {
            model.plan.push(&fields, input)?;
        }
        batch.push(row);
        Ok(Decoded::Row)
    }
}

/// Why a record's payload isn't even looked into.
///
/// # Errors
/// At the decode stage, when it is empty or larger than `largest`.
pub(crate) fn unread<'a>(
    record: &RawRecord<'_>,
    largest: usize,
) -> Result<Option<SkipReason>, Rejection<'a>> {
    let whole = |code| Err(Rejection::new(Stage::Decode, code, ""));
    if record.withheld.is_some() {
        return whole(Code::TooLarge);
    }
    match record.payload {
        None => Ok(Some(SkipReason::Tombstone)),
        Some([]) => whole(Code::Empty),
        Some(payload) if payload.len() > largest => whole(Code::TooLarge),
        Some(_) => Ok(None),
    }
}

impl Stream {
    fn read_row<'a>(
        &self,
        record: &RawRecord<'a>,
        fields: &Fields<'a>,
        batch: &mut Batch,
    ) -> Result<Row, Rejection<'a>> {
        let subject = self.keep(fields, self.subject, batch)?;
        let subject = required(fields, self.subject.slot, Ok(subject))?;
        let mut optional = |field: Option<OutgoingField>| match field {
            None => Ok(None),
            Some(field) => self.keep(fields, field, batch),
        };
        let (item, customer) = (optional(self.item)?, optional(self.customer)?);
        let occurred_at_ms = self.occurred_at(record, fields)?;
        batch.read_facts(fields, occurred_at_ms)?;
        for segment in &self.segments {
            let span = self.keep(fields, segment.value, batch)?;
            batch.segments.push(span);
        }
        let key = self.key(record, batch)?;
        let trace = self.outgoing_trace(&record.headers);
        Ok(Row {
            position: record.position,
            timestamp_ms: record.timestamp_ms,
            occurred_at_ms,
            subject,
            item,
            customer,
            key,
            traceparent: trace.traceparent.map(|value| batch.keep_bytes(value)),
            tracestate: trace.tracestate.map(|value| batch.keep_bytes(value)),
            payload: batch.keep_bytes(record.payload.unwrap_or_default()),
        })
    }

    fn occurred_at<'a>(&self, record: &RawRecord<'_>, fields: &Fields<'a>) -> Result<i64, Rejection<'a>> {
        let Some(slot) = self.occurred_at else {
            return record.timestamp_ms.ok_or(Rejection::new(Stage::Schema, Code::MissingField, "timestamp"));
        };
        let occurred_at = required(fields, slot, fields.time(slot))?;
        if time::plausible(occurred_at, record.timestamp_ms) {
            Ok(occurred_at)
        } else {
            Err(schema(fields, slot, Code::TimeOutOfRange))
        }
    }

    /// Keeps a value that will leave the live side as text, after the checks that this asks for.
    fn keep<'a>(
        &self,
        fields: &Fields<'a>,
        field: OutgoingField,
        batch: &mut Batch,
    ) -> Result<Option<BatchRange>, Rejection<'a>> {
        batch.keep_with(|out| self.outgoing.write(fields, field, out))
    }

    fn key<'a>(
        &self,
        record: &RawRecord<'_>,
        batch: &mut Batch,
    ) -> Result<Option<BatchRange>, Rejection<'a>> {
        let Some(key) = record.key else { return Ok(None) };
        let key = self.outgoing_key(key).map_err(|code| Rejection::new(Stage::Schema, code, "key"))?;
        Ok(key.map(|key| batch.keep_bytes(&key)))
    }

    /// A record key as it may leave the live side; `None` where the binding doesn't name it.
    ///
    /// # Errors
    /// [`Code::TooLong`] or [`Code::CardNumber`]: it may not leave at all.
    pub fn outgoing_key<'k>(&self, key: &'k [u8]) -> Result<Option<Cow<'k, [u8]>>, Code> {
        self.key.map(|policy| self.outgoing.key(key, policy)).transpose()
    }

    /// The trace context as it may leave the live side: what its grammar allows, and `tracestate` on request.
    #[must_use]
    pub fn outgoing_trace<'h>(&self, headers: &RecordHeaders<'h>) -> RecordHeaders<'h> {
        RecordHeaders {
            traceparent: headers.traceparent.and_then(privacy::traceparent),
            tracestate: headers.tracestate.filter(|_| self.tracestate).and_then(privacy::tracestate),
            ..RecordHeaders::default()
        }
    }

    /// Why a dead letter may not carry its record's payload, whatever the config says; `None` if it may.
    pub fn withholds(&self, code: Code, consented: bool, payload: &[u8]) -> Option<Withheld> {
        if !consented {
            return Some(Withheld::Consent);
        }
        if self.outgoing.pseudonymiser.is_some() {
            return Some(Withheld::Pseudonyms);
        }
        if code == Code::CardNumber || self.guards_cards && privacy::holds_card_number(payload) {
            return Some(Withheld::CardNumber);
        }
        privacy::holds_address(payload).then_some(Withheld::Address)
    }
}
