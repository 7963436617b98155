//! Whether a cluster is as it was, and if not, what was written by whom.

use super::eventually;
use bystander_testkit::{Isolation, KafkaCluster};
use serde_json::Value;
use std::time::Duration;

const OFFSETS: &str = "__consumer_offsets";

/// Waits until a group has no members. A process that ended has asked to leave, and the broker does it, and writes so
/// into its topic of group offsets, when it comes to that: on a busy machine seconds later.
pub fn wait_until_left(cluster: &KafkaCluster, group: &str) {
    eventually("the group has no members", Duration::from_secs(300), || {
        let states = cluster.snapshot().unwrap()["states"].clone();
        states.get(group).is_none_or(|state| state == "Empty" || state == "Dead")
    });
}

/// Fails unless two snapshots are equal; says what differs, and whose the further records of group offsets are.
pub fn assert_untouched(cluster: &KafkaCluster, before: &Value, after: &Value) {
    let mut found = Vec::new();
    differences("", before, after, &mut found);
    if found.is_empty() {
        return;
    }
    let further = further_group_records(cluster, before);
    panic!("the cluster was changed:\n{}\nfurther records of groups: {further:#?}", found.join("\n"));
}

fn differences(path: &str, before: &Value, after: &Value, found: &mut Vec<String>) {
    match (before, after) {
        (Value::Object(old), Value::Object(new)) => {
            let mut keys: Vec<_> = old.keys().chain(new.keys()).collect();
            keys.sort_unstable();
            keys.dedup();
            for key in keys {
                let of = |side: &serde_json::Map<String, Value>| side.get(key).cloned().unwrap_or_default();
                differences(&format!("{path}/{key}"), &of(old), &of(new), found);
            }
        }
        _ if before != after => found.push(format!("{path}: {before} became {after}")),
        _ => {}
    }
}

/// The records of the topic of group offsets that came after a snapshot.
fn further_group_records(cluster: &KafkaCluster, before: &Value) -> Vec<String> {
    let Ok(records) = cluster.consume(OFFSETS, Isolation::Uncommitted) else { return Vec::new() };
    let partitions = &before["topics"][OFFSETS]["partitions"];
    let known = |partition: i32| partitions[partition.to_string()]["end"].as_i64().unwrap_or(0);
    let further = records.into_iter().filter(|record| record.offset >= known(record.partition));
    further
        .map(|record| {
            let at = format!("partition {} offset {}", record.partition, record.offset);
            let what =
                if record.value.is_some() || record.value_base64.is_some() { "" } else { ", a tombstone" };
            format!("{at}: {}{what}", group_record(record.key.as_deref().unwrap_or_default().as_bytes()))
        })
        .collect()
}

/// What a record's key is about: two bytes of its kind, two of a length, and the group's name.
fn group_record(key: &[u8]) -> String {
    let number = |at: usize| key.get(at..at + 2).map_or(0, |two| u16::from_be_bytes([two[0], two[1]]));
    let kind = match number(0) {
        0 | 1 => "a position of group",
        2 => "members of group",
        _ => "another record of group",
    };
    let name = key.get(4..4 + usize::from(number(2))).unwrap_or_default();
    format!("{kind} {}", String::from_utf8_lossy(name))
}
