//! Whether a cluster lets this client in, and if not, why: the first question of every command.
//!
//! Look-ups only say that no broker answered in time. The reason lies in errors of single connections, which the client
//! library tells when it is polled.

use crate::config::{LiveSettings, ShadowSettings};
use crate::context::log;
use crate::failure::Place;
use crate::lookup;
use crate::oauth;
use crate::security;
use bystander_pipeline::Failure;
use parking_lot::{Mutex, MutexGuard};
use rdkafka::ClientConfig;
use rdkafka::client::{ClientContext, OAuthToken};
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::consumer::{BaseConsumer, Consumer, ConsumerContext};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use std::error::Error;
use std::time::{Duration, Instant};

/// How long one request waits before the errors of connections are looked at.
const SLICE: Duration = Duration::from_millis(250);
/// A name that no topic can have: the least that metadata can be asked for.
const NO_TOPIC: &str = ".";

impl LiveSettings {
    /// Waits until a broker of the live cluster has answered. Ends early when no broker lets this client in.
    ///
    /// # Errors
    /// With the reason in the client library's words. One that a person has to do something about is not retriable.
    pub fn reach(&self) -> Result<(), Failure> {
        reach(self.consumer(), &self.place(""), self.request_timeout)
    }

    /// What the connection to the live cluster leaves unprotected.
    pub fn warnings(&self) -> Vec<String> {
        security::warnings("live", &self.brokers, &self.properties)
    }
}

impl ShadowSettings {
    /// Waits until a broker of the shadow cluster has answered. Ends early when no broker lets this client in.
    ///
    /// # Errors
    /// As [`LiveSettings::reach`].
    pub fn reach(&self) -> Result<(), Failure> {
        reach(self.client(), &self.place_of(""), self.request_timeout)
    }

    /// What the connection to the shadow cluster leaves unprotected.
    pub fn warnings(&self) -> Vec<String> {
        security::warnings("shadow", &self.brokers, &self.properties)
    }
}

#[derive(Debug, Default)]
struct ClientErrors {
    /// The latest reason of a connection, and what to do about it.
    latest: Option<(String, Option<String>)>,
    /// Whether no broker is left to try.
    all_down: bool,
}

struct ReachContext {
    cluster: &'static str,
    errors: Mutex<ClientErrors>,
}

impl ReachContext {
    fn errors(&self) -> MutexGuard<'_, ClientErrors> {
        self.errors.lock()
    }
}

impl ClientContext for ReachContext {
    const ENABLE_REFRESH_OAUTH_TOKEN: bool = true;

    fn generate_oauth_token(&self, config: Option<&str>) -> Result<OAuthToken, Box<dyn Error>> {
        oauth::renewed(config)
    }

    fn log(&self, level: RDKafkaLogLevel, facility: &str, line: &str) {
        log(self.cluster, level, facility, line);
    }

    fn stats_raw(&self, _: &[u8]) {}

    fn error(&self, error: KafkaError, reason: &str) {
        let mut errors = self.errors();
        if error.rdkafka_error_code() == Some(RDKafkaErrorCode::AllBrokersDown) {
            errors.all_down = true;
            return;
        }
        let advice = security::advice(self.cluster, reason);
        // A refusal says more than the attempts on another address of the same broker.
        if advice.is_some() || !matches!(errors.latest, Some((_, Some(_)))) {
            errors.latest = Some((reason.to_owned(), advice));
        }
    }
}

impl ConsumerContext for ReachContext {}

fn reach(mut config: ClientConfig, place: &Place<'_>, patience: Duration) -> Result<(), Failure> {
    // It belongs to no group, so that nothing has to be left at the end.
    config.remove("group.id");
    let context = ReachContext { cluster: place.cluster, errors: Mutex::default() };
    let consumer: BaseConsumer<_> = oauth::connect(&config, context).map_err(|error| {
        let fix = format!("check [{}.properties]", place.cluster);
        Failure::lasting(format!("no client of {place} can be made: {error}"), fix)
    })?;
    let deadline = Instant::now() + patience;
    loop {
        match consumer.fetch_metadata(Some(NO_TOPIC), SLICE.min(patience)) {
            Ok(_) => return Ok(()),
            Err(error) if lookup::is_answer(&error) => return Ok(()),
            Err(_) => while consumer.poll(Duration::ZERO).is_some() {},
        }
        let errors = consumer.context().errors();
        let refused = matches!(errors.latest, Some((_, Some(_)))) && errors.all_down;
        if refused || Instant::now() > deadline {
            return Err(failure(&errors, place, patience));
        }
    }
}

fn failure(errors: &ClientErrors, place: &Place<'_>, patience: Duration) -> Failure {
    let up = "check that the brokers are up and reachable from here";
    match &errors.latest {
        Some((reason, Some(fix))) => {
            Failure::lasting(format!("connecting to {place} failed: {reason}"), fix.as_str())
        }
        Some((reason, None)) => Failure::passing(format!("connecting to {place} failed: {reason}"), up),
        None => Failure::passing(
            format!("{place} gave no answer within {patience:?}"),
            format!(
                "{up}, and that \"security.protocol\" in [{}.properties] is what this port speaks: one with TLS never answers \
                 plaintext",
                place.cluster
            ),
        ),
    }
}
