//! A client of the live cluster: look-ups of partitions and offsets, and the base of a reader.

use crate::config::{LiveSettings, Start};
use crate::context::{Detached, Outage, log};
use crate::failure::Failure;
use crate::live::LiveStatus;
use crate::lookup;
use crate::statistics::Statistics;
use rdkafka::ClientConfig;
use rdkafka::client::ClientContext;
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::consumer::{BaseConsumer, Consumer, ConsumerContext};
use rdkafka::error::KafkaError;
use rdkafka::{Offset, TopicPartitionList};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// What the client's callbacks leave for the reader.
pub(super) struct LiveContext {
    pub(super) outage: Outage,
    status: Arc<LiveStatus>,
    latest: Mutex<Option<Statistics>>,
    last_error: Mutex<String>,
    received: AtomicU64,
}

impl LiveContext {
    /// Bytes that came over the wire so far, as of the last statistics.
    pub(super) fn received(&self) -> u64 {
        self.received.load(Ordering::Relaxed)
    }

    /// The statistics that came since last asked.
    pub(super) fn take_statistics(&self) -> Option<Statistics> {
        self.latest.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// The client's own words about its last error; they name topic and partition.
    pub(super) fn last_error(&self) -> String {
        self.last_error.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl ClientContext for LiveContext {
    fn log(&self, level: RDKafkaLogLevel, facility: &str, line: &str) {
        log("live", level, facility, line);
    }

    fn stats_raw(&self, document: &[u8]) {
        let statistics: Statistics = match serde_json::from_slice(document) {
            Ok(statistics) => statistics,
            Err(error) => {
                tracing::warn!(%error, "the live client's statistics can't be read");
                return;
            }
        };
        if statistics.connected() {
            self.outage.over();
        }
        // A broker that left the cluster takes its count along; what was received stays received.
        self.received.fetch_max(statistics.received(), Ordering::Relaxed);
        if let Some(request) = statistics.offending() {
            self.status.offended(request);
        }
        *self.latest.lock().unwrap_or_else(PoisonError::into_inner) = Some(statistics);
    }

    fn error(&self, error: KafkaError, reason: &str) {
        self.outage.saw(&error, reason);
        reason.clone_into(&mut self.last_error.lock().unwrap_or_else(PoisonError::into_inner));
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
        Self::of(&settings.consumer(), settings, status)
    }

    /// The same with a consumer of a particular kind.
    pub(super) fn of(
        config: &ClientConfig,
        settings: &LiveSettings,
        status: &Arc<LiveStatus>,
    ) -> Result<Self, Failure> {
        let context = LiveContext {
            outage: Outage::new("live"),
            status: Arc::clone(status),
            latest: Mutex::default(),
            last_error: Mutex::default(),
            received: AtomicU64::new(0),
        };
        let consumer = config.create_with_context(context).map_err(|error| {
            Failure::lasting(format!("no live client can be made: {error}"), "check [live.properties]")
        })?;
        let (settings, status) = (settings.clone(), Arc::clone(status));
        Ok(Self { consumer: Detached::new(consumer), settings, status })
    }

    /// How many partitions a topic has now.
    ///
    /// # Errors
    /// When the topic is missing, may not be read, or no broker answers in time.
    pub fn partitions(&self, topic: &str) -> Result<i32, Failure> {
        lookup::partitions(&*self.consumer, &self.settings.place(topic), self.settings.request_timeout)
    }

    /// The oldest offset kept and the end (the last stable offset) of a partition.
    ///
    /// # Errors
    /// When they can't be told in time.
    pub fn watermarks(&self, topic: &str, partition: i32) -> Result<(i64, i64), Failure> {
        self.watermarks_within(topic, partition, self.settings.request_timeout)
    }

    pub(super) fn watermarks_within(
        &self,
        topic: &str,
        partition: i32,
        timeout: Duration,
    ) -> Result<(i64, i64), Failure> {
        let doing = format!("looking up the offsets of partition {partition}");
        self.consumer
            .fetch_watermarks(topic, partition, timeout)
            .map_err(|error| Failure::of(&error, &doing, &self.settings.place(topic)))
    }

    /// What [`Start`] means in numbers, for each of `partitions`, in their order.
    ///
    /// # Errors
    /// When offsets can't be told in time.
    pub fn resolve(&self, start: Start, topic: &str, partitions: &[i32]) -> Result<Vec<i64>, Failure> {
        let ranges = partitions.iter().map(|&partition| self.watermarks(topic, partition));
        let ranges = ranges.collect::<Result<Vec<_>, _>>()?;
        match start {
            Start::Earliest => Ok(ranges.iter().map(|(low, _)| *low).collect()),
            Start::Latest => Ok(ranges.iter().map(|(_, high)| *high).collect()),
            // The client library refuses to look up nothing.
            Start::At(_) if partitions.is_empty() => Ok(Vec::new()),
            Start::At(time) => {
                let found = self.first_at(time, topic, partitions)?;
                let numbers = found.iter().zip(&ranges).map(|(found, (low, high))| match found {
                    Offset::Offset(offset) => (*offset).max(*low),
                    _ => *high,
                });
                Ok(numbers.collect())
            }
        }
    }

    fn first_at(&self, time: i64, topic: &str, partitions: &[i32]) -> Result<Vec<Offset>, Failure> {
        let failed = |error: &KafkaError| {
            Failure::of(error, "looking up offsets by time", &self.settings.place(topic))
        };
        let mut wanted = TopicPartitionList::new();
        for &partition in partitions {
            wanted
                .add_partition_offset(topic, partition, Offset::Offset(time))
                .map_err(|error| failed(&error))?;
        }
        let found = self
            .consumer
            .offsets_for_times(wanted, self.settings.request_timeout)
            .map_err(|error| failed(&error))?;
        partitions
            .iter()
            .map(|&partition| {
                let Some(element) = found.find_partition(topic, partition) else {
                    return Ok(Offset::End);
                };
                element.error().map_err(|error| failed(&error))?;
                Ok(element.offset())
            })
            .collect()
    }
}
