//! Reading a shadow topic from its beginning to the end it has now, committed records only.

use crate::config::ShadowSettings;
use crate::context::{Detached, PlainContext};
use crate::failure::{Place, failed_at};
use crate::lookup;
use crate::oauth;
use crate::shadow_topic::ShadowTopic;
use bystander_pipeline::{Failure, Stop};
use rdkafka::consumer::{BaseConsumer, Consumer, ConsumerContext};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::{BorrowedMessage, Message};
use rdkafka::{Offset, TopicPartitionList};
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

/// Silence after which a read that should have more to give counts as failed.
const PATIENCE: Duration = Duration::from_secs(30);

/// A consumer of one shadow topic; every [`read`](Self::read) starts from the beginning again.
pub(crate) struct BoundedReader<C: ConsumerContext + 'static = PlainContext> {
    consumer: Detached<BaseConsumer<C>>,
    settings: ShadowSettings,
    topic: ShadowTopic,
    patience: Duration,
}

impl BoundedReader {
    pub(crate) fn new(settings: &ShadowSettings, topic: &ShadowTopic) -> Result<Self, Failure> {
        Self::with_context(settings, topic, PlainContext::new("shadow"))
    }
}

impl<C: ConsumerContext + 'static> BoundedReader<C> {
    pub(crate) fn with_context(
        settings: &ShadowSettings,
        topic: &ShadowTopic,
        context: C,
    ) -> Result<Self, Failure> {
        let mut config = settings.consumer();
        // The end of a partition shows with the fetch after the last record: that one must not wait long.
        config.set("enable.partition.eof", "true").set("fetch.wait.max.ms", "10");
        let consumer = oauth::connect(&config, context).map_err(|error| {
            Failure::lasting(format!("no shadow client can be made: {error}"), "check [shadow.properties]")
        })?;
        let (consumer, settings, topic) = (Detached::new(consumer), settings.clone(), topic.clone());
        Ok(Self { consumer, settings, topic, patience: PATIENCE })
    }

    /// The same, for whoever can't wait so long for an answer.
    pub(crate) fn with_patience(self, patience: Duration) -> Self {
        Self { patience, ..self }
    }

    /// The consumer, for look-ups between reads.
    pub(crate) fn consumer(&self) -> &BaseConsumer<C> {
        &self.consumer
    }

    fn place(&self) -> Place<'_> {
        self.settings.place(&self.topic)
    }

    fn failed(&self, error: &KafkaError) -> Failure {
        failed_at(error, "reading", &self.place())
    }

    /// How many partitions the topic has now.
    pub(crate) fn partitions(&self) -> Result<i32, Failure> {
        lookup::partitions(&*self.consumer, &self.place(), self.settings.request_timeout)
    }

    /// The ends of all partitions that hold anything: what a read has to reach.
    fn ends(&self) -> Result<BTreeMap<i32, (i64, i64)>, Failure> {
        let mut ends = BTreeMap::new();
        for partition in 0..self.partitions()? {
            let timeout = self.settings.request_timeout;
            let range = lookup::watermarks(&self.consumer, (self.topic.name(), partition), timeout);
            let (low, high) = range.map_err(|error| self.failed(&error))?;
            if low < high {
                ends.insert(partition, (low, high));
            }
        }
        Ok(ends)
    }

    /// Where a transaction that is still open hides what was committed after it: the first such offset, if there is one
    /// in `partition`.
    pub(crate) fn open_transaction(&self, partition: i32) -> Result<Option<i64>, Failure> {
        let mut config = self.settings.consumer();
        config.set("isolation.level", "read_uncommitted");
        let all: BaseConsumer<PlainContext> =
            oauth::connect(&config, PlainContext::new("shadow")).map_err(|error| self.failed(&error))?;
        let (all, timeout) = (Detached::new(all), self.settings.request_timeout);
        let range = |found: Result<(i64, i64), KafkaError>| found.map_err(|error| self.failed(&error));
        let topic = self.topic.name();
        let (_, stable) = range(self.consumer.fetch_watermarks(topic, partition, timeout))?;
        let (_, end) = range(all.fetch_watermarks(topic, partition, timeout))?;
        Ok((stable < end).then_some(stable))
    }

    /// What to do about an open transaction that isn't ours: its owner is known to the broker only.
    pub(crate) fn held_open(&self, partition: i32, offset: i64) -> Failure {
        let (place, topic, brokers) = (self.place(), &self.topic, &self.settings.brokers);
        Failure::passing(
            format!(
                "partition {partition} of {place} is held at offset {offset} by a transaction that somebody else left \
                 open: what was committed after it can't be read"
            ),
            format!(
                "wait until its own timeout ends it, or find it with `kafka-transactions.sh --bootstrap-server {brokers} \
                 describe-producers --topic {topic} --partition {partition}` and end it with `kafka-transactions.sh \
                 --bootstrap-server {brokers} abort --topic {topic} --partition {partition} --start-offset {offset}`; \
                 nobody but bystander should write to this topic"
            ),
        )
    }

    /// Passes every committed record to `take`, in order within each partition.
    pub(crate) fn read(
        &self,
        stop: &Stop,
        take: &mut dyn FnMut(&BorrowedMessage<'_>),
    ) -> Result<(), Failure> {
        self.read_ranges(self.ends()?, stop, take)
    }

    /// Like [`read`](Self::read), of what lies at most so many offsets before the end of its partition.
    pub(crate) fn read_tail(
        &self,
        offsets: i64,
        stop: &Stop,
        take: &mut dyn FnMut(&BorrowedMessage<'_>),
    ) -> Result<(), Failure> {
        let mut ranges = self.ends()?;
        ranges.values_mut().for_each(|(low, high)| *low = (*low).max(*high - offsets));
        self.read_ranges(ranges, stop, take)
    }

    /// A partition is done when a record at or past its last offset was read, or its end was met: control
    /// records take up offsets too, so counting would never end.
    fn read_ranges(
        &self,
        mut left: BTreeMap<i32, (i64, i64)>,
        stop: &Stop,
        take: &mut dyn FnMut(&BorrowedMessage<'_>),
    ) -> Result<(), Failure> {
        let mut list = TopicPartitionList::new();
        for (&partition, &(low, _)) in &left {
            list.add_partition_offset(self.topic.name(), partition, Offset::Offset(low))
                .map_err(|error| self.failed(&error))?;
        }
        self.consumer.assign(&list).map_err(|error| self.failed(&error))?;
        let mut heard = Instant::now();
        while !left.is_empty() {
            if stop.requested().is_some() {
                return Err(Failure::stopped("reading checkpoints"));
            }
            let done = match self.consumer.poll(Duration::from_millis(100)) {
                None if heard.elapsed() > self.patience => {
                    let what = format!("reading {} got no answer for {:?}", self.place(), self.patience);
                    return Err(Failure::passing(what, "check that its brokers are up"));
                }
                None => continue,
                Some(Ok(message)) => {
                    let end = left.get(&message.partition()).map(|(_, end)| *end);
                    if end.is_some_and(|end| message.offset() < end) {
                        take(&message);
                    }
                    end.filter(|end| message.offset() + 1 >= *end).map(|_| message.partition())
                }
                Some(Err(KafkaError::PartitionEOF(partition))) => Some(partition),
                Some(Err(error)) if passing(&error) => continue,
                Some(Err(error)) => return Err(self.failed(&error)),
            };
            heard = Instant::now();
            if let Some(partition) = done {
                left.remove(&partition);
            }
        }
        self.consumer.unassign().map_err(|error| self.failed(&error))
    }
}

fn passing(error: &KafkaError) -> bool {
    matches!(
        error.rdkafka_error_code(),
        Some(
            RDKafkaErrorCode::AllBrokersDown
                | RDKafkaErrorCode::BrokerTransportFailure
                | RDKafkaErrorCode::OperationTimedOut
                | RDKafkaErrorCode::CoordinatorNotAvailable
                | RDKafkaErrorCode::NotCoordinator
        )
    )
}
