//! Administration by the Java client.

use std::collections::BTreeMap;
use std::process::Command;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::KafkaCluster;
use crate::StartError;
use crate::java::Java;
use crate::shell::{Consumed, Isolation, ProduceOptions, Produced, ShellError};

/// One access control entry, for any host.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Acl {
    /// `topic`, `group`, `transactional_id` or `cluster`.
    pub resource: String,
    /// Its name, `*` for all; `kafka-cluster` for the cluster.
    pub name: String,
    /// Whether `name` is a prefix.
    pub prefixed: bool,
    /// Kafka's word: `read`, `write`, `describe`, `create`, …
    pub operation: String,
    /// False to deny.
    pub allow: bool,
}

impl Acl {
    /// Allows an operation on the resource of exactly this name.
    #[must_use]
    pub fn allow(resource: &str, name: &str, operation: &str) -> Self {
        let (resource, name, operation) = (resource.to_owned(), name.to_owned(), operation.to_owned());
        Self { resource, name, prefixed: false, operation, allow: true }
    }

    /// Allows an operation on every resource whose name begins so.
    #[must_use]
    pub fn allow_prefix(resource: &str, prefix: &str, operation: &str) -> Self {
        Self { prefixed: true, ..Self::allow(resource, prefix, operation) }
    }
}

/// What a broker itself counted since it started.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
pub struct Served {
    /// Requests by Kafka's name of their type, of all clients and brokers.
    pub requests: BTreeMap<String, u64>,
    /// Bytes of records that went out to clients, by topic, compressed as they are kept.
    pub bytes_out: BTreeMap<String, u64>,
}

/// The brokers of a partition, numbered from 0.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InSync {
    /// The leader, where there is one.
    pub leader: Option<usize>,
    /// Those that have every committed record.
    pub brokers: Vec<usize>,
}

/// Every method here fails when Kafka refuses, with Kafka's own error class in the message, or when Java is gone.
impl KafkaCluster {
    /// Creates a topic with as many replicas as there are brokers.
    ///
    /// # Errors
    /// As all of these.
    pub fn create_topic(
        &self,
        topic: &str,
        partitions: i32,
        configs: &[(&str, &str)],
    ) -> Result<(), ShellError> {
        let configs: BTreeMap<_, _> = configs.iter().copied().collect();
        self.admin("create-topic", json!({ "topic": topic, "partitions": partitions, "configs": configs }))?;
        Ok(())
    }

    /// Creates a topic whose partitions all lie on the given brokers (from 0), the first of which leads.
    ///
    /// # Errors
    /// As all of these.
    pub fn create_topic_on(
        &self,
        topic: &str,
        partitions: i32,
        brokers: &[usize],
        configs: &[(&str, &str)],
    ) -> Result<(), ShellError> {
        let configs: BTreeMap<_, _> = configs.iter().copied().collect();
        let replicas: Vec<usize> = brokers.iter().map(|broker| broker + 1).collect();
        let arguments =
            json!({ "topic": topic, "partitions": partitions, "configs": configs, "replicas": replicas });
        self.admin("create-topic", arguments)?;
        Ok(())
    }

    /// Who leads each partition of a topic, and who is in sync.
    ///
    /// # Errors
    /// As all of these.
    pub fn in_sync(&self, topic: &str) -> Result<Vec<InSync>, ShellError> {
        #[derive(Deserialize)]
        struct Partition {
            leader: i32,
            in_sync: Vec<i32>,
        }
        let answer = self.admin("in-sync", json!({ "topic": topic }))?;
        let partitions: Vec<Partition> =
            serde_json::from_value(answer).map_err(|error| ShellError::Gone(error.to_string()))?;
        let broker = |id: i32| usize::try_from(id - 1).ok();
        let of = |partition: Partition| {
            let brokers = partition.in_sync.into_iter().filter_map(broker).collect();
            InSync { leader: broker(partition.leader), brokers }
        };
        Ok(partitions.into_iter().map(of).collect())
    }

    /// Deletes a topic.
    ///
    /// # Errors
    /// As all of these.
    pub fn delete_topic(&self, topic: &str) -> Result<(), ShellError> {
        self.admin("delete-topic", json!({ "topic": topic }))?;
        Ok(())
    }

    /// Grows a topic to `total` partitions.
    ///
    /// # Errors
    /// As all of these.
    pub fn add_partitions(&self, topic: &str, total: i32) -> Result<(), ShellError> {
        self.admin("add-partitions", json!({ "topic": topic, "total": total }))?;
        Ok(())
    }

    /// Deletes the records of a partition below an offset, as retention does.
    ///
    /// # Errors
    /// As all of these.
    pub fn delete_records(&self, topic: &str, partition: i32, before_offset: i64) -> Result<(), ShellError> {
        let arguments = json!({ "topic": topic, "partition": partition, "before_offset": before_offset });
        self.admin("delete-records", arguments)?;
        Ok(())
    }

    /// The end offset (high watermark) of each partition.
    ///
    /// # Errors
    /// As all of these.
    pub fn end_offsets(&self, topic: &str) -> Result<BTreeMap<i32, i64>, ShellError> {
        let answer = self.admin("end-offsets", json!({ "topic": topic }))?;
        serde_json::from_value(answer).map_err(|error| ShellError::Gone(error.to_string()))
    }

    /// Gives a principal, such as `User:reader`, access; returns when the authorizer knows.
    ///
    /// # Errors
    /// As all of these.
    pub fn add_acls(&self, principal: &str, acls: &[Acl]) -> Result<(), ShellError> {
        self.admin("add-acls", json!({ "principal": principal, "acls": acls }))?;
        Ok(())
    }

    /// What the Java client is answered when a user tries everything beyond reading on the topic, the group and the
    /// cluster: by name of the attempt the class of the error, or `allowed`.
    ///
    /// # Errors
    /// As all of these, and when the cluster has no such user.
    pub fn attempts(
        &self,
        user: &str,
        topic: &str,
        group: &str,
    ) -> Result<BTreeMap<String, String>, ShellError> {
        let properties =
            self.sasl_properties(user).map_err(|error| ShellError::Command(error.to_string()))?;
        let arguments = json!({
            "bootstrap": self.sasl_bootstrap(), "properties": properties, "topic": topic, "group": group,
        });
        let answer = self.shell().call("attempts", &arguments)?;
        serde_json::from_value(answer).map_err(|error| ShellError::Gone(error.to_string()))
    }

    /// Everything a client could have changed: topics with offsets and settings, groups with committed offsets,
    /// transactional ids. Equal snapshots mean nothing was written in between.
    ///
    /// # Errors
    /// As all of these.
    pub fn snapshot(&self) -> Result<Value, ShellError> {
        self.admin("snapshot", json!({}))
    }

    /// What broker `broker` (from 0) counted itself, asked of its process.
    ///
    /// # Errors
    /// As all of these, and when there is no such broker.
    pub fn served(&self, broker: usize) -> Result<Served, ShellError> {
        let pid = self.pids().get(broker).copied();
        let pid = pid.ok_or_else(|| ShellError::Command(format!("there is no broker {broker}")))?;
        let answer = self.shell().call("served", &json!({ "pid": pid }))?;
        serde_json::from_value(answer).map_err(|error| ShellError::Gone(error.to_string()))
    }

    /// Produces by the Java client: see [`crate::JavaShell::produce`].
    ///
    /// # Errors
    /// As all of these.
    pub fn produce(
        &self,
        records: impl IntoIterator<Item = Value>,
        options: &ProduceOptions,
    ) -> Result<Produced, ShellError> {
        self.shell().produce(&self.bootstrap(), records, options)
    }

    /// Reads a whole topic by the Java client.
    ///
    /// # Errors
    /// As all of these.
    pub fn consume(&self, topic: &str, isolation: Isolation) -> Result<Vec<Consumed>, ShellError> {
        self.shell().consume(&self.bootstrap(), topic, isolation)
    }

    /// The Java client's settings to connect to [`KafkaCluster::sasl_bootstrap`] as this user.
    ///
    /// # Errors
    /// When the cluster has no such user.
    pub fn sasl_properties(&self, user: &str) -> Result<Value, StartError> {
        let password = self.password(user);
        let password =
            password.ok_or_else(|| StartError::Failed(format!("the cluster has no user {user:?}")))?;
        let login = "org.apache.kafka.common.security.scram.ScramLoginModule";
        Ok(json!({
            "security.protocol": "SASL_PLAINTEXT",
            "sasl.mechanism": "SCRAM-SHA-256",
            "sasl.jaas.config": format!("{login} required username=\"{user}\" password=\"{password}\";"),
        }))
    }

    /// Runs one of Kafka's own tools in a Java of its own (about a second), such as
    /// `org.apache.kafka.tools.AclCommand`; returns what it printed, failing or not.
    ///
    /// # Errors
    /// When Java cannot be started.
    pub fn kafka_tool(&self, class: &str, arguments: &[&str]) -> Result<std::process::Output, StartError> {
        let java = Java::find()?;
        Command::new(&java.program)
            .args(["-XX:TieredStopAtLevel=1", "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn"])
            .args(["-classpath", &java.kafka_class_path, class])
            .args(arguments)
            .output()
            .map_err(|error| StartError::Failed(format!("cannot run {class}: {error}")))
    }

    fn admin(&self, command: &str, mut arguments: Value) -> Result<Value, ShellError> {
        arguments["bootstrap"] = json!(self.bootstrap());
        self.shell().call(command, &arguments)
    }
}
