//! The shadow topics: what they should be like, what is missing, and making it so. Shadow cluster only.

use crate::blocking::wait;
use crate::config::ShadowSettings;
use crate::context::PlainContext;
use crate::failure::failed_at;
use crate::lookup;
use crate::oauth;
use crate::shadow_topic::ShadowTopic;
use bystander_pipeline::Failure;
use rdkafka::admin::{
    AdminClient, AdminOptions, NewPartitions, NewTopic, ResourceSpecifier, TopicReplication,
};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use std::collections::BTreeMap;
use std::fmt;
use std::time::{Duration, Instant};

const DAY_MS: i64 = 86_400_000;

/// How the shadow topics should be created.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TopicPlanSettings {
    /// Number of shards: partitions of the checkpoints topic.
    pub shards: i32,
    /// Partitions of comparisons and dead letters: as many as the largest input has.
    pub partitions: i32,
    /// Replicas of each; `None` takes the cluster's default.
    pub replication: Option<i32>,
    /// How long comparisons and dead letters are kept. 30 days by default: card schemes take weeks to
    /// report, and a report joins decisions with outcomes.
    pub retention: Duration,
}

impl TopicPlanSettings {
    /// The defaults for that many shards and partitions.
    pub fn new(shards: i32, partitions: i32) -> Self {
        Self { shards, partitions, replication: None, retention: Duration::from_secs(30 * 86_400) }
    }
}

/// One thing to change, or one thing that is not as it should be and left to a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TopicChange {
    /// A topic is missing.
    Create {
        /// The topic.
        topic: ShadowTopic,
        /// Its partitions.
        partitions: i32,
        /// Its replicas; -1 is the cluster's default.
        replication: i32,
        /// Its settings.
        settings: BTreeMap<String, String>,
    },
    /// A topic has fewer partitions than wanted.
    Grow {
        /// The topic.
        topic: ShadowTopic,
        /// What it has.
        from: i32,
        /// What it should have.
        to: i32,
    },
    /// A setting of an existing topic is not as it should be; nothing changes it here.
    Differs {
        /// The topic.
        topic: ShadowTopic,
        /// The setting.
        setting: String,
        /// What it is.
        is: String,
        /// What it should be.
        should_be: String,
    },
}

impl fmt::Display for TopicChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Create { topic, partitions, replication, settings } => {
                write!(f, "create topic {topic}: {partitions} partitions")?;
                if *replication > 0 {
                    write!(f, ", {replication} replicas")?;
                }
                settings.iter().try_for_each(|(key, value)| write!(f, ", {key}={value}"))
            }
            Self::Grow { topic, from, to } => write!(f, "grow topic {topic} from {from} to {to} partitions"),
            Self::Differs { topic, setting, is, should_be } => {
                write!(f, "topic {topic} has {setting}={is}; set it to {should_be} with kafka-configs.sh")
            }
        }
    }
}

/// An administrator of the shadow topics.
pub struct ShadowTopics {
    admin: AdminClient<PlainContext>,
    settings: ShadowSettings,
}

impl ShadowTopics {
    /// Makes an admin client for the shadow cluster; it connects in the background.
    ///
    /// # Errors
    /// When a property can't be used.
    pub fn new(settings: &ShadowSettings) -> Result<Self, Failure> {
        let admin = oauth::connect(&settings.client(), PlainContext::new("shadow")).map_err(|error| {
            Failure::lasting(format!("no shadow client can be made: {error}"), "check [shadow.properties]")
        })?;
        Ok(Self { admin, settings: settings.clone() })
    }

    /// The cluster's own id.
    ///
    /// # Errors
    /// When no broker tells it in time.
    pub fn cluster_id(&self) -> Result<String, Failure> {
        self.admin.inner().fetch_cluster_id(self.settings.request_timeout).ok_or_else(|| {
            let what = format!("the shadow cluster at {} didn't tell its id in time", self.settings.brokers);
            Failure::passing(what, "check that the brokers are up and reachable from here")
        })
    }

    /// How many partitions a shadow topic has; `None` when it is missing.
    ///
    /// # Errors
    /// When the cluster can't be asked.
    pub fn partitions(&self, topic: &ShadowTopic) -> Result<Option<i32>, Failure> {
        let place = self.settings.place(topic);
        match lookup::metadata_partitions(self.admin.inner(), &place, self.settings.request_timeout) {
            Ok(partitions) => Ok(Some(partitions)),
            Err(error) if lookup::is_missing(&error) => Ok(None),
            Err(error) => Err(failed_at(&error, "looking up partitions", &place)),
        }
    }

    /// What would have to change for the shadow topics to be as they should; empty when they are.
    ///
    /// # Errors
    /// When the cluster can't be asked, or the checkpoints topic has more partitions than shards wanted.
    pub fn plan(&self, wanted: &TopicPlanSettings) -> Result<Vec<TopicChange>, Failure> {
        let ShadowSettings { comparisons, dead_letters, checkpoints, .. } = &self.settings;
        // Checkpoints come first: where they are missing, no job or replay has begun to make its topics.
        let purposes = [
            (checkpoints, wanted.shards),
            (comparisons, wanted.partitions),
            (dead_letters, wanted.partitions),
        ];
        let mut changes = Vec::new();
        for (topic, partitions) in purposes {
            let settings = self.wanted_settings(topic, wanted);
            match self.partitions(topic)? {
                None => {
                    let (topic, replication) = (topic.clone(), wanted.replication.unwrap_or(-1));
                    changes.push(TopicChange::Create { topic, partitions, replication, settings });
                }
                Some(from) => {
                    if from > partitions && topic == checkpoints {
                        return Err(Failure::lasting(
                            format!("topic {topic} has {from} partitions, which is the number of shards"),
                            format!("set at least {from} shards: their number can only grow"),
                        ));
                    }
                    if from < partitions && topic == checkpoints {
                        changes.push(TopicChange::Grow { topic: topic.clone(), from, to: partitions });
                    }
                    changes.extend(self.differences(topic, &settings)?);
                }
            }
        }
        Ok(changes)
    }

    /// Like [`plan`](Self::plan), but the checkpoints topic may have more partitions: a replay to topics that an earlier
    /// one made, with fewer workers.
    ///
    /// # Errors
    /// When the cluster can't be asked.
    pub fn plan_at_least(&self, wanted: &TopicPlanSettings) -> Result<Vec<TopicChange>, Failure> {
        let existing = self.partitions(&self.settings.checkpoints)?.unwrap_or_default();
        self.plan(&TopicPlanSettings { shards: wanted.shards.max(existing), ..*wanted })
    }

    /// Settings that matter: all of them are set at creation, and those that would break something are
    /// looked for on existing topics.
    fn wanted_settings(&self, topic: &ShadowTopic, wanted: &TopicPlanSettings) -> BTreeMap<String, String> {
        let mut settings = BTreeMap::new();
        if *topic == self.settings.checkpoints {
            settings.insert("cleanup.policy".to_owned(), "compact".to_owned());
            // Small and closed often, so that compaction keeps the topic short: every start reads all of it.
            settings.insert("segment.bytes".to_owned(), (16 << 20).to_string());
            settings.insert("segment.ms".to_owned(), (DAY_MS / 24).to_string());
        } else {
            settings.insert("cleanup.policy".to_owned(), "delete".to_owned());
            settings.insert("retention.ms".to_owned(), wanted.retention.as_millis().to_string());
        }
        if wanted.replication.is_some_and(|replicas| replicas >= 3) {
            settings.insert("min.insync.replicas".to_owned(), "2".to_owned());
        }
        settings
    }

    fn differences(
        &self,
        topic: &ShadowTopic,
        wanted: &BTreeMap<String, String>,
    ) -> Result<Vec<TopicChange>, Failure> {
        // Retention and segment sizes are a matter of taste; a wrong cleanup policy loses positions.
        let setting = "cleanup.policy";
        let is = self.settings_of(topic)?.remove(setting).unwrap_or_default();
        let should_be = wanted.get(setting).filter(|should_be| **should_be != is).cloned();
        let differs = should_be.map(|should_be| TopicChange::Differs {
            topic: topic.clone(),
            setting: setting.to_owned(),
            is,
            should_be,
        });
        Ok(differs.into_iter().collect())
    }

    /// Settings of existing topics that would lose what is written: positions that expire or comparisons that
    /// compaction removes. A topic that is missing has none.
    ///
    /// # Errors
    /// When the cluster can't be asked, or the principal may not read the settings.
    pub fn risks(&self) -> Result<Vec<TopicChange>, Failure> {
        let ShadowSettings { comparisons, dead_letters, checkpoints, .. } = &self.settings;
        let mut risks = Vec::new();
        for topic in [comparisons, dead_letters, checkpoints] {
            if self.partitions(topic)?.is_none() {
                continue;
            }
            let settings = self.settings_of(topic)?;
            let of = |name: &str| settings.get(name).map(String::as_str).unwrap_or_default();
            let policy = of("cleanup.policy");
            let expires = ["retention.ms", "retention.bytes"].iter().any(|name| of(name) != "-1");
            let (risky, should_be) = match topic == checkpoints {
                true => (policy.contains("delete") && expires, "compact"),
                false => (policy.contains("compact"), "delete"),
            };
            if risky {
                risks.push(TopicChange::Differs {
                    topic: topic.clone(),
                    setting: "cleanup.policy".to_owned(),
                    is: policy.to_owned(),
                    should_be: should_be.to_owned(),
                });
            }
        }
        Ok(risks)
    }

    /// All settings of a topic.
    fn settings_of(&self, topic: &ShadowTopic) -> Result<BTreeMap<String, String>, Failure> {
        let resource = ResourceSpecifier::Topic(topic.name());
        let described = wait(self.admin.describe_configs([&resource], &self.options()));
        let failed = |error: &KafkaError| match error.rdkafka_error_code() {
            Some(RDKafkaErrorCode::TopicAuthorizationFailed) => Failure::lasting(
                format!("the settings of {} are hidden from this principal", self.settings.place(topic)),
                "grant it DescribeConfigs on the topic, as `bystander init` lists",
            ),
            _ => failed_at(error, "reading topic settings", &self.settings.place(topic)),
        };
        let mut settings = BTreeMap::new();
        for result in described.map_err(|error| failed(&error))? {
            let resource = result.map_err(|code| failed(&KafkaError::MetadataFetch(code)))?;
            let entries = resource.entries.into_iter();
            settings.extend(entries.filter_map(|entry| Some((entry.name, entry.value?))));
        }
        Ok(settings)
    }

    fn options(&self) -> AdminOptions {
        let timeout = self.settings.request_timeout;
        AdminOptions::new().request_timeout(Some(timeout)).operation_timeout(Some(timeout))
    }

    /// Creates and grows topics. [`TopicChange::Differs`] is left alone.
    ///
    /// # Errors
    /// When the cluster refuses one of them; those before it have been made.
    pub fn execute(&self, changes: &[TopicChange]) -> Result<(), Failure> {
        for change in changes {
            let (topic, doing, outcome) = match change {
                TopicChange::Create { topic, partitions, replication, settings } => {
                    let new = NewTopic::new(topic.name(), *partitions, TopicReplication::Fixed(*replication));
                    let new = settings.iter().fold(new, |new, (key, value)| new.set(key, value));
                    (topic, "creating", wait(self.admin.create_topics([&new], &self.options())))
                }
                TopicChange::Grow { topic, to, .. } => {
                    let count = usize::try_from(*to).unwrap_or_default();
                    let new = NewPartitions::new(topic.name(), count);
                    (topic, "growing", wait(self.admin.create_partitions([&new], &self.options())))
                }
                TopicChange::Differs { .. } => continue,
            };
            let failed = |error: &KafkaError| failed_at(error, doing, &self.settings.place(topic));
            for result in outcome.map_err(|error| failed(&error))? {
                match result {
                    Ok(_) | Err((_, RDKafkaErrorCode::TopicAlreadyExists)) => {}
                    Err((_, code)) => return Err(failed(&KafkaError::MetadataFetch(code))),
                }
            }
            self.wait_for(topic)?;
        }
        Ok(())
    }

    /// Brokers hear of a new topic a moment after it was made; whoever starts now must not miss it.
    fn wait_for(&self, topic: &ShadowTopic) -> Result<(), Failure> {
        let deadline = Instant::now() + self.settings.request_timeout;
        while self.partitions(topic)?.is_none() {
            if Instant::now() > deadline {
                let what = format!("{} was made, but isn't seen yet", self.settings.place(topic));
                return Err(Failure::passing(what, "try again in a moment"));
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        Ok(())
    }
}
