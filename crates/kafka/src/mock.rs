//! An embedded broker for the demo. It speaks the real protocol over loopback, but keeps little (5 MiB a
//! partition), forgets everything at its end, and neither fences producers nor hides aborted records: it
//! shows how things look, and proves nothing about delivery.

use bystander_pipeline::Failure;
use rdkafka::error::KafkaError;
use rdkafka::mocking::MockCluster;
use rdkafka::producer::DefaultProducerContext;

/// A broker in this process; it ends when dropped.
pub struct EmbeddedBroker {
    pub(crate) cluster: MockCluster<'static, DefaultProducerContext>,
}

impl EmbeddedBroker {
    /// Starts one on a free port of the loopback interface.
    ///
    /// # Errors
    /// When it can't listen.
    pub fn start() -> Result<Self, Failure> {
        let cluster = MockCluster::new(1).map_err(|error| failed("can't be started", &error))?;
        Ok(Self { cluster })
    }

    /// Where clients find it.
    pub fn brokers(&self) -> String {
        self.cluster.bootstrap_servers()
    }

    /// Creates a topic.
    ///
    /// # Errors
    /// When it exists already, or the name or number is refused.
    pub fn create_topic(&self, topic: &str, partitions: i32) -> Result<(), Failure> {
        self.cluster
            .create_topic(topic, partitions, 1)
            .map_err(|error| failed(&format!("refused topic {topic}"), &error))
    }
}

fn failed(what: &str, error: &KafkaError) -> Failure {
    Failure::lasting(format!("the embedded broker {what}: {error}"), "use a real broker with --brokers")
}
