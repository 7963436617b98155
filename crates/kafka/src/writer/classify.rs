//! What the transaction protocol's errors mean for a shard.

use crate::failure::Place;
use bystander_pipeline::SinkError;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};

pub(super) fn is_retriable(error: &KafkaError) -> bool {
    match error {
        KafkaError::Transaction(error) => error.is_retriable() && !error.is_fatal(),
        KafkaError::Flush(RDKafkaErrorCode::OperationTimedOut) => true,
        _ => false,
    }
}

pub(super) fn detail(error: &KafkaError) -> String {
    match error {
        KafkaError::Transaction(error) => error.to_string(),
        other => other.to_string(),
    }
}

/// What an error means for the shard: someone else owns it, or it has to start anew, or a person is needed.
pub(super) fn classify(
    code: RDKafkaErrorCode,
    detail: &str,
    doing: &str,
    (transaction, place): (&str, &Place<'_>),
) -> SinkError {
    let what = format!("{doing} in transaction {transaction} on {place} failed: {detail}");
    match code {
        RDKafkaErrorCode::Fenced
        | RDKafkaErrorCode::ProducerFenced
        | RDKafkaErrorCode::InvalidProducerEpoch => SinkError::Fenced(what),
        _ => place.failure(what, Some(code), "the shard restarts from its last checkpoint").into(),
    }
}
