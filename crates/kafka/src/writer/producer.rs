//! The producer under a writer: one owner per transactional id.

use super::SLICE;
use super::classify::is_retriable;
use crate::config::ShadowSettings;
use crate::context::{Detached, Outage, log};
use crate::oauth;
use crate::waiting::{serve, space_out};
use bystander_pipeline::{Failure, Stop};
use parking_lot::Mutex;
use rdkafka::client::{ClientContext, OAuthToken};
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::error::KafkaError;
use rdkafka::message::DeliveryResult;
use rdkafka::producer::{BaseProducer, Producer, ProducerContext};
use std::error::Error;
use std::time::Instant;

/// What the producer's callbacks leave for the writer.
pub(super) struct WriterContext {
    outage: Outage,
    undelivered: Mutex<Option<KafkaError>>,
}

impl WriterContext {
    /// The first delivery that failed in this transaction.
    pub(super) fn undelivered(&self) -> Option<KafkaError> {
        self.undelivered.lock().clone()
    }

    /// Something was received.
    pub(super) fn reached(&self) {
        self.outage.over();
    }

    pub(super) fn forget_undelivered(&self) {
        *self.undelivered.lock() = None;
    }
}

impl ClientContext for WriterContext {
    const ENABLE_REFRESH_OAUTH_TOKEN: bool = true;

    fn generate_oauth_token(&self, config: Option<&str>) -> Result<OAuthToken, Box<dyn Error>> {
        oauth::renewed(config)
    }

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
            let mut first = self.undelivered.lock();
            first.get_or_insert_with(|| error.clone());
        }
    }
}

/// A producer that owns the shard's transactional id as of now.
pub(super) fn fenced_producer(
    settings: &ShadowSettings,
    shard: i32,
    stop: &Stop,
) -> Result<Detached<BaseProducer<WriterContext>>, Failure> {
    let context = WriterContext { outage: Outage::new("shadow"), undelivered: Mutex::default() };
    let producer: BaseProducer<_> = oauth::connect(&settings.producer(shard), context).map_err(|error| {
        Failure::lasting(format!("no shadow writer can be made: {error}"), "check [shadow.properties]")
    })?;
    let producer = Detached::new(producer);
    let deadline = Instant::now() + settings.commit_timeout.max(settings.request_timeout);
    loop {
        if stop.requested().is_some() {
            return Err(Failure::stopped("taking a shard over"));
        }
        let began = Instant::now();
        match producer.init_transactions(SLICE) {
            Ok(()) => return Ok(producer),
            Err(error) if is_retriable(&error) && Instant::now() < deadline => {
                serve(&producer);
                space_out(began);
            }
            Err(error) => {
                let doing = format!("taking over {}", settings.transactional_id(shard));
                return Err(settings.failure(&error, &doing));
            }
        }
    }
}
