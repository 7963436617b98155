//! Leader epochs of records and of positions, for which `rdkafka` has no accessors.
#![allow(unsafe_code)]

use rdkafka::TopicPartitionList;
use rdkafka::bindings::{
    rd_kafka_message_leader_epoch, rd_kafka_topic_partition_list_find,
    rd_kafka_topic_partition_set_leader_epoch,
};
use rdkafka::error::KafkaResult;
use rdkafka::message::BorrowedMessage;
use std::ffi::CString;

/// Epoch of the leader that appended a record; `None` where the broker doesn't say. It never falls within one log.
pub(crate) fn leader_epoch(message: &BorrowedMessage<'_>) -> Option<i32> {
    // SAFETY: the message is borrowed, so the client library's record is alive; the call reads one of its fields.
    let epoch = unsafe { rd_kafka_message_leader_epoch(message.ptr()) };
    (epoch >= 0).then_some(epoch)
}

/// Gives the position of a partition in `list` the epoch of the record before it. The client library compares a position
/// with the log of the partition's leader only if it has one.
pub(crate) fn set_leader_epoch(
    list: &mut TopicPartitionList,
    (topic, partition): (&str, i32),
    epoch: i32,
) -> KafkaResult<()> {
    let topic = CString::new(topic)?;
    // SAFETY: the list is borrowed for as long as its element is used, and the library copies the name it looks for.
    unsafe {
        let element = rd_kafka_topic_partition_list_find(list.ptr(), topic.as_ptr(), partition);
        if !element.is_null() {
            rd_kafka_topic_partition_set_leader_epoch(element, epoch);
        }
    }
    Ok(())
}
