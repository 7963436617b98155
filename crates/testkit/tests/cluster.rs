//! The testkit's Kafka keeps what it promises to the tests that build on it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use bystander_testkit::{Acl, Isolation, KafkaOptions, ProduceOptions, kafka_or_skip, unique};
use serde_json::{Value, json};

fn records(topic: &str, count: usize) -> Vec<Value> {
    (0..count).map(|number| json!({ "topic": topic, "key": format!("k{number}"), "value": "v" })).collect()
}

fn runs(pid: u32) -> bool {
    // A process that has ended and was not yet waited for is a zombie, not a survivor.
    std::fs::read_to_string(format!("/proc/{pid}/stat")).is_ok_and(|stat| !stat.contains(") Z "))
}

fn eventually(what: &str, condition: impl Fn() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(20);
    while !condition() {
        assert!(Instant::now() < deadline, "{what} did not happen within 20 s");
        std::thread::sleep(Duration::from_millis(50));
    }
}

#[test]
fn one_broker_carries_topics_that_grow_and_are_trimmed() {
    let cluster = kafka_or_skip!("one_broker_carries_topics_that_grow_and_are_trimmed");
    let topic = unique("orders");
    cluster.create_topic(&topic, 1, &[("cleanup.policy", "compact")]).unwrap();
    cluster.produce(records(&topic, 10), &ProduceOptions::default()).unwrap();
    cluster.delete_records(&topic, 0, 4).unwrap_err();
    cluster.delete_topic(&topic).unwrap();

    let topic = unique("orders");
    cluster.create_topic(&topic, 1, &[]).unwrap();
    cluster.produce(records(&topic, 10), &ProduceOptions::default()).unwrap();
    cluster.delete_records(&topic, 0, 4).unwrap();
    cluster.add_partitions(&topic, 3).unwrap();
    let seen = cluster.consume(&topic, Isolation::Committed).unwrap();
    assert_eq!(seen.iter().map(|record| record.offset).collect::<Vec<_>>(), [4, 5, 6, 7, 8, 9]);
    assert_eq!(cluster.end_offsets(&topic).unwrap(), [(0, 10), (1, 0), (2, 0)].into());
}

#[test]
fn a_broker_counts_what_it_serves() {
    let cluster = kafka_or_skip!("a_broker_counts_what_it_serves");
    let topic = unique("served");
    cluster.create_topic(&topic, 1, &[]).unwrap();
    let of = || {
        let served = cluster.served(0).unwrap();
        (
            served.requests.get("Produce").copied().unwrap_or_default(),
            served.bytes_out.get(&topic).copied().unwrap_or_default(),
        )
    };
    let (produced, sent) = of();
    assert_eq!(sent, 0);
    cluster.produce(records(&topic, 1_000), &ProduceOptions::default()).unwrap();
    assert!(of().0 > produced);
    cluster.consume(&topic, Isolation::Committed).unwrap();
    assert!((1_000..1_000_000).contains(&of().1), "{}", of().1);
}

#[test]
fn bytes_headers_and_tombstones_arrive_as_they_were_sent() {
    let cluster = kafka_or_skip!("bytes_headers_and_tombstones_arrive_as_they_were_sent");
    let topic = unique("bytes");
    cluster.create_topic(&topic, 1, &[]).unwrap();
    let sent = [
        json!({ "topic": topic, "key": "é", "value_base64": "/wA=", "timestamp": 7, "headers": { "a": "1" } }),
        json!({ "topic": topic, "partition": 0, "value": null, "headers": [["b", "2"], ["b", "3"]] }),
    ];
    cluster.produce(sent, &ProduceOptions::default()).unwrap();
    let seen = cluster.consume(&topic, Isolation::Committed).unwrap();
    assert_eq!(seen[0].key.as_deref(), Some("é"));
    assert_eq!((seen[0].value.as_deref(), seen[0].value_base64.as_deref()), (None, Some("/wA=")));
    assert_eq!((seen[0].timestamp, seen[0].header("a")), (7, Some("1")));
    assert_eq!(
        (seen[1].key.as_deref(), seen[1].value.as_deref(), seen[1].value_base64.as_deref()),
        (None, None, None)
    );
    assert_eq!(seen[1].headers, [("b".to_owned(), "2".to_owned()), ("b".to_owned(), "3".to_owned())]);
}

#[test]
fn topics_are_not_created_by_naming_them() {
    let cluster = kafka_or_skip!("topics_are_not_created_by_naming_them");
    let topic = unique("nowhere");
    let refused =
        cluster.shell().call("end-offsets", &json!({ "bootstrap": cluster.bootstrap(), "topic": topic }));
    assert!(refused.unwrap_err().to_string().contains("UnknownTopicOrPartition"));
}

#[test]
fn a_snapshot_changes_with_a_record_a_topic_or_a_setting_and_with_nothing_else() {
    let name = "a_snapshot_changes_with_a_record_a_topic_or_a_setting_and_with_nothing_else";
    let cluster = kafka_or_skip!(name, KafkaOptions::default());
    cluster.create_topic("orders", 2, &[]).unwrap();
    let before = cluster.snapshot().unwrap();
    cluster.consume("orders", Isolation::Committed).unwrap();
    assert_eq!(cluster.snapshot().unwrap(), before);
    cluster.produce(records("orders", 1), &ProduceOptions::default()).unwrap();
    let with_a_record = cluster.snapshot().unwrap();
    assert_ne!(with_a_record, before);
    cluster.create_topic("other", 1, &[]).unwrap();
    assert_ne!(cluster.snapshot().unwrap(), with_a_record);
}

#[test]
fn three_brokers_survive_a_killed_one_which_comes_back() {
    let name = "three_brokers_survive_a_killed_one_which_comes_back";
    let cluster = kafka_or_skip!(name, KafkaOptions::brokers(3));
    cluster.create_topic("orders", 3, &[]).unwrap();
    cluster.produce(records("orders", 30), &ProduceOptions::default()).unwrap();
    let pids = cluster.pids();

    cluster.kill_broker(1).unwrap();
    assert!(!runs(pids[1]));
    cluster.produce(records("orders", 30), &ProduceOptions { transaction_size: 10, abort_every: 3 }).unwrap();
    cluster.restart_broker(1).unwrap();
    assert_ne!(cluster.pids()[1], pids[1]);
    cluster.pause_broker(2).unwrap();
    cluster.produce(records("orders", 30), &ProduceOptions::default()).unwrap();
    cluster.resume_broker(2).unwrap();
    cluster.stop_broker(0).unwrap();
    cluster.restart_broker(0).unwrap();

    assert_eq!(cluster.consume("orders", Isolation::Committed).unwrap().len(), 80);
    assert_eq!(cluster.consume("orders", Isolation::Uncommitted).unwrap().len(), 90);
    let last: Vec<u32> = cluster.pids();
    drop(cluster);
    eventually("the end of all brokers", || last.iter().all(|pid| !runs(*pid)));
}

#[test]
fn the_authorizer_refuses_what_no_acl_allows() {
    let name = "the_authorizer_refuses_what_no_acl_allows";
    let cluster = kafka_or_skip!(name, KafkaOptions::authorized(&["reader", "stranger"]));
    cluster.create_topic("orders", 1, &[]).unwrap();
    cluster.produce(records("orders", 3), &ProduceOptions::default()).unwrap();
    cluster.add_acls("User:reader", &[Acl::allow("topic", "orders", "read")]).unwrap();

    let of_many = |user: &str, command: &str, many: usize| {
        let arguments = json!({
            "bootstrap": cluster.sasl_bootstrap(),
            "properties": cluster.sasl_properties(user).unwrap(),
            "topic": "orders",
            "records": vec![json!({ "key": "k", "value": "v" }); many],
        });
        cluster.shell().call(command, &arguments)
    };
    let as_user = |user: &str, command: &str| of_many(user, command, 1);
    assert_eq!(as_user("reader", "consume").unwrap().as_array().unwrap().len(), 3);
    // Of many records some are sent after the producer knows that it is refused, which is another error.
    for (user, command, many) in
        [("reader", "produce-lines", 1), ("reader", "produce-lines", 200_000), ("stranger", "consume", 1)]
    {
        let error = of_many(user, command, many).unwrap_err().to_string();
        assert!(error.contains("AuthorizationException"), "{user} {command} {many}: {error}");
    }
    assert_eq!(cluster.end_offsets("orders").unwrap(), [(0, 3)].into());
}

#[test]
fn kafkas_own_acl_tool_runs_against_the_cluster() {
    let name = "kafkas_own_acl_tool_runs_against_the_cluster";
    let cluster = kafka_or_skip!(name, KafkaOptions::authorized(&["reader"]));
    let words = ["--bootstrap-server", &cluster.bootstrap(), "--add", "--allow-principal", "User:reader"];
    let words = [&words[..], &["--operation", "DESCRIBE", "--group", "bystander"]].concat();
    let output = cluster.kafka_tool("org.apache.kafka.tools.AclCommand", &words).unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let listed = cluster.shell().call("list-acls", &json!({ "bootstrap": cluster.bootstrap() })).unwrap();
    assert!(listed.to_string().contains("User:reader"), "{listed}");
}

#[test]
fn killing_the_owner_kills_the_brokers_and_removes_their_data() {
    let name = "killing_the_owner_kills_the_brokers_and_removes_their_data";
    kafka_or_skip!(name);
    let mut owner = Command::new(env!("CARGO_BIN_EXE_hold-kafka")).stdout(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(owner.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let mut words = line.split_whitespace();
    let pid: u32 = words.next().unwrap().parse().unwrap();
    let folder = Path::new(words.next().unwrap());
    assert!(runs(pid) && folder.is_dir());

    // SIGKILL: the owner cannot clean up after itself.
    owner.kill().unwrap();
    owner.wait().unwrap();
    eventually("the end of the broker", || !runs(pid));
    eventually("the removal of its data", || !folder.exists());
}
