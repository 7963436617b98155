//! Where a record that just came in belongs.

use crate::epoch::leader_epoch;
use bystander_core::record::{Position, StreamId};
use bystander_pipeline::Failure;
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
    /// There are a handful of inputs: comparing beats hashing.
    ///
    /// # Errors
    /// When its topic isn't an input. Nobody asked for the record, so leaving it out would hide a fault.
    pub(super) fn new(message: &BorrowedMessage<'_>, inputs: &[String]) -> Result<Self, Failure> {
        let position = Position { partition: message.partition(), offset: message.offset() };
        let topic = message.topic();
        let stream = inputs.iter().position(|input| input == topic).map(StreamId);
        let stream = stream.ok_or_else(|| unasked(topic, position))?;
        let timestamp_ms = message.timestamp().to_millis();
        Ok(Self { stream, position, timestamp_ms, leader_epoch: leader_epoch(message) })
    }
}

/// That a record came of a partition that isn't read.
pub(super) fn unasked(topic: &str, Position { partition, offset }: Position) -> Failure {
    Failure::passing(
        format!(
            "topic {topic} partition {partition} offset {offset} came in, and that partition is not read here"
        ),
        "nothing is to be done if reading goes on from the last checkpoint; otherwise report this with the version",
    )
}
