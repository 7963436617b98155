//! `job`, `[live]` and the input topics.

use super::super::raw::RawLive;
use super::IsolationMode;
use super::values::Resolver;
use bystander_core::config::StreamConfig;
use bystander_kafka::{LiveSettings, Start};
use jiff::Timestamp;
use std::time::Duration;

/// How often brokers are asked what the live principal may do.
const ISOLATION_INTERVAL: Duration = Duration::from_secs(300);

/// The least that `live.bytes_per_second` may be.
const LEAST_RATE: u64 = 65_536;

impl Resolver<'_> {
    pub(super) fn job(&mut self, job: Option<String>) -> Option<String> {
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
    pub(super) fn inputs(&mut self, streams: &[StreamConfig]) -> Vec<String> {
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

    /// What follows from rights beyond reading. They are enforced to be absent where somebody logs in; where nobody
    /// does, brokers have no principal to restrict.
    pub(super) fn isolation(&mut self, raw: &RawLive) -> (Option<IsolationMode>, Duration) {
        let mode = match raw.isolation.as_deref() {
            None => None,
            Some("enforce") => Some(IsolationMode::Enforce),
            Some("warn") => Some(IsolationMode::Warn),
            Some(other) => {
                self.wrong("live.isolation", format!("`{other}` is not a mode"), "write enforce or warn");
                None
            }
        };
        let interval = self.duration("live.isolation_interval", raw.isolation_interval.as_deref());
        (mode, interval.unwrap_or(ISOLATION_INTERVAL))
    }

    pub(super) fn live(&mut self, raw: RawLive, job: &str, largest_value: usize) -> Option<LiveSettings> {
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
            bytes_per_second: self.live_rate(raw.bytes_per_second),
            statistics_interval: defaults.statistics_interval,
            largest_value,
        };
        brokers?;
        self.problems.extend(settings.problems().into_iter().map(|problem| problem.under("live")));
        Some(settings)
    }

    /// A rate that a single large record doesn't exhaust for minutes.
    fn live_rate(&mut self, rate: Option<u64>) -> Option<u64> {
        let rate = rate?;
        if rate < LEAST_RATE {
            let what = format!(
                "{rate} bytes per second are too few: one large record would stop reading for minutes"
            );
            let fix = format!("write at least {LEAST_RATE}, or leave it out");
            self.wrong("live.bytes_per_second", what, &fix);
        }
        Some(rate)
    }

    fn start(&mut self, start: Option<&str>) -> Start {
        match start {
            None | Some("latest") => Start::Latest,
            Some("earliest") => Start::Earliest,
            Some(text) => match text.parse::<Timestamp>() {
                Ok(time) => Start::At(time.as_millisecond()),
                Err(_) => {
                    let fix = "write latest, earliest, or a time such as 2026-11-01T00:00:00Z";
                    self.wrong("live.start", format!("`{text}` is not a valid start"), fix);
                    Start::Latest
                }
            },
        }
    }
}
