//! One shape for everything that can go wrong with a cluster: what, where, the fix, and whether to retry.

use bystander_pipeline::{SinkError, SourceError};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};

/// Why something couldn't be done on a cluster.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what}; {fix}")]
pub struct Failure {
    /// What happened, and where.
    pub what: String,
    /// What to do.
    pub fix: String,
    /// Whether trying the same again can help.
    pub retriable: bool,
}

impl Failure {
    /// A failure that a later attempt may not meet.
    pub fn passing(what: impl Into<String>, fix: impl Into<String>) -> Self {
        Self { what: what.into(), fix: fix.into(), retriable: true }
    }

    /// A failure that stays until a person does something.
    pub fn lasting(what: impl Into<String>, fix: impl Into<String>) -> Self {
        Self { what: what.into(), fix: fix.into(), retriable: false }
    }

    /// The work was given up because its owner wants to stop.
    pub fn stopped(doing: &str) -> Self {
        Self::passing(format!("{doing} was interrupted by a stop"), "nothing to do")
    }

    /// What `error` means for someone who was `doing` something on `place`.
    pub(crate) fn of(error: &KafkaError, doing: &str, place: &Place<'_>) -> Self {
        let code = error.rdkafka_error_code();
        let what = match code {
            Some(code) => format!("{doing} on {place} failed: {code}"),
            None => format!("{doing} on {place} failed: {error}"),
        };
        match code.and_then(|code| place.remedy(code)) {
            Some(fix) => Self::lasting(what, fix),
            None => Self::passing(what, "check that the brokers are up and reachable from here"),
        }
    }
}

impl From<Failure> for SourceError {
    fn from(failure: Failure) -> Self {
        Self { what: failure.what, fix: failure.fix, retriable: failure.retriable }
    }
}

impl From<SourceError> for Failure {
    fn from(error: SourceError) -> Self {
        Self { what: error.what, fix: error.fix, retriable: error.retriable }
    }
}

impl From<Failure> for SinkError {
    fn from(failure: Failure) -> Self {
        Self::Failed { what: failure.what, fix: failure.fix, retriable: failure.retriable }
    }
}

impl From<SinkError> for Failure {
    fn from(error: SinkError) -> Self {
        match error {
            SinkError::Failed { what, fix, retriable } => Self { what, fix, retriable },
            SinkError::Reopen(why) => Self::passing(why, "nothing to do: it is opened again"),
            SinkError::Fenced(_) => Self::passing(error.to_string(), "leave the shard to its new owner"),
            SinkError::TooLarge { .. } => {
                Self::lasting(error.to_string(), "raise max.message.bytes of the shadow topic")
            }
        }
    }
}

/// Which cluster and what on it: enough to say where, and which permission is missing.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place<'a> {
    /// `live` or `shadow`.
    pub(crate) cluster: &'static str,
    /// Bootstrap servers.
    pub(crate) brokers: &'a str,
    /// The topic, where one is concerned.
    pub(crate) topic: &'a str,
    /// The group name in use.
    pub(crate) group: &'a str,
    /// The prefix of transactional ids, where there are any.
    pub(crate) job: &'a str,
}

impl Place<'_> {
    /// The fix for errors that don't pass by themselves; none for those that do.
    fn remedy(&self, code: RDKafkaErrorCode) -> Option<String> {
        let live = self.cluster == "live";
        Some(match code {
            RDKafkaErrorCode::TopicAuthorizationFailed => {
                let operations = if live { "READ" } else { "READ and WRITE" };
                format!("grant this principal {operations} on topic {}", self.topic_or("named in the config"))
            }
            RDKafkaErrorCode::GroupAuthorizationFailed => {
                let operation = if live { "DESCRIBE" } else { "READ" };
                format!("grant this principal {operation} on group {}", self.group)
            }
            RDKafkaErrorCode::TransactionalIdAuthorizationFailed => {
                format!("grant this principal WRITE and DESCRIBE on transactional ids prefixed {}-", self.job)
            }
            RDKafkaErrorCode::ClusterAuthorizationFailed => {
                "grant this principal the cluster operation it lacks, or do this as an administrator"
                    .to_owned()
            }
            RDKafkaErrorCode::SaslAuthenticationFailed | RDKafkaErrorCode::Authentication => {
                format!("check the credentials in [{}.properties]", self.cluster)
            }
            RDKafkaErrorCode::UnknownTopicOrPartition | RDKafkaErrorCode::UnknownTopic if live => {
                "check the topic's name under [[streams]] and that it exists".to_owned()
            }
            RDKafkaErrorCode::UnknownTopicOrPartition | RDKafkaErrorCode::UnknownTopic => {
                "create the shadow topics with `bystander init --execute`".to_owned()
            }
            _ => return None,
        })
    }

    fn topic_or<'b>(&'b self, otherwise: &'b str) -> &'b str {
        if self.topic.is_empty() { otherwise } else { self.topic }
    }
}

impl std::fmt::Display for Place<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if !self.topic.is_empty() {
            write!(f, "topic {} of ", self.topic)?;
        }
        write!(f, "the {} cluster at {}", self.cluster, self.brokers)
    }
}
