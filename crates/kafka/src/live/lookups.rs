//! Questions to the live cluster: partitions, offsets, times, ids, permissions.

use super::client::LiveClient;
use crate::config::Start;
use crate::describe::{self, ClusterDescription, TopicDescription};
use crate::failure::failed_at;
use crate::lookup;
use bystander_pipeline::Failure;
use rdkafka::consumer::Consumer;
use rdkafka::error::KafkaError;
use rdkafka::{Offset, TopicPartitionList};
use std::time::Duration;

impl LiveClient {
    /// How many partitions a topic has now.
    ///
    /// # Errors
    /// When the topic is missing, may not be read, or no broker answers in time.
    pub fn partitions(&self, topic: &str) -> Result<i32, Failure> {
        lookup::partitions(&*self.consumer, &self.place(topic), self.settings.request_timeout)
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
        lookup::watermarks(&self.consumer, (topic, partition), timeout)
            .map_err(|error| failed_at(&error, &doing, &self.place(topic)))
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
                let wanted: Vec<_> = partitions.iter().map(|&partition| (topic, partition, time)).collect();
                let found = self.first_at(&wanted)?;
                let numbers = found.iter().zip(&ranges);
                Ok(numbers.map(|(found, (low, high))| found.map_or(*high, |found| found.max(*low))).collect())
            }
        }
    }

    /// The offset of the first record at or after a time (epoch milliseconds), for each topic and partition in their
    /// order; `None` where there is none. One request to each broker, however many partitions. Times may be out of
    /// order: records behind that offset may be older, and it may be that of an aborted record.
    ///
    /// # Errors
    /// When offsets can't be told in time.
    pub fn first_at(&self, wanted: &[(&str, i32, i64)]) -> Result<Vec<Option<i64>>, Failure> {
        // The client library refuses to look up nothing.
        if wanted.is_empty() {
            return Ok(Vec::new());
        }
        let failed = |error: &KafkaError, topic: &str| {
            failed_at(error, "looking up offsets by time", &self.place(topic))
        };
        let mut list = TopicPartitionList::new();
        for &(topic, partition, time) in wanted {
            list.add_partition_offset(topic, partition, Offset::Offset(time.max(0)))
                .map_err(|error| failed(&error, topic))?;
        }
        let timeout = self.settings.request_timeout;
        let found = lookup::insist(timeout, |left| self.consumer.offsets_for_times(list.clone(), left))
            .map_err(|error| failed(&error, wanted[0].0))?;
        let first = |&(topic, partition, _): &(&str, i32, i64)| {
            let Some(element) = found.find_partition(topic, partition) else { return Ok(None) };
            element.error().map_err(|error| failed(&error, topic))?;
            Ok(match element.offset() {
                Offset::Offset(offset) => Some(offset),
                _ => None,
            })
        };
        wanted.iter().map(first).collect()
    }

    /// Describes topics, in the order of `names`; with what this principal may do, if `operations` is true.
    ///
    /// # Errors
    /// When no broker answers in time. A topic that is missing or hidden is an error in its place.
    pub fn describe_topics(
        &self,
        names: &[&str],
        operations: bool,
    ) -> Result<Vec<Result<TopicDescription, Failure>>, Failure> {
        let failed =
            |error: &KafkaError, topic: &str| failed_at(error, "describing the topic", &self.place(topic));
        let timeout = self.settings.request_timeout;
        let described = describe::describe_topics(self.consumer.client(), names, operations, timeout)
            .map_err(|error| failed(&error, &names.join(", ")))?;
        let outcomes = names.iter().zip(described);
        Ok(outcomes.map(|(name, outcome)| outcome.map_err(|error| failed(&error, name))).collect())
    }

    /// Describes the cluster; with what this principal may do with it, if `operations` is true.
    ///
    /// # Errors
    /// When no broker answers in time.
    pub fn describe_cluster(&self, operations: bool) -> Result<ClusterDescription, Failure> {
        let timeout = self.settings.request_timeout;
        describe::describe_cluster(self.consumer.client(), operations, timeout)
            .map_err(|error| failed_at(&error, "describing the cluster", &self.place("")))
    }

    /// The cluster's own id.
    ///
    /// # Errors
    /// When no broker tells it in time.
    pub fn cluster_id(&self) -> Result<String, Failure> {
        self.consumer.client().fetch_cluster_id(self.settings.request_timeout).ok_or_else(|| {
            let place = self.place("");
            let what = format!("{place} didn't tell its id within {:?}", self.settings.request_timeout);
            Failure::passing(what, "check that the brokers are up and reachable from here")
        })
    }
}
