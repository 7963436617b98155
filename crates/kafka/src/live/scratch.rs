//! One record's bytes, held for the pipeline until the next poll.

use super::arrived::Arrived;
use bystander_core::checkpoint::RecordMark;
use bystander_core::record::{Position, RawRecord, RecordHeaders, StreamId};
use rdkafka::message::{BorrowedMessage, Headers, Message};
use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Capacity that is kept between records; larger records' memory is given back.
const KEPT: usize = 1 << 20;

/// A reused buffer: key, value and understood headers of the current record. Copying half a kilobyte is
/// cheaper than anything else that happens to a record, and lets the client free its own copy at once.
#[derive(Debug, Default)]
pub(super) struct Scratch {
    bytes: Vec<u8>,
    key: Option<Range<usize>>,
    payload: Option<Range<usize>>,
    /// Length of a value that was too large to be copied.
    withheld: Option<usize>,
    headers: Vec<(String, Option<Range<usize>>)>,
    header_count: usize,
}

impl Scratch {
    /// Copies a record in, in place of the one before; of a value larger than `largest` its length only.
    pub(super) fn fill(&mut self, message: &BorrowedMessage<'_>, largest: usize) {
        self.bytes.clear();
        self.header_count = 0;
        self.withheld = Some(message.payload_len()).filter(|length| *length > largest);
        let payload = match self.withheld {
            Some(_) => Some(&[][..]),
            None => message.payload(),
        };
        let needed = message.key_len() + payload.map_or(0, <[u8]>::len);
        if self.bytes.capacity() > KEPT && needed < KEPT {
            self.bytes.shrink_to(KEPT);
        }
        self.key = message.key().map(|key| self.push(key));
        self.payload = payload.map(|payload| self.push(payload));
        // The client library panics on a header name that isn't UTF-8. Such a record must not stop the
        // shard for good, so it goes on with the headers before that one.
        let fill = AssertUnwindSafe(|| self.fill_headers(message));
        if catch_unwind(fill).is_err() {
            tracing::warn!(
                topic = message.topic(),
                partition = message.partition(),
                offset = message.offset(),
                "a header's name is not UTF-8; it and those after it are ignored"
            );
        }
    }

    fn fill_headers(&mut self, message: &BorrowedMessage<'_>) {
        let Some(headers) = message.headers() else { return };
        for header in headers.iter() {
            if !understood(header.key) {
                continue;
            }
            let value = header.value.map(|value| self.push(value));
            match self.headers.get_mut(self.header_count) {
                Some((name, range)) => {
                    header.key.clone_into(name);
                    *range = value;
                }
                None => self.headers.push((header.key.to_owned(), value)),
            }
            self.header_count += 1;
        }
    }

    fn push(&mut self, bytes: &[u8]) -> Range<usize> {
        let start = self.bytes.len();
        self.bytes.extend_from_slice(bytes);
        start..self.bytes.len()
    }

    /// The mark of the record that was last filled in, which is `arrived`.
    pub(super) fn mark(&self, arrived: &Arrived) -> RecordMark {
        let Arrived { position, timestamp_ms, leader_epoch, .. } = *arrived;
        let bytes = |range: &Option<Range<usize>>| range.clone().and_then(|range| self.bytes.get(range));
        let (key, value) = (bytes(&self.key), bytes(&self.payload));
        let length = self.withheld.or(value.map(<[u8]>::len));
        RecordMark::of(
            (position.offset, timestamp_ms, leader_epoch),
            key,
            (length, value.unwrap_or_default()),
        )
    }

    /// Bytes of the record that was last filled in.
    pub(super) fn len(&self) -> usize {
        self.bytes.len()
    }

    /// The record that was last filled in.
    pub(super) fn record(
        &self,
        stream: StreamId,
        position: Position,
        timestamp_ms: Option<i64>,
    ) -> RawRecord<'_> {
        let bytes = |range: &Option<Range<usize>>| range.clone().and_then(|range| self.bytes.get(range));
        let mut headers = RecordHeaders::default();
        for (name, value) in self.headers.iter().take(self.header_count) {
            headers.set(name, bytes(value));
        }
        let (key, payload) = (bytes(&self.key), bytes(&self.payload));
        RawRecord { stream, position, timestamp_ms, key, payload, withheld: self.withheld, headers }
    }
}

/// Names that [`RecordHeaders::set`] may take; all others needn't be copied.
fn understood(name: &str) -> bool {
    name.starts_with("ce_") || matches!(name, "content-type" | "traceparent" | "tracestate")
}
