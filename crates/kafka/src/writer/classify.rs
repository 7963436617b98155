//! What the transaction protocol's errors mean for a shard.

use crate::failure::Failure;
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
pub(super) fn classify(code: RDKafkaErrorCode, detail: &str, doing: &str, place: &str) -> SinkError {
    let what = format!("{doing} in {place} failed: {detail}");
    match code {
        RDKafkaErrorCode::Fenced
        | RDKafkaErrorCode::ProducerFenced
        | RDKafkaErrorCode::InvalidProducerEpoch => SinkError::Fenced(what),
        RDKafkaErrorCode::TopicAuthorizationFailed
        | RDKafkaErrorCode::TransactionalIdAuthorizationFailed
        | RDKafkaErrorCode::ClusterAuthorizationFailed => {
            let fix = format!("grant the shadow principal what `bystander init` lists ({code})");
            Failure::lasting(what, fix).into()
        }
        RDKafkaErrorCode::MessageSizeTooLarge | RDKafkaErrorCode::InvalidRecord => {
            let fix = "raise max.message.bytes of the shadow topic, or lower the largest record";
            Failure::lasting(what, fix).into()
        }
        RDKafkaErrorCode::UnknownTopicOrPartition | RDKafkaErrorCode::UnknownTopic => {
            Failure::lasting(what, "create the shadow topics with `bystander init --execute`").into()
        }
        _ => Failure::passing(what, "the shard restarts from its last checkpoint").into(),
    }
}
