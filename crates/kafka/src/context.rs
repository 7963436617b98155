//! What all clients have in common: the client library's log goes to `tracing`, and an outage is told once.

use crate::oauth;
use rdkafka::client::{ClientContext, OAuthToken};
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::consumer::ConsumerContext;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use std::error::Error;
use std::ops::Deref;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// Whether a cluster answers; logs changes, not attempts.
#[derive(Debug)]
pub(crate) struct Outage {
    cluster: &'static str,
    down: AtomicBool,
}

impl Outage {
    pub(crate) fn new(cluster: &'static str) -> Self {
        Self { cluster, down: AtomicBool::new(false) }
    }

    /// Takes a client's error in. Single brokers come and go; only the loss of all of them is an outage.
    pub(crate) fn saw(&self, error: &KafkaError, reason: &str) {
        let code = error.rdkafka_error_code();
        if code == Some(RDKafkaErrorCode::AllBrokersDown) {
            if !self.down.swap(true, Ordering::Relaxed) {
                tracing::error!(cluster = self.cluster, reason, "no broker is reachable; retrying");
            }
        } else {
            tracing::debug!(cluster = self.cluster, %error, reason, "client error");
        }
    }

    /// Something was received.
    pub(crate) fn over(&self) {
        if self.down.load(Ordering::Relaxed) && self.down.swap(false, Ordering::Relaxed) {
            tracing::info!(cluster = self.cluster, "brokers are reachable again");
        }
    }
}

/// Passes a log line of the client library on. Connection failures are repeated there for every attempt
/// and broker, and are told by [`Outage`] instead.
pub(crate) fn log(cluster: &'static str, level: RDKafkaLogLevel, facility: &str, line: &str) {
    let repeated = matches!(facility, "FAIL" | "ERROR");
    match level {
        RDKafkaLogLevel::Emerg
        | RDKafkaLogLevel::Alert
        | RDKafkaLogLevel::Critical
        | RDKafkaLogLevel::Error
            if !repeated =>
        {
            tracing::error!(target: "librdkafka", cluster, facility, "{line}");
        }
        RDKafkaLogLevel::Warning if !repeated => {
            tracing::warn!(target: "librdkafka", cluster, facility, "{line}");
        }
        _ => tracing::debug!(target: "librdkafka", cluster, facility, "{line}"),
    }
}

/// The context of clients that need nothing beyond logging.
#[derive(Debug)]
pub(crate) struct PlainContext {
    outage: Outage,
}

impl PlainContext {
    pub(crate) fn new(cluster: &'static str) -> Self {
        Self { outage: Outage::new(cluster) }
    }

    /// Something was received.
    pub(crate) fn reached(&self) {
        self.outage.over();
    }
}

impl ClientContext for PlainContext {
    const ENABLE_REFRESH_OAUTH_TOKEN: bool = true;

    fn generate_oauth_token(&self, config: Option<&str>) -> Result<OAuthToken, Box<dyn Error>> {
        oauth::renewed(config)
    }

    fn log(&self, level: RDKafkaLogLevel, facility: &str, line: &str) {
        log(self.outage.cluster, level, facility, line);
    }

    fn stats_raw(&self, _: &[u8]) {}

    fn error(&self, error: KafkaError, reason: &str) {
        self.outage.saw(&error, reason);
    }
}

impl ConsumerContext for PlainContext {}

/// A client whose end is waited for elsewhere: closing one can take as long as its coordinator is away.
pub(crate) struct Detached<T: Send + Sync + 'static>(Arc<T>);

impl<T: Send + Sync + 'static> Detached<T> {
    pub(crate) fn new(client: T) -> Self {
        Self(Arc::new(client))
    }
}

impl<T: Send + Sync + 'static> Deref for Detached<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T: Send + Sync + 'static> Drop for Detached<T> {
    fn drop(&mut self) {
        let client = Arc::clone(&self.0);
        let close = move || {
            // The owner's reference goes right after this thread is started; the last one must be here.
            while Arc::strong_count(&client) > 1 {
                std::thread::sleep(Duration::from_millis(1));
            }
            drop(client);
        };
        if let Err(error) = std::thread::Builder::new().name("kafka-close".to_owned()).spawn(close) {
            tracing::debug!(%error, "a client is closed in place");
        }
    }
}
