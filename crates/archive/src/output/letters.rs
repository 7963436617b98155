//! Dead letters of one piece.

use bystander_core::text::hex;
use bystander_pipeline::{Message, MessageHeader};
use serde_json::{Map, Value};

/// Lines of dead letters, in order of arrival.
#[derive(Debug, Default)]
pub(super) struct Letters {
    letters: Vec<Letter>,
    text: Vec<u8>,
    topics: Vec<String>,
}

#[derive(Debug, Clone, Copy)]
struct Letter {
    /// Of `topics`.
    topic: usize,
    partition: i32,
    offset: i64,
    start: usize,
    end: usize,
}

/// A state to go back to.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Mark {
    letters: usize,
    text: usize,
}

impl Letters {
    /// Takes one in and tells where its record stands; `None` when it doesn't say.
    pub(super) fn push<'m>(&mut self, message: &Message<'m>) -> Option<(&'m str, i32, i64)> {
        let (partition, start) = (message.source_partition, self.text.len());
        let text = |name| std::str::from_utf8(header(message, name)?).ok();
        let (topic, offset) = (text("bystander_topic")?, text("bystander_offset")?.parse().ok()?);
        let value = message.value.unwrap_or_default();
        // The summary of a dead letter is one line of JSON; what an original payload is, nobody knows.
        match text("content-type") {
            Some("application/json") => self.text.extend_from_slice(value),
            _ => self.text.extend_from_slice(wrapped(message.headers, value).to_string().as_bytes()),
        }
        self.text.push(b'\n');
        let known = self.topics.iter().position(|known| known == topic);
        let place = known.unwrap_or_else(|| {
            self.topics.push(topic.to_owned());
            self.topics.len() - 1
        });
        self.letters.push(Letter { topic: place, partition, offset, start, end: self.text.len() });
        Some((topic, partition, offset))
    }

    /// The topic, partition and offset of every letter's record.
    pub(super) fn positions(&self) -> impl Iterator<Item = (&str, i32, i64)> {
        self.letters.iter().map(|one| (self.topics[one.topic].as_str(), one.partition, one.offset))
    }

    /// The lines of a partition in order of offsets, and how many there are.
    pub(super) fn lines(&self, topic: &str, partition: i32) -> (u64, impl Iterator<Item = &[u8]>) {
        let of = |one: &&Letter| self.topics[one.topic] == topic && one.partition == partition;
        let mut letters: Vec<_> = self.letters.iter().filter(of).collect();
        letters.sort_by_key(|letter| letter.offset);
        (letters.len() as u64, letters.into_iter().map(|letter| &self.text[letter.start..letter.end]))
    }

    pub(super) fn mark(&self) -> Mark {
        Mark { letters: self.letters.len(), text: self.text.len() }
    }

    pub(super) fn rewind(&mut self, mark: Mark) {
        self.letters.truncate(mark.letters);
        self.text.truncate(mark.text);
    }

    pub(super) fn bytes(&self) -> usize {
        self.text.len()
    }
}

fn header<'a>(message: &Message<'a>, name: &str) -> Option<&'a [u8]> {
    message.headers.iter().find(|(header, _)| *header == name).map(|&(_, value)| value)
}

/// A dead letter that carries the original payload, as JSON: what its headers say, and the payload as text or hex.
/// The time of writing is left out, so that writing the same letter again gives the same line.
fn wrapped(headers: &[MessageHeader<'_>], payload: &[u8]) -> Value {
    let text = |bytes: &[u8]| Value::from(String::from_utf8_lossy(bytes));
    let named = headers.iter().filter(|(name, _)| *name != "ce_time");
    let headers: Map<_, _> = named.map(|&(name, value)| (name.to_owned(), text(value))).collect();
    let payload = match std::str::from_utf8(payload) {
        Ok(text) => ("payload", text.to_owned()),
        Err(_) => ("payload_hex", hex(payload)),
    };
    Value::from_iter([("headers", Value::from(headers)), (payload.0, Value::from(payload.1))])
}
