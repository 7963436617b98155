//! Reading back what is recorded in a topic of either cluster: comparisons for verification and reports, outcomes.

use crate::config::{LiveSettings, ShadowSettings, Start};
use crate::live::{LiveStatus, RangeReader, Step};
use crate::shadow_topic::ShadowTopic;
use crate::writer::output_partition;
use bystander_core::record::{RawRecord, StreamId};
use bystander_pipeline::{Failure, Stop, UnreadableBatch};
use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

const TOPIC: StreamId = StreamId(0);
/// How soon a stop is noticed.
const SLICE: Duration = Duration::from_millis(100);

/// Reads the committed records of one topic, partition by partition, each to the end that it has when it is begun.
/// It commits nothing and joins no group.
pub struct TopicReader {
    reader: RangeReader,
    topic: String,
    partitions: i32,
    stop: Stop,
    lost: u64,
}

impl TopicReader {
    /// A reader of a shadow topic. The principal needs READ on it: writing doesn't include that.
    ///
    /// # Errors
    /// When the topic is missing, may not be read, or no broker answers in time.
    pub fn of_shadow(settings: &ShadowSettings, topic: &ShadowTopic, stop: &Stop) -> Result<Self, Failure> {
        let reading = LiveSettings {
            brokers: settings.brokers.clone(),
            group: settings.group.clone(),
            client_id: settings.client_id.clone(),
            properties: settings.properties.clone(),
            request_timeout: settings.request_timeout,
            ..LiveSettings::new("", "")
        };
        Self::new("shadow", &reading, topic.name(), &Arc::default(), stop)
    }

    /// A reader of a topic of the live cluster, such as that of outcomes.
    ///
    /// # Errors
    /// When the topic is missing, may not be read, or no broker answers in time.
    pub fn of_live(
        settings: &LiveSettings,
        topic: &str,
        status: &Arc<LiveStatus>,
        stop: &Stop,
    ) -> Result<Self, Failure> {
        Self::new("live", settings, topic, status, stop)
    }

    fn new(
        cluster: &'static str,
        settings: &LiveSettings,
        topic: &str,
        status: &Arc<LiveStatus>,
        stop: &Stop,
    ) -> Result<Self, Failure> {
        let (topic, stop) = (topic.to_owned(), stop.clone());
        let reader = RangeReader::of(cluster, settings, std::slice::from_ref(&topic), status)?;
        let partitions = reader.client().partitions(&topic)?;
        Ok(Self { reader, topic, partitions, stop, lost: 0 })
    }

    /// How many partitions the topic had when this reader was made.
    pub fn partitions(&self) -> i32 {
        self.partitions
    }

    /// The partition of a comparisons or dead-letters topic that holds what became of an input partition. It holds
    /// for what was written since the topic has its present number of partitions.
    pub fn partition_of(&self, source_partition: i32) -> i32 {
        output_partition(source_partition, self.partitions)
    }

    /// Offsets that retention removed while they were being read, and those of batches that can't be opened.
    pub fn lost(&self) -> u64 {
        self.lost
    }

    /// Goes to a partition: [`next`](Self::next) then gives its records from `from` to the end that it has now, which
    /// is what is answered, as offsets.
    ///
    /// # Errors
    /// When the offsets can't be told in time.
    pub fn begin(&mut self, partition: i32, from: Start) -> Result<Range<i64>, Failure> {
        let client = self.reader.client();
        let start = client.resolve(from, &self.topic, &[partition])?;
        let (low, end) = client.watermarks(&self.topic, partition)?;
        let start = start.first().copied().unwrap_or(low).max(low);
        self.reader.assign(TOPIC, partition, start..end)?;
        Ok(start..end)
    }

    /// Goes to a partition's last `offsets` offsets, or all of them if there are fewer.
    ///
    /// # Errors
    /// When the offsets can't be told in time.
    pub(crate) fn begin_last(&mut self, partition: i32, offsets: i64) -> Result<(), Failure> {
        let (low, end) = self.reader.client().watermarks(&self.topic, partition)?;
        self.reader.assign(TOPIC, partition, low.max(end - offsets)..end)
    }

    /// The next record of the partition that was begun, with the headers that are understood; `None` at its end.
    ///
    /// # Errors
    /// When reading can't go on; or on a stop.
    #[expect(clippy::should_implement_trait, reason = "it lends")]
    pub fn next(&mut self) -> Result<Option<RawRecord<'_>>, Failure> {
        while !self.reader.done() {
            if self.stop.requested().is_some() {
                return Err(Failure::stopped("reading back"));
            }
            let before = self.reader.next().map_or(0, |progress| progress.next_offset);
            match self.reader.step(SLICE)? {
                Step::Record(arrived) => return Ok(Some(self.reader.record(arrived))),
                Step::Gap(gap) | Step::Unreadable(UnreadableBatch { passed: gap, .. }) => {
                    self.lost += u64::try_from(gap.next_offset - before).unwrap_or_default();
                }
                Step::Idle | Step::Reached(_) => {}
            }
        }
        Ok(None)
    }

    /// Passes every record of every partition to `take`.
    ///
    /// # Errors
    /// As [`begin`](Self::begin) and [`next`](Self::next), and what `take` fails with.
    pub fn for_each<E: From<Failure>>(
        &mut self,
        from: Start,
        mut take: impl FnMut(RawRecord<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        for partition in 0..self.partitions {
            self.begin(partition, from)?;
            while let Some(record) = self.next()? {
                take(record)?;
            }
        }
        Ok(())
    }
}
