//! The part of the client library's statistics that the live reader uses.

use parking_lot::Mutex;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

/// One statistics document.
#[derive(Debug, Deserialize)]
pub(crate) struct Statistics {
    /// When it was made, in microseconds of the client library's own monotonic clock.
    #[serde(default)]
    ts: u64,
    /// The same by our clock, once [`LibraryClock::date`] has said so.
    #[serde(skip)]
    made: Option<Instant>,
    #[serde(default)]
    pub(crate) brokers: BTreeMap<String, Broker>,
    #[serde(default)]
    pub(crate) topics: BTreeMap<String, Topic>,
}

/// What was sent to one broker.
#[derive(Debug, Deserialize)]
pub(crate) struct Broker {
    /// Requests sent so far, by type.
    #[serde(default)]
    pub(crate) req: BTreeMap<String, i64>,
    #[serde(default)]
    pub(crate) state: String,
    /// The broker's id, -1 for an address of the config.
    #[serde(default = "none")]
    pub(crate) nodeid: i32,
    /// Microseconds since anything was received, -1 before that.
    #[serde(default = "never")]
    pub(crate) rxidle: i64,
    /// Bytes received so far, with all protocol overhead, before decompression.
    #[serde(default)]
    pub(crate) rxbytes: u64,
}

/// One topic.
#[derive(Debug, Deserialize)]
pub(crate) struct Topic {
    #[serde(default)]
    pub(crate) partitions: BTreeMap<i32, Partition>,
}

/// One partition; offsets are negative where not known.
#[derive(Debug, Deserialize)]
pub(crate) struct Partition {
    /// Records ready in the client's queue, of all partitions together.
    pub(crate) fetchq_cnt: i64,
    /// Where the fetcher goes on.
    pub(crate) next_offset: i64,
    /// Where the fetcher last met the end.
    pub(crate) eof_offset: i64,
    /// Oldest offset kept.
    pub(crate) lo_offset: i64,
    /// High watermark: where the partition ends.
    pub(crate) hi_offset: i64,
    /// Last stable offset: the end, for readers of committed records.
    pub(crate) ls_offset: i64,
    /// Id of the broker that is fetched from, -1 for none.
    #[serde(default = "none")]
    pub(crate) broker: i32,
    /// Epoch of the partition's leader, -1 where it isn't known.
    #[serde(default = "none")]
    pub(crate) leader_epoch: i32,
}

fn none() -> i32 {
    -1
}

fn never() -> i64 {
    -1
}

impl Broker {
    /// How long ago something was received on a connection that is up.
    fn idle(&self) -> Option<Duration> {
        let micros = u64::try_from(self.rxidle).ok().filter(|_| self.state == "UP")?;
        Some(Duration::from_micros(micros))
    }
}

/// What a client that only reads may send.
const READING: [&str; 8] = [
    "ApiVersion",
    "Metadata",
    "FindCoordinator",
    "ListOffsets",
    "Fetch",
    "OffsetForLeaderEpoch",
    "SaslHandshake",
    "SaslAuthenticate",
];

impl Statistics {
    /// A request type that a reader has no business sending, if one was sent.
    pub(crate) fn offending(&self) -> Option<&str> {
        let sent = self.brokers.values().flat_map(|broker| &broker.req).filter(|(_, count)| **count > 0);
        sent.map(|(name, _)| name.as_str()).find(|name| !READING.contains(name))
    }

    /// Bytes received so far from all brokers.
    pub(crate) fn received(&self) -> u64 {
        self.brokers.values().map(|broker| broker.rxbytes).sum()
    }

    /// Whether any broker connection is up.
    pub(crate) fn connected(&self) -> bool {
        self.brokers.values().any(|broker| broker.state == "UP")
    }

    /// When any broker last answered, where one is connected.
    pub(crate) fn answered(&self) -> Option<Instant> {
        self.before(self.brokers.values().filter_map(Broker::idle).min())
    }

    /// When the broker of this id last answered, where it is connected. A connection's answers come in order, so a fetch
    /// before that was answered, too.
    pub(crate) fn answered_by(&self, broker: i32) -> Option<Instant> {
        let of = self.brokers.values().filter(|one| broker >= 0 && one.nodeid == broker);
        self.before(of.filter_map(Broker::idle).min())
    }

    fn before(&self, idle: Option<Duration>) -> Option<Instant> {
        self.made?.checked_sub(idle?)
    }
}

/// The client library's clock, by ours.
///
/// A document waits in the client's queue until that is served, which takes seconds while a request is waited for. Taken
/// for new, an old one would say that a broker has just answered which has been silent since.
#[derive(Debug, Default)]
pub(crate) struct LibraryClock {
    /// When the library's clock stood at zero: the earliest that any document speaks for, since none comes too early.
    zero: Mutex<Option<Instant>>,
}

impl LibraryClock {
    /// Dates a document that arrives `now`.
    pub(crate) fn date(&self, statistics: &mut Statistics, now: Instant) {
        let age = Duration::from_micros(statistics.ts);
        let Some(zero) = now.checked_sub(age) else { return };
        let mut known = self.zero.lock();
        let zero = known.map_or(zero, |known| known.min(zero));
        *known = Some(zero);
        statistics.made = zero.checked_add(age);
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_document_that_waited_to_be_read_is_dated_when_it_was_made() {
        let clock = LibraryClock::default();
        let begin = Instant::now();
        let answered = |made: u64, idle: u64, arrives: u64| {
            let broker = serde_json::json!({ "state": "UP", "nodeid": 1, "rxidle": idle * 1_000_000 });
            let text =
                serde_json::json!({ "ts": made * 1_000_000, "brokers": { "one": broker } }).to_string();
            let mut statistics: Statistics = serde_json::from_str(&text).unwrap();
            clock.date(&mut statistics, begin + Duration::from_secs(arrives));
            assert_eq!(statistics.answered(), statistics.answered_by(1));
            assert_eq!(statistics.answered_by(2), None);
            statistics.answered().unwrap().duration_since(begin).as_secs()
        };
        assert_eq!(answered(100, 1, 100), 99);
        // A request was waited for meanwhile.
        assert_eq!(answered(101, 2, 106), 99);
        assert_eq!(answered(103, 0, 106), 103);
    }
}
