//! The part of the client library's statistics that the live reader uses.

use serde::Deserialize;
use std::collections::BTreeMap;
use std::time::Duration;

/// One statistics document.
#[derive(Debug, Deserialize)]
pub(crate) struct Statistics {
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

    /// How long ago any broker last answered, where one is connected.
    pub(crate) fn idle(&self) -> Option<Duration> {
        self.brokers.values().filter_map(Broker::idle).min()
    }

    /// How long ago the broker of this id last answered, where it is connected. A connection's answers come in order,
    /// so a fetch before that was answered, too.
    pub(crate) fn idle_of(&self, broker: i32) -> Option<Duration> {
        let of = self.brokers.values().filter(|one| broker >= 0 && one.nodeid == broker);
        of.filter_map(Broker::idle).min()
    }
}
