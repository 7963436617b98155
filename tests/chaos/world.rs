//! Two clusters behind proxies, a job between them, and what is known of the run.

use crate::support::{Job, Plan};
use bystander_testkit::{KafkaCluster, KafkaOptions, Proxy};
use std::time::{Duration, Instant};

/// Partitions of each of the two inputs.
pub(crate) const PARTITIONS: i32 = 4;
/// After this the group gives an instance's shards to others.
pub(crate) const SESSION: Duration = Duration::from_secs(3);
/// After this the broker ends a transaction.
pub(crate) const TRANSACTION: Duration = Duration::from_secs(12);

/// One broker whose clients come through a proxy. It lets a process that died leave the group fast.
pub(crate) fn options() -> KafkaOptions {
    let properties = vec![("group.min.session.timeout.ms".to_owned(), "1000".to_owned())];
    KafkaOptions { proxied: true, properties, ..KafkaOptions::default() }
}

/// A job that reads one cluster and writes to the other, both through their proxies.
pub(crate) fn job<'a>(live: &'a KafkaCluster, shadow: &'a KafkaCluster, shards: i32) -> Job<'a> {
    let soon = [("reconnect.backoff.max.ms", "500"), ("socket.timeout.ms", "10000")];
    let soon = soon.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();
    let plan = Plan {
        live_brokers: live.proxied_bootstrap(),
        shadow_brokers: shadow.proxied_bootstrap(),
        live_properties: soon.clone(),
        shadow_properties: soon,
        session_timeout: format!("{}s", SESSION.as_secs()),
        transaction_timeout: Some(format!("{}s", TRANSACTION.as_secs())),
        ..Plan::new(shadow, shards)
    };
    let job = Job::of(live, shadow, plan);
    job.create_inputs(PARTITIONS);
    job.command(&["init", "--execute"]).ok();
    job
}

/// The proxy before a cluster's only broker.
pub(crate) fn way(cluster: &KafkaCluster) -> &Proxy {
    &cluster.proxies()[0]
}

/// Says what happens and when. When the test fails it says how to repeat it.
#[derive(Debug)]
pub(crate) struct Report {
    began: Instant,
    again: String,
}

impl Report {
    /// Begins with the command that repeats the run.
    pub(crate) fn begin(again: String) -> Self {
        eprintln!("{again}");
        Self { began: Instant::now(), again }
    }

    /// A line with the time since the beginning.
    pub(crate) fn line(&self, words: &str) {
        eprintln!("{:7.1} s  {words}", self.began.elapsed().as_secs_f64());
    }
}

impl Drop for Report {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("to repeat it: {}", self.again);
        }
    }
}

/// A number from the environment.
pub(crate) fn given(variable: &str) -> Option<u64> {
    let value = std::env::var(variable).ok().filter(|value| !value.is_empty())?;
    Some(value.parse().unwrap_or_else(|_| panic!("{variable} is {value:?}, not a whole number")))
}
