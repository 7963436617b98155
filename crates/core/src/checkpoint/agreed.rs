//! The config that all instances of a job run with.

use super::Checkpoint;
use serde::{Deserialize, Serialize};

/// What a job's instances agreed on. Each acceptance of another config has the next number.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct AgreedConfig {
    /// How many configs the job has had, with this one.
    pub number: u64,
    /// Hash of what decides the job's outcome.
    pub hash: String,
    /// When it was accepted, epoch milliseconds.
    pub since_ms: i64,
}

impl AgreedConfig {
    /// A job's first config.
    pub fn first(hash: &str, since_ms: i64) -> Self {
        Self { number: 1, hash: hash.to_owned(), since_ms }
    }

    /// The config that follows this one.
    #[must_use]
    pub fn followed_by(&self, hash: &str, since_ms: i64) -> Self {
        Self { number: self.number.saturating_add(1), hash: hash.to_owned(), since_ms }
    }

    /// The one that holds among a job's checkpoints: the latest number. Two that were accepted at the same time have the
    /// same number, and the order of their hashes decides, so that every instance comes to the same answer.
    pub fn among<'a>(checkpoints: impl IntoIterator<Item = &'a Checkpoint>) -> Option<&'a Self> {
        checkpoints.into_iter().filter_map(|checkpoint| checkpoint.config.as_ref()).max()
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    const BEFORE: &str = r#"{"job":"j","topic":"t","partition":0,"next_offset":5,"shard":0,"shards":1,
        "initial_partitions":1,"totals":{"read":5,"compared":5,"dead_lettered":0,"skipped":{}}}"#;

    fn with(config: Option<AgreedConfig>) -> Checkpoint {
        Checkpoint { config, ..serde_json::from_str(BEFORE).unwrap() }
    }

    #[test]
    fn the_config_accepted_last_holds() {
        let first = AgreedConfig::first("b", 1);
        let second = first.followed_by("a", 2);
        let all = [with(Some(first)), with(None), with(Some(second.clone()))];
        assert_eq!(AgreedConfig::among(&all), Some(&second));
    }

    #[test]
    fn of_two_accepted_at_once_every_instance_takes_the_same() {
        let (one, other) = (with(Some(AgreedConfig::first("a", 2))), with(Some(AgreedConfig::first("b", 1))));
        let there = [one.clone(), other.clone()];
        assert_eq!(AgreedConfig::among(&there), AgreedConfig::among(&[other, one]));
        assert_eq!(AgreedConfig::among(&there).unwrap().hash, "b");
    }

    #[test]
    fn checkpoints_of_earlier_versions_name_no_config_and_are_written_as_they_were() {
        let checkpoint = with(None);
        assert_eq!(AgreedConfig::among([&checkpoint]), None);
        assert!(!serde_json::to_string(&checkpoint).unwrap().contains("config"));
    }

    #[test]
    fn a_version_that_knows_no_configs_reads_a_checkpoint_that_names_one() {
        // What earlier versions know of a checkpoint: they pass over what they don't know.
        #[derive(Deserialize)]
        struct Known {
            next_offset: i64,
        }
        let text = serde_json::to_string(&with(Some(AgreedConfig::first("a", 1)))).unwrap();
        assert_eq!(serde_json::from_str::<Known>(&text).unwrap().next_offset, 5);
    }
}
