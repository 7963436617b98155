//! Whether this principal may read, found out by reading.

use super::client::LiveClient;
use crate::failure::failed_at;
use bystander_pipeline::Failure;
use rdkafka::consumer::Consumer;
use rdkafka::error::KafkaError;
use rdkafka::{Offset, TopicPartitionList};
use std::time::{Duration, Instant};

/// Refusals come with the first answers of brokers and coordinator.
const PATIENCE: Duration = Duration::from_secs(2);

impl LiveClient {
    /// Reads from a topic for two seconds, to meet the refusals that a reader would meet: of the topic's records,
    /// which may be hidden from who may look the topic up, and of the group name.
    ///
    /// # Errors
    /// What a person has to do something about; the rest a reader would retry.
    pub fn try_reading(&self, topic: &str) -> Result<(), Failure> {
        let failed = |error: &KafkaError| failed_at(error, "reading", &self.place(topic));
        let mut first = TopicPartitionList::new();
        first.add_partition_offset(topic, 0, Offset::Beginning).map_err(|error| failed(&error))?;
        self.consumer.assign(&first).map_err(|error| failed(&error))?;
        let deadline = Instant::now() + PATIENCE;
        while Instant::now() < deadline {
            if let Some(Err(error)) = self.consumer.poll(Duration::from_millis(50)) {
                let failure = failed(&error);
                if !failure.is_retriable() {
                    return Err(failure);
                }
            }
        }
        self.consumer.unassign().map_err(|error| failed(&error))
    }
}
