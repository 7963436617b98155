//! What an error of a cluster means: where it was, and what to do about it.

use bystander_pipeline::Failure;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};

/// What `error` means for someone who was `doing` something on `place`.
pub(crate) fn failed_at(error: &KafkaError, doing: &str, place: &Place<'_>) -> Failure {
    let code = error.rdkafka_error_code();
    let what = match code {
        Some(code) => format!("{doing} on {place} failed: {code}"),
        None => format!("{doing} on {place} failed: {error}"),
    };
    let otherwise = "check that the brokers are up and reachable from here";
    place.failure(what, code, otherwise).because(error.clone())
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
    /// A failure of this code: lasting where a person has to do something first, passing with another fix where not.
    pub(crate) fn failure(&self, what: String, code: Option<RDKafkaErrorCode>, otherwise: &str) -> Failure {
        match code.and_then(|code| self.remedy(code)) {
            Some(fix) => Failure::lasting(what, fix),
            None => Failure::passing(what, otherwise),
        }
    }

    /// The fix for errors that don't pass by themselves; none for those that do.
    fn remedy(&self, code: RDKafkaErrorCode) -> Option<String> {
        let live = self.cluster == "live";
        Some(match code {
            RDKafkaErrorCode::TopicAuthorizationFailed if !live && self.topic.is_empty() => {
                "grant this principal what `bystander init` lists for the shadow topics".to_owned()
            }
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
            RDKafkaErrorCode::MessageSizeTooLarge | RDKafkaErrorCode::InvalidRecord if !live => {
                "raise max.message.bytes of the shadow topic, or lower the largest record".to_owned()
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
