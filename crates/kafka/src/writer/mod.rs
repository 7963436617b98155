//! A shard's sink: a transactional producer of shadow topics, and of nothing else.

mod classify;
mod producer;
mod standing;
mod takeover;
#[cfg(test)]
mod tests;
mod transaction;

use self::classify::{classify, detail, is_retriable};
use self::producer::{WriterContext, fenced_producer};
use self::standing::Standing;
pub(crate) use self::takeover::{TakeoverKey, fence};
pub use self::transaction::ShadowTransaction;
use crate::checkpoints;
use crate::config::ShadowSettings;
use crate::context::Detached;
use crate::lookup;
use crate::shadow_topic::ShadowTopic;
use crate::waiting::{DELIVERY_SLICE, delivered, serve, space_out};
use bystander_core::checkpoint::Checkpoint;
use bystander_pipeline::{Failure, MessageHeader, SinkError, Stop, StopMode};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::{Header as KafkaHeader, OwnedHeaders};
use rdkafka::producer::{BaseProducer, BaseRecord, Producer};
use std::time::{Duration, Instant};

/// One attempt of a blocking call; in between, a stop is noticed and delivery reports are served.
const SLICE: Duration = Duration::from_secs(1);
/// One attempt to abort: it waits for records whose failure is only reported between attempts.
const ABORT_SLICE: Duration = Duration::from_millis(200);
/// How long to wait before a full queue is tried again.
const FULL_QUEUE_WAIT: Duration = Duration::from_millis(5);

/// A shadow topic and how many partitions it has.
#[derive(Debug, Clone)]
struct Target {
    topic: ShadowTopic,
    partitions: i32,
}

/// Where the results of an input partition go: in a topic of so many partitions, always to the same one.
pub(crate) fn output_partition(source_partition: i32, partitions: i32) -> i32 {
    source_partition.rem_euclid(partitions.max(1))
}

/// Writes a shard's results; opening one ends whatever a former owner of the shard left open.
pub struct ShadowWriter {
    producer: Detached<BaseProducer<WriterContext>>,
    settings: ShadowSettings,
    shard: i32,
    comparisons: Target,
    dead_letters: Target,
    stop: Stop,
    standing: Standing,
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
        let standing = Standing::Sound;
        let mut writer = Self { producer, settings, shard, comparisons, dead_letters, stop, standing };
        writer.sweep()?;
        writer.renew()?;
        Ok(writer)
    }

    /// Replaces a producer whose last transaction may be ended once more. Only for a start, which reads all checkpoints
    /// afterwards: another owner may have come and gone in between. Tells whether it was replaced.
    pub(crate) fn renew(&mut self) -> Result<bool, Failure> {
        let doubtful = self.standing == Standing::Doubtful;
        if doubtful {
            self.producer = fenced_producer(&self.settings, self.shard, &self.stop)?;
            self.standing = Standing::Sound;
        }
        Ok(doubtful)
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
        let transaction = self.settings.transactional_id(self.shard);
        let at = (transaction.as_str(), &self.settings.place_of(""));
        // What follows a fatal error is only its echo (purged records, refused calls).
        match self.producer.client().fatal_error() {
            Some((code, reason)) => classify(code, &reason, doing, at),
            None => {
                let code = error.rdkafka_error_code().unwrap_or(RDKafkaErrorCode::Unknown);
                classify(code, &detail(error), doing, at)
            }
        }
    }

    fn undelivered(&self) -> Option<KafkaError> {
        self.producer.context().undelivered()
    }

    /// Hands one record to the producer, waiting while its queue is full.
    fn enqueue(
        &self,
        target: &ShadowTopic,
        partition: i32,
        (key, value): (Option<&[u8]>, Option<&[u8]>),
        headers: &[MessageHeader<'_>],
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
                    serve(&self.producer);
                    std::thread::sleep(FULL_QUEUE_WAIT);
                    record = refused;
                }
                Some(RDKafkaErrorCode::MessageSizeTooLarge) => {
                    return Err(SinkError::TooLarge { bytes: value.map_or(0, <[u8]>::len) });
                }
                _ => return Err(self.classified(&error, &format!("sending to {target}"))),
            }
        }
    }

    /// Waits until everything sent is with the brokers.
    fn flush(&self, deadline: Instant) -> Result<(), SinkError> {
        loop {
            let all = delivered(&self.producer, DELIVERY_SLICE);
            serve(&self.producer);
            if let Some(error) = self.undelivered() {
                return Err(self.classified(&error, "delivering a record"));
            }
            if all {
                return Ok(());
            }
            if Instant::now() > deadline {
                return Err(self.overdue("delivering records"));
            }
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
                Failure::fatal(format!("a checkpoint can't be encoded: {error}"), "report this as a bug")
            })?;
            let key = checkpoints::key(checkpoint);
            self.enqueue(topic, self.shard, (Some(key.as_bytes()), Some(&value)), &[])?;
        }
        Ok(())
    }

    /// Commits what was delivered. A commit that has begun is seen through even when a stop is wanted.
    fn end(&mut self, deadline: Instant) -> Result<(), SinkError> {
        self.standing = Standing::Broken;
        let first = Instant::now();
        loop {
            let began = Instant::now();
            match self.producer.commit_transaction(SLICE) {
                Ok(()) => break,
                Err(error) if is_retriable(&error) && Instant::now() < deadline => {
                    tracing::debug!(%error, "commit is retried");
                    space_out(began);
                }
                Err(error) if is_retriable(&error) => return Err(self.overdue("committing")),
                Err(error) => return Err(self.classified(&error, "committing")),
            }
        }
        self.standing = Standing::after(first.elapsed());
        self.producer.context().reached();
        Ok(())
    }

    fn cancel(&mut self, patience: Duration) -> Result<(), SinkError> {
        let failed = std::mem::replace(&mut self.standing, Standing::Broken) == Standing::Broken;
        let first = Instant::now();
        let deadline = first + patience;
        loop {
            let began = Instant::now();
            match self.producer.abort_transaction(ABORT_SLICE.min(patience)) {
                Ok(()) => break,
                Err(error) if is_retriable(&error) && Instant::now() < deadline => {
                    serve(&self.producer);
                    space_out(began);
                }
                Err(error) => return Err(self.classified(&error, "aborting")),
            }
        }
        // The client library has waited for the last record; what is left are reports.
        serve(&self.producer);
        self.producer.context().forget_undelivered();
        if !failed {
            self.standing = Standing::after(first.elapsed());
        }
        Ok(())
    }
}
