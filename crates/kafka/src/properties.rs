//! Which librdkafka properties a user may set, and which would break a promise.

use crate::oauth;
use bystander_core::problem::Problem;
use rdkafka::ClientConfig;
use rdkafka::client::ClientContext;
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::consumer::{BaseConsumer, ConsumerContext};
use rdkafka::error::KafkaError;
use std::collections::BTreeMap;

/// A property that isn't the user's, and where its meaning is set instead.
pub(crate) type Reserved = (&'static str, &'static str);

const OF_BOTH: &[Reserved] = &[
    ("bootstrap.servers", "write it as `brokers`"),
    ("metadata.broker.list", "write it as `brokers`"),
    ("client.id", "leave it out: it is derived from the job"),
    ("group.id", "leave it out: it is derived from the job"),
    ("enable.metrics.push", "leave it out: clients tell the brokers nothing"),
    ("allow.auto.create.topics", "leave it out: topics are only created by `bystander init`"),
    ("enable.auto.commit", "leave it out: positions are kept in checkpoints"),
    ("auto.commit.enable", "leave it out: positions are kept in checkpoints"),
    ("auto.commit.interval.ms", "leave it out: positions are kept in checkpoints"),
    ("enable.auto.offset.store", "leave it out: positions are kept in checkpoints"),
    ("auto.offset.reset", "use `live.start`, which applies where no checkpoint exists"),
    ("isolation.level", "leave it out: only committed records are read"),
    ("check.crcs", "leave it out: checksums are always checked"),
    ("enable.partition.eof", "leave it out: the reader needs its own setting"),
    ("statistics.interval.ms", "leave it out: lag and the isolation check are made from statistics"),
    ("group.instance.id", "leave it out: the live group is never joined, shards move freely"),
    ("group.protocol", "leave it out: the live group is never joined, shards use the classic protocol"),
    ("partition.assignment.strategy", "leave it out: shards are assigned in a way of their own"),
    ("transactional.id", "leave it out: each shard has its own, derived from the job"),
    ("enable.idempotence", "leave it out: the writer is always idempotent"),
    ("transaction.timeout.ms", "leave it out: it follows from the commit settings"),
    (
        "enable.sasl.oauthbearer.unsecure.jwt",
        "leave it out: set \"sasl.oauthbearer.config\" to \"token_file=PATH\"",
    ),
];

/// Not a user's on the live cluster.
pub(crate) const LIVE: &[&[Reserved]] = &[
    OF_BOTH,
    &[
        ("acks", "leave it out: nothing is ever produced to the live cluster"),
        ("request.required.acks", "leave it out: nothing is ever produced to the live cluster"),
        ("queued.max.messages.kbytes", "use the fetch sizes of the live settings"),
        ("fetch.max.bytes", "use the fetch sizes of the live settings"),
        ("max.partition.fetch.bytes", "use the fetch sizes of the live settings"),
        ("fetch.message.max.bytes", "use the fetch sizes of the live settings"),
        ("message.max.bytes", "use the fetch sizes of the live settings"),
    ],
];

/// Not a user's on the shadow cluster.
pub(crate) const SHADOW: &[&[Reserved]] = &[
    OF_BOTH,
    &[
        ("acks", "leave it out: transactions need all replicas"),
        ("request.required.acks", "leave it out: transactions need all replicas"),
        ("max.in.flight", "leave it out: order is kept by idempotence"),
        ("max.in.flight.requests.per.connection", "leave it out: order is kept by idempotence"),
        ("delivery.report.only.error", "leave it out: the writer needs its own setting"),
        ("message.max.bytes", "use the largest record of the shadow settings"),
        ("retry.backoff.ms", "leave it out: whether a transaction's end was sent twice is judged by it"),
        ("retry.backoff.max.ms", "leave it out: whether a transaction's end was sent twice is judged by it"),
    ],
];

/// The properties that are not the user's to set.
pub(crate) fn refused(properties: &BTreeMap<String, String>, reserved: &[&[Reserved]]) -> Vec<Problem> {
    reserved
        .iter()
        .flat_map(|table| table.iter())
        .filter(|(name, _)| properties.contains_key(*name))
        .map(|(name, fix)| Problem::new(format!("properties.{name:?}"), "is not a user's to set", *fix))
        .collect()
}

/// Where the client library says that something was left out of it.
const NOT_BUILT: [&str; 3] =
    ["not supported in this build", "available at build time", "enabled at build time"];

/// What the client library itself says about a configuration. The value isn't repeated: it may be a secret.
pub(crate) fn unusable(config: &ClientConfig) -> Option<Problem> {
    match config.create_native_config() {
        Err(KafkaError::ClientConfig(_, reason, key, _))
            if NOT_BUILT.iter().any(|words| reason.contains(words)) =>
        {
            // The last part is the library's own text; what comes before it may repeat the value.
            let why = reason.rsplit(": ").next().unwrap_or_default();
            let what =
                format!("is not supported by the client library that this program was built with: {why}");
            Some(Problem::new(format!("properties.{key:?}"), what, not_built(&key)))
        }
        Err(KafkaError::ClientConfig(_, reason, key, _)) => {
            let fix = "write it as librdkafka's CONFIGURATION.md has it, or leave it out";
            let reason = if reason.contains(&key) && !reason.contains("value") {
                "is not a property that the client library knows".to_owned()
            } else {
                "has a value that the client library refuses".to_owned()
            };
            Some(Problem::new(format!("properties.{key:?}"), reason, fix))
        }
        Err(_) => Some(Problem::new(
            "properties",
            "can't be used by the client library",
            "leave them out one by one to find which",
        )),
        Ok(_) => no_token(config).or_else(|| no_client(config)),
    }
}

fn not_built(key: &str) -> &'static str {
    if key.starts_with("sasl.oauthbearer") {
        return "leave it out, and have a token written to a file: set \"sasl.oauthbearer.config\" to \"token_file=PATH\"";
    }
    MECHANISMS
}

const MECHANISMS: &str = "use what this build has: TLS with or without client certificates, and PLAIN, SCRAM-SHA-256, SCRAM-SHA-512 or OAUTHBEARER";

/// A login by token whose file holds none.
fn no_token(config: &ClientConfig) -> Option<Problem> {
    if !oauth::is_used(config) {
        return None;
    }
    let error = oauth::token(config.get(oauth::PROPERTY)).err()?;
    let fix =
        "name a file that the platform or a sidecar keeps fresh: \"token_file=/var/run/secrets/kafka/token\"";
    Some(Problem::new(format!("properties.{:?}", oauth::PROPERTY), error.to_string(), fix))
}

/// What only shows when a client is made: certificates that can't be read, a login without a name, a mechanism that isn't
/// there. This one has no brokers, so it connects to nothing.
fn no_client(config: &ClientConfig) -> Option<Problem> {
    let mut alone = config.clone();
    for key in ["bootstrap.servers", "group.id", "statistics.interval.ms"] {
        alone.remove(key);
    }
    let made: Result<BaseConsumer<Silent>, _> = alone.create_with_context(Silent);
    let Err(KafkaError::ClientCreation(reason)) = made else { return None };
    if reason.contains("SASL mechanism") {
        let mechanism = config.get("sasl.mechanism").or_else(|| config.get("sasl.mechanisms"));
        let what = match mechanism {
            Some(name) => format!("{name} is not in the client library that this program was built with"),
            None => "is missing; the client library's own choice, GSSAPI, is not built into this program"
                .to_owned(),
        };
        return Some(Problem::new("properties.\"sasl.mechanism\"", what, MECHANISMS));
    }
    // The property that it is about, where the library names it.
    let properties = config.config_map();
    let named = properties.keys().filter(|key| reason.contains(**key)).max_by_key(|key| key.len());
    let key = named.map_or_else(|| "properties".to_owned(), |key| format!("properties.{key:?}"));
    // Where a file is isn't secret, and the library names it for some properties only.
    let file = named.filter(|key| key.ends_with(".location")).and_then(|key| properties.get(key));
    let file = file.map(|path| format!(" with {path}")).unwrap_or_default();
    let what = format!("no client can be made{file}: {}", reason.trim_end().replace('\n', " "));
    Some(Problem::new(key, what, "check that the files are there, readable by this user, and PEM"))
}

/// A context that passes nothing on.
struct Silent;

impl ClientContext for Silent {
    fn log(&self, _: RDKafkaLogLevel, _: &str, _: &str) {}

    fn stats_raw(&self, _: &[u8]) {}

    fn error(&self, _: KafkaError, _: &str) {}
}

impl ConsumerContext for Silent {}

/// Sets a property that the user hasn't set.
pub(crate) fn default(
    config: &mut ClientConfig,
    properties: &BTreeMap<String, String>,
    key: &str,
    value: &str,
) {
    if !properties.contains_key(key) {
        config.set(key, value);
    }
}
