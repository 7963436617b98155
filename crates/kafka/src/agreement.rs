//! The config that the instances of a job agreed on.
//!
//! Every checkpoint carries it. An instance that runs with another one would score the same topics by other rules, and
//! no account would show it, so a shard doesn't start with it. A person accepts another config: that fences
//! every shard, as a takeover does, and whoever ran it with the config before finds the new one when it starts again.

use crate::bounded::BoundedReader;
use crate::checkpoints::Checkpoints;
use crate::config::ShadowSettings;
use crate::decide::decide;
use crate::dump::read_checkpoints;
use crate::start::Job;
use bystander_core::checkpoint::{AgreedConfig, Checkpoint, ConfigHash};
use bystander_core::time::Rfc3339;
use bystander_pipeline::{Failure, Stop};
use rdkafka::consumer::ConsumerContext;
use rdkafka::message::Message;
use std::collections::BTreeMap;
use std::time::{SystemTime, UNIX_EPOCH};

/// What to do about one that the job has changed since; to accept it would take the job back.
const OLDER_FIX: &str = "the job changed its config after this instance had started: restart this instance with the job's current config";

/// Offsets at the end of each partition in which its shard's latest checkpoints are looked for. A start writes some ten
/// others before them.
const TAIL: i64 = 200;

/// What to do about a config that is not the job's.
pub const CONFIG_FIX: &str = "if the change is intended, run `bystander resume --accept-config --execute` with this config; if not, \
                              start this instance with the job's config";

/// The config to run a shard with; `None` where the job isn't run with a config that anybody compares.
///
/// # Errors
/// When the job agreed on another config than this one.
pub(crate) fn admit(job: &Job, known: &Checkpoints) -> Result<Option<AgreedConfig>, Failure> {
    let Some((own, read_ms)) = job.config_read() else { return Ok(None) };
    match AgreedConfig::among(known.values()) {
        None => Ok(Some(AgreedConfig::first(own, now_ms()))),
        Some(agreed) if agreed.is(own) => Ok(Some(agreed.completed(own))),
        Some(agreed) => Err(differs(job.shadow(), (own, read_ms), agreed)),
    }
}

/// Whether nobody else can have brought another config in between: the one that a shard is run with was read, not just
/// brought in by its own claim.
pub(crate) fn is_settled(known: &Checkpoints, config: Option<&AgreedConfig>) -> bool {
    config.is_none() || AgreedConfig::among(known.values()) == config
}

/// That an instance's config, which it read at that time (epoch milliseconds), is not the job's.
pub fn differs(
    settings: &ShadowSettings,
    (own, read_ms): (&ConfigHash, i64),
    agreed: &AgreedConfig,
) -> Failure {
    let what = format!(
        "config {} of this instance is not the one that job {} runs with: that is {}, since {}",
        own.rules,
        settings.job,
        agreed.shown(),
        Rfc3339(agreed.since_ms)
    );
    // A job's first config comes after the start of its instances, too, and replaces none.
    let superseded = agreed.number > 1 && agreed.since_ms > read_ms;
    Failure::lasting(what, if superseded { OLDER_FIX } else { CONFIG_FIX })
}

/// Makes the config that this job is run with the one that its instances agree on. Shards that run with another one are
/// fenced and don't start again. `None` where the job has no checkpoints yet: its first shard brings its config in.
///
/// # Errors
/// As [`decide`].
pub fn accept_config(job: &Job, stop: &Stop) -> Result<Option<AgreedConfig>, Failure> {
    let known = read_checkpoints(job.shadow(), stop)?;
    let before = AgreedConfig::among(known.values());
    let Some(own) = job.config().filter(|_| !known.is_empty()) else { return Ok(before.cloned()) };
    let accepted = match before {
        // An attempt before this one may have reached some of the shards.
        Some(before) if before.is(own) => before.completed(own),
        Some(before) => before.followed_by(own, now_ms()),
        None => AgreedConfig::first(own, now_ms()),
    };
    let other = known.iter().filter(|(_, checkpoint)| checkpoint.config.as_ref() != Some(&accepted));
    let places = other.map(|(place, _)| place.clone()).collect();
    decide(job.shadow(), &places, stop, &mut |checkpoint| {
        checkpoint.config = Some(accepted.clone());
        Ok(())
    })?;
    Ok(Some(accepted))
}

/// The config that the latest checkpoints name. Only the end of each partition is read: this is asked every few seconds,
/// and a shard reads all checkpoints when it starts.
pub(crate) fn latest<C: ConsumerContext>(
    reader: &BoundedReader<C>,
    job: &str,
    stop: &Stop,
) -> Result<Option<AgreedConfig>, Failure> {
    let prefix = format!("{job}|");
    let mut last: BTreeMap<Vec<u8>, Vec<u8>> = BTreeMap::new();
    reader.read_tail(TAIL, stop, &mut |message| {
        let key = message.key().filter(|key| key.starts_with(prefix.as_bytes()));
        if let Some((key, value)) = key.zip(message.payload()) {
            last.insert(key.to_vec(), value.to_vec());
        }
    })?;
    // One that can't be read is told by whoever starts a shard.
    let read = |value: &Vec<u8>| serde_json::from_slice::<Checkpoint>(value).ok();
    Ok(AgreedConfig::among(&last.values().filter_map(read).collect::<Vec<_>>()).cloned())
}

pub(crate) fn now_ms() -> i64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(now.as_millis()).unwrap_or(i64::MAX)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::{ReadTopics, ShadowTopic};

    #[test]
    fn a_config_that_the_job_changed_since_it_was_read_is_not_to_be_accepted() {
        let topics = ["comparisons", "dead-letters", "checkpoints"];
        let topics = topics.map(|name| ShadowTopic::new(name, &ReadTopics::default()).unwrap());
        let settings = ShadowSettings::new("shadow:9092", "job", topics);
        let hash = |text: &str| ConfigHash { whole: text.to_owned(), rules: text.to_owned() };
        let agreed = |number, since_ms| AgreedConfig {
            number,
            ..AgreedConfig::first(&hash("91bc07de3f2a"), since_ms)
        };
        let fix = |number, since_ms| {
            differs(&settings, (&hash("3f2a91bc07de"), 1_000), &agreed(number, since_ms)).fix
        };
        assert_eq!(fix(2, 1_001), OLDER_FIX);
        assert!(!OLDER_FIX.contains("accept"), "{OLDER_FIX}");
        assert_eq!(fix(2, 999), CONFIG_FIX);
        assert_eq!(fix(1, 1_001), CONFIG_FIX, "a first config replaces none");
    }
}
