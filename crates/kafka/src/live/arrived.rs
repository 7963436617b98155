//! Where a record that just came in belongs.

use bystander_core::record::{Position, StreamId};
use rdkafka::message::{BorrowedMessage, Message};

/// A record's place and time; its bytes are elsewhere.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Arrived {
    pub(super) stream: StreamId,
    pub(super) position: Position,
    pub(super) timestamp_ms: Option<i64>,
}

impl Arrived {
    /// `None` for a topic that is no input. There are a handful of inputs: comparing beats hashing.
    pub(super) fn new(message: &BorrowedMessage<'_>, inputs: &[String]) -> Option<Self> {
        let topic = message.topic();
        let stream = inputs.iter().position(|input| input == topic).map(StreamId)?;
        let position = Position { partition: message.partition(), offset: message.offset() };
        Some(Self { stream, position, timestamp_ms: message.timestamp().to_millis() })
    }
}
