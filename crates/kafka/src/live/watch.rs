//! How many partitions the inputs have, where they end and whether they are still the same topics, looked up beside the
//! readers.
//!
//! A broker answers a connection's requests in order, so a reader's own look-up would wait behind its fetch
//! (half a second where nothing comes in). One watch serves all shards of a process over its own connection. It also
//! knows where partitions end while their readers stand still, because the shadow side does.

use super::client::LiveClient;
use super::status::{LiveStatus, PartitionStatus};
use crate::config::LiveSettings;
use crate::describe::describe_topics;
use crate::lookup;
use bystander_core::record::StreamId;
use bystander_pipeline::Failure;
use parking_lot::Mutex;
use rdkafka::consumer::Consumer;
use rdkafka::error::KafkaError;
use rdkafka::{Offset, TopicPartitionList};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI32, AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// How often the brokers are asked at least.
const INTERVAL: Duration = Duration::from_secs(5);
/// How long one request may take.
const PATIENCE: Duration = Duration::from_secs(5);

/// Keeps the inputs' partition counts and ends; its thread ends when it is dropped.
#[derive(Debug)]
pub struct InputWatch {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    counts: Vec<AtomicI32>,
    /// How often something was seen that readers should look into.
    changes: AtomicU64,
    /// Partitions that were seen to end before the next offset to read.
    short: Mutex<BTreeSet<(StreamId, i32)>>,
    ended: AtomicBool,
}

impl Shared {
    fn ended(&self) -> bool {
        self.ended.load(Ordering::Relaxed)
    }
}

impl InputWatch {
    /// Starts watching the topics of `inputs` (by [`StreamId`]).
    ///
    /// # Errors
    /// When a property can't be used or no thread can be started.
    pub fn start(
        settings: &LiveSettings,
        inputs: &[String],
        status: &Arc<LiveStatus>,
    ) -> Result<Self, Failure> {
        let client = LiveClient::of_high_watermarks(settings, status)?;
        let counts = inputs.iter().map(|_| AtomicI32::new(0)).collect();
        let shared = Arc::new(Shared {
            counts,
            changes: AtomicU64::new(0),
            short: Mutex::default(),
            ended: AtomicBool::new(false),
        });
        let watch = Watch { client, inputs: inputs.to_vec(), shared: Arc::clone(&shared) };
        let run = move || watch.run();
        std::thread::Builder::new().name("input-watch".to_owned()).spawn(run).map_err(|error| {
            Failure::passing(format!("no thread to watch the inputs: {error}"), "raise the process limit")
        })?;
        Ok(Self { shared })
    }

    /// Partitions that the stream's topic had when last seen; 0 before that.
    pub(super) fn partitions(&self, stream: StreamId) -> i32 {
        self.shared.counts.get(stream.0).map_or(0, |count| count.load(Ordering::Relaxed))
    }

    /// How often a topic's id was seen to change or a partition to end too early. Readers look for themselves what it
    /// means to them.
    pub(super) fn changes(&self) -> u64 {
        self.shared.changes.load(Ordering::Relaxed)
    }

    /// Whether a partition was seen to end before the next offset to read in it.
    pub(super) fn is_short(&self, stream: StreamId, partition: i32) -> bool {
        self.shared.short.lock().contains(&(stream, partition))
    }
}

impl Drop for InputWatch {
    fn drop(&mut self) {
        self.shared.ended.store(true, Ordering::Relaxed);
    }
}

/// Partitions by the broker that leads them; -1 for none.
type Leaders = BTreeMap<i32, Vec<(StreamId, i32)>>;
/// High watermarks.
type Ends = BTreeMap<(StreamId, i32), i64>;

struct Watch {
    client: LiveClient,
    inputs: Vec<String>,
    shared: Arc<Shared>,
}

impl Watch {
    fn run(&self) {
        let mut ids = vec![None; self.inputs.len()];
        while !self.shared.ended() {
            let leaders = self.leaders();
            self.look_at_ids(&mut ids);
            // Positions first: an end that is looked up later can't lie before them.
            let read = self.client.status.partitions();
            let ends = self.look_up_ends(&leaders);
            self.look_for_short(&read, &ends);
            self.client.status.contact().remind(&self.client.settings.brokers);
            let due = Instant::now() + self.client.settings.metadata_interval.min(INTERVAL);
            while !self.shared.ended() && Instant::now() < due {
                // Serves the statistics that the isolation check is made from; there is nothing to read.
                let _ = self.client.consumer.poll(Duration::from_millis(100));
            }
        }
    }

    fn timeout(&self) -> Duration {
        self.client.settings.request_timeout.min(PATIENCE)
    }

    /// Notes how many partitions the inputs have, and groups them by leader.
    fn leaders(&self) -> Leaders {
        let mut leaders = Leaders::new();
        for (stream, topic) in self.inputs.iter().enumerate().map(|(at, topic)| (StreamId(at), topic)) {
            if self.shared.ended() {
                break;
            }
            let asked = Instant::now();
            let found = lookup::leaders(self.client.consumer.client(), topic, self.timeout());
            match found {
                Ok(found) => {
                    self.client.status.contact().answered(asked);
                    let count = i32::try_from(found.len()).unwrap_or(i32::MAX);
                    if let Some(known) = self.shared.counts.get(stream.0) {
                        known.store(count, Ordering::Relaxed);
                    }
                    self.client.status.counted(stream, count);
                    for (partition, leader) in found {
                        leaders.entry(leader).or_default().push((stream, partition));
                    }
                }
                Err(error) => self.failed(&error, asked),
            }
        }
        leaders
    }

    /// One request to each leader, so that one that is away hides nothing of the others.
    fn look_up_ends(&self, leaders: &Leaders) -> Ends {
        let mut known = Ends::new();
        for (_, partitions) in leaders.iter().filter(|(leader, _)| **leader >= 0) {
            if self.shared.ended() {
                return known;
            }
            let asked = Instant::now();
            match self.ends(partitions) {
                Ok(ends) => {
                    self.client.status.contact().answered(asked);
                    for (&(stream, partition), high) in partitions.iter().zip(ends) {
                        if let Some(high) = high {
                            self.client.status.ends_at(stream, partition, high);
                            known.insert((stream, partition), high);
                        }
                    }
                }
                Err(error) => self.failed(&error, asked),
            }
        }
        known
    }

    /// Notices topics that were deleted and created again.
    fn look_at_ids(&self, ids: &mut [Option<String>]) {
        let names: Vec<&str> = self.inputs.iter().map(String::as_str).collect();
        let topics = match describe_topics(self.client.consumer.client(), &names, false, self.timeout()) {
            Ok(topics) => topics,
            Err(error) => return tracing::debug!(%error, "the ids of the inputs"),
        };
        for (topic, id) in topics.into_iter().zip(ids) {
            let now = topic.ok().and_then(|topic| topic.id);
            // The first id that is seen may already be another one than a reader has.
            if now.is_some() && *id != now {
                *id = now;
                self.shared.changes.fetch_add(1, Ordering::Relaxed);
            }
        }
    }

    /// Notices partitions that ended before the position that they had earlier. The client library was seen to stop
    /// fetching from such a partition for a while, without a word.
    fn look_for_short(&self, read: &BTreeMap<(StreamId, i32), PartitionStatus>, ends: &Ends) {
        let is_short = |place: &(StreamId, i32), before: &PartitionStatus| {
            before.halt.is_none() && ends.get(place).is_some_and(|high| *high < before.next_offset)
        };
        let short = read.iter().filter(|(place, before)| is_short(place, before));
        let short: BTreeSet<_> = short.map(|(place, _)| *place).collect();
        let any = !short.is_empty();
        *self.shared.short.lock() = short;
        if any {
            self.shared.changes.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// High watermarks, in the order of `partitions`; none where the broker doesn't tell.
    fn ends(&self, partitions: &[(StreamId, i32)]) -> Result<Vec<Option<i64>>, KafkaError> {
        let topic = |stream: StreamId| self.inputs.get(stream.0).map_or("", String::as_str);
        let mut list = TopicPartitionList::new();
        for &(stream, partition) in partitions {
            list.add_partition_offset(topic(stream), partition, Offset::End)?;
        }
        let found = self.client.consumer.offsets_for_times(list, self.timeout())?;
        let high = |&(stream, partition): &(StreamId, i32)| {
            let element = found.find_partition(topic(stream), partition)?;
            match element.offset() {
                Offset::Offset(high) if element.error().is_ok() => Some(high),
                _ => None,
            }
        };
        Ok(partitions.iter().map(high).collect())
    }

    /// Readers meet whatever is wrong themselves; here it only matters whether a broker said so.
    fn failed(&self, error: &KafkaError, asked: Instant) {
        tracing::debug!(%error, "input watch");
        let contact = self.client.status.contact();
        if lookup::is_answer(error) {
            return contact.answered(asked);
        }
        contact.request_failed(self.timeout());
    }
}
