//! Typed settings of both clusters. They can be made in a test and touch nothing outside.

use crate::failure::{Place, failed_at};
use crate::packing::{self, LARGEST_BATCH};
use crate::properties;
use crate::shadow_topic::ShadowTopic;
use bystander_core::problem::Problem;
use bystander_pipeline::Failure;
use rdkafka::ClientConfig;
use std::collections::BTreeMap;
use std::time::Duration;

/// Where a partition is read from when the job has no checkpoint of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Start {
    /// From the end as it was at the first start.
    Latest,
    /// From the oldest record kept.
    Earliest,
    /// From the first record at or after this time, epoch milliseconds.
    At(i64),
}

/// How much a live client may fetch and hold, in bytes; the reader's memory is bounded by these.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FetchSizes {
    /// Records held ready per shard.
    pub queued: usize,
    /// One fetch response, as compressed by its producers: unpacked it may be ten times that. A larger
    /// single batch still gets through.
    pub response: usize,
    /// One partition's part of a response.
    pub partition: usize,
}

impl FetchSizes {
    /// Sizes for one of `readers` that together take `bytes_per_second` off the wire when they are polled at that
    /// pace: a reader holds, and fetches at once, no more than a twentieth of its second. A batch that is larger
    /// than that still comes whole.
    pub fn for_rate(bytes_per_second: u64, readers: usize) -> Self {
        let usual = Self::default();
        let readers = u64::try_from(readers).unwrap_or(u64::MAX).max(1);
        let share = usize::try_from(bytes_per_second / readers / 20).unwrap_or(usize::MAX);
        let sized = |usual: usize| share.clamp(16 << 10, usual);
        Self {
            queued: sized(usual.queued),
            response: sized(usual.response),
            partition: sized(usual.partition),
        }
    }
}

impl Default for FetchSizes {
    fn default() -> Self {
        Self { queued: 4 << 20, response: 1 << 20, partition: 256 << 10 }
    }
}

/// How often the client tells what came over the wire where the rate is limited.
const RATED_STATISTICS: Duration = Duration::from_millis(500);

/// The live cluster, which is only ever read.
#[derive(Debug, Clone)]
pub struct LiveSettings {
    /// Bootstrap servers.
    pub brokers: String,
    /// A group name that is never joined: the client library wants one, and looks for its coordinator.
    pub group: String,
    /// Client id; quotas can be set on it.
    pub client_id: String,
    /// Where to begin without a checkpoint.
    pub start: Start,
    /// Further librdkafka properties.
    pub properties: BTreeMap<String, String>,
    /// Memory bounds.
    pub fetch: FetchSizes,
    /// How many bytes per second the job's readers may take off the brokers together; `None` means no limit.
    pub bytes_per_second: Option<u64>,
    /// How often inputs are checked for added partitions.
    pub metadata_interval: Duration,
    /// How often lag, end offsets and request types are taken from the client.
    pub statistics_interval: Duration,
    /// How long one look-up (metadata, offsets) may take.
    pub request_timeout: Duration,
    /// Bytes of the largest value that is handed over; of a larger one only its length is told.
    pub largest_value: usize,
}

impl LiveSettings {
    /// The defaults for a job on a cluster.
    pub fn new(brokers: &str, job: &str) -> Self {
        Self {
            brokers: brokers.to_owned(),
            group: format!("bystander-{job}"),
            client_id: format!("bystander-{job}-live"),
            start: Start::Latest,
            properties: BTreeMap::new(),
            fetch: FetchSizes::default(),
            bytes_per_second: None,
            metadata_interval: Duration::from_secs(10),
            statistics_interval: Duration::from_secs(2),
            request_timeout: Duration::from_secs(10),
            largest_value: usize::MAX,
        }
    }

    /// These settings for one of `shards`, which share the job's byte rate evenly.
    pub(crate) fn for_one_of(&self, shards: i32) -> Self {
        let Some(rate) = self.bytes_per_second else { return self.clone() };
        let readers = usize::try_from(shards).unwrap_or(1).max(1);
        Self {
            fetch: FetchSizes::for_rate(rate, readers),
            bytes_per_second: Some(rate / readers as u64),
            statistics_interval: self.statistics_interval.min(RATED_STATISTICS),
            ..self.clone()
        }
    }

    /// Whether clients log in: by SASL, or by a certificate of their own.
    pub fn authenticates(&self) -> bool {
        let of = |name: &str| self.properties.get(name).map(|value| value.to_ascii_lowercase());
        let certificate = ["ssl.certificate.location", "ssl.certificate.pem", "ssl.keystore.location"];
        match of("security.protocol").as_deref() {
            Some("sasl_plaintext" | "sasl_ssl") => true,
            Some("ssl") => certificate.iter().any(|name| self.properties.contains_key(*name)),
            _ => false,
        }
    }

    /// Everything wrong with these settings; keys are relative to the `live` table.
    pub fn problems(&self) -> Vec<Problem> {
        let mut problems = properties::refused(&self.properties, properties::LIVE);
        problems.extend(properties::unusable(&self.consumer()));
        if self.brokers.trim().is_empty() {
            problems.push(Problem::new("brokers", "is empty", "name at least one host:port"));
        }
        problems
    }

    /// The one kind of client that live code can make: a consumer that commits nothing and joins nothing.
    pub(crate) fn consumer(&self) -> ClientConfig {
        let mut config = base(&self.brokers, &self.client_id, &self.properties);
        let queued = (self.fetch.queued / 1024).max(1).to_string();
        let interval = self.statistics_interval.as_millis().to_string();
        config
            .set("group.id", &self.group)
            .set("enable.auto.commit", "false")
            .set("enable.auto.offset.store", "false")
            .set("auto.offset.reset", "error")
            .set("isolation.level", "read_committed")
            .set("check.crcs", "true")
            .set("allow.auto.create.topics", "false")
            .set("enable.partition.eof", "false")
            .set("statistics.interval.ms", interval)
            .set("queued.max.messages.kbytes", queued)
            .set("fetch.max.bytes", self.fetch.response.to_string())
            .set("message.max.bytes", self.fetch.response.clamp(1000, 1_000_000).to_string())
            .set("max.partition.fetch.bytes", self.fetch.partition.to_string());
        properties::default(&mut config, &self.properties, "fetch.queue.backoff.ms", "5");
        // The library holds zstd to this bound, and its answers from brokers; the other codecs are held to it by `packing`.
        let largest = self.properties.get("receive.message.max.bytes").and_then(|bytes| bytes.parse().ok());
        let largest = largest.unwrap_or(LARGEST_BATCH);
        packing::set_largest_batch(largest);
        config.set("receive.message.max.bytes", largest.to_string());
        config
    }

    /// A consumer that reads nothing and looks up where partitions end: the high watermark, which is what a reader
    /// that doesn't wait for transactions would see.
    pub(crate) fn watch_consumer(&self) -> ClientConfig {
        let mut config = self.consumer();
        config.set("isolation.level", "read_uncommitted");
        config
    }

    /// A shard's consumer. Its fetches wait for a little more than one event: every answer wakes three threads, which in a
    /// quiet shop costs more than all other work. It adds at most a quarter of a second to an event's way.
    pub(crate) fn shard_consumer(&self) -> ClientConfig {
        let mut config = self.consumer();
        properties::default(&mut config, &self.properties, "fetch.min.bytes", "16384");
        properties::default(&mut config, &self.properties, "fetch.wait.max.ms", "250");
        config
    }

    /// A consumer that reads one bounded piece after the other. It says where partitions end, and meets that end
    /// soon; what it received is known often enough to pace it.
    pub(crate) fn range_consumer(&self) -> ClientConfig {
        let mut config = self.consumer();
        let interval = self.statistics_interval.min(Duration::from_millis(100)).as_millis().to_string();
        config
            .set("enable.partition.eof", "true")
            .set("statistics.interval.ms", interval)
            .set("max.partition.fetch.bytes", self.fetch.response.to_string());
        properties::default(&mut config, &self.properties, "fetch.wait.max.ms", "100");
        config
    }

    pub(crate) fn place<'a>(&'a self, topic: &'a str) -> Place<'a> {
        let (brokers, group) = (self.brokers.as_str(), self.group.as_str());
        Place { cluster: "live", brokers, topic, group, job: "" }
    }
}

/// How long the shadow producer waits before it sends a request again, less up to a fifth by chance. How a transaction's
/// end is judged rests on it: see the shadow writer.
pub(crate) const RETRY_BACKOFF: Duration = Duration::from_secs(1);

/// The shadow cluster: where results and positions are kept.
#[derive(Debug, Clone)]
pub struct ShadowSettings {
    /// Bootstrap servers.
    pub brokers: String,
    /// The job: prefix of the transactional ids, and whose checkpoints they are.
    pub job: String,
    /// Group in which instances share shards; `new` takes the job's name.
    pub group: String,
    /// Client id.
    pub client_id: String,
    /// Topic of comparisons.
    pub comparisons: ShadowTopic,
    /// Topic of dead letters.
    pub dead_letters: ShadowTopic,
    /// Topic of checkpoints; its partitions are the shards.
    pub checkpoints: ShadowTopic,
    /// Further librdkafka properties.
    pub properties: BTreeMap<String, String>,
    /// How long the broker keeps a transaction open whose owner is silent.
    pub transaction_timeout: Duration,
    /// How long a commit may take before its outcome counts as unknown.
    pub commit_timeout: Duration,
    /// How long one look-up (metadata, offsets) may take.
    pub request_timeout: Duration,
    /// Largest record that the producer accepts, in bytes before compression.
    pub largest_record: usize,
    /// How long the group waits for a silent instance before its shards go to others.
    pub session_timeout: Duration,
    /// How often the number of shards is checked.
    pub metadata_interval: Duration,
}

impl ShadowSettings {
    /// The defaults for a job on a cluster, with its comparison, dead-letter and checkpoint topics.
    pub fn new(brokers: &str, job: &str, [comparisons, dead_letters, checkpoints]: [ShadowTopic; 3]) -> Self {
        Self {
            brokers: brokers.to_owned(),
            job: job.to_owned(),
            group: job.to_owned(),
            client_id: format!("bystander-{job}-shadow"),
            comparisons,
            dead_letters,
            checkpoints,
            properties: BTreeMap::new(),
            transaction_timeout: Duration::from_secs(60),
            commit_timeout: Duration::from_secs(30),
            request_timeout: Duration::from_secs(10),
            largest_record: 1_000_000,
            session_timeout: Duration::from_secs(10),
            metadata_interval: Duration::from_secs(10),
        }
    }

    /// Everything wrong with these settings; keys are relative to the `shadow` table.
    pub fn problems(&self) -> Vec<Problem> {
        let mut problems = properties::refused(&self.properties, properties::SHADOW);
        problems.extend(properties::unusable(&self.client()));
        if self.brokers.trim().is_empty() {
            problems.push(Problem::new("brokers", "is empty", "name at least one host:port"));
        }
        let names = [("dead_letters", &self.dead_letters), ("checkpoints", &self.checkpoints)];
        let mut seen = vec![&self.comparisons];
        for (key, topic) in names {
            if seen.contains(&topic) {
                let what = format!("{topic} is used for two purposes");
                problems.push(Problem::new(key, what, "give each shadow topic a name of its own"));
            }
            seen.push(topic);
        }
        problems
    }

    /// The transactional id of a shard.
    pub fn transactional_id(&self, shard: i32) -> String {
        format!("{}-{shard}", self.job)
    }

    /// What every client of the shadow cluster starts from.
    pub(crate) fn client(&self) -> ClientConfig {
        let mut config = base(&self.brokers, &self.client_id, &self.properties);
        config.set("allow.auto.create.topics", "false");
        config
    }

    /// A consumer of committed records that commits nothing.
    pub(crate) fn consumer(&self) -> ClientConfig {
        let mut config = self.client();
        config
            .set("group.id", &self.group)
            .set("enable.auto.commit", "false")
            .set("enable.auto.offset.store", "false")
            .set("auto.offset.reset", "error")
            .set("isolation.level", "read_committed")
            .set("check.crcs", "true");
        config
    }

    /// The transactional producer of a shard.
    pub(crate) fn producer(&self, shard: i32) -> ClientConfig {
        let mut config = self.client();
        config
            .set("transactional.id", self.transactional_id(shard))
            .set("transaction.timeout.ms", self.transaction_timeout.as_millis().to_string())
            .set("enable.idempotence", "true")
            .set("delivery.report.only.error", "true")
            .set("retry.backoff.ms", RETRY_BACKOFF.as_millis().to_string())
            .set("retry.backoff.max.ms", RETRY_BACKOFF.as_millis().to_string())
            .set("message.max.bytes", self.largest_record.saturating_add(16 << 10).to_string());
        let defaults = [
            ("compression.type", "lz4"),
            ("linger.ms", "5"),
            ("queue.buffering.max.kbytes", "8192"),
            // Otherwise a new leader would be looked for as seldom as requests are sent again.
            ("topic.metadata.refresh.fast.interval.ms", "100"),
        ];
        for (key, value) in defaults {
            properties::default(&mut config, &self.properties, key, value);
        }
        config
    }

    pub(crate) fn place<'a>(&'a self, topic: &'a ShadowTopic) -> Place<'a> {
        self.place_of(topic.name())
    }

    pub(crate) fn place_of<'a>(&'a self, topic: &'a str) -> Place<'a> {
        let (brokers, group, job) = (self.brokers.as_str(), self.group.as_str(), self.job.as_str());
        Place { cluster: "shadow", brokers, topic, group, job }
    }

    pub(crate) fn failure(&self, error: &rdkafka::error::KafkaError, doing: &str) -> Failure {
        failed_at(error, doing, &self.place_of(""))
    }
}

/// A user's properties first; whatever a promise rests on is set over them afterwards.
fn base(brokers: &str, client_id: &str, properties: &BTreeMap<String, String>) -> ClientConfig {
    // Before the client library does it: this way OpenSSL takes nothing down at the end of the process, when
    // clients that are closed elsewhere may still be using it (a crash otherwise).
    openssl_sys::init();
    let mut config = ClientConfig::new();
    for (key, value) in properties {
        config.set(key, value);
    }
    config.set("bootstrap.servers", brokers).set("client.id", client_id).set("enable.metrics.push", "false");
    config
}
