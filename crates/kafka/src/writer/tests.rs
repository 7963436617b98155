//! Errors injected by the embedded broker, and what they mean for a shard.

#![allow(clippy::unwrap_used, clippy::panic)]

use super::ShadowWriter;
use crate::config::ShadowSettings;
use crate::mock::EmbeddedBroker;
use crate::shadow_topic::{ReadTopics, ShadowTopic};
use bystander_pipeline::{Message, Output, Sink, SinkError, Stop, Transaction};
use rdkafka::types::{RDKafkaApiKey, RDKafkaRespErr};
use std::time::{Duration, Instant};

fn settings(broker: &EmbeddedBroker) -> ShadowSettings {
    let topics = ["c", "d", "k"].map(|name| ShadowTopic::new(name, &ReadTopics::new(["input"])).unwrap());
    topics.iter().for_each(|topic| broker.create_topic(topic.name(), 2).unwrap());
    let mut settings = ShadowSettings::new(&broker.brokers(), "job", topics);
    settings.commit_timeout = Duration::from_secs(5);
    settings
}

/// Commits one record with errors injected once the transaction is open.
fn commit_with(api: RDKafkaApiKey, errors: &[RDKafkaRespErr]) -> Result<(), SinkError> {
    let broker = EmbeddedBroker::start().unwrap();
    let mut writer = ShadowWriter::open(&settings(&broker), 0, &Stop::default()).unwrap();
    let mut transaction = writer.begin().unwrap();
    broker.cluster.request_errors(api, errors);
    transaction.send(Message {
        output: Output::Comparisons,
        source_partition: 3,
        key: None,
        value: Some(b"x"),
        headers: &[],
    })?;
    transaction.commit(&[])
}

#[test]
fn a_commit_outlasts_errors_that_pass() {
    let passing = [
        RDKafkaRespErr::RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS,
        RDKafkaRespErr::RD_KAFKA_RESP_ERR_COORDINATOR_NOT_AVAILABLE,
    ];
    commit_with(RDKafkaApiKey::EndTxn, &passing).unwrap();
    let passing = [RDKafkaRespErr::RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION];
    commit_with(RDKafkaApiKey::Produce, &passing).unwrap();
}

#[test]
fn a_commit_by_a_former_owner_is_fenced() {
    for error in [
        RDKafkaRespErr::RD_KAFKA_RESP_ERR_INVALID_PRODUCER_EPOCH,
        RDKafkaRespErr::RD_KAFKA_RESP_ERR_PRODUCER_FENCED,
    ] {
        let refused = commit_with(RDKafkaApiKey::EndTxn, &[error]).unwrap_err();
        assert!(matches!(refused, SinkError::Fenced(_)), "{error:?}: {refused:?}");
    }
}

#[test]
fn a_missing_permission_is_lasting_and_named() {
    let refused =
        commit_with(RDKafkaApiKey::Produce, &[RDKafkaRespErr::RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED])
            .unwrap_err();
    assert!(
        matches!(&refused, SinkError::Failed(failure) if !failure.is_retriable() && failure.fix.contains("init")),
        "{refused:?}"
    );
}

#[test]
fn a_record_that_the_broker_finds_too_large_is_lasting() {
    let refused =
        commit_with(RDKafkaApiKey::Produce, &[RDKafkaRespErr::RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE])
            .unwrap_err();
    assert!(
        matches!(&refused, SinkError::Failed(failure) if !failure.is_retriable() && failure.fix.contains("max.message.bytes")),
        "{refused:?}"
    );
}

#[test]
fn a_writer_goes_on_after_an_aborted_transaction_and_not_after_a_failed_one() {
    let broker = EmbeddedBroker::start().unwrap();
    let mut writer = ShadowWriter::open(&settings(&broker), 0, &Stop::default()).unwrap();
    let message = Message {
        output: Output::DeadLetters,
        source_partition: 1,
        key: None,
        value: Some(b"x"),
        headers: &[],
    };
    for pause in [0, 1, 10, 50] {
        let mut transaction = writer.begin().unwrap();
        transaction.send(message).unwrap();
        std::thread::sleep(Duration::from_millis(pause));
        transaction.abort().unwrap();
        let mut transaction = writer.begin().unwrap();
        transaction.send(message).unwrap();
        transaction.commit(&[]).unwrap();
    }
    let mut transaction = writer.begin().unwrap();
    let error = RDKafkaRespErr::RD_KAFKA_RESP_ERR_INVALID_RECORD;
    broker.cluster.request_errors(RDKafkaApiKey::Produce, &[error]);
    transaction.send(message).unwrap();
    assert!(transaction.commit(&[]).is_err());
    assert!(matches!(writer.begin().map(drop), Err(SinkError::Failed(failure)) if failure.is_retriable()));
}

#[test]
fn a_commit_whose_answer_never_comes_gives_up_in_time() {
    let broker = EmbeddedBroker::start().unwrap();
    let mut settings = settings(&broker);
    settings.commit_timeout = Duration::from_secs(2);
    let mut writer = ShadowWriter::open(&settings, 0, &Stop::default()).unwrap();
    let transaction = writer.begin().unwrap();
    broker.cluster.broker_down(1).unwrap();
    let began = Instant::now();
    let checkpoint = bystander_core::checkpoint::Checkpoint {
        job: "job".to_owned(),
        topic: "input".to_owned(),
        partition: 0,
        next_offset: 1,
        shard: 0,
        shards: 2,
        initial_partitions: 1,
        totals: Default::default(),
        log: Default::default(),
        attempts: Default::default(),
        config: None,
        scored_by: None,
    };
    let error = transaction.commit(&[checkpoint]).unwrap_err();
    assert!(matches!(error, SinkError::Failed(ref failure) if failure.is_retriable()), "{error:?}");
    assert!(began.elapsed() < Duration::from_secs(12), "{:?}", began.elapsed());
}

#[test]
fn no_permission_for_the_transactional_id_is_named_at_the_start() {
    let broker = EmbeddedBroker::start().unwrap();
    let settings = settings(&broker);
    let error = RDKafkaRespErr::RD_KAFKA_RESP_ERR_TRANSACTIONAL_ID_AUTHORIZATION_FAILED;
    broker.cluster.request_errors(RDKafkaApiKey::InitProducerId, &[error]);
    let failure = ShadowWriter::open(&settings, 0, &Stop::default()).map(drop).unwrap_err();
    assert!(!failure.is_retriable() && failure.fix.contains("prefixed job-"), "{failure:?}");
}
