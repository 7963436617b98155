//! Clusters that don't answer.

use super::reason::Reason;
use super::{Finding, Level, Step};
use crate::clusters::{Cluster, ClusterStatus};
use crate::status::Status;
use crate::text::{count, duration, utc};

/// True whether brokers or only the way to them are down.
const LIVE_IMPACT: &str = "If the live brokers are down, the checkout is affected too; otherwise it is not.";

impl Status {
    /// One for an outage, be it of one cluster or of both.
    pub(super) fn cluster_finding(&self) -> Option<Finding> {
        let away: Vec<&ClusterStatus> = self.outages().collect();
        match away[..] {
            [] => None,
            [one] => Some(self.outage(one)),
            [..] => Some(self.outage_of_both(&away)),
        }
    }

    fn outage(&self, cluster: &ClusterStatus) -> Finding {
        let reason = cluster.cause.as_deref().map_or(Reason::Unknown, Reason::of);
        let (name, silence) = (cluster.cluster.name(), duration(cluster.seconds));
        let cause = format!("The {name} cluster has not answered for {silence}{}", reason.words());
        let finding = Finding::new(Level::Alarm, cause, first_step(cluster.cluster, reason));
        let (finding, then) = match cluster.cluster {
            Cluster::Live => {
                (finding.impact(LIVE_IMPACT).runbook("BystanderLiveAway"), NOTHING_READ.to_owned())
            }
            Cluster::Shadow => (finding.runbook("BystanderShadowAway"), self.nothing_scored()),
        };
        finding.detail(format!("{} {then} {RESUMES}", self.silence(cluster)))
    }

    fn outage_of_both(&self, away: &[&ClusterStatus]) -> Finding {
        let silence = duration(away.iter().map(|cluster| cluster.seconds).min().unwrap_or(0));
        let reason = |cluster: &&ClusterStatus| cluster.cause.as_deref().map_or(Reason::Unknown, Reason::of);
        let first = away.first().map_or(Reason::Unknown, reason);
        let shared =
            if away.iter().all(|cluster| reason(cluster) == first) { first } else { Reason::Unknown };
        let step = Step::new(match shared {
            Reason::Refused => {
                "Check whether both clusters' brokers run. If they do, check this host's DNS, routes and firewall."
            }
            _ => {
                "Check this host's network: DNS, routes, NetworkPolicy, firewall. If it works, check the clusters."
            }
        });
        let told: Vec<String> = away.iter().map(|cluster| self.silence(cluster)).collect();
        Finding::new(
            Level::Alarm,
            format!("This host has reached neither cluster for {silence}{}", shared.words()),
            step,
        )
        .impact(LIVE_IMPACT)
        .detail(format!("{} {NOTHING_READ} {RESUMES}", told.join(" ")))
        .runbook("BystanderLiveAway")
    }

    /// Addresses, since when, and the client library's own words.
    fn silence(&self, cluster: &ClusterStatus) -> String {
        let (name, brokers) = (cluster.cluster.name(), &cluster.brokers);
        let since =
            utc(self.now.0.saturating_sub(i64::try_from(cluster.seconds).unwrap_or(0).saturating_mul(1000)));
        let since = if cluster.ever {
            format!("since {since}")
        } else {
            format!("since this instance started, {since}")
        };
        let cause = cluster.cause.as_deref().unwrap_or("no reason is known");
        format!("The {name} cluster at {brokers} has not answered {since}: {cause}.")
    }

    /// How many events wait in the partitions that are shown, as far as that is known.
    fn nothing_scored(&self) -> String {
        let waiting = match (self.lag(), self.unknown()) {
            (0, _) => "Events wait".to_owned(),
            (lag, 0) => format!("{} events wait", count(lag)),
            (lag, _) => format!("{} events or more wait", count(lag)),
        };
        format!(
            "Nothing is scored. {waiting} in the live topics; none is lost before the retention of these topics ends."
        )
    }
}

const NOTHING_READ: &str = "No event is read, and no broker can say how many wait.";
const RESUMES: &str = "Bystander needs no restart: it resumes by itself.";

/// What to do first about a cluster that is away for this reason.
fn first_step(cluster: Cluster, reason: Reason) -> Step {
    let live = cluster == Cluster::Live;
    Step::new(match (reason, live) {
        (Reason::Refused, true) => {
            "Ask the live cluster's team whether its brokers run: nothing listens on the broker's port."
        }
        (Reason::Refused, false) => {
            "Start the shadow cluster's brokers: nothing listens on the broker's port."
        }
        (Reason::Name, _) => "Fix DNS on this host, or the broker addresses in the config.",
        (Reason::Credentials, true) => {
            "Check credentials and certificates in [live.properties]; the log names the one to fix."
        }
        (Reason::Credentials, false) => {
            "Check credentials and certificates in [shadow.properties]; the log names the one to fix."
        }
        (Reason::Timeout | Reason::Unknown, true) => {
            "Ask the live cluster's team whether it is up. If so, fix the network path."
        }
        (Reason::Timeout | Reason::Unknown, false) => {
            "Check whether other hosts reach it. If they do, fix the network path from here."
        }
    })
}
