//! Commands as a shell takes them. Those of Kafka's own distribution have been run as they are printed here; on a secured
//! cluster they need `--command-config` in addition, as the runbook says.

use crate::clusters::Cluster;
use crate::status::Status;

/// A word for a shell, quoted where it needs to be.
fn word(text: &str) -> String {
    let plain = |letter: char| letter.is_ascii_alphanumeric() || "._:,-/[]".contains(letter);
    if !text.is_empty() && text.chars().all(plain) {
        return text.to_owned();
    }
    format!("'{}'", text.replace('\'', r"'\''"))
}

impl Status {
    /// The bootstrap servers of a cluster as one word.
    fn servers(&self, cluster: Cluster) -> String {
        let of = self.clusters.iter().find(|status| status.cluster == cluster);
        let servers = of.map_or("BROKERS", |status| status.brokers.as_str());
        word(&servers.split_whitespace().collect::<String>())
    }

    /// A tool of Kafka's distribution, run against a cluster.
    fn tool(&self, tool: &str, cluster: Cluster, arguments: &str) -> String {
        format!("{tool} --bootstrap-server {} {arguments}", self.servers(cluster))
    }

    /// Lists the brokers of the shadow cluster that its controller counts as gone, too.
    pub(super) fn list_shadow_brokers(&self) -> String {
        let servers = self.servers(Cluster::Shadow);
        format!("kafka-cluster.sh list-endpoints --bootstrap-server {servers} --include-fenced-brokers")
    }

    /// Lists the group's members with the host of each.
    pub(super) fn list_members(&self) -> String {
        let arguments = format!("--describe --group {} --members", word(&self.group_name));
        self.tool("kafka-consumer-groups.sh", Cluster::Shadow, &arguments)
    }

    /// Shows who leads the partitions of group offsets: a group's coordinator leads one of them.
    pub(super) fn describe_offsets_topic(&self) -> String {
        self.tool("kafka-topics.sh", Cluster::Shadow, "--describe --topic __consumer_offsets")
    }

    /// Shows who leads each partition of an input topic.
    pub(super) fn describe_topic(&self, topic: &str) -> String {
        self.tool("kafka-topics.sh", Cluster::Live, &format!("--describe --topic {}", word(topic)))
    }

    /// Shows which producers write to an input partition, and where the open transaction of each begins.
    pub(super) fn describe_producers(&self, topic: &str, partition: i32) -> String {
        let arguments = format!("describe-producers --topic {} --partition {partition}", word(topic));
        self.tool("kafka-transactions.sh", Cluster::Live, &arguments)
    }

    /// Lists the live cluster's transactions with producer and transactional id.
    pub(super) fn list_transactions(&self) -> String {
        self.tool("kafka-transactions.sh", Cluster::Live, "list")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_shell_would_read_otherwise_is_quoted() {
        assert_eq!(word("kafka-1:9092,[::1]:9093"), "kafka-1:9092,[::1]:9093");
        assert_eq!(word("a group's"), r"'a group'\''s'");
        assert_eq!((word(""), word("$(id)")), ("''".to_owned(), "'$(id)'".to_owned()));
    }
}
