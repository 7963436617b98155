//! The requests that brokers themselves say they answered.

use super::KafkaCluster;
use crate::StartError;
use serde_json::Value;
use std::fs;

/// What stands before the request in a line of the brokers' request log.
const BEFORE: &str = "Completed request:";

/// A request that a broker answered, by its own log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoggedRequest {
    /// The kind of request, such as `FETCH`.
    pub api: String,
    /// Who asked, such as `User:bystander-live`.
    pub principal: String,
    /// The client's id.
    pub client: String,
}

impl KafkaCluster {
    /// Every request that the brokers answered since they started; the cluster must have been started with
    /// [`KafkaOptions::request_log`](super::KafkaOptions::request_log).
    ///
    /// # Errors
    /// When a log can't be read, or holds no request at all.
    pub fn requests(&self) -> Result<Vec<LoggedRequest>, StartError> {
        let mut requests = Vec::new();
        for log in self.logs() {
            let text = fs::read(&log)
                .map_err(|error| StartError::Failed(format!("cannot read {}: {error}", log.display())))?;
            requests.extend(String::from_utf8_lossy(&text).lines().filter_map(logged));
        }
        if requests.is_empty() {
            return Err(StartError::Failed(
                "the brokers log no requests; start them with request_log".to_owned(),
            ));
        }
        Ok(requests)
    }
}

fn logged(line: &str) -> Option<LoggedRequest> {
    let (_, document) = line.split_once(BEFORE)?;
    let document: Value = serde_json::from_str(document).ok()?;
    let text = |pointer: &str| document.pointer(pointer).and_then(Value::as_str).map(ToOwned::to_owned);
    Some(LoggedRequest {
        api: text("/requestHeader/requestApiKeyName")?,
        principal: text("/principal")?,
        client: text("/requestHeader/clientId").unwrap_or_default(),
    })
}
