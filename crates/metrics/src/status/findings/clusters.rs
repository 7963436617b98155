//! Clusters that don't answer.

use super::{Finding, Level};
use crate::clusters::{Cluster, ClusterStatus};
use crate::status::Status;
use crate::text::{count, duration, utc};

impl Status {
    /// One for each cluster in an outage; the headline is of all of them.
    pub(super) fn cluster_findings(&self) -> Vec<Finding> {
        let both = self.outages().count() == 2;
        self.outages().map(|cluster| self.outage(cluster, both)).collect()
    }

    fn outage(&self, cluster: &ClusterStatus, both: bool) -> Finding {
        let (name, brokers) = (cluster.cluster.name(), &cluster.brokers);
        let headline = if both {
            "Neither cluster answers".to_owned()
        } else {
            format!("The {name} cluster does not answer")
        };
        let for_long = duration(cluster.seconds);
        let since =
            utc(self.now.0.saturating_sub(i64::try_from(cluster.seconds).unwrap_or(0).saturating_mul(1000)));
        let silence = if cluster.ever {
            format!("for {for_long}, since {since}")
        } else {
            format!("since this instance started {for_long} ago, {since}")
        };
        let cause = cluster.cause.as_deref().unwrap_or("no reason is known");
        let what = format!("The {name} cluster at {brokers} has not answered {silence}: {cause}.");
        let (detail, runbook) = match cluster.cluster {
            Cluster::Live => (
                "No event can be read, and how many wait is not known. Bystander only reads there. If the brokers are down, the \
                 shop is affected, too."
                    .to_owned(),
                "BystanderLiveAway",
            ),
            Cluster::Shadow => (
                format!(
                    "Results can't be written, so nothing is scored. {} in the live topics, and none is lost before their \
                     retention ends. The checkout is not affected.",
                    self.waiting()
                ),
                "BystanderShadowAway",
            ),
        };
        Finding { level: Level::Alarm, headline, what, detail, runbook: Some(runbook) }
    }

    /// How many events wait in the partitions that are shown, as far as that is known.
    fn waiting(&self) -> String {
        match (self.lag(), self.unknown()) {
            (0, _) => "Events wait".to_owned(),
            (lag, 0) => format!("{} events wait", count(lag)),
            (lag, _) => format!("{} events or more wait", count(lag)),
        }
    }
}
