//! One broker-and-controller process.

use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::StartError;
use crate::java::Java;
use crate::process::{GuardedJava, tail};

/// Few collections happen in a test's life, and start-up is what costs: the quick compiler only.
const JVM: [&str; 5] = [
    "-Xms64m",
    "-Xmx512m",
    "-XX:+UseSerialGC",
    "-XX:TieredStopAtLevel=1",
    "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
];

#[derive(Debug)]
pub(super) struct Node {
    java: Java,
    properties: PathBuf,
    request_log: bool,
    process: GuardedJava,
}

impl Node {
    pub(super) fn start(java: Java, properties: PathBuf, request_log: bool) -> Result<Self, StartError> {
        let process = launch(&java, &properties, request_log)?;
        Ok(Self { java, properties, request_log, process })
    }

    pub(super) fn restart(&mut self) -> Result<(), StartError> {
        self.signal("KILL")?;
        self.wait_ended(Duration::from_secs(10));
        self.process = launch(&self.java, &self.properties, self.request_log)?;
        Ok(())
    }

    pub(super) fn signal(&mut self, name: &str) -> Result<(), StartError> {
        self.process.signal(name).map_err(|error| StartError::Failed(error.to_string()))
    }

    pub(super) fn wait_ended(&mut self, limit: Duration) -> bool {
        self.process.wait(limit)
    }

    pub(super) fn ended(&mut self) -> bool {
        self.process.ended()
    }

    pub(super) fn pid(&self) -> u32 {
        self.process.pid()
    }

    pub(super) fn log_tail(&self) -> String {
        tail(&self.log())
    }

    /// Where it logs.
    pub(super) fn log(&self) -> PathBuf {
        self.properties.with_file_name("broker.log")
    }
}

fn launch(java: &Java, properties: &Path, request_log: bool) -> Result<GuardedJava, StartError> {
    let file = properties.display().to_string();
    let mut arguments = JVM.to_vec();
    arguments.extend(request_log.then_some("-Dorg.slf4j.simpleLogger.log.kafka.request.logger=debug"));
    arguments.extend(["-classpath", &java.kafka_class_path, "kafka.Kafka", &file]);
    GuardedJava::start(java, &arguments, &properties.with_file_name("broker.log"))
}
