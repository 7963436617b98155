//! A plain producer for the simulator and the demo, which play the shop. Nothing of a shadow run uses it.

use crate::context::PlainContext;
use crate::failure::{Place, failed_at};
use crate::oauth;
use crate::waiting::{DELIVERY_SLICE, delivered, serve};
use bystander_pipeline::{Failure, Retriable};
use parking_lot::Mutex;
use rdkafka::ClientConfig;
use rdkafka::client::{ClientContext, OAuthToken};
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::{DeliveryResult, Header, Message, OwnedHeaders};
use rdkafka::producer::{BaseProducer, BaseRecord, Producer, ProducerContext};
use std::collections::BTreeMap;
use std::error::Error;
use std::time::{Duration, Instant};

/// How long records may wait for the brokers.
const PATIENCE: Duration = Duration::from_secs(120);
/// How long to wait before a full queue is tried again.
const FULL_QUEUE_WAIT: Duration = Duration::from_millis(5);

/// A record to feed.
#[derive(Debug, Clone, Copy, Default)]
pub struct FeedRecord<'a> {
    /// Topic.
    pub topic: &'a str,
    /// Partition; `None` lets the key decide.
    pub partition: Option<i32>,
    /// Key.
    pub key: Option<&'a [u8]>,
    /// Value; `None` is a tombstone.
    pub payload: Option<&'a [u8]>,
    /// Epoch milliseconds; `None` is now.
    pub timestamp_ms: Option<i64>,
    /// Headers, in order.
    pub headers: &'a [(&'a str, &'a [u8])],
}

struct FeedContext {
    plain: PlainContext,
    undelivered: Mutex<Option<Undelivered>>,
}

/// Why the first record was not delivered, and the topic that it was for.
struct Undelivered {
    error: KafkaError,
    topic: String,
}

impl ClientContext for FeedContext {
    const ENABLE_REFRESH_OAUTH_TOKEN: bool = true;

    fn generate_oauth_token(&self, config: Option<&str>) -> Result<OAuthToken, Box<dyn Error>> {
        oauth::renewed(config)
    }

    fn log(&self, level: RDKafkaLogLevel, facility: &str, line: &str) {
        self.plain.log(level, facility, line);
    }

    fn stats_raw(&self, _: &[u8]) {}

    fn error(&self, error: KafkaError, reason: &str) {
        self.plain.error(error, reason);
    }
}

impl ProducerContext for FeedContext {
    type DeliveryOpaque = ();

    fn delivery(&self, result: &DeliveryResult<'_>, (): ()) {
        if let Err((error, record)) = result {
            let mut first = self.undelivered.lock();
            first.get_or_insert_with(|| Undelivered {
                error: error.clone(),
                topic: record.topic().to_owned(),
            });
        }
    }
}

/// An idempotent producer without transactions.
pub struct Feed {
    producer: BaseProducer<FeedContext>,
    brokers: String,
}

impl Feed {
    /// Makes a producer; it connects in the background.
    ///
    /// # Errors
    /// When a property can't be used.
    pub fn new(brokers: &str, properties: &BTreeMap<String, String>) -> Result<Self, Failure> {
        let mut config = ClientConfig::new();
        config.set("client.id", "bystander-feed").set("linger.ms", "20").set("compression.type", "lz4");
        config.set("queue.buffering.max.kbytes", "16384");
        for (key, value) in properties {
            config.set(key, value);
        }
        config.set("bootstrap.servers", brokers).set("enable.idempotence", "true");
        config.set("delivery.report.only.error", "true").set("enable.metrics.push", "false");
        let context = FeedContext { plain: PlainContext::new("feed"), undelivered: Mutex::default() };
        let producer = oauth::connect(&config, context).map_err(|error| {
            Failure::lasting(format!("no feeding client can be made: {error}"), "check its properties")
        })?;
        Ok(Self { producer, brokers: brokers.to_owned() })
    }

    fn failed(&self, error: &KafkaError, topic: &str) -> Failure {
        let place = Place { cluster: "shadow", brokers: &self.brokers, topic, group: "", job: "" };
        let mut failure = failed_at(error, "feeding", &place);
        failure.what = failure.what.replace("the shadow cluster", "the cluster");
        if error.rdkafka_error_code() == Some(RDKafkaErrorCode::InvalidTimestamp) {
            failure.retriable = Retriable::OnceMended;
            "the topic refuses event times this far from the broker's clock (message.timestamp.after.max.ms and \
             message.timestamp.before.max.ms): choose another --start, or a --rate, at which event time goes on with \
             the clock"
                .clone_into(&mut failure.fix);
        } else if !failure.is_retriable() {
            "check that the topic exists and may be written to".clone_into(&mut failure.fix);
        }
        failure
    }

    /// The failure of a record that was queued before.
    fn undelivered(&self) -> Option<Failure> {
        let first = self.producer.context().undelivered.lock().take();
        first.map(|Undelivered { error, topic }| self.failed(&error, &topic))
    }

    /// Queues a record, waiting while the queue is full. A failed delivery shows in a later call.
    ///
    /// # Errors
    /// When this or an earlier record can't be delivered.
    pub fn send(&self, record: FeedRecord<'_>) -> Result<(), Failure> {
        // Failed deliveries are told by callbacks, which run in here.
        self.producer.poll(Duration::ZERO);
        if let Some(failure) = self.undelivered() {
            return Err(failure);
        }
        let mut message = BaseRecord::<[u8], [u8]>::to(record.topic);
        message.partition = record.partition;
        message.key = record.key;
        message.payload = record.payload;
        message.timestamp = record.timestamp_ms;
        if !record.headers.is_empty() {
            let empty = OwnedHeaders::new_with_capacity(record.headers.len());
            message.headers = Some(
                record
                    .headers
                    .iter()
                    .fold(empty, |all, (key, value)| all.insert(Header { key, value: Some(*value) })),
            );
        }
        let deadline = Instant::now() + PATIENCE;
        loop {
            match self.producer.send(message) {
                Ok(()) => return Ok(()),
                Err((error, refused)) => {
                    let full = error.rdkafka_error_code() == Some(RDKafkaErrorCode::QueueFull);
                    if !full || Instant::now() > deadline {
                        return Err(self.failed(&error, record.topic));
                    }
                    message = refused;
                    serve(&self.producer);
                    std::thread::sleep(FULL_QUEUE_WAIT);
                }
            }
        }
    }

    /// Waits until a time; what fails meanwhile ends the wait.
    ///
    /// # Errors
    /// When an earlier record can't be delivered.
    pub fn wait_until(&self, time: Instant) -> Result<(), Failure> {
        loop {
            if let Some(failure) = self.undelivered() {
                return Err(failure);
            }
            let left = time.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Ok(());
            }
            serve(&self.producer);
            std::thread::sleep(left.min(DELIVERY_SLICE));
        }
    }

    /// Waits until everything queued is delivered.
    ///
    /// # Errors
    /// When something isn't within two minutes.
    pub fn flush(&self) -> Result<(), Failure> {
        let deadline = Instant::now() + PATIENCE;
        let mut all = false;
        while !all && Instant::now() < deadline {
            all = delivered(&self.producer, DELIVERY_SLICE);
            serve(&self.producer);
        }
        let left = KafkaError::Flush(RDKafkaErrorCode::OperationTimedOut);
        match self.undelivered() {
            Some(failure) => Err(failure),
            None if all => Ok(()),
            None => Err(self.failed(&left, "")),
        }
    }
}
