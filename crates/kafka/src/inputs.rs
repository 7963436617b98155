//! Input topics for a simulated shop. Only the simulator and the demo create any; the service never does.

use crate::blocking::wait;
use crate::failure::Failure;
use rdkafka::ClientConfig;
use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, TopicReplication};
use rdkafka::client::DefaultClientContext;
use rdkafka::types::RDKafkaErrorCode;
use std::collections::BTreeMap;
use std::time::Duration;

/// Creates a topic unless it is there; tells whether it was created.
///
/// # Errors
/// When the cluster can't be asked, or refuses.
pub fn ensure_input(
    brokers: &str,
    properties: &BTreeMap<String, String>,
    topic: &str,
    partitions: i32,
) -> Result<bool, Failure> {
    let failed = |what: String| Failure::lasting(what, "check the brokers, and who may create topics there");
    let mut config = ClientConfig::new();
    for (key, value) in properties {
        config.set(key, value);
    }
    config.set("bootstrap.servers", brokers).set("client.id", "bystander-simulate");
    let admin: AdminClient<DefaultClientContext> =
        config.create().map_err(|error| failed(format!("no client for {brokers} can be made: {error}")))?;
    let new = NewTopic::new(topic, partitions, TopicReplication::Fixed(-1));
    let timeout = Duration::from_secs(20);
    let options = AdminOptions::new().request_timeout(Some(timeout)).operation_timeout(Some(timeout));
    let answers = wait(admin.create_topics([&new], &options))
        .map_err(|error| failed(format!("topic {topic} can't be created at {brokers}: {error}")))?;
    match answers.into_iter().next() {
        Some(Err((_, RDKafkaErrorCode::TopicAlreadyExists))) => Ok(false),
        Some(Err((_, code))) => Err(failed(format!("topic {topic} can't be created at {brokers}: {code}"))),
        _ => Ok(true),
    }
}
