//! Where a record that just came in belongs.

use crate::epoch::leader_epoch;
use bystander_core::record::{Position, StreamId};
use rdkafka::message::{BorrowedMessage, Message};

/// A record's place and time; its bytes are elsewhere.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Arrived {
    pub(super) stream: StreamId,
    pub(super) position: Position,
    pub(super) timestamp_ms: Option<i64>,
    /// Epoch of the leader that appended it; `None` where the broker doesn't say.
    pub(super) leader_epoch: Option<i32>,
}

impl Arrived {
    /// `None` for a topic that is no input. There are a handful of inputs: comparing beats hashing.
    pub(super) fn new(message: &BorrowedMessage<'_>, inputs: &[String]) -> Option<Self> {
        let topic = message.topic();
        let stream = inputs.iter().position(|input| input == topic).map(StreamId)?;
        let position = Position { partition: message.partition(), offset: message.offset() };
        let timestamp_ms = message.timestamp().to_millis();
        Some(Self { stream, position, timestamp_ms, leader_epoch: leader_epoch(message) })
    }
}
