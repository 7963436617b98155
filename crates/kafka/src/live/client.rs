//! A client of the live cluster: the base of look-ups and of readers.

use crate::config::LiveSettings;
use crate::context::{Detached, Outage, log};
use crate::failure::Place;
use crate::live::LiveStatus;
use crate::oauth;
use crate::statistics::{LibraryClock, Statistics};
use bystander_pipeline::Failure;
use parking_lot::Mutex;
use rdkafka::ClientConfig;
use rdkafka::client::{ClientContext, OAuthToken};
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::consumer::{BaseConsumer, Consumer, ConsumerContext};
use rdkafka::error::KafkaError;
use std::error::Error;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

/// What the client's callbacks leave for the reader.
pub(super) struct LiveContext {
    pub(super) outage: Outage,
    cluster: &'static str,
    status: Arc<LiveStatus>,
    latest: Mutex<Option<Statistics>>,
    last_error: Mutex<String>,
    received: AtomicU64,
    clock: LibraryClock,
}

impl LiveContext {
    /// Bytes that came over the wire so far, as of the last statistics.
    pub(super) fn received(&self) -> u64 {
        self.received.load(Ordering::Relaxed)
    }

    /// The statistics that came since last asked.
    pub(super) fn take_statistics(&self) -> Option<Statistics> {
        self.latest.lock().take()
    }

    /// The client's own words about its last error; they name topic and partition.
    pub(super) fn last_error(&self) -> String {
        self.last_error.lock().clone()
    }
}

impl ClientContext for LiveContext {
    const ENABLE_REFRESH_OAUTH_TOKEN: bool = true;

    fn generate_oauth_token(&self, config: Option<&str>) -> Result<OAuthToken, Box<dyn Error>> {
        oauth::renewed(config)
    }

    fn log(&self, level: RDKafkaLogLevel, facility: &str, line: &str) {
        log(self.cluster, level, facility, line);
    }

    fn stats_raw(&self, document: &[u8]) {
        let mut statistics: Statistics = match serde_json::from_slice(document) {
            Ok(statistics) => statistics,
            Err(error) => {
                tracing::warn!(%error, "the live client's statistics can't be read");
                return;
            }
        };
        if statistics.connected() {
            self.outage.over();
        }
        self.clock.date(&mut statistics, Instant::now());
        if let Some(answered) = statistics.answered() {
            self.status.contact().answered_at(answered);
        }
        // A broker that left the cluster takes its count along; what was received stays received.
        self.received.fetch_max(statistics.received(), Ordering::Relaxed);
        if let Some(request) = statistics.offending() {
            self.status.offended(request);
        }
        *self.latest.lock() = Some(statistics);
    }

    fn error(&self, error: KafkaError, reason: &str) {
        self.outage.saw(&error, reason);
        self.status.contact().client_error(&error, reason);
        reason.clone_into(&mut self.last_error.lock());
    }
}

impl ConsumerContext for LiveContext {}

/// A connection to the live cluster that can only look things up and read.
pub struct LiveClient {
    pub(super) consumer: Detached<BaseConsumer<LiveContext>>,
    pub(super) settings: LiveSettings,
    pub(super) status: Arc<LiveStatus>,
}

impl LiveClient {
    /// Makes a client; it connects in the background.
    ///
    /// # Errors
    /// When a property can't be used.
    pub fn new(settings: &LiveSettings, status: &Arc<LiveStatus>) -> Result<Self, Failure> {
        Self::of("live", &settings.consumer(), settings, status)
    }

    /// A client that a shard reads with.
    ///
    /// # Errors
    /// When a property can't be used.
    pub fn of_shard(settings: &LiveSettings, status: &Arc<LiveStatus>) -> Result<Self, Failure> {
        Self::of("live", &settings.shard_consumer(), settings, status)
    }

    /// A client to which a partition ends at its high watermark, behind transactions that are still open.
    ///
    /// # Errors
    /// When a property can't be used.
    pub fn of_high_watermarks(settings: &LiveSettings, status: &Arc<LiveStatus>) -> Result<Self, Failure> {
        Self::of("live", &settings.watch_consumer(), settings, status)
    }

    /// The same with a consumer of a particular kind, and the name that the cluster has in what is told.
    pub(super) fn of(
        cluster: &'static str,
        config: &ClientConfig,
        settings: &LiveSettings,
        status: &Arc<LiveStatus>,
    ) -> Result<Self, Failure> {
        let context = LiveContext {
            outage: Outage::new(cluster),
            cluster,
            status: Arc::clone(status),
            latest: Mutex::default(),
            last_error: Mutex::default(),
            received: AtomicU64::new(0),
            clock: LibraryClock::default(),
        };
        let consumer = oauth::connect(config, context).map_err(|error| {
            Failure::lasting(
                format!("no {cluster} client can be made: {error}"),
                format!("check [{cluster}.properties]"),
            )
        })?;
        let (settings, status) = (settings.clone(), Arc::clone(status));
        Ok(Self { consumer: Detached::new(consumer), settings, status })
    }

    /// `live` or `shadow`.
    pub(super) fn cluster(&self) -> &'static str {
        self.consumer.context().cluster
    }

    pub(super) fn place<'a>(&'a self, topic: &'a str) -> Place<'a> {
        Place { cluster: self.cluster(), ..self.settings.place(topic) }
    }
}
