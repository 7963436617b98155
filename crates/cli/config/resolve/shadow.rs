//! `[shadow]`: its topics, which can't be topics that the config reads, and how `init` makes them.

use super::super::raw::RawShadow;
use super::TopicSettings;
use super::values::Resolver;
use bystander_core::problem::Problem;
use bystander_kafka::{ReadTopics, ShadowSettings, ShadowTopic};
use std::time::Duration;

const DEFAULT_SHARDS: i32 = 4;
const DEFAULT_RETENTION: Duration = Duration::from_secs(90 * 86_400);

impl Resolver<'_> {
    pub(super) fn shadow(&mut self, raw: RawShadow, job: &str, read: &ReadTopics) -> Option<ShadowSettings> {
        let brokers = self.brokers("shadow.brokers", raw.brokers);
        let mut topic = |key: &str, name: Option<String>, default: &str| {
            let name = name.unwrap_or_else(|| default.into());
            ShadowTopic::new(&name, read)
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

    pub(super) fn topics(&mut self, raw: &RawShadow) -> TopicSettings {
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
}
