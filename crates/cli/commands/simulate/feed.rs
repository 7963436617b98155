//! Simulated events on their way into Kafka, as a shop's own producers would send them.

use crate::exit::Failure;
use bystander_kafka::{Feed, FeedRecord, ensure_input};
use bystander_storefront::{Shop, ShopTopic, Written};
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

/// Where the events go; topics that are `None` get none.
#[derive(Debug, Clone)]
pub(crate) struct FeedTargets {
    pub(crate) brokers: String,
    pub(crate) properties: BTreeMap<String, String>,
    pub(crate) orders: Option<String>,
    pub(crate) quotes: Option<String>,
    pub(crate) outcomes: Option<String>,
}

impl FeedTargets {
    /// Creates the topics that aren't there.
    ///
    /// # Errors
    /// When the cluster refuses.
    pub(crate) fn ensure(&self, partitions: i32) -> Result<(), Failure> {
        for topic in [&self.orders, &self.quotes, &self.outcomes].into_iter().flatten() {
            if ensure_input(&self.brokers, &self.properties, topic, partitions).map_err(Failure::other)? {
                tracing::info!(topic, partitions, "created the topic");
            }
        }
        Ok(())
    }
}

/// What was sent.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Fed {
    pub(crate) written: Written,
    pub(crate) took: Duration,
}

/// Sends all events, at most `rate` a second.
///
/// # Errors
/// When an event can't be delivered.
pub(crate) fn feed(shop: Shop, targets: &FeedTargets, rate: Option<f64>) -> Result<Fed, Failure> {
    let producer = Feed::new(&targets.brokers, &targets.properties).map_err(Failure::other)?;
    let start = Instant::now();
    let mut written = Written::default();
    let mut sent = 0_u32;
    for event in shop {
        let topic = match event.topic {
            ShopTopic::Orders => &targets.orders,
            ShopTopic::Quotes => &targets.quotes,
            ShopTopic::Outcomes => &targets.outcomes,
        };
        let Some(topic) = topic else { continue };
        if let Some(rate) = rate {
            let due = start + Duration::from_secs_f64(f64::from(sent) / rate);
            std::thread::sleep(due.saturating_duration_since(Instant::now()));
        }
        let record = FeedRecord {
            topic,
            partition: None,
            key: Some(event.key.as_bytes()),
            payload: event.payload.as_deref(),
            timestamp_ms: Some(event.time.as_millisecond()),
            headers: &[],
        };
        producer.send(record).map_err(Failure::other)?;
        written.topic(event.topic).add(event.expected);
        sent += 1;
    }
    producer.flush().map_err(Failure::other)?;
    Ok(Fed { written, took: start.elapsed() })
}
