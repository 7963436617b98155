//! Look-ups shared by the clients of both clusters, and how long they are tried again.

use crate::failure::{Place, failed_at};
use bystander_pipeline::Failure;
use rdkafka::client::{Client, ClientContext};
use rdkafka::consumer::{BaseConsumer, Consumer, ConsumerContext};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use std::time::{Duration, Instant};

/// Wait between two attempts.
const AGAIN: Duration = Duration::from_millis(200);
/// How long a topic that is expected to exist is asked for again before it counts as missing.
const CONFIRM: Duration = Duration::from_secs(1);

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

/// How many partitions the topic of `place` has, by any client. The topic is expected to exist: it counts as missing
/// only when brokers say so for a while.
pub(crate) fn partitions_of<C: ClientContext>(
    client: &Client<C>,
    place: &Place<'_>,
    timeout: Duration,
) -> Result<i32, Failure> {
    confirmed(CONFIRM, || metadata_partitions(client, place, timeout))
        .map_err(|error| failed_at(&error, "looking up partitions", place))
}

/// Asks again for as long as `patience` while the answer is that a topic is missing: a broker that has just started says so of
/// topics that exist.
fn confirmed<T>(patience: Duration, mut ask: impl FnMut() -> Result<T, KafkaError>) -> Result<T, KafkaError> {
    let deadline = Instant::now() + patience;
    loop {
        match ask() {
            Err(error) if is_missing(&error) && Instant::now() < deadline => std::thread::sleep(AGAIN),
            answer => return answer,
        }
    }
}

/// Whether an error means that there is no such topic.
pub(crate) fn is_missing(error: &KafkaError) -> bool {
    matches!(
        error.rdkafka_error_code(),
        Some(RDKafkaErrorCode::UnknownTopicOrPartition | RDKafkaErrorCode::UnknownTopic)
    )
}

/// The same with the client library's own error. A topic without partitions is one that doesn't exist yet.
pub(crate) fn metadata_partitions<C: ClientContext>(
    client: &Client<C>,
    place: &Place<'_>,
    timeout: Duration,
) -> Result<i32, KafkaError> {
    let partitions = insist(timeout, |left| leaders(client, place.topic, left))?;
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

/// The oldest offset kept and the end of a partition that is known to exist.
pub(crate) fn watermarks<C: ConsumerContext>(
    consumer: &BaseConsumer<C>,
    (topic, partition): (&str, i32),
    timeout: Duration,
) -> Result<(i64, i64), KafkaError> {
    insist(timeout, |left| {
        consumer.fetch_watermarks(topic, partition, left).map_err(|error| match error {
            // The partition was in the metadata: a broker that doesn't know it has just started or just lost it.
            error if is_missing(&error) => KafkaError::MetadataFetch(RDKafkaErrorCode::UnknownPartition),
            error => error,
        })
    })
}

/// Asks again, within `timeout`, while the answer is one that is met while brokers are away, come back, or hand
/// partitions to each other. `ask` is given the time that is left.
pub(crate) fn insist<T>(
    timeout: Duration,
    mut ask: impl FnMut(Duration) -> Result<T, KafkaError>,
) -> Result<T, KafkaError> {
    let deadline = Instant::now() + timeout;
    loop {
        let left = deadline.saturating_duration_since(Instant::now()).max(AGAIN);
        match ask(left) {
            Err(error) if passes_by_itself(&error) && Instant::now() + AGAIN < deadline => {
                tracing::debug!(%error, "a look-up is tried again");
                std::thread::sleep(AGAIN);
            }
            answer => return answer,
        }
    }
}

/// Whether a look-up may meet another answer in a moment. The client library says "unknown partition" also of one that
/// exists, while it has no complete metadata.
fn passes_by_itself(error: &KafkaError) -> bool {
    matches!(
        error.rdkafka_error_code(),
        Some(
            RDKafkaErrorCode::UnknownPartition
                | RDKafkaErrorCode::LeaderNotAvailable
                | RDKafkaErrorCode::NotLeaderForPartition
                | RDKafkaErrorCode::ReplicaNotAvailable
                | RDKafkaErrorCode::BrokerNotAvailable
                | RDKafkaErrorCode::BrokerTransportFailure
                | RDKafkaErrorCode::AllBrokersDown
                | RDKafkaErrorCode::NetworkException
                | RDKafkaErrorCode::KafkaStorageError
                | RDKafkaErrorCode::FencedLeaderEpoch
                | RDKafkaErrorCode::UnknownLeaderEpoch
                | RDKafkaErrorCode::OffsetNotAvailable
        )
    )
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use std::cell::Cell;

    fn answers(first: &[RDKafkaErrorCode], timeout: Duration) -> (Result<i32, KafkaError>, usize) {
        let asked = Cell::new(0);
        let answer = insist(timeout, |left| {
            assert!(left <= timeout.max(AGAIN));
            let code = first.get(asked.get()).copied();
            asked.set(asked.get() + 1);
            code.map_or(Ok(7), |code| Err(KafkaError::MetadataFetch(code)))
        });
        (answer, asked.get())
    }

    #[test]
    fn a_look_up_outlasts_brokers_that_are_away_and_believes_one_that_refuses() {
        let away = [
            RDKafkaErrorCode::UnknownPartition,
            RDKafkaErrorCode::LeaderNotAvailable,
            RDKafkaErrorCode::BrokerTransportFailure,
        ];
        assert!(matches!(answers(&away, Duration::from_secs(60)), (Ok(7), 4)));
        for refusal in [RDKafkaErrorCode::TopicAuthorizationFailed, RDKafkaErrorCode::UnknownTopicOrPartition]
        {
            let (answer, asked) = answers(&[refusal], Duration::from_secs(60));
            assert_eq!((answer.unwrap_err().rdkafka_error_code(), asked), (Some(refusal), 1));
        }
        let (answer, asked) = answers(&[RDKafkaErrorCode::UnknownPartition; 100], Duration::ZERO);
        assert!(answer.is_err() && asked == 1, "it ends in time");
    }

    #[test]
    fn a_topic_that_should_exist_is_missing_only_when_brokers_go_on_saying_so() {
        let ask = |first: &[RDKafkaErrorCode], patience: Duration| {
            let mut asked = 0;
            let answer = confirmed(patience, || {
                asked += 1;
                let code = first.get(asked - 1).copied();
                code.map_or(Ok(7), |code| Err(KafkaError::MetadataFetch(code)))
            });
            (answer.map_err(|error| error.rdkafka_error_code()), asked)
        };
        let missing = RDKafkaErrorCode::UnknownTopicOrPartition;
        let late = [missing, RDKafkaErrorCode::UnknownTopic, missing];
        assert_eq!(ask(&late, Duration::from_secs(60)), (Ok(7), 4));
        let (answer, asked) = ask(&[missing; 100], AGAIN * 2);
        assert!(answer == Err(Some(missing)) && asked > 1, "{answer:?} after {asked}");
        let refused = RDKafkaErrorCode::TopicAuthorizationFailed;
        assert_eq!(ask(&[refused], Duration::from_secs(60)), (Err(Some(refused)), 1));
    }
}
