//! Metadata look-ups shared by the clients of both clusters.

use crate::failure::{Failure, Place};
use rdkafka::client::{Client, ClientContext};
use rdkafka::consumer::{BaseConsumer, Consumer, ConsumerContext};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use std::time::Duration;

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
    let missing = KafkaError::MetadataFetch(RDKafkaErrorCode::UnknownTopicOrPartition);
    let metadata = client.fetch_metadata(Some(place.topic), timeout)?;
    let Some(topic) = metadata.topics().iter().find(|topic| topic.name() == place.topic) else {
        return Err(missing);
    };
    if let Some(error) = topic.error() {
        return Err(KafkaError::MetadataFetch(error.into()));
    }
    match i32::try_from(topic.partitions().len()) {
        Ok(partitions) if partitions > 0 => Ok(partitions),
        _ => Err(missing),
    }
}
