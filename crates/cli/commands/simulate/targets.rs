//! The topics that a simulated shop writes to, and what must be so before anything is written to them.

use crate::config::Config;
use crate::exit::Failure;
use bystander_core::kind::Kind;
use bystander_kafka::{ShopTopicState, ShopTopics};
use std::collections::BTreeMap;

/// Where the events go; topics that are `None` get none.
#[derive(Debug, Clone)]
pub(crate) struct FeedTargets {
    pub(crate) brokers: String,
    pub(crate) properties: BTreeMap<String, String>,
    pub(crate) orders: Option<String>,
    pub(crate) quotes: Option<String>,
    pub(crate) outcomes: Option<String>,
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
        let topic = |kind: Kind| {
            let stream = config.streams.iter().find(|stream| stream.kind == Some(kind));
            stream.and_then(|stream| stream.topic.clone())
        };
        Ok(Self {
            brokers: config.live.brokers.clone(),
            properties: config.live.properties.clone(),
            orders: topic(Kind::Orders),
            quotes: topic(Kind::Prices),
            outcomes: outcomes.map(str::to_owned),
        })
    }

    /// Looks at the topics. Those that don't exist would get so many partitions.
    ///
    /// # Errors
    /// When the cluster can't be asked.
    pub(super) fn plan(&self, partitions: i32) -> Result<FeedPlan<'_>, Failure> {
        let topics = ShopTopics::new(&self.brokers, &self.properties).map_err(Failure::other)?;
        let named = [("orders", &self.orders), ("price quotes", &self.quotes), ("outcomes", &self.outcomes)];
        let mut targets = Vec::new();
        for (events, topic) in named {
            let Some(topic) = topic else { continue };
            let state = topics.state(topic).map_err(Failure::other)?;
            targets.push(Target { events, topic, state });
        }
        Ok(FeedPlan { topics, targets, partitions })
    }
}

struct Target<'a> {
    /// What the topic gets.
    events: &'static str,
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
    pub(super) fn lines(&self, orders: u64, quotes: u64) -> Vec<String> {
        let line = |Target { events, topic, state }: &Target<'_>| {
            let count = match *events {
                "orders" => format!("{orders} orders"),
                "price quotes" => format!("{quotes} price quotes"),
                events => format!("the {events} of these"),
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
