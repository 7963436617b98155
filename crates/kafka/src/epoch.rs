//! The leader epoch of a record, for which `rdkafka` has no accessor.
#![allow(unsafe_code)]

use rdkafka::bindings::rd_kafka_message_leader_epoch;
use rdkafka::message::BorrowedMessage;

/// Epoch of the leader that appended a record; `None` where the broker doesn't say. It never falls within one log.
pub(crate) fn leader_epoch(message: &BorrowedMessage<'_>) -> Option<i32> {
    // SAFETY: the message is borrowed, so the client library's record is alive; the call reads one of its fields.
    let epoch = unsafe { rd_kafka_message_leader_epoch(message.ptr()) };
    (epoch >= 0).then_some(epoch)
}
