//! A job with topics of its own, and the smallest possible shard: one comparison per record.

use bystander_core::checkpoint::{Attempts, Checkpoint};
use bystander_core::record::StreamId;
use bystander_kafka::live::LiveReader;
use bystander_kafka::{
    Job, LiveSettings, ReadTopics, ShadowSettings, ShadowTopic, ShadowWriter, StartedShard, start,
};
use bystander_pipeline::{
    Message, Output, Polled, SeenLog, Sink, SinkError, Source, Stop, Transaction, UnreadableBatch,
};
use bystander_testkit::{Isolation, KafkaCluster, ProduceOptions, ShellError, unique};
use serde_json::json;
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

/// For what takes seconds on a quiet machine: others may keep all cores busy.
pub(crate) const PATIENCE: Duration = Duration::from_secs(120);

pub(crate) struct World<'a> {
    pub(crate) cluster: &'a KafkaCluster,
    pub(crate) job: Job,
    pub(crate) stop: Stop,
}

impl<'a> World<'a> {
    /// Inputs with that many partitions each, shadow topics with two, and that many shards.
    pub(crate) fn new(cluster: &'a KafkaCluster, inputs: &[i32], shards: i32) -> Self {
        Self::with(cluster, inputs, shards, |_, _, _| {})
    }

    /// The same with settings and inputs changed.
    pub(crate) fn with(
        cluster: &'a KafkaCluster,
        inputs: &[i32],
        shards: i32,
        change: impl FnOnce(&mut LiveSettings, &mut ShadowSettings, &mut Vec<String>),
    ) -> Self {
        let name = unique("job");
        let mut topics: Vec<String> = (0..inputs.len()).map(|index| format!("{name}.input{index}")).collect();
        for (topic, &partitions) in topics.iter().zip(inputs) {
            cluster.create_topic(topic, partitions, &[]).unwrap();
        }
        let read = ReadTopics::new(topics.clone());
        let shadow = ["comparisons", "dead-letters", "checkpoints"]
            .map(|purpose| ShadowTopic::new(&format!("{name}.{purpose}"), &read).unwrap());
        cluster.create_topic(shadow[0].name(), 2, &[]).unwrap();
        cluster.create_topic(shadow[1].name(), 2, &[]).unwrap();
        cluster.create_topic(shadow[2].name(), shards, &[("cleanup.policy", "compact")]).unwrap();
        let mut live = LiveSettings::new(&cluster.bootstrap(), &name);
        live.start = bystander_kafka::Start::Earliest;
        live.statistics_interval = Duration::from_millis(300);
        live.metadata_interval = Duration::from_millis(500);
        let mut shadow = ShadowSettings::new(&cluster.bootstrap(), &name, shadow);
        shadow.metadata_interval = Duration::from_millis(1000);
        shadow.session_timeout = Duration::from_secs(6);
        change(&mut live, &mut shadow, &mut topics);
        let job = Job::new(live, shadow, topics).unwrap();
        Self { cluster, job, stop: Stop::default() }
    }

    /// Feeds `count` records to one partition of an input, in transactions if asked.
    pub(crate) fn feed(&self, input: usize, partition: i32, count: usize, options: &ProduceOptions) {
        self.try_feed(input, partition, count, options).unwrap();
    }

    /// The same, where the cluster may be too busy to take all of them.
    pub(crate) fn try_feed(
        &self,
        input: usize,
        partition: i32,
        count: usize,
        options: &ProduceOptions,
    ) -> Result<(), ShellError> {
        let topic = &self.job.inputs()[input];
        let records = (0..count).map(|index| {
            json!({ "topic": topic, "partition": partition, "key": format!("k{index}"), "value": format!("v{index}") })
        });
        self.cluster.produce(records, options).map(drop)
    }

    pub(crate) fn start(&self, shard: i32) -> TestShard {
        TestShard::new(&self.job, start(&self.job, shard, &self.stop).unwrap())
    }

    /// Committed comparisons: how often each input record is among them, by `input partition offset`.
    pub(crate) fn compared(&self) -> BTreeMap<String, usize> {
        let mut seen = BTreeMap::new();
        let topic = self.job.shadow().comparisons.name();
        for record in self.cluster.consume(topic, Isolation::Committed).unwrap() {
            *seen.entry(record.value.unwrap()).or_default() += 1;
        }
        seen
    }

    /// The same once there are so many, or after a while: a commit is visible to readers some time after it has ended, which
    /// is long where the machine is busy.
    pub(crate) fn compared_at_least(&self, records: usize) -> BTreeMap<String, usize> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let compared = self.compared();
            if compared.len() >= records || Instant::now() > deadline {
                return compared;
            }
        }
    }

    /// What [`compared`](Self::compared) must be when all committed input records were read exactly once.
    pub(crate) fn expected(&self) -> BTreeMap<String, usize> {
        let mut expected = BTreeMap::new();
        for (input, topic) in self.job.inputs().iter().enumerate() {
            for record in self.cluster.consume(topic, Isolation::Committed).unwrap() {
                expected.insert(format!("{input} {} {}", record.partition, record.offset), 1);
            }
        }
        expected
    }

    pub(crate) fn checkpoints(&self) -> BTreeMap<(String, i32), Checkpoint> {
        bystander_kafka::read_checkpoints(self.job.shadow(), &self.stop).unwrap()
    }
}

/// Reads, writes one comparison per record, commits.
pub(crate) struct TestShard {
    pub(crate) started: StartedShard,
    pub(crate) books: BTreeMap<(StreamId, i32), Checkpoint>,
    pub(crate) events: Vec<String>,
    shadow: ShadowSettings,
}

impl TestShard {
    pub(crate) fn new(job: &Job, started: StartedShard) -> Self {
        let books = started.checkpoints.iter().cloned();
        let books = books.map(|(stream, checkpoint)| ((stream, checkpoint.partition), checkpoint)).collect();
        Self { started, books, events: Vec::new(), shadow: job.shadow().clone() }
    }

    /// Reads until nothing came for `quiet`, sends all of it in one transaction, and ends that by `end`.
    pub(crate) fn round(&mut self, quiet: Duration, end: End) -> Result<usize, SinkError> {
        let Self { started, books, events, .. } = self;
        let (job, share) = (books.values().next().map(|book| book.job.clone()), started.share);
        let mut transaction = started.writer.begin()?;
        let mut after = books.clone();
        let mut count = 0;
        let mut heard = Instant::now();
        while heard.elapsed() < quiet {
            match started.reader.poll(Duration::from_millis(20)).unwrap() {
                Polled::Idle => continue,
                Polled::Record(record) => {
                    count += 1;
                    let position = record.position;
                    let value = format!("{} {} {}", record.stream.0, position.partition, position.offset);
                    let book = after.get_mut(&(record.stream, position.partition)).unwrap();
                    assert!(position.offset >= book.next_offset, "{value} was read twice");
                    book.next_offset = position.offset + 1;
                    book.totals.read += 1;
                    book.totals.compared += 1;
                    transaction.send(Message {
                        output: Output::Comparisons,
                        source_partition: position.partition,
                        key: record.key,
                        value: Some(value.as_bytes()),
                        headers: &[("a", b"1")],
                    })?;
                }
                Polled::Opened(progress) => {
                    events.push(format!("opened {} {}", progress.partition, progress.next_offset));
                    let book = Checkpoint {
                        job: job.clone().unwrap(),
                        topic: String::new(),
                        partition: progress.partition,
                        next_offset: progress.next_offset,
                        shard: share.shard,
                        shards: share.shards,
                        initial_partitions: started.initial_partitions[progress.stream.0],
                        totals: Default::default(),
                        log: Default::default(),
                        attempts: Attempts::default(),
                        config: None,
                        scored_by: None,
                    };
                    after.insert((progress.stream, progress.partition), book);
                }
                Polled::Reached(progress) => {
                    events.push(format!("reached {} {}", progress.partition, progress.next_offset));
                    after.get_mut(&(progress.stream, progress.partition)).unwrap().next_offset =
                        progress.next_offset;
                }
                Polled::Gap(progress) | Polled::Unreadable(UnreadableBatch { passed: progress, .. }) => {
                    events.push(format!("gap {} {}", progress.partition, progress.next_offset));
                    let book = after.get_mut(&(progress.stream, progress.partition)).unwrap();
                    book.totals.gap_offsets += (progress.next_offset - book.next_offset) as u64;
                    book.next_offset = progress.next_offset;
                }
                Polled::Halted(progress, halt) => {
                    events.push(format!("halted {} {}", progress.partition, halt.reason.name()));
                    after.get_mut(&(progress.stream, progress.partition)).unwrap().log.halt = Some(halt);
                }
            }
            heard = Instant::now();
        }
        for ((stream, partition), book) in &mut after {
            let SeenLog { topic_id, last_record } = started.reader.log(*stream, *partition);
            book.log.topic_id = book.log.topic_id.take().or(topic_id.map(str::to_owned));
            book.log.last_record = last_record.or(book.log.last_record);
        }
        match end {
            End::Commit => {
                let changed: Vec<_> = after
                    .iter()
                    .filter(|(key, book)| books.get(key) != Some(book))
                    .map(|(_, book)| book.clone())
                    .collect();
                transaction.commit(&changed)?;
                *books = after;
            }
            End::Abort => transaction.abort()?,
            End::Drop => drop(transaction),
            End::Crash => std::mem::forget(transaction),
        }
        Ok(count)
    }

    /// A round that commits, where nobody else takes the shard over. A commit that took long, as on a busy machine, asks for
    /// another producer before anything else is read. A shard would start again then; here its reader goes on.
    pub(crate) fn sole_round(&mut self, quiet: Duration) -> Result<usize, SinkError> {
        match self.round(quiet, End::Commit) {
            Err(SinkError::Reopen(_)) => {
                let shard = self.started.share.shard;
                self.started.writer = ShadowWriter::open(&self.shadow, shard, &Stop::default())?;
                self.round(quiet, End::Commit)
            }
            ended => ended,
        }
    }

    pub(crate) fn commit(&mut self) -> Result<usize, SinkError> {
        self.round(Duration::from_millis(800), End::Commit)
    }
}

/// How a round's transaction ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    Commit,
    Abort,
    Drop,
    /// Neither: the process is gone, as far as the broker can tell.
    Crash,
}

/// Polls until `wanted` says so.
pub(crate) fn poll_until(reader: &mut LiveReader, mut wanted: impl FnMut(&Polled<'_>) -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while Instant::now() < deadline {
        let polled = reader.poll(Duration::from_millis(20)).unwrap();
        if wanted(&polled) {
            return;
        }
    }
    panic!("it didn't come within {PATIENCE:?}");
}

/// Waits until something is so.
pub(crate) fn eventually(mut so: impl FnMut() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !so() {
        assert!(Instant::now() < deadline, "it didn't come within {PATIENCE:?}");
        std::thread::sleep(Duration::from_millis(50));
    }
}
