//! Metadata look-ups shared by the clients of both clusters.

use crate::failure::{Failure, Place};
use rdkafka::client::{Client, ClientContext};
use rdkafka::consumer::{BaseConsumer, Consumer, ConsumerContext};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use std::time::Duration;

/// Whether an error is what a broker said, rather than that none was reached.
pub(crate) fn is_answer(error: &KafkaError) -> bool {
    // The client library's own errors have negative codes.
    error.rdkafka_error_code().is_some_and(|code| code as i32 > 0)
}

/// How many partitions the topic of `place` has.
pub(crate) fn partitions<C: ConsumerContext>(
    consumer: &BaseConsumer<C>,
    place: &Place<'_>,
    timeout: Duration,
) -> Result<i32, Failure> {
    partitions_of(consumer.client(), place, timeout)
}

/// How many partitions the topic of `place` has, by any client.
pub(crate) fn partitions_of<C: ClientContext>(
    client: &Client<C>,
    place: &Place<'_>,
    timeout: Duration,
) -> Result<i32, Failure> {
    metadata_partitions(client, place, timeout)
        .map_err(|error| Failure::of(&error, "looking up partitions", place))
}

/// The same with the client library's own error. A topic without partitions is one that doesn't exist yet.
pub(crate) fn metadata_partitions<C: ClientContext>(
    client: &Client<C>,
    place: &Place<'_>,
    timeout: Duration,
) -> Result<i32, KafkaError> {
    let partitions = leaders(client, place.topic, timeout)?;
    Ok(i32::try_from(partitions.len()).unwrap_or(i32::MAX))
}

/// The partitions of a topic with the id of the broker that leads each, -1 for none.
pub(crate) fn leaders<C: ClientContext>(
    client: &Client<C>,
    topic: &str,
    timeout: Duration,
) -> Result<Vec<(i32, i32)>, KafkaError> {
    let missing = KafkaError::MetadataFetch(RDKafkaErrorCode::UnknownTopicOrPartition);
    let metadata = client.fetch_metadata(Some(topic), timeout)?;
    let Some(found) = metadata.topics().iter().find(|found| found.name() == topic) else {
        return Err(missing);
    };
    if let Some(error) = found.error() {
        return Err(KafkaError::MetadataFetch(error.into()));
    }
    if found.partitions().is_empty() {
        return Err(missing);
    }
    Ok(found.partitions().iter().map(|partition| (partition.id(), partition.leader())).collect())
}
