//! Simulated events on their way into Kafka, as a shop's own producers would send them.

use super::targets::FeedTargets;
use crate::exit::Failure;
use bystander_kafka::{Feed, FeedRecord, SIMULATED};
use bystander_storefront::{Shop, Written};
use jiff::Timestamp;
use std::time::{Duration, Instant};

/// Event time that goes on with the clock.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pace {
    /// The event time that is now.
    pub(crate) start: Timestamp,
    /// Events after this time, epoch milliseconds, are not sent: outcomes of orders are known weeks later.
    pub(crate) end_ms: i64,
}

impl Pace {
    fn due(&self, began: Instant, event_ms: i64) -> Instant {
        let after = event_ms.saturating_sub(self.start.as_millisecond());
        began + Duration::from_millis(u64::try_from(after).unwrap_or_default())
    }
}

/// What was sent.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Fed {
    pub(crate) written: Written,
    /// Events that come after the end of the run.
    pub(crate) not_due: u64,
    pub(crate) took: Duration,
}

/// Sends all events, at the given pace or as fast as possible. Topics must exist.
///
/// # Errors
/// When an event can't be delivered; nothing is sent after the failure is known.
pub(crate) fn feed(shop: Shop, targets: &FeedTargets, pace: Option<Pace>) -> Result<Fed, Failure> {
    let producer = Feed::new(&targets.brokers, &targets.properties).map_err(Failure::other)?;
    let began = Instant::now();
    let mut written = Written::default();
    let mut not_due = 0;
    for event in shop {
        let Some(topic) = targets.topics.get(&event.topic) else { continue };
        let event_ms = event.time.as_millisecond();
        if let Some(pace) = &pace {
            if event_ms > pace.end_ms {
                not_due += 1;
                continue;
            }
            producer.wait_until(pace.due(began, event_ms)).map_err(Failure::other)?;
        }
        let record = FeedRecord {
            topic,
            partition: None,
            key: Some(event.key.as_bytes()),
            payload: event.payload.as_deref(),
            timestamp_ms: Some(event_ms),
            headers: &[SIMULATED],
        };
        producer.send(record).map_err(Failure::other)?;
        written.add(event.topic, event.expected);
    }
    producer.flush().map_err(Failure::other)?;
    Ok(Fed { written, not_due, took: began.elapsed() })
}
