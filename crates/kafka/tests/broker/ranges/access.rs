//! What a replay asks of the live cluster, as the cluster sees it.

use super::{STREAM, Topic, read};
use crate::access::{acls, log_in};
use bystander_kafka::live::{LiveClient, Sampler};
use bystander_kafka::{Start, TopicReader, live_acls};
use bystander_pipeline::Stop;
use bystander_testkit::{KafkaOptions, ProduceOptions, kafka_or_skip};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// What a client may ask that only reads, by the broker's names.
const READING: [&str; 9] = [
    "ApiVersions",
    "Fetch",
    "FetchConsumer",
    "FindCoordinator",
    "ListOffsets",
    "Metadata",
    "OffsetForLeaderEpoch",
    "SaslAuthenticate",
    "SaslHandshake",
];
/// What a broker and its controller say to each other anyway.
const OWN: [&str; 3] = ["BrokerHeartbeat", "FetchFollower", "FetchSnapshot"];

#[test]
fn reading_needs_the_live_permissions_alone_and_asks_for_nothing_but_reads() {
    let name = "reading_needs_the_live_permissions_alone_and_asks_for_nothing_but_reads";
    let cluster = kafka_or_skip!(name, KafkaOptions::authorized(&["reader"]));
    let topic = Topic::new(&cluster, 2, &[]);
    topic.feed(4_000, &ProduceOptions { transaction_size: 100, abort_every: 3 });
    let log = topic.log();
    let mut settings = topic.settings();
    settings.brokers = cluster.sasl_bootstrap();
    settings.properties = log_in(&cluster, "reader");
    let inputs = std::slice::from_ref(&topic.name);
    let status = Arc::default();
    cluster.add_acls("User:reader", &acls(&live_acls(&settings, inputs, "reader"))).unwrap();

    // A cluster that never had a group makes its own topic of group offsets when someone first looks for a coordinator.
    read(&mut topic.reader_of(&settings).0, 0, 0..log.ends[&0]);
    let offsets = || cluster.snapshot().unwrap()["topics"].get("__consumer_offsets").is_some();
    let deadline = Instant::now() + Duration::from_secs(20);
    while !offsets() {
        assert!(Instant::now() < deadline, "no client looked for the coordinator");
        std::thread::sleep(Duration::from_millis(200));
    }

    let before = cluster.snapshot().unwrap();
    let requests = cluster.served(0).unwrap().requests;
    let client = LiveClient::new(&settings, &status).unwrap();
    assert_eq!(client.partitions(&topic.name).unwrap(), 2);
    assert_eq!(client.cluster_id().unwrap(), cluster.id());
    assert_eq!(client.resolve(Start::At(0), &topic.name, &[0, 1]).unwrap(), [0, 0]);
    let mut sampler = Sampler::open(&settings, inputs, &status).unwrap();
    assert!(sampler.sample(STREAM, 0, 0..log.ends[&0]).unwrap().records > 0);
    let (mut reader, _) = topic.reader_of(&settings);
    for partition in 0..2 {
        let range = 0..log.ends[&partition];
        assert_eq!(read(&mut reader, partition, range.clone()).records, log.within(partition, &range));
    }
    let mut back = TopicReader::of_live(&settings, &topic.name, &status, &Stop::default()).unwrap();
    back.begin(1, Start::Earliest).unwrap();
    assert!(back.next().unwrap().is_some());
    let after = cluster.served(0).unwrap().requests;
    let grown: Vec<_> = after.iter().filter(|(kind, count)| requests.get(*kind) != Some(*count)).collect();
    assert!(grown.iter().any(|(kind, _)| *kind == "FetchConsumer"), "{grown:?}");
    for (kind, _) in grown {
        assert!(READING.contains(&kind.as_str()) || OWN.contains(&kind.as_str()), "{kind} was asked");
    }
    assert_eq!(status.isolation(), Ok(()));
    drop((client, sampler, reader, back));
    assert_eq!(cluster.snapshot().unwrap(), before);
}

#[test]
fn a_missing_permission_is_told_and_named() {
    let cluster =
        kafka_or_skip!("a_missing_permission_is_told_and_named", KafkaOptions::authorized(&["reader"]));
    let topic = Topic::new(&cluster, 1, &[]);
    topic.feed(10, &ProduceOptions::default());
    let mut settings = topic.settings();
    settings.brokers = cluster.sasl_bootstrap();
    settings.properties = log_in(&cluster, "reader");
    let inputs = std::slice::from_ref(&topic.name);
    let (group, topics): (Vec<_>, Vec<_>) =
        acls(&live_acls(&settings, inputs, "reader")).into_iter().partition(|acl| acl.resource == "group");
    let attempt = || super::try_read(&mut topic.reader_of(&settings).0, 0, 0..10, |_| {});
    let both = attempt().unwrap_err();
    assert!(!both.is_retriable() && both.fix.contains("grant this principal"), "{both:?}");
    cluster.add_acls("User:reader", &group).unwrap();
    let begun = Instant::now();
    let one = attempt().unwrap_err();
    assert!(!one.is_retriable() && one.fix.contains(&format!("READ on topic {}", topic.name)), "{one:?}");
    assert!(begun.elapsed() < Duration::from_secs(20), "{:?}", begun.elapsed());
    cluster.add_acls("User:reader", &topics).unwrap();
    assert_eq!(attempt().unwrap().records.len(), 10);
}
