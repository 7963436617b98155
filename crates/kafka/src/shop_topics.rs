//! Topics of a simulated shop: whether they may be written to, and creating them. Only the simulator and the demo do
//! that; the service never creates or writes an input.

use crate::blocking::wait;
use crate::context::PlainContext;
use crate::failure::{Place, failed_at};
use crate::lookup;
use crate::oauth;
use bystander_pipeline::Failure;
use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, TopicReplication};
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::{BorrowedMessage, Headers, Message};
use rdkafka::{ClientConfig, Offset, TopicPartitionList};
use std::collections::{BTreeMap, BTreeSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

/// The header that every simulated record has.
pub const SIMULATED: (&str, &[u8]) = ("bystander_simulated", b"1");

/// How many of a partition's last offsets are looked at.
const TAIL: i64 = 100;
const TIMEOUT: Duration = Duration::from_secs(20);

/// What a topic is to a simulator.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ShopTopicState {
    /// It doesn't exist.
    Missing,
    /// It never held a record.
    Empty,
    /// What was looked at is simulated: the first record and the last hundred offsets of each partition.
    Simulated,
    /// It holds records that are not simulated, or held records of which nothing is known.
    Foreign {
        /// What was seen, as a predicate of the topic.
        why: String,
    },
}

/// Looks at and creates topics for a simulated shop.
pub struct ShopTopics {
    admin: AdminClient<PlainContext>,
    consumer: BaseConsumer<PlainContext>,
    brokers: String,
}

impl ShopTopics {
    /// Makes its clients; they connect in the background.
    ///
    /// # Errors
    /// When a property can't be used.
    pub fn new(brokers: &str, properties: &BTreeMap<String, String>) -> Result<Self, Failure> {
        let failed = |error: KafkaError| {
            let what = format!("no client for {brokers} can be made: {error}");
            Failure::lasting(what, "check [live.properties]")
        };
        let mut config = ClientConfig::new();
        for (key, value) in properties {
            config.set(key, value);
        }
        config
            .set("bootstrap.servers", brokers)
            .set("client.id", "bystander-simulate")
            .set("allow.auto.create.topics", "false")
            .set("enable.metrics.push", "false");
        let admin = oauth::connect(&config, PlainContext::new("live")).map_err(failed)?;
        // Whatever is there counts, committed or not.
        config
            .set("group.id", "bystander-simulate")
            .set("enable.auto.commit", "false")
            .set("enable.auto.offset.store", "false")
            .set("isolation.level", "read_uncommitted")
            .set("enable.partition.eof", "true")
            .set("fetch.wait.max.ms", "50");
        let consumer = oauth::connect(&config, PlainContext::new("live")).map_err(failed)?;
        Ok(Self { admin, consumer, brokers: brokers.to_owned() })
    }

    fn place<'a>(&'a self, topic: &'a str) -> Place<'a> {
        Place { cluster: "live", brokers: &self.brokers, topic, group: "bystander-simulate", job: "" }
    }

    /// Looks at a topic.
    ///
    /// # Errors
    /// When the cluster can't be asked, or the topic can't be read.
    pub fn state(&self, topic: &str) -> Result<ShopTopicState, Failure> {
        let failed = |error: &KafkaError| failed_at(error, "looking at what is there", &self.place(topic));
        let partitions =
            match lookup::metadata_partitions(self.consumer.client(), &self.place(topic), TIMEOUT) {
                Ok(partitions) => partitions,
                Err(error) if lookup::is_missing(&error) => return Ok(ShopTopicState::Missing),
                Err(error) => return Err(failed(&error)),
            };
        let mut ends = BTreeMap::new();
        for partition in 0..partitions {
            let range = lookup::watermarks(&self.consumer, (topic, partition), TIMEOUT);
            ends.insert(partition, range.map_err(|error| failed(&error))?);
        }
        let held = ends.values().any(|(_, high)| *high > 0);
        ends.retain(|_, (low, high)| low < high);
        let firsts = ends.iter().map(|(&partition, &(low, _))| (partition, (low, low + 1))).collect();
        let tails =
            ends.iter().map(|(&partition, &(low, high))| (partition, (low.max(high - TAIL), high))).collect();
        for ranges in [firsts, tails] {
            let foreign = self.first_foreign(topic, &ranges).map_err(|error| failed(&error))?;
            if let Some((partition, offset)) = foreign {
                let why = format!(
                    "holds records that the simulator did not write (partition {partition}, offset {offset})"
                );
                return Ok(ShopTopicState::Foreign { why });
            }
        }
        Ok(match (held, ends.is_empty()) {
            (false, _) => ShopTopicState::Empty,
            (true, false) => ShopTopicState::Simulated,
            (true, true) => {
                let why = "held records that are deleted by now, and nobody can tell whose".to_owned();
                ShopTopicState::Foreign { why }
            }
        })
    }

    /// The place of the first record in these ranges that is not simulated.
    fn first_foreign(
        &self,
        topic: &str,
        ranges: &BTreeMap<i32, (i64, i64)>,
    ) -> Result<Option<(i32, i64)>, KafkaError> {
        let mut list = TopicPartitionList::new();
        for (&partition, &(from, _)) in ranges {
            list.add_partition_offset(topic, partition, Offset::Offset(from))?;
        }
        self.consumer.assign(&list)?;
        let mut left: BTreeSet<i32> = ranges.keys().copied().collect();
        let deadline = Instant::now() + TIMEOUT;
        while !left.is_empty() {
            if Instant::now() > deadline {
                return Err(KafkaError::MessageConsumption(RDKafkaErrorCode::OperationTimedOut));
            }
            match self.consumer.poll(Duration::from_millis(100)) {
                None => {}
                Some(Ok(message)) if !left.contains(&message.partition()) => {}
                Some(Ok(message)) if !is_simulated(&message) => {
                    return Ok(Some((message.partition(), message.offset())));
                }
                Some(Ok(message)) => {
                    let end = ranges.get(&message.partition()).map_or(0, |(_, end)| *end);
                    if message.offset() + 1 >= end {
                        left.remove(&message.partition());
                    }
                }
                Some(Err(KafkaError::PartitionEOF(partition))) => {
                    left.remove(&partition);
                }
                Some(Err(error)) => return Err(error),
            }
        }
        self.consumer.unassign()?;
        Ok(None)
    }

    /// Creates a topic.
    ///
    /// # Errors
    /// When the cluster can't be asked, refuses, or has the topic already.
    pub fn create(&self, topic: &str, partitions: i32) -> Result<(), Failure> {
        let failed =
            |what: String| Failure::lasting(what, "check the brokers, and who may create topics there");
        let new = NewTopic::new(topic, partitions, TopicReplication::Fixed(-1));
        let options = AdminOptions::new().request_timeout(Some(TIMEOUT)).operation_timeout(Some(TIMEOUT));
        let brokers = &self.brokers;
        let answers = wait(self.admin.create_topics([&new], &options))
            .map_err(|error| failed(format!("topic {topic} can't be created at {brokers}: {error}")))?;
        match answers.into_iter().next() {
            Some(Err((_, code))) => {
                Err(failed(format!("topic {topic} can't be created at {brokers}: {code}")))
            }
            _ => Ok(()),
        }
    }
}

fn is_simulated(message: &BorrowedMessage<'_>) -> bool {
    let (name, value) = SIMULATED;
    let marked = |message: &BorrowedMessage<'_>| {
        let headers = message.headers()?;
        headers.iter().find(|header| header.key == name && header.value == Some(value)).map(drop)
    };
    // The client library panics on a header name that isn't UTF-8; the simulator writes none.
    catch_unwind(AssertUnwindSafe(|| marked(message))).is_ok_and(|marked| marked.is_some())
}
