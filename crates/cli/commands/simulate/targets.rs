//! The topics that a simulated shop writes to, and what must be so before anything is written to them.

use crate::config::Config;
use crate::exit::Failure;
use bystander_core::config::StreamConfig;
use bystander_kafka::{ShopTopicState, ShopTopics};
use bystander_storefront::{ShopConfig, ShopTopic};
use std::collections::BTreeMap;

/// Where the events go; those of topics that are not named go nowhere.
#[derive(Debug, Clone)]
pub(crate) struct FeedTargets {
    pub(crate) brokers: String,
    pub(crate) properties: BTreeMap<String, String>,
    pub(crate) topics: BTreeMap<ShopTopic, String>,
}

impl FeedTargets {
    /// The input topics of the config's first stream of each kind, and a topic of outcomes.
    ///
    /// # Errors
    /// When the topic of outcomes is one of the config's shadow topics.
    pub(super) fn of(config: &Config, outcomes: Option<&str>) -> Result<Self, Failure> {
        let shadow = [&config.shadow.comparisons, &config.shadow.dead_letters, &config.shadow.checkpoints];
        if let Some(topic) = shadow.iter().find(|topic| Some(topic.name()) == outcomes) {
            return Err(Failure::Usage(format!(
                "--outcomes: {topic} is a shadow topic of {}; name the topic of its [[outcomes]]",
                config.file.display()
            )));
        }
        let topic = |topic: ShopTopic| {
            let Some(kind) = topic.kind() else { return outcomes.map(str::to_owned) };
            let of_kind = |stream: &&StreamConfig| stream.kind.is_some_and(|one| one.name() == kind);
            config.streams.iter().find(of_kind).and_then(|stream| stream.topic.clone())
        };
        let topics = ShopTopic::ALL.into_iter().filter_map(|one| Some((one, topic(one)?)));
        Ok(Self {
            brokers: config.live.brokers.clone(),
            properties: config.live.properties.clone(),
            topics: topics.collect(),
        })
    }

    /// Looks at the topics. Those that don't exist would get so many partitions.
    ///
    /// # Errors
    /// When the cluster can't be asked.
    pub(super) fn plan(&self, partitions: i32) -> Result<FeedPlan<'_>, Failure> {
        let topics = ShopTopics::new(&self.brokers, &self.properties).map_err(Failure::other)?;
        let mut targets = Vec::new();
        for (events, topic) in &self.topics {
            let state = topics.state(topic).map_err(Failure::other)?;
            targets.push(Target { events: *events, topic, state });
        }
        Ok(FeedPlan { topics, targets, partitions })
    }
}

struct Target<'a> {
    /// What the topic gets.
    events: ShopTopic,
    topic: &'a str,
    state: ShopTopicState,
}

/// What would be done to the topics.
pub(super) struct FeedPlan<'a> {
    topics: ShopTopics,
    targets: Vec<Target<'a>>,
    partitions: i32,
}

impl FeedPlan<'_> {
    /// A line for each topic.
    pub(super) fn lines(&self, wanted: &ShopConfig) -> Vec<String> {
        let line = |Target { events, topic, state }: &Target<'_>| {
            let count = match wanted.count(*events) {
                Some(count) => format!("{count} {}", events.events()),
                None => format!("the {} of these", events.events()),
            };
            match state {
                ShopTopicState::Missing => {
                    format!("create topic {topic} with {} partitions, send {count} to it", self.partitions)
                }
                ShopTopicState::Empty => format!("send {count} to topic {topic}, which is empty"),
                ShopTopicState::Simulated => {
                    format!("send {count} to topic {topic}, which holds simulated events already")
                }
                ShopTopicState::Foreign { why } => format!("leave topic {topic} alone: {why}"),
            }
        };
        self.targets.iter().map(line).collect()
    }

    /// Refuses to go on where a topic holds records of anyone else.
    ///
    /// # Errors
    /// When there is such a topic.
    pub(super) fn refuse_foreign(&self) -> Result<(), Failure> {
        let foreign = self.targets.iter().find_map(|target| match &target.state {
            ShopTopicState::Foreign { why } => Some((target.topic, why)),
            _ => None,
        });
        match foreign {
            None => Ok(()),
            Some((topic, why)) => Err(Failure::Usage(format!(
                "topic {topic} {why}, so nothing is sent; name other topics in the config, or write files with --out (on the broker of `make kafka-up`, `make kafka-reset` \
                 deletes old data)"
            ))),
        }
    }

    /// Creates the topics that don't exist.
    ///
    /// # Errors
    /// When the cluster refuses.
    pub(super) fn create(&self) -> Result<(), Failure> {
        for target in &self.targets {
            if target.state == ShopTopicState::Missing {
                self.topics.create(target.topic, self.partitions).map_err(Failure::other)?;
                tracing::info!(topic = target.topic, partitions = self.partitions, "created the topic");
            }
        }
        Ok(())
    }
}
