//! A shard's sink: a transactional producer of shadow topics, and of nothing else.

use crate::checkpoints;
use crate::config::ShadowSettings;
use crate::context::{Detached, Outage, log};
use crate::failure::Failure;
use crate::lookup;
use crate::shadow_topic::ShadowTopic;
use bystander_core::checkpoint::Checkpoint;
use bystander_pipeline::{Header, Message, Output, Sink, SinkError, Stop, StopMode, Transaction};
use rdkafka::client::ClientContext;
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::{DeliveryResult, Header as KafkaHeader, OwnedHeaders};
use rdkafka::producer::{BaseProducer, BaseRecord, Producer, ProducerContext};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// One attempt of a blocking call; in between, a stop is noticed and delivery reports are served.
const SLICE: Duration = Duration::from_secs(1);
/// How long dropping an open transaction may take; the broker ends it later otherwise.
const ABORT_PATIENCE: Duration = Duration::from_secs(5);

/// What the producer's callbacks leave for the writer.
struct WriterContext {
    outage: Outage,
    undelivered: Mutex<Option<KafkaError>>,
}

impl ClientContext for WriterContext {
    fn log(&self, level: RDKafkaLogLevel, facility: &str, line: &str) {
        log("shadow", level, facility, line);
    }

    fn stats_raw(&self, _: &[u8]) {}

    fn error(&self, error: KafkaError, reason: &str) {
        self.outage.saw(&error, reason);
    }
}

impl ProducerContext for WriterContext {
    type DeliveryOpaque = ();

    fn delivery(&self, result: &DeliveryResult<'_>, (): ()) {
        if let Err((error, _)) = result {
            let mut first = self.undelivered.lock().unwrap_or_else(PoisonError::into_inner);
            first.get_or_insert_with(|| error.clone());
        }
    }
}

/// A shadow topic and how many partitions it has.
#[derive(Debug, Clone)]
struct Target {
    topic: ShadowTopic,
    partitions: i32,
}

/// Writes a shard's results; opening one ends whatever a former owner of the shard left open.
pub struct ShadowWriter {
    producer: Detached<BaseProducer<WriterContext>>,
    settings: ShadowSettings,
    shard: i32,
    comparisons: Target,
    dead_letters: Target,
    stop: Stop,
}

impl ShadowWriter {
    /// Takes the shard over: after this no other owner can commit, and no transaction of one is open.
    ///
    /// # Errors
    /// When the cluster doesn't answer in time, refuses, or lacks the topics; or on `stop`.
    pub fn open(settings: &ShadowSettings, shard: i32, stop: &Stop) -> Result<Self, Failure> {
        let producer = fenced_producer(settings, shard, stop)?;
        let target = |topic: &ShadowTopic| -> Result<Target, Failure> {
            let partitions =
                lookup::partitions_of(producer.client(), &settings.place(topic), settings.request_timeout)?;
            Ok(Target { topic: topic.clone(), partitions })
        };
        let (comparisons, dead_letters) = (target(&settings.comparisons)?, target(&settings.dead_letters)?);
        let (settings, stop) = (settings.clone(), stop.clone());
        Ok(Self { producer, settings, shard, comparisons, dead_letters, stop })
    }

    fn place(&self) -> String {
        format!(
            "transaction {} on the shadow cluster at {}",
            self.settings.transactional_id(self.shard),
            self.settings.brokers
        )
    }

    /// What an error of the transaction protocol means for the shard.
    fn classified(&self, error: &KafkaError, doing: &str) -> SinkError {
        // What follows a fatal error is only its echo (purged records, refused calls).
        match self.producer.client().fatal_error() {
            Some((code, reason)) => classify(code, &reason, doing, &self.place()),
            None => {
                let code = error.rdkafka_error_code().unwrap_or(RDKafkaErrorCode::Unknown);
                classify(code, &detail(error), doing, &self.place())
            }
        }
    }

    fn undelivered(&self) -> Option<KafkaError> {
        self.producer.context().undelivered.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Hands one record to the producer, waiting while its queue is full.
    fn enqueue(
        &self,
        target: &ShadowTopic,
        partition: i32,
        (key, value): (Option<&[u8]>, Option<&[u8]>),
        headers: &[Header<'_>],
    ) -> Result<(), SinkError> {
        let mut record = BaseRecord::<[u8], [u8]>::to(target.name()).partition(partition);
        record.key = key;
        record.payload = value;
        if !headers.is_empty() {
            let empty = OwnedHeaders::new_with_capacity(headers.len());
            record.headers = Some(headers.iter().fold(empty, |all, (name, value)| {
                all.insert(KafkaHeader { key: name, value: Some(*value) })
            }));
        }
        let deadline = Instant::now() + self.settings.commit_timeout;
        loop {
            let (error, refused) = match self.producer.send(record) {
                Ok(()) => return Ok(()),
                Err(refused) => refused,
            };
            match error.rdkafka_error_code() {
                Some(RDKafkaErrorCode::QueueFull) if self.stop.requested() == Some(StopMode::Abort) => {
                    return Err(Failure::stopped("writing").into());
                }
                Some(RDKafkaErrorCode::QueueFull) if Instant::now() < deadline => {
                    self.producer.poll(Duration::from_millis(5));
                    record = refused;
                }
                Some(RDKafkaErrorCode::MessageSizeTooLarge) => {
                    return Err(SinkError::TooLarge { bytes: value.map_or(0, <[u8]>::len) });
                }
                _ => return Err(self.classified(&error, &format!("sending to {target}"))),
            }
        }
    }

    /// Waits until everything sent is with the brokers. Unlike the client library's own flush this returns
    /// as soon as that is so.
    fn flush(&self, deadline: Instant) -> Result<(), SinkError> {
        while self.producer.in_flight_count() > 0 {
            // A zero flush ends the linger of what is queued.
            let _ = self.producer.flush(Duration::ZERO);
            self.producer.poll(Duration::from_millis(1));
            if let Some(error) = self.undelivered() {
                return Err(self.classified(&error, "delivering a record"));
            }
            if Instant::now() > deadline {
                return Err(self.overdue("delivering records"));
            }
        }
        match self.undelivered() {
            Some(error) => Err(self.classified(&error, "delivering a record")),
            None => Ok(()),
        }
    }

    fn overdue(&self, doing: &str) -> SinkError {
        let what = format!("{doing} in {} took longer than {:?}", self.place(), self.settings.commit_timeout);
        Failure::passing(what, "check that the shadow cluster's brokers are up and in sync").into()
    }

    fn write_checkpoints(&self, checkpoints: &[Checkpoint]) -> Result<(), SinkError> {
        let topic = &self.settings.checkpoints;
        for checkpoint in checkpoints {
            let value = serde_json::to_vec(checkpoint).map_err(|error| {
                Failure::lasting(format!("a checkpoint can't be encoded: {error}"), "report this as a bug")
            })?;
            let key = checkpoints::key(checkpoint);
            self.enqueue(topic, self.shard, (Some(key.as_bytes()), Some(&value)), &[])?;
        }
        Ok(())
    }

    /// Commits what was sent. A commit that has begun is seen through even when a stop is wanted.
    fn end(&self) -> Result<(), SinkError> {
        let deadline = Instant::now() + self.settings.commit_timeout;
        self.flush(deadline)?;
        loop {
            match self.producer.commit_transaction(SLICE) {
                Ok(()) => return Ok(()),
                Err(error) if is_retriable(&error) && Instant::now() < deadline => {
                    tracing::debug!(%error, "commit is retried");
                }
                Err(error) if is_retriable(&error) => return Err(self.overdue("committing")),
                Err(error) => return Err(self.classified(&error, "committing")),
            }
        }
    }

    fn cancel(&self, patience: Duration) -> Result<(), SinkError> {
        let deadline = Instant::now() + patience;
        loop {
            match self.producer.abort_transaction(SLICE.min(patience)) {
                Ok(()) => break,
                Err(error) if is_retriable(&error) && Instant::now() < deadline => {
                    self.producer.poll(SLICE / 100);
                }
                Err(error) => return Err(self.classified(&error, "aborting")),
            }
        }
        while self.producer.in_flight_count() > 0 && Instant::now() < deadline {
            self.producer.poll(Duration::from_millis(1));
        }
        *self.producer.context().undelivered.lock().unwrap_or_else(PoisonError::into_inner) = None;
        Ok(())
    }
}

/// A producer that owns the shard's transactional id as of now.
fn fenced_producer(
    settings: &ShadowSettings,
    shard: i32,
    stop: &Stop,
) -> Result<Detached<BaseProducer<WriterContext>>, Failure> {
    let context = WriterContext { outage: Outage::new("shadow"), undelivered: Mutex::default() };
    let producer: BaseProducer<_> =
        settings.producer(shard).create_with_context(context).map_err(|error| {
            Failure::lasting(format!("no shadow writer can be made: {error}"), "check [shadow.properties]")
        })?;
    let producer = Detached::new(producer);
    let deadline = Instant::now() + settings.commit_timeout.max(settings.request_timeout);
    loop {
        if stop.requested().is_some() {
            return Err(Failure::stopped("taking a shard over"));
        }
        match producer.init_transactions(SLICE) {
            Ok(()) => return Ok(producer),
            Err(error) if is_retriable(&error) && Instant::now() < deadline => producer.poll(Duration::ZERO),
            Err(error) => {
                let doing = format!("taking over {}", settings.transactional_id(shard));
                return Err(settings.failure(&error, &doing));
            }
        }
    }
}

/// Makes sure that no present owner of a shard can commit again, and that no transaction of it is open.
///
/// # Errors
/// When the cluster doesn't answer in time or refuses; or on `stop`.
pub(crate) fn fence(settings: &ShadowSettings, shard: i32, stop: &Stop) -> Result<(), Failure> {
    fenced_producer(settings, shard, stop).map(drop)
}

fn is_retriable(error: &KafkaError) -> bool {
    match error {
        KafkaError::Transaction(error) => error.is_retriable() && !error.is_fatal(),
        KafkaError::Flush(RDKafkaErrorCode::OperationTimedOut) => true,
        _ => false,
    }
}

fn detail(error: &KafkaError) -> String {
    match error {
        KafkaError::Transaction(error) => error.to_string(),
        other => other.to_string(),
    }
}

/// What an error means for the shard: someone else owns it, or it has to start anew, or a person is needed.
fn classify(code: RDKafkaErrorCode, detail: &str, doing: &str, place: &str) -> SinkError {
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
        RDKafkaErrorCode::UnknownTopicOrPartition | RDKafkaErrorCode::UnknownPartition => {
            Failure::lasting(what, "create the shadow topics with `bystander init --execute`").into()
        }
        _ => Failure::passing(what, "the shard starts anew from its last checkpoint").into(),
    }
}

impl Sink for ShadowWriter {
    type Transaction<'a> = ShadowTransaction<'a>;

    fn begin(&mut self) -> Result<ShadowTransaction<'_>, SinkError> {
        self.producer.poll(Duration::ZERO);
        self.producer.begin_transaction().map_err(|error| self.classified(&error, "beginning"))?;
        Ok(ShadowTransaction { writer: self, open: true, sent: 0 })
    }
}

/// An open transaction of a shard.
pub struct ShadowTransaction<'a> {
    writer: &'a mut ShadowWriter,
    open: bool,
    sent: usize,
}

impl Transaction for ShadowTransaction<'_> {
    fn send(&mut self, message: Message<'_>) -> Result<(), SinkError> {
        let target = match message.output {
            Output::Comparisons => &self.writer.comparisons,
            Output::DeadLetters => &self.writer.dead_letters,
        };
        let partition = message.source_partition.rem_euclid(target.partitions);
        self.sent += 1;
        if self.sent.is_multiple_of(256) {
            self.writer.producer.poll(Duration::ZERO);
        }
        self.writer.enqueue(&target.topic, partition, (message.key, message.value), message.headers)
    }

    fn commit(mut self, checkpoints: &[Checkpoint]) -> Result<(), SinkError> {
        self.writer.write_checkpoints(checkpoints)?;
        let result = self.writer.end();
        if result.is_ok() {
            self.open = false;
        }
        result
    }

    fn abort(mut self) -> Result<(), SinkError> {
        self.open = false;
        self.writer.cancel(self.writer.settings.commit_timeout)
    }
}

impl Drop for ShadowTransaction<'_> {
    fn drop(&mut self) {
        if self.open
            && let Err(error) = self.writer.cancel(ABORT_PATIENCE)
        {
            tracing::debug!(%error, "an open transaction is left to time out");
        }
    }
}
