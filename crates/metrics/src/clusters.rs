//! The two clusters, and whether they answer.

use serde::Serialize;

/// One of the two clusters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Cluster {
    /// Where events are read.
    Live,
    /// Where results and positions are written.
    Shadow,
}

impl Cluster {
    /// The word used in metrics and text.
    pub fn name(self) -> &'static str {
        match self {
            Self::Live => "live",
            Self::Shadow => "shadow",
        }
    }
}

/// Whether a cluster answers this process.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ClusterStatus {
    /// Which.
    pub cluster: Cluster,
    /// Its bootstrap servers.
    pub brokers: String,
    /// Whole seconds since it last answered, or since the start while it never has.
    pub seconds: u64,
    /// Whether it has answered since the start.
    pub ever: bool,
    /// Whether that is an outage: silence for longer than ordinary trouble lasts.
    pub silent: bool,
    /// Why it does not answer, with the broker's address, where that is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cause: Option<String>,
}

impl ClusterStatus {
    /// The outage as the reason why a process is not ready.
    pub fn outage(&self) -> Option<String> {
        let (cluster, brokers) = (self.cluster.name(), &self.brokers);
        self.silent.then(|| format!("the {cluster} cluster at {brokers} does not answer"))
    }
}
