//! A record becomes a row, a skip or a rejection: a pure function of its bytes and the stream.

use super::{CardNumbers, LONGEST_IDENTIFIER, LONGEST_SEGMENT, Stream};
use crate::batch::{Batch, Row, Span};
use crate::dead_letter::{Code, Rejection, SkipReason, Stage};
use crate::extract::{Captured, Fields, Slot, SlotId};
use crate::kinds::{required, schema};
use crate::privacy::holds_card_number;
use crate::record::RawRecord;
use crate::time;
use std::borrow::Cow;
use std::io::Write as _;

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
    /// The stage, the code and the field at fault.
    pub fn decode<'a>(
        &'a mut self,
        stream: &'a Stream,
        record: &RawRecord<'a>,
        batch: &mut Batch,
    ) -> Result<Decoded, Rejection<'a>> {
        let mark = batch.mark();
        let decoded = self.try_decode(stream, record, batch);
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
    ) -> Result<Decoded, Rejection<'a>> {
        let whole = |code| Rejection::new(Stage::Decode, code, "");
        match record.payload {
            None => return Ok(Decoded::Skip(SkipReason::Tombstone)),
            Some([]) => return Err(whole(Code::Empty)),
            Some(payload) if payload.len() > stream.largest_event => return Err(whole(Code::TooLarge)),
            Some(_) => {}
        }
        let fields = self.captured.read(&stream.tree, record, stream.time_unit)?;
        if !stream.filters.iter().all(|filter| filter.matches(&fields)) {
            return Ok(Decoded::Skip(SkipReason::Filtered));
        }
        if let Some(slot) = stream.consent {
            let consent = fields.boolean(slot).map_err(|code| schema(&fields, slot, code))?;
            if consent != Some(true) {
                return Ok(Decoded::Skip(SkipReason::NoConsent));
            }
        }
        let row = stream.read_row(record, &fields, batch)?;
        for (model, input) in stream.models.iter().zip(&mut batch.inputs) {
            model.plan.push(&fields, input)?;
        }
        batch.push(row);
        Ok(Decoded::Row)
    }
}

impl Stream {
    fn read_row<'a>(
        &self,
        record: &RawRecord<'a>,
        fields: &Fields<'a>,
        batch: &mut Batch,
    ) -> Result<Row, Rejection<'a>> {
        let subject = self.leave(fields, self.subject, LONGEST_IDENTIFIER, self.hide_subject, batch)?;
        let subject = required(fields, self.subject, Ok(subject))?;
        let item = match self.item {
            None => None,
            Some(slot) => self.leave(fields, slot, LONGEST_IDENTIFIER, false, batch)?,
        };
        let occurred_at_ms = self.occurred_at(record, fields)?;
        let facts = self.binding.read(fields, &mut batch.bases)?;
        for segment in &self.segments {
            let span = self.leave(fields, segment.slot, LONGEST_SEGMENT, segment.hidden, batch)?;
            batch.segments.push(span);
        }
        let key = self.key(record, batch)?;
        let trace = record.headers.trace();
        Ok(Row {
            position: record.position,
            timestamp_ms: record.timestamp_ms,
            occurred_at_ms,
            subject,
            item,
            key,
            traceparent: trace.traceparent.map(|value| batch.keep_bytes(value)),
            tracestate: trace.tracestate.map(|value| batch.keep_bytes(value)),
            payload: batch.keep_bytes(record.payload.unwrap_or_default()),
            facts,
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
    fn leave<'a>(
        &self,
        fields: &Fields<'a>,
        slot: SlotId,
        longest: usize,
        hidden: bool,
        batch: &mut Batch,
    ) -> Result<Option<Span>, Rejection<'a>> {
        let mut digits = [0; LONGEST_NUMBER];
        let text = match as_text(fields, slot, &mut digits) {
            Ok(Some(text)) if !text.is_empty() => text,
            // An identifier of no letters identifies nothing.
            Ok(_) => return Ok(None),
            Err(code) => return Err(schema(fields, slot, code)),
        };
        if text.len() > longest {
            return Err(schema(fields, slot, Code::TooLong));
        }
        match (&self.pseudonymiser, hidden) {
            (Some(pseudonymiser), true) => {
                Ok(Some(batch.keep_with(|out| pseudonymiser.write(text.as_bytes(), out))))
            }
            _ if self.refuses(text.as_bytes()) => Err(schema(fields, slot, Code::CardNumber)),
            _ => Ok(Some(batch.keep(text))),
        }
    }

    fn key<'a>(&self, record: &RawRecord<'_>, batch: &mut Batch) -> Result<Option<Span>, Rejection<'a>> {
        let Some(key) = record.key else { return Ok(None) };
        let key = self.outgoing_key(key).map_err(|code| Rejection::new(Stage::Schema, code, "key"))?;
        Ok(Some(batch.keep_bytes(&key)))
    }

    /// A record key as it may leave the live side; dead letters are held to this as well.
    ///
    /// # Errors
    /// [`Code::TooLong`] or [`Code::CardNumber`]: it may not leave at all.
    pub fn outgoing_key<'k>(&self, key: &'k [u8]) -> Result<Cow<'k, [u8]>, Code> {
        if key.len() > LONGEST_IDENTIFIER {
            return Err(Code::TooLong);
        }
        if let (Some(pseudonymiser), true) = (&self.pseudonymiser, self.hide_key) {
            let mut pseudonym = String::new();
            pseudonymiser.write(key, &mut pseudonym);
            return Ok(Cow::Owned(pseudonym.into_bytes()));
        }
        if self.refuses(key) { Err(Code::CardNumber) } else { Ok(Cow::Borrowed(key)) }
    }

    /// Whether these bytes hold a card number and so may not leave.
    fn refuses(&self, leaving: &[u8]) -> bool {
        self.card_numbers == CardNumbers::Reject && holds_card_number(leaving)
    }
}

/// Bytes that hold any JSON number as text.
const LONGEST_NUMBER: usize = 32;

/// A scalar as text: strings as they are, numbers and booleans as JSON writes them.
fn as_text<'d, 'a: 'd>(
    fields: &Fields<'a>,
    slot: SlotId,
    digits: &'d mut [u8; LONGEST_NUMBER],
) -> Result<Option<&'d str>, Code> {
    let mut rest = &mut digits[..];
    let written = match fields.slot(slot) {
        Slot::Bool(value) => return Ok(Some(if value { "true" } else { "false" })),
        Slot::Integer(value) => write!(rest, "{value}"),
        Slot::Float(value) => write!(rest, "{value:?}"),
        _ => return fields.text(slot),
    };
    let left = rest.len();
    written.map_err(|_| Code::TooLong)?;
    std::str::from_utf8(&digits[..LONGEST_NUMBER - left]).map(Some).map_err(|_| Code::WrongType)
}
