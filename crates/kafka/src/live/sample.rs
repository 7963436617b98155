//! A look at a few records of a range, for a plan: how large they are, how dense, of what time.

use super::ranges::RangeReader;
use super::status::LiveStatus;
use crate::config::{FetchSizes, LiveSettings};
use bystander_core::record::StreamId;
use bystander_pipeline::{Failure, Polled, Source, UnreadableBatch};
use std::ops::Range;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Records read at each place.
const RECORDS: u64 = 100;
/// Offsets before the end that are read, and how many when there is no record among those.
const TAILS: [i64; 2] = [100, 10_000];
/// How long one place may take, unless told otherwise: nothing but an aborted transaction may stand there.
const PATIENCE: Duration = Duration::from_secs(10);

/// What a few records at the beginning, in the middle and at the end of a range were like. It is a sample: what
/// is made of it for the whole range is an estimate.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RangeSample {
    /// Committed records read.
    pub records: u64,
    /// Offsets that they stand among: control records, aborted ones and holes are in between.
    pub offsets: u64,
    /// Bytes of their keys and values.
    pub bytes: u64,
    /// The oldest time, epoch milliseconds. The oldest of the range may be elsewhere: times may be out of order.
    pub first_ms: Option<i64>,
    /// The newest time, epoch milliseconds.
    pub last_ms: Option<i64>,
}

impl RangeSample {
    /// Bytes per record.
    pub fn mean_bytes(&self) -> Option<f64> {
        (self.records > 0).then(|| self.bytes as f64 / self.records as f64)
    }

    /// Records per offset.
    pub fn density(&self) -> Option<f64> {
        (self.offsets > 0).then(|| self.records as f64 / self.offsets as f64)
    }

    /// Takes another sample in.
    pub fn add(&mut self, other: &Self) {
        self.records += other.records;
        self.offsets += other.offsets;
        self.bytes += other.bytes;
        self.first_ms = [self.first_ms, other.first_ms].into_iter().flatten().min();
        self.last_ms = [self.last_ms, other.last_ms].into_iter().flatten().max();
    }
}

/// Reads samples over a connection of its own; a few small fetches each.
pub struct Sampler {
    reader: RangeReader,
    patience: Duration,
}

impl Sampler {
    /// Makes a sampler of the topics of `inputs` (by [`StreamId`]).
    ///
    /// # Errors
    /// When a property can't be used.
    pub fn open(
        settings: &LiveSettings,
        inputs: &[String],
        status: &Arc<LiveStatus>,
    ) -> Result<Self, Failure> {
        let size = 64 << 10;
        let fetch = FetchSizes { queued: size, response: size, partition: size };
        let settings = LiveSettings { fetch, ..settings.clone() };
        Ok(Self { reader: RangeReader::open(&settings, inputs, status)?, patience: PATIENCE })
    }

    /// Changes how long one place may take; 10 s without it.
    #[must_use]
    pub fn with_patience(self, patience: Duration) -> Self {
        Self { patience, ..self }
    }

    /// Looks at a range of a partition.
    ///
    /// # Errors
    /// When it can't be read.
    pub fn sample(
        &mut self,
        stream: StreamId,
        partition: i32,
        range: Range<i64>,
    ) -> Result<RangeSample, Failure> {
        let Range { start, end } = range;
        let mut sample = self.head(stream, partition, start..end)?;
        if self.reader.done() {
            return Ok(sample);
        }
        let middle = start + (end - start) / 2;
        if end - start > 4 * TAILS[0] {
            sample.add(&self.head(stream, partition, middle..end)?);
        }
        for tail in TAILS {
            let from = (end - tail).max(start);
            let last = self.head(stream, partition, from..end)?;
            if last.records > 0 {
                sample.add(&last);
                break;
            }
        }
        Ok(sample)
    }

    /// Whether the first hundred records of a range, or all if there are fewer, are of `time` or later. What can't
    /// be seen in a few seconds proves nothing: the answer is then no.
    ///
    /// # Errors
    /// When it can't be read.
    pub fn begins_after(
        &mut self,
        stream: StreamId,
        partition: i32,
        range: Range<i64>,
        time: i64,
    ) -> Result<bool, Failure> {
        let head = self.head(stream, partition, range)?;
        let seen = head.records >= RECORDS || self.reader.done();
        Ok(seen && (head.records == 0 || head.first_ms.is_some_and(|first| first >= time)))
    }

    /// Looks at the first hundred records of a range, or as many as can be had in a few seconds.
    fn head(&mut self, stream: StreamId, partition: i32, range: Range<i64>) -> Result<RangeSample, Failure> {
        let mut sample = RangeSample::default();
        let mut next = range.start;
        self.reader.assign(stream, partition, range)?;
        let deadline = Instant::now() + self.patience;
        while !self.reader.done() && sample.records < RECORDS && Instant::now() < deadline {
            let to = match self.reader.poll(Duration::from_millis(50))? {
                Polled::Record(record) => {
                    sample.records += 1;
                    let sizes = [record.key, record.payload].map(|bytes| bytes.map_or(0, <[u8]>::len));
                    sample.bytes += sizes.iter().sum::<usize>() as u64;
                    let time = record.timestamp_ms;
                    sample.first_ms = [sample.first_ms, time].into_iter().flatten().min();
                    sample.last_ms = sample.last_ms.max(time);
                    record.position.offset + 1
                }
                Polled::Reached(progress) => progress.next_offset,
                Polled::Gap(progress) | Polled::Unreadable(UnreadableBatch { passed: progress, .. }) => {
                    next = progress.next_offset;
                    continue;
                }
                Polled::Idle | Polled::Opened(_) | Polled::Halted(..) => continue,
            };
            sample.offsets += u64::try_from(to - next).unwrap_or_default();
            next = to;
        }
        Ok(sample)
    }
}
