//! The permissions that both principals need, as commands for an administrator.

use crate::config::{LiveSettings, ShadowSettings};

/// `kafka-acls.sh` lines for the live principal: read the inputs, look up one group name, nothing else.
/// The denials are belt and braces: they hold even if someone later allows more by prefix.
pub fn live_acls(live: &LiveSettings, inputs: &[String], principal: &str) -> Vec<String> {
    let mut lines = Vec::new();
    for topic in inputs {
        let topic = quoted(topic);
        lines.push(line(&live.brokers, principal, "allow", &["Read"], &format!("--topic {topic}")));
        let denied = ["Write", "Create", "Delete", "Alter"];
        lines.push(line(&live.brokers, principal, "deny", &denied, &format!("--topic {topic}")));
    }
    let group = format!("--group {}", quoted(&live.group));
    lines.push(line(&live.brokers, principal, "allow", &["Describe"], &group));
    lines
}

/// `kafka-acls.sh` lines for the shadow principal: write the three topics and look at their settings, read
/// checkpoints, look for own comparisons before a partition is begun, share shards.
pub fn shadow_acls(shadow: &ShadowSettings, principal: &str) -> Vec<String> {
    let topic = |topic: &str| format!("--topic {}", quoted(topic));
    let group = quoted(&shadow.group);
    let ids = format!(
        "--transactional-id {} --resource-pattern-type prefixed",
        quoted(&format!("{}-", shadow.job))
    );
    [
        (vec!["Write", "Read", "DescribeConfigs"], topic(shadow.comparisons.name())),
        (vec!["Write", "DescribeConfigs"], topic(shadow.dead_letters.name())),
        (vec!["Write", "Read", "DescribeConfigs"], topic(shadow.checkpoints.name())),
        (vec!["Read"], format!("--group {group}")),
        (vec!["Write", "Describe"], ids),
    ]
    .into_iter()
    .map(|(operations, resource)| line(&shadow.brokers, principal, "allow", &operations, &resource))
    .collect()
}

fn line(brokers: &str, principal: &str, kind: &str, operations: &[&str], resource: &str) -> String {
    let brokers = quoted(brokers);
    let principal = quoted(&format!("User:{principal}"));
    let operations: String = operations.iter().map(|operation| format!(" --operation {operation}")).collect();
    format!(
        "kafka-acls.sh --bootstrap-server {brokers} --add --{kind}-principal {principal}{operations} {resource}"
    )
}

/// A word as a POSIX shell takes it literally.
fn quoted(word: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"._-:,/=".contains(&byte);
    if !word.is_empty() && word.bytes().all(plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}
