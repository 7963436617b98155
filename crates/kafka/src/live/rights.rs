//! What the live principal may do, as the live cluster's brokers say. A shadow reader should be allowed to read and
//! nothing else, so that a fault in it can do no harm.

use super::client::LiveClient;
use crate::config::{LiveSettings, ShadowSettings};
use crate::describe::{Operation, Operations, describe_cluster, describe_topics};
use crate::failure::failed_at;
use crate::lookup;
use bystander_pipeline::Failure;
use rdkafka::consumer::Consumer;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use std::collections::BTreeSet;
use std::fmt;

/// Operations that change something.
const CHANGES: [Operation; 8] = [
    Operation::All,
    Operation::Write,
    Operation::Create,
    Operation::Delete,
    Operation::Alter,
    Operation::AlterConfigs,
    Operation::ClusterAction,
    Operation::IdempotentWrite,
];

/// What one principal may do with one thing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Right {
    /// The topic; `None` is the cluster itself.
    pub topic: Option<String>,
    /// What it may do; `None` where the brokers don't say.
    pub operations: Operations,
}

impl Right {
    /// Operations that change something.
    pub fn changes(&self) -> BTreeSet<Operation> {
        let operations = self.operations.iter().flatten().copied();
        operations.filter(|operation| CHANGES.contains(operation)).collect()
    }
}

impl fmt::Display for Right {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.topic {
            Some(topic) => write!(f, "topic {topic}"),
            None => f.write_str("the cluster"),
        }
    }
}

/// What the live principal may do.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rights(pub Vec<Right>);

impl Rights {
    /// What it may do beside reading, in one sentence; `None` when there is nothing.
    pub fn excess(&self) -> Option<String> {
        let named = |right: &Right| {
            let changes: Vec<_> = right.changes().into_iter().map(words).collect();
            (!changes.is_empty()).then(|| format!("{} on {right}", changes.join(", ")))
        };
        let all: Vec<_> = self.0.iter().filter_map(named).collect();
        (!all.is_empty()).then(|| all.join("; "))
    }

    /// Whether brokers left something unsaid: they are older than 2.3.
    pub fn incomplete(&self) -> bool {
        self.0.iter().any(|right| right.operations.is_none())
    }
}

/// An operation as `kafka-acls.sh` writes it.
pub fn words(operation: Operation) -> String {
    match operation {
        Operation::Other(number) => format!("operation {number}"),
        known => format!("{known:?}"),
    }
}

/// Whether one principal works on both sides of one cluster. It then needs rights to write there, and only those on
/// the topics that are read say something.
pub fn is_one_principal(live: &LiveSettings, shadow: &ShadowSettings) -> bool {
    let login = |properties: &std::collections::BTreeMap<String, String>| {
        let of_login = |key: &&String| {
            key.starts_with("sasl.") || key.starts_with("ssl.") || *key == "security.protocol"
        };
        let keys = properties.keys().filter(of_login);
        keys.map(|key| (key.clone(), properties.get(key).cloned())).collect::<Vec<_>>()
    };
    login(&live.properties) == login(&shadow.properties)
}

impl LiveClient {
    /// What this client's principal may do with these topics, and with the cluster if `whole_cluster`. Topics that it
    /// may not even see, or that don't exist, are left out. Metadata requests answer all of this.
    ///
    /// # Errors
    /// When no broker answers in time.
    pub fn rights(&self, topics: &[String], whole_cluster: bool) -> Result<Rights, Failure> {
        let failed =
            |error: &KafkaError| failed_at(error, "asking for this principal's rights", &self.place(""));
        let (client, timeout) = (self.consumer.client(), self.settings.request_timeout);
        let names: Vec<&str> = topics.iter().map(String::as_str).collect();
        let mut rights = Rights::default();
        if whole_cluster {
            let described = describe_cluster(client, true, timeout).map_err(|error| failed(&error))?;
            rights.0.push(Right { topic: None, operations: described.operations });
        }
        for (name, described) in
            names.iter().zip(describe_topics(client, &names, true, timeout).map_err(|error| failed(&error))?)
        {
            match described {
                Ok(described) => {
                    rights
                        .0
                        .push(Right { topic: Some((*name).to_owned()), operations: described.operations });
                }
                // Who may do anything with a topic may describe it.
                Err(error) if lookup::is_missing(&error) => {}
                Err(error)
                    if error.rdkafka_error_code() == Some(RDKafkaErrorCode::TopicAuthorizationFailed) => {}
                Err(error) => return Err(failed(&error)),
            }
        }
        Ok(rights)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn right(topic: Option<&str>, operations: &[Operation]) -> Right {
        Right { topic: topic.map(ToOwned::to_owned), operations: Some(operations.iter().copied().collect()) }
    }

    #[test]
    fn only_operations_that_change_something_are_too_much() {
        let reads = [Operation::Read, Operation::Describe, Operation::DescribeConfigs];
        let rights = Rights(vec![right(Some("shop.orders"), &reads), right(None, &[Operation::Describe])]);
        assert_eq!((rights.excess(), rights.incomplete()), (None, false));
        for change in CHANGES {
            let rights =
                Rights(vec![right(Some("shop.orders"), &[Operation::Read, change]), right(None, &reads)]);
            let said = rights.excess().unwrap_or_default();
            assert!(said == format!("{change:?} on topic shop.orders"), "{said}");
        }
        let both = Rights(vec![
            right(None, &[Operation::Create]),
            right(Some("a"), &[Operation::Delete, Operation::Write]),
        ]);
        assert_eq!(both.excess().unwrap_or_default(), "Create on the cluster; Write, Delete on topic a");
        let unsaid = Rights(vec![Right { topic: None, operations: None }]);
        assert_eq!((unsaid.excess(), unsaid.incomplete()), (None, true));
    }
}
