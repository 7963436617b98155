//! When a cluster last answered, and why it does not answer now.
//!
//! Every client of a cluster may say that it got an answer; one watch per cluster asks regularly, so that silence
//! means an outage and not a lack of work.

use crate::security::advice;
use parking_lot::{Mutex, MutexGuard};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use std::time::{Duration, Instant};

/// A cluster that has not answered for this long is in an outage. Shorter gaps are ordinary: a broker restarts, a
/// coordinator moves, a busy machine is late.
pub const SILENT_AFTER: Duration = Duration::from_secs(30);
/// How the client library ends its count of brokers that are not connected.
const SUMMARY: &str = "brokers are down";
/// Longest time between two log lines about one outage.
const LONGEST_REMINDER: Duration = Duration::from_secs(3600);

/// Whether a cluster answers. Shared by all clients of it in this process.
#[derive(Debug)]
pub struct Contact {
    cluster: &'static str,
    inner: Mutex<Inner>,
}

/// How a cluster is at one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContactStatus {
    /// Time since it last answered, or since the first attempt while it never has.
    pub silent: Duration,
    /// Whether it has answered since this process started.
    pub ever: bool,
    /// Why it does not answer, in the client library's words; they name the broker.
    pub cause: Option<String>,
}

#[derive(Debug)]
struct Inner {
    answered: Instant,
    ever: bool,
    cause: Option<Cause>,
    /// Whether it was said that brokers refuse this client.
    refused: bool,
    /// Silence at which the log is next written to; doubles with each line.
    remind_at: Duration,
}

/// Why there is no answer, and since when that is known.
#[derive(Debug)]
struct Cause {
    what: String,
    noted: Instant,
}

impl Contact {
    /// Nothing was heard from `cluster` (`live` or `shadow`) yet.
    pub fn new(cluster: &'static str) -> Self {
        let inner = Inner {
            answered: Instant::now(),
            ever: false,
            cause: None,
            refused: false,
            remind_at: SILENT_AFTER,
        };
        Self { cluster, inner: Mutex::new(inner) }
    }

    /// The cluster has answered a request that was sent at `asked`.
    pub fn answered(&self, asked: Instant) {
        self.note(Instant::now(), asked);
    }

    /// The cluster answered then. Reports may come out of order.
    pub(crate) fn answered_at(&self, then: Instant) {
        self.note(then, then);
    }

    /// The cluster answered, at `then` at the latest and at `earliest` at the earliest. A cause that was noted after that
    /// may be that of an outage which began after the answer. It must stay: the client library says it once, and nothing
    /// for half a minute after that.
    fn note(&self, then: Instant, earliest: Instant) {
        let mut inner = self.lock();
        if inner.ever && then <= inner.answered {
            return;
        }
        if inner.remind_at > SILENT_AFTER {
            let outage = then.saturating_duration_since(inner.answered);
            tracing::info!(cluster = self.cluster, ?outage, "the cluster answers again");
        }
        let answered = then.max(inner.answered);
        let cause = inner.cause.take().filter(|cause| cause.noted > earliest);
        let refused = inner.refused && cause.is_some();
        *inner = Inner { answered, ever: true, cause, refused, remind_at: SILENT_AFTER };
    }

    /// A client met an error on the way to a broker.
    pub(crate) fn client_error(&self, error: &KafkaError, reason: &str) {
        // "2/2 brokers are down" says less than the errors of the connections that come before it.
        let summary = error.rdkafka_error_code() == Some(RDKafkaErrorCode::AllBrokersDown);
        let mut inner = self.lock();
        if let Some(fix) = advice(self.cluster, reason).filter(|_| !inner.refused) {
            // Not an outage that passes: it is said at once, and once.
            inner.refused = true;
            tracing::error!(cluster = self.cluster, reason, fix, "the brokers refuse this client; retrying");
        }
        if !summary || inner.cause.is_none() {
            inner.cause = Some(Cause { what: reason.to_owned(), noted: Instant::now() });
        }
    }

    /// A request got no answer in time. What a connection's own error says is better and is kept; where there is none,
    /// connections are made and nothing comes back.
    pub(crate) fn request_failed(&self, patience: Duration) {
        let mut inner = self.lock();
        if inner.cause.as_ref().is_none_or(|cause| cause.what.ends_with(SUMMARY)) {
            let what = format!(
                "requests get no answer within {patience:?}: the brokers hang, or the network drops packets"
            );
            inner.cause = Some(Cause { what, noted: Instant::now() });
        }
    }

    /// How the cluster is now.
    pub fn status(&self) -> ContactStatus {
        let inner = self.lock();
        let cause = inner.cause.as_ref().map(|cause| cause.what.clone());
        ContactStatus { silent: inner.answered.elapsed(), ever: inner.ever, cause }
    }

    /// Writes an outage to the log: once it is one, and again whenever it has become twice as long, but at least
    /// every hour.
    pub(crate) fn remind(&self, brokers: &str) {
        let mut inner = self.lock();
        let silent = inner.answered.elapsed();
        if inner.due(silent) {
            let cause = inner.cause.as_ref().map_or("no answer", |cause| &cause.what);
            let (cluster, seconds) = (self.cluster, silent.as_secs());
            let fix = advice(cluster, cause);
            tracing::error!(cluster, brokers, seconds, cause, fix, "the cluster does not answer; retrying");
        }
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock()
    }
}

impl Inner {
    /// Whether a line is due after this much silence; the next one then comes later.
    fn due(&mut self, silent: Duration) -> bool {
        if silent < self.remind_at {
            return false;
        }
        self.remind_at = silent + silent.min(LONGEST_REMINDER);
        true
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use rdkafka::types::RDKafkaErrorCode as Code;

    fn ago(seconds: u64) -> Instant {
        Instant::now().checked_sub(Duration::from_secs(seconds)).unwrap()
    }

    #[test]
    fn an_outage_is_repeated_at_a_growing_interval_of_an_hour_at_most() {
        let contact = Contact::new("shadow");
        let told = (0..6 * 3600).filter(|&second| contact.lock().due(Duration::from_secs(second)));
        let told: Vec<_> = told.collect();
        assert_eq!(told, [30, 60, 120, 240, 480, 960, 1920, 3840, 7440, 11_040, 14_640, 18_240]);
    }

    #[test]
    fn an_answer_ends_the_silence_and_an_older_report_does_not_lengthen_it() {
        let contact = Contact::new("live");
        assert!(!contact.status().ever);
        contact.request_failed(Duration::from_secs(5));
        contact.answered(Instant::now());
        contact.answered_at(ago(50));
        let status = contact.status();
        assert!(status.ever && status.silent < Duration::from_secs(10), "{status:?}");
        assert_eq!(status.cause, None);
        contact.request_failed(Duration::from_secs(5));
        contact.answered_at(ago(40));
        assert!(contact.status().cause.is_some(), "a late report of an earlier answer explains nothing away");
    }

    #[test]
    fn an_answer_from_before_an_error_that_is_reported_after_it_does_not_hide_the_error() {
        let contact = Contact::new("live");
        let asked = Instant::now();
        let before_error = Instant::now();
        contact.client_error(&KafkaError::Global(Code::BrokerTransportFailure), "Connection refused");
        contact.answered_at(before_error);
        assert_eq!(contact.status().cause.as_deref(), Some("Connection refused"));
        contact.answered(asked);
        assert_eq!(
            contact.status().cause.as_deref(),
            Some("Connection refused"),
            "which came first is not known"
        );
        contact.answered(Instant::now());
        assert_eq!(contact.status().cause, None);
    }

    #[test]
    fn the_cause_is_the_broker_that_refuses_and_not_the_count_of_those_that_are_down() {
        let contact = Contact::new("live");
        let refused = "localhost:9092/1: Connect to ipv4#127.0.0.1:9092 failed: Connection refused";
        contact.client_error(&KafkaError::Global(Code::BrokerTransportFailure), refused);
        contact.client_error(&KafkaError::Global(Code::AllBrokersDown), "1/1 brokers are down");
        contact.request_failed(Duration::from_secs(5));
        assert_eq!(contact.status().cause.as_deref(), Some(refused));
    }

    #[test]
    fn brokers_that_hang_are_told_from_brokers_that_refuse() {
        let contact = Contact::new("live");
        contact.client_error(&KafkaError::Global(Code::AllBrokersDown), "1/1 brokers are down");
        contact.request_failed(Duration::from_secs(5));
        let cause = contact.status().cause.unwrap();
        assert!(cause.starts_with("requests get no answer within 5s: the brokers hang"), "{cause}");
    }
}
