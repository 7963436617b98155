//! From what is written to what the service is built from, with every default in one place.

mod live;
mod outcomes;
mod privacy;
mod replay;
mod report;
mod service;
mod shadow;
mod values;

use super::raw::{RawConfig, RawDrift, RawScoring};
use bystander_core::config::StreamConfig;
use bystander_core::dead_letter::PayloadPolicy;
use bystander_core::outcome::OutcomeConfig;
use bystander_core::privacy::PrivacyKeys;
use bystander_core::problem::Problem;
use bystander_core::stream::LARGEST_EVENT;
pub(crate) use bystander_core::time::duration;
use bystander_kafka::{LiveSettings, ReadTopics, ShadowSettings};
use bystander_pipeline::ShardSettings;
use outcomes::topics_of;
use replay::ReplaySettings;
pub(crate) use report::CostSettings;
use report::ReportSettings;
use std::net::SocketAddr;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::time::Duration;
use values::Resolver;

/// A change is seen within seconds, and a file that is read so often costs nothing.
const MODEL_REFRESH: Duration = Duration::from_secs(5);
const MODEL_REFRESHES: RangeInclusive<Duration> = Duration::from_secs(1)..=Duration::from_secs(3600);

/// A fault in an event shows within minutes, and 12,000 events a day are enough.
const DRIFT_WINDOW: Duration = Duration::from_secs(60 * 60);
const DRIFT_WINDOWS: RangeInclusive<Duration> = Duration::from_secs(60)..=Duration::from_secs(31 * 86_400);

/// A configuration without mistakes that can be seen without models or brokers.
#[derive(Debug, Clone)]
pub(crate) struct Config {
    /// The file it came from.
    pub(crate) file: PathBuf,
    /// The job's name.
    pub(crate) job: String,
    /// What comparisons call the live cluster.
    pub(crate) cluster: String,
    /// The live cluster.
    pub(crate) live: LiveSettings,
    /// What follows when the live principal may do more than read.
    pub(crate) isolation: IsolationMode,
    /// How often that is asked.
    pub(crate) isolation_interval: Duration,
    /// Every topic that any part of this config reads; none of them can become a shadow topic.
    pub(crate) read: ReadTopics,
    /// The shadow cluster.
    pub(crate) shadow: ShadowSettings,
    /// How `init` makes the shadow topics.
    pub(crate) topics: TopicSettings,
    /// The models.
    pub(crate) models: ModelSettings,
    /// Batching and committing.
    pub(crate) shard: ShardSettings,
    /// How far the gauges of drift look back.
    pub(crate) drift_window: Duration,
    /// Keys for pseudonyms.
    pub(crate) privacy_keys: Option<PrivacyKeys>,
    /// The service's port.
    pub(crate) http: HttpSettings,
    /// Logging.
    pub(crate) log: LogSettings,
    /// The streams, as written.
    pub(crate) streams: Vec<StreamConfig>,
    /// The same, as the file has them.
    pub(crate) written_streams: Vec<toml::Value>,
    /// The outcomes, as written; each is compiled against its stream without a mistake.
    pub(crate) outcomes: Vec<OutcomeConfig>,
    /// How reports are made.
    pub(crate) report: ReportSettings,
    /// How replays are planned.
    pub(crate) replay: ReplaySettings,
}

/// What follows when the live principal may do more than read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum IsolationMode {
    /// Nothing starts, and isolation counts as broken.
    Enforce,
    /// It is said.
    Warn,
}

/// How `init` makes the shadow topics.
#[derive(Debug, Clone, Copy)]
pub(crate) struct TopicSettings {
    /// Number of shards.
    pub(crate) shards: i32,
    /// Partitions of comparisons and dead letters; as many as the largest input by default.
    pub(crate) partitions: Option<i32>,
    /// Replicas; the cluster's default without.
    pub(crate) replication: Option<i32>,
    /// How long comparisons and dead letters are kept.
    pub(crate) retention: Duration,
}

/// Where the models are.
#[derive(Debug, Clone)]
pub(crate) struct ModelSettings {
    /// The repository's folder.
    pub(crate) repository: PathBuf,
    /// What to add to a fix where the repository was named by a relative path.
    pub(crate) origin: String,
    /// ONNX Runtime's library, where the usual places don't have it.
    pub(crate) runtime: Option<PathBuf>,
    /// How often `aliases.toml` is looked at while the service runs.
    pub(crate) refresh: Duration,
}

/// Where metrics and health are served.
#[derive(Debug, Clone, Copy)]
pub(crate) struct HttpSettings {
    /// Address and port.
    pub(crate) listen: SocketAddr,
    /// Whether the address was chosen by nobody: a second instance on one machine then takes another port.
    pub(crate) any_port: bool,
}

/// How to log.
#[derive(Debug, Clone)]
pub(crate) struct LogSettings {
    /// A `tracing` filter.
    pub(crate) level: String,
    /// Text or JSON.
    pub(crate) format: LogFormat,
}

/// Form of log lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LogFormat {
    /// For people.
    Text,
    /// For machines, one object a line.
    Json,
}

/// What models and streams are made from.
#[derive(Debug, Clone)]
pub(crate) struct ScoringConfig {
    /// The models.
    pub(crate) models: ModelSettings,
    /// Keys for pseudonyms.
    pub(crate) privacy_keys: Option<PrivacyKeys>,
    /// The streams, as written.
    pub(crate) streams: Vec<StreamConfig>,
}

impl Config {
    /// What models and streams are made from.
    pub(crate) fn scoring(&self) -> ScoringConfig {
        let Self { models, privacy_keys, streams, .. } = self.clone();
        ScoringConfig { models, privacy_keys, streams }
    }
}

/// Resolves a raw config; without a [`Config`] where something is missing that cannot be done without.
pub(super) fn resolve(
    file: &Path,
    raw: RawConfig,
    problems: &mut Vec<Problem>,
) -> (Option<Config>, ScoringConfig) {
    let folder = file.parent().unwrap_or(Path::new(""));
    let mut resolver = Resolver { folder, problems };
    let job = resolver.job(raw.job);
    let inputs = resolver.inputs(&raw.streams);
    let cluster = raw.live.name.clone().unwrap_or_else(|| "live".into());
    let (isolation, isolation_interval) = resolver.isolation(&raw.live);
    let live =
        resolver.live(raw.live, job.as_deref().unwrap_or("job"), largest_value(&raw.streams, &raw.outcomes));
    let payloads = match raw.shadow.dead_letter_payload {
        Some(true) => PayloadPolicy::Include,
        _ => PayloadPolicy::Omit,
    };
    let commit_interval = resolver.duration("shadow.commit_interval", raw.shadow.commit_interval.as_deref());
    let mut shard = resolver.shard(&raw.scoring, commit_interval, payloads);
    let drift_window = resolver.drift_window(&raw.drift);
    let topics = resolver.topics(&raw.shadow);
    let read = ReadTopics::new(inputs.iter().map(String::as_str).chain(topics_of(&raw.outcomes)));
    let shadow = resolver.shadow(raw.shadow, job.as_deref().unwrap_or("job"), &read);
    let privacy_keys = resolver.privacy(&raw.privacy);
    resolver.outcomes(&raw.outcomes, &raw.streams, privacy_keys.as_ref());
    let report = resolver.report(raw.report);
    let replay = resolver.replay(&raw.replay);
    let repository = raw.models.repository.unwrap_or_else(|| "models".into());
    let models = ModelSettings {
        origin: resolver.origin(&repository),
        repository: folder.join(repository),
        runtime: raw.models.runtime.map(|path| folder.join(path)),
        refresh: resolver.model_refresh(raw.models.refresh.as_deref()),
    };
    let http = resolver.http(&raw.http);
    let log = resolver.log(raw.log);
    if let Some(timeout) = shadow.as_ref().map(|shadow| shadow.transaction_timeout)
        && shard.commit_interval >= timeout
    {
        let what = format!("{:?} is not below the transaction timeout of {timeout:?}", shard.commit_interval);
        resolver.wrong(
            "shadow.commit_interval",
            what,
            "commit more often, or raise shadow.transaction_timeout",
        );
    }
    if let Some(timeout) = shadow.as_ref().map(|shadow| shadow.transaction_timeout) {
        // So many calls may run into it in one transaction, and that many again are left for all the rest.
        let most = timeout / (2 * (shard.late_calls + 1));
        if raw.scoring.deadline.is_none() {
            shard.deadline = shard.deadline.min(most);
        }
        if shard.deadline > most {
            let what = format!("{:?} is longer than {most:?}", shard.deadline);
            let fix = "calls that run into it must not make a transaction time out: write less, or raise \
                       shadow.transaction_timeout";
            resolver.wrong("scoring.deadline", what, fix);
        }
    }
    let scoring = ScoringConfig { models, privacy_keys, streams: raw.streams };
    let whole = job.zip(live).zip(shadow).map(|((job, live), shadow)| {
        let ScoringConfig { models, privacy_keys, streams } = scoring.clone();
        let authenticated = live.authenticates();
        let by_default = if authenticated { IsolationMode::Enforce } else { IsolationMode::Warn };
        Config {
            file: file.to_owned(),
            job,
            cluster,
            live,
            isolation: isolation.unwrap_or(by_default),
            isolation_interval,
            read,
            shadow,
            topics,
            models,
            shard,
            drift_window,
            privacy_keys,
            http,
            log,
            streams,
            written_streams: raw.written_streams,
            outcomes: raw.outcomes,
            report,
            replay,
        }
    });
    (whole, scoring)
}

/// Bytes of the largest event that any of them reads.
fn largest_value(streams: &[StreamConfig], outcomes: &[OutcomeConfig]) -> usize {
    let of_streams = streams.iter().map(|stream| stream.max_event_bytes);
    let sizes = of_streams.chain(outcomes.iter().map(|outcome| outcome.max_event_bytes));
    sizes.map(|bytes| bytes.unwrap_or(LARGEST_EVENT)).max().unwrap_or(LARGEST_EVENT)
}

impl Resolver<'_> {
    fn model_refresh(&mut self, text: Option<&str>) -> Duration {
        let refresh = self.duration("models.refresh", text).unwrap_or(MODEL_REFRESH);
        if !MODEL_REFRESHES.contains(&refresh) {
            self.wrong(
                "models.refresh",
                format!("{refresh:?} is not from 1 s to 1 h"),
                "write a time such as \"5s\"",
            );
        }
        refresh
    }

    fn drift_window(&mut self, raw: &RawDrift) -> Duration {
        let window = self.duration("drift.window", raw.window.as_deref()).unwrap_or(DRIFT_WINDOW);
        if !DRIFT_WINDOWS.contains(&window) {
            self.wrong(
                "drift.window",
                format!("{window:?} is not a valid window"),
                "write one from \"1m\" to \"31d\"",
            );
        }
        window
    }

    fn shard(
        &mut self,
        raw: &RawScoring,
        commit_interval: Option<Duration>,
        payloads: PayloadPolicy,
    ) -> ShardSettings {
        let defaults = ShardSettings::default();
        let batch_rows = raw.batch_rows.unwrap_or(defaults.batch_rows);
        if !(1..=4096).contains(&batch_rows) {
            self.wrong(
                "scoring.batch_rows",
                format!("{batch_rows} is not a valid batch size"),
                "write 1 to 4096",
            );
        }
        ShardSettings {
            batch_rows,
            linger: self.duration("scoring.linger", raw.linger.as_deref()).unwrap_or(defaults.linger),
            commit_interval: commit_interval.unwrap_or(defaults.commit_interval),
            payloads,
            deadline: self.duration("scoring.deadline", raw.deadline.as_deref()).unwrap_or(defaults.deadline),
            late_calls: defaults.late_calls,
        }
    }
}
