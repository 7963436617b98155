//! A config as it may be shown in logs: properties that could hold a secret are not.

use super::resolve::Config;
use std::collections::BTreeMap;
use std::fmt;

/// Words whose properties are never shown.
const SECRETS: [&str; 8] = ["password", "secret", "token", "key", "pem", "oauthbearer", "assertion", "jaas"];

impl fmt::Display for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "job={} live={} start={:?}", self.job, self.live.brokers, self.live.start)?;
        if let Some(rate) = self.live.bytes_per_second {
            write!(f, " live.bytes_per_second={rate}")?;
        }
        write!(f, " live.properties={}", shown(&self.live.properties))?;
        write!(f, " shadow={} comparisons={}", self.shadow.brokers, self.shadow.comparisons)?;
        write!(f, " dead_letters={} checkpoints={}", self.shadow.dead_letters, self.shadow.checkpoints)?;
        write!(f, " shadow.properties={}", shown(&self.shadow.properties))?;
        write!(f, " commit_interval={:?} batch_rows={}", self.shard.commit_interval, self.shard.batch_rows)?;
        write!(f, " drift.window={:?}", self.drift_window)?;
        write!(f, " models={} http={}", self.models.repository.display(), self.http.listen)?;
        for stream in &self.streams {
            let text = |text: &Option<String>| text.clone().unwrap_or_default();
            write!(
                f,
                " stream={}:{}:[{}]",
                text(&stream.name),
                text(&stream.topic),
                stream.models.join(",")
            )?;
        }
        for one in &self.outcomes {
            let text = |text: &Option<String>| text.clone().unwrap_or_default();
            write!(f, " outcomes={}:{}:{}", text(&one.name), text(&one.topic), text(&one.stream))?;
        }
        write!(f, " replay={:?} report={:?}", self.replay, self.report)
    }
}

fn shown(properties: &BTreeMap<String, String>) -> String {
    let hide = |key: &str| SECRETS.iter().any(|word| key.contains(word));
    let pair =
        |(key, value): (&String, &String)| format!("{key}={}", if hide(key) { "(hidden)" } else { value });
    format!("{{{}}}", properties.iter().map(pair).collect::<Vec<_>>().join(","))
}
