//! Where the demo plays: an embedded broker, or a real one with topics of the demo's own.

use crate::commands::init::wanted;
use crate::config::Config;
use crate::exit::Failure;
use bystander_kafka::{EmbeddedBroker, ShadowTopics, ShopTopics};
use std::collections::BTreeMap;
use std::mem::ManuallyDrop;
use std::time::{SystemTime, UNIX_EPOCH};

/// Partitions of each input; the embedded broker keeps 5 MiB of each.
const PARTITIONS: i32 = 16;

pub(super) struct DemoSetup {
    /// Never dropped: clients that are still closing would take its end for an outage.
    embedded: Option<ManuallyDrop<EmbeddedBroker>>,
    /// Brokers of both clusters.
    pub(super) brokers: String,
    /// What topic names begin with.
    pub(super) prefix: String,
    /// What to call it.
    pub(super) name: String,
}

impl DemoSetup {
    /// Starts the embedded broker, unless a real one is named.
    pub(super) fn prepare(brokers: Option<&str>) -> Result<Self, Failure> {
        match brokers {
            None => {
                let embedded = EmbeddedBroker::start().map_err(Failure::other)?;
                let (brokers, name) = (embedded.brokers(), "a broker inside this process".to_owned());
                Ok(Self { embedded: Some(ManuallyDrop::new(embedded)), brokers, prefix: String::new(), name })
            }
            Some(brokers) => {
                let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
                // Each demo has topics of its own, so that it reads just what it sent.
                let prefix = format!("bystander-demo-{}.", since.as_secs());
                Ok(Self { embedded: None, brokers: brokers.into(), prefix, name: brokers.into() })
            }
        }
    }

    /// Creates the inputs and the shadow topics.
    pub(super) fn create_topics(&self, config: &Config, inputs: &[String]) -> Result<(), Failure> {
        let Some(broker) = &self.embedded else {
            let shop = ShopTopics::new(&self.brokers, &BTreeMap::new()).map_err(Failure::other)?;
            // A topic that exists is not this demo's: creating it fails, and nothing is sent.
            inputs.iter().try_for_each(|topic| shop.create(topic, PARTITIONS)).map_err(Failure::other)?;
            let topics = ShadowTopics::new(&config.shadow).map_err(Failure::other)?;
            let plan = topics.plan(&wanted(config, inputs)?).map_err(Failure::other)?;
            return topics.execute(&plan).map_err(Failure::other);
        };
        let shadow = &config.shadow;
        let mut topics: Vec<(&str, i32)> = inputs.iter().map(|topic| (topic.as_str(), PARTITIONS)).collect();
        topics.push((shadow.comparisons.name(), PARTITIONS));
        topics.push((shadow.dead_letters.name(), PARTITIONS));
        topics.push((shadow.checkpoints.name(), config.topics.shards));
        topics
            .into_iter()
            .try_for_each(|(topic, partitions)| broker.create_topic(topic, partitions))
            .map_err(Failure::other)
    }
}
