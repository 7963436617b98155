//! The config that all instances of a job run with.

use super::Checkpoint;
use serde::{Deserialize, Serialize};

/// The hashes by which instances tell whether they have the same config.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ConfigHash {
    /// Of everything that decides the job's outcome, the models as they were when the config was read included.
    pub whole: String,
    /// Of the same without the versions behind aliases, which change while the job runs.
    pub rules: String,
}

/// What a job's instances agreed on. Each acceptance of another config has the next number.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct AgreedConfig {
    /// How many configs the job has had, with this one.
    pub number: u64,
    /// [`ConfigHash::whole`] of the instance that brought it in.
    pub hash: String,
    /// When it was accepted, epoch milliseconds.
    pub since_ms: i64,
    /// [`ConfigHash::rules`]; `None` where an earlier version of Bystander wrote it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rules: Option<String>,
}

impl AgreedConfig {
    /// A job's first config.
    pub fn first(own: &ConfigHash, since_ms: i64) -> Self {
        Self { number: 1, hash: own.whole.clone(), since_ms, rules: Some(own.rules.clone()) }
    }

    /// The config that follows this one.
    #[must_use]
    pub fn followed_by(&self, own: &ConfigHash, since_ms: i64) -> Self {
        Self { number: self.number.saturating_add(1), ..Self::first(own, since_ms) }
    }

    /// Whether it is this config. The versions behind aliases may differ; earlier versions of Bystander compare them, too.
    pub fn is(&self, own: &ConfigHash) -> bool {
        match &self.rules {
            Some(rules) => *rules == own.rules,
            None => self.hash == own.whole,
        }
    }

    /// The same, with the hash that earlier versions of Bystander leave out.
    #[must_use]
    pub fn completed(&self, own: &ConfigHash) -> Self {
        Self { rules: Some(own.rules.clone()), ..self.clone() }
    }

    /// The hash that people compare by eye.
    pub fn shown(&self) -> &str {
        self.rules.as_deref().unwrap_or(&self.hash)
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

    fn of(hash: &str) -> ConfigHash {
        ConfigHash { whole: hash.to_owned(), rules: format!("{hash}-rules") }
    }

    fn with(config: Option<AgreedConfig>) -> Checkpoint {
        Checkpoint { config, ..serde_json::from_str(BEFORE).unwrap() }
    }

    #[test]
    fn the_config_accepted_last_holds() {
        let first = AgreedConfig::first(&of("b"), 1);
        let second = first.followed_by(&of("a"), 2);
        let all = [with(Some(first)), with(None), with(Some(second.clone()))];
        assert_eq!(AgreedConfig::among(&all), Some(&second));
    }

    #[test]
    fn of_two_accepted_at_once_every_instance_takes_the_same() {
        let (one, other) =
            (with(Some(AgreedConfig::first(&of("a"), 2))), with(Some(AgreedConfig::first(&of("b"), 1))));
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
        let text = serde_json::to_string(&with(Some(AgreedConfig::first(&of("a"), 1)))).unwrap();
        assert_eq!(serde_json::from_str::<Known>(&text).unwrap().next_offset, 5);
    }

    #[test]
    fn another_version_behind_an_alias_is_the_same_config_unless_an_earlier_bystander_wrote_it() {
        let before = ConfigHash { whole: "w1".to_owned(), rules: "r".to_owned() };
        let promoted = ConfigHash { whole: "w2".to_owned(), ..before.clone() };
        let agreed = AgreedConfig::first(&before, 1);
        assert!(agreed.is(&before) && agreed.is(&promoted));
        assert!(!agreed.is(&ConfigHash { rules: "other".to_owned(), ..before.clone() }));
        let early = AgreedConfig { rules: None, ..agreed.clone() };
        assert!(early.is(&before) && !early.is(&promoted));
        assert_eq!(early.completed(&before), agreed);
    }

    #[test]
    fn of_one_config_the_form_with_both_hashes_holds() {
        let complete = AgreedConfig::first(&of("a"), 1);
        let early = AgreedConfig { rules: None, ..complete.clone() };
        let all = [with(Some(complete.clone())), with(Some(early))];
        assert_eq!(AgreedConfig::among(&all), Some(&complete));
    }
}
