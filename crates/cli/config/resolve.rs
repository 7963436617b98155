//! From what is written to what the service is built from, with every default in one place.

use super::raw::{RawConfig, RawHttp, RawLive, RawLog, RawShadow};
use super::read::UNKNOWN_KEY;
use bystander_core::dead_letter::PayloadPolicy;
use bystander_core::problem::Problem;
use bystander_core::stream::{PrivacyKey, StreamConfig};
use bystander_kafka::{LiveSettings, ShadowSettings, ShadowTopic, Start};
use bystander_pipeline::ShardSettings;
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

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
    /// The shadow cluster.
    pub(crate) shadow: ShadowSettings,
    /// How `init` makes the shadow topics.
    pub(crate) topics: TopicSettings,
    /// The models.
    pub(crate) models: ModelSettings,
    /// Batching and committing.
    pub(crate) shard: ShardSettings,
    /// Key for pseudonyms.
    pub(crate) privacy_key: Option<PrivacyKey>,
    /// The service's port.
    pub(crate) http: HttpSettings,
    /// Logging.
    pub(crate) log: LogSettings,
    /// The streams, as written.
    pub(crate) streams: Vec<StreamConfig>,
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
    /// ONNX Runtime's library, where the usual places don't have it.
    pub(crate) runtime: Option<PathBuf>,
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

const DEFAULT_LISTEN: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 9464);
const DEFAULT_SHARDS: i32 = 4;
const DEFAULT_RETENTION: Duration = Duration::from_secs(90 * 86_400);

/// What models and streams are made from.
#[derive(Debug, Clone)]
pub(crate) struct ScoringConfig {
    /// The models.
    pub(crate) models: ModelSettings,
    /// Key for pseudonyms.
    pub(crate) privacy_key: Option<PrivacyKey>,
    /// The streams, as written.
    pub(crate) streams: Vec<StreamConfig>,
}

impl Config {
    /// What models and streams are made from.
    pub(crate) fn scoring(&self) -> ScoringConfig {
        let Self { models, privacy_key, streams, .. } = self.clone();
        ScoringConfig { models, privacy_key, streams }
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
    let live = resolver.live(raw.live, job.as_deref().unwrap_or("job"));
    let payloads = match raw.shadow.dead_letter_payload {
        Some(true) => PayloadPolicy::Include,
        _ => PayloadPolicy::Omit,
    };
    let commit_interval = resolver.duration("shadow.commit_interval", raw.shadow.commit_interval.as_deref());
    let linger = resolver.duration("scoring.linger", raw.scoring.linger.as_deref());
    let defaults = ShardSettings::default();
    let batch_rows = raw.scoring.batch_rows.unwrap_or(defaults.batch_rows);
    if !(1..=4096).contains(&batch_rows) {
        resolver.wrong("scoring.batch_rows", format!("{batch_rows} is no batch size"), "write 1 to 4096");
    }
    let shard = ShardSettings {
        batch_rows,
        linger: linger.unwrap_or(defaults.linger),
        commit_interval: commit_interval.unwrap_or(defaults.commit_interval),
        payloads,
    };
    let topics = resolver.topics(&raw.shadow);
    let shadow = resolver.shadow(raw.shadow, job.as_deref().unwrap_or("job"), &inputs);
    let privacy_key =
        raw.privacy.key_file.and_then(|path| resolver.secret("privacy.key_file", &path)).map(PrivacyKey);
    let models = ModelSettings {
        repository: folder.join(raw.models.repository.unwrap_or_else(|| "models".into())),
        runtime: raw.models.runtime.map(|path| folder.join(path)),
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
    let scoring = ScoringConfig { models, privacy_key, streams: raw.streams };
    let whole = job.zip(live).zip(shadow).map(|((job, live), shadow)| {
        let ScoringConfig { models, privacy_key, streams } = scoring.clone();
        let file = file.to_owned();
        Config { file, job, cluster, live, shadow, topics, models, shard, privacy_key, http, log, streams }
    });
    (whole, scoring)
}

struct Resolver<'a> {
    folder: &'a Path,
    problems: &'a mut Vec<Problem>,
}

impl Resolver<'_> {
    fn wrong(&mut self, key: &str, what: impl Into<String>, fix: &str) {
        self.problems.push(Problem::new(key, what, fix));
    }

    /// Whether something is wrong there already: a section that couldn't be read isn't said to lack keys.
    fn said(&self, section: &str) -> bool {
        let within = |problem: &Problem| problem.key.split('.').next() == Some(section);
        self.problems.iter().any(|problem| within(problem) && problem.what != UNKNOWN_KEY)
    }

    fn job(&mut self, job: Option<String>) -> Option<String> {
        let job = job.unwrap_or_default();
        let allowed = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_' | '.');
        if job.is_empty() {
            if self.said("job") {
                return None;
            }
            self.wrong("job", "is missing", "name the job, such as \"checkout-shadow\"");
            return None;
        }
        if !job.chars().all(allowed) || job.len() > 100 {
            let what = format!("`{job}` can't name topics' keys and transactions");
            self.wrong("job", what, "use at most 100 letters, digits, dots, dashes and underscores");
            return None;
        }
        Some(job)
    }

    /// Input topics; each may be bound once, so that every record has one account.
    fn inputs(&mut self, streams: &[StreamConfig]) -> Vec<String> {
        if streams.is_empty() {
            self.wrong("streams", "no stream is bound", "add a [[streams]] table per input topic");
        }
        let mut inputs: Vec<String> = Vec::new();
        let mut names = Vec::new();
        for (index, stream) in streams.iter().enumerate() {
            let topic = stream.topic.clone().unwrap_or_default();
            if !topic.is_empty() && inputs.contains(&topic) {
                let fix = "bind each topic once, and tell its events apart with `where`";
                self.wrong(&format!("streams[{index}].topic"), format!("{topic} is bound twice"), fix);
            }
            if stream.name.is_some() && names.contains(&stream.name) {
                let what = format!("`{}` names two streams", stream.name.as_deref().unwrap_or_default());
                self.wrong(&format!("streams[{index}].name"), what, "give each stream its own name");
            }
            names.push(stream.name.clone());
            inputs.push(topic);
        }
        inputs
    }

    fn live(&mut self, raw: RawLive, job: &str) -> Option<LiveSettings> {
        let brokers = self.brokers("live.brokers", raw.brokers);
        let defaults = LiveSettings::new(brokers.as_deref().unwrap_or_default(), job);
        let start = self.start(raw.start.as_deref());
        let settings = LiveSettings {
            group: raw.group.unwrap_or(defaults.group),
            client_id: raw.client_id.unwrap_or(defaults.client_id),
            start,
            properties: self.properties("live", raw.properties, &raw.property_files),
            metadata_interval: self
                .duration("live.metadata_interval", raw.metadata_interval.as_deref())
                .unwrap_or(defaults.metadata_interval),
            request_timeout: self
                .duration("live.request_timeout", raw.request_timeout.as_deref())
                .unwrap_or(defaults.request_timeout),
            brokers: defaults.brokers,
            fetch: defaults.fetch,
            statistics_interval: defaults.statistics_interval,
        };
        brokers?;
        self.problems.extend(settings.problems().into_iter().map(|problem| problem.under("live")));
        Some(settings)
    }

    fn shadow(&mut self, raw: RawShadow, job: &str, inputs: &[String]) -> Option<ShadowSettings> {
        let brokers = self.brokers("shadow.brokers", raw.brokers);
        let mut topic = |key: &str, name: Option<String>, default: &str| {
            let name = name.unwrap_or_else(|| default.into());
            ShadowTopic::new(&name, inputs)
                .map_err(|problem| {
                    let key = format!("shadow.{key}");
                    self.problems.push(Problem { key, ..problem });
                })
                .ok()
        };
        let topics = [
            topic("comparisons", raw.comparisons, "shadow.comparisons"),
            topic("dead_letters", raw.dead_letters, "shadow.dead-letters"),
            topic("checkpoints", raw.checkpoints, "shadow.checkpoints"),
        ];
        let properties = self.properties("shadow", raw.properties, &raw.property_files);
        let mut duration =
            |key: &str, text: Option<String>| self.duration(&format!("shadow.{key}"), text.as_deref());
        let transaction_timeout = duration("transaction_timeout", raw.transaction_timeout);
        let request_timeout = duration("request_timeout", raw.request_timeout);
        let session_timeout = duration("session_timeout", raw.session_timeout);
        let [Some(comparisons), Some(dead_letters), Some(checkpoints)] = topics else { return None };
        let defaults = ShadowSettings::new(&brokers?, job, [comparisons, dead_letters, checkpoints]);
        let settings = ShadowSettings {
            client_id: raw.client_id.unwrap_or(defaults.client_id.clone()),
            properties,
            transaction_timeout: transaction_timeout.unwrap_or(defaults.transaction_timeout),
            request_timeout: request_timeout.unwrap_or(defaults.request_timeout),
            session_timeout: session_timeout.unwrap_or(defaults.session_timeout),
            ..defaults
        };
        self.problems.extend(settings.problems().into_iter().map(|problem| problem.under("shadow")));
        Some(settings)
    }

    fn topics(&mut self, raw: &RawShadow) -> TopicSettings {
        for (key, number) in
            [("shards", raw.shards), ("partitions", raw.partitions), ("replication", raw.replication)]
        {
            if let Some(number) = number.filter(|number| *number < 1) {
                self.wrong(
                    &format!("shadow.{key}"),
                    format!("{number} is below 1"),
                    "write a number from 1 on",
                );
            }
        }
        TopicSettings {
            shards: raw.shards.unwrap_or(DEFAULT_SHARDS),
            partitions: raw.partitions,
            replication: raw.replication,
            retention: self
                .duration("shadow.retention", raw.retention.as_deref())
                .unwrap_or(DEFAULT_RETENTION),
        }
    }

    fn brokers(&mut self, key: &str, brokers: Option<String>) -> Option<String> {
        let given = brokers.filter(|brokers| !brokers.trim().is_empty());
        let section = key.split('.').next().unwrap_or_default();
        if given.is_none() && !self.said(section) {
            self.wrong(key, "is missing", "name at least one broker, such as \"localhost:9092\"");
        }
        given
    }

    fn start(&mut self, start: Option<&str>) -> Start {
        match start {
            None | Some("latest") => Start::Latest,
            Some("earliest") => Start::Earliest,
            Some(text) => match text.parse::<Timestamp>() {
                Ok(time) => Start::At(time.as_millisecond()),
                Err(_) => {
                    let fix = "write latest, earliest, or a time such as 2026-11-01T00:00:00Z";
                    self.wrong("live.start", format!("`{text}` is no start"), fix);
                    Start::Latest
                }
            },
        }
    }

    fn duration(&mut self, key: &str, text: Option<&str>) -> Option<Duration> {
        let text = text?;
        let days = text.strip_suffix('d').and_then(|days| days.parse::<i64>().ok());
        let parsed = match days {
            Some(days) => SignedDuration::try_from_hours(days.saturating_mul(24)),
            None => text.parse::<SignedDuration>().ok(),
        };
        let parsed = parsed.and_then(|duration| Duration::try_from(duration).ok());
        if parsed.is_none_or(|duration| duration.is_zero()) {
            self.wrong(
                key,
                format!("`{text}` is no duration"),
                "write one such as \"200ms\", \"5s\", \"24h\" or \"90d\"",
            );
        }
        parsed
    }

    /// Properties, with those that stand in files read.
    fn properties(
        &mut self,
        section: &str,
        mut properties: BTreeMap<String, String>,
        files: &BTreeMap<String, String>,
    ) -> BTreeMap<String, String> {
        for (property, path) in files {
            let key = format!("{section}.property_files.{property}");
            if let Some(secret) = self.secret(&key, path) {
                let text = String::from_utf8_lossy(&secret).trim_end().to_owned();
                properties.insert(property.clone(), text);
            }
        }
        properties
    }

    fn secret(&mut self, key: &str, path: &str) -> Option<Vec<u8>> {
        let path = self.folder.join(path);
        match std::fs::read(&path) {
            Ok(secret) => Some(secret),
            Err(error) => {
                let what = format!("{} can't be read: {error}", path.display());
                self.wrong(key, what, "name a file that this user may read");
                None
            }
        }
    }

    fn http(&mut self, raw: &RawHttp) -> HttpSettings {
        let listen = raw.listen.as_deref().map(str::parse).transpose().unwrap_or_else(|_| {
            let fix = "write address and port, such as \"127.0.0.1:9464\" or \"0.0.0.0:9464\"";
            self.wrong("http.listen", "is no address", fix);
            None
        });
        HttpSettings { listen: listen.unwrap_or(DEFAULT_LISTEN), any_port: listen.is_none() }
    }

    fn log(&mut self, raw: RawLog) -> LogSettings {
        let format = match raw.format.as_deref() {
            None | Some("text") => LogFormat::Text,
            Some("json") => LogFormat::Json,
            Some(other) => {
                self.wrong("log.format", format!("`{other}` is no form of logs"), "write text or json");
                LogFormat::Text
            }
        };
        let level = raw.level.unwrap_or_else(|| "info".into());
        if level.parse::<tracing_subscriber::EnvFilter>().is_err() {
            self.wrong(
                "log.level",
                format!("`{level}` is no level"),
                "write info, debug, or a filter such as info,rdkafka=warn",
            );
        }
        LogSettings { level, format }
    }
}
