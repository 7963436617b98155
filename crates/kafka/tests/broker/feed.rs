//! A record that the broker refuses: whoever feeds hears of it in whatever it does next.

use crate::world::{PATIENCE, World, eventually};
use bystander_kafka::{Feed, FeedRecord};
use bystander_pipeline::Failure;
use bystander_testkit::{Isolation, kafka_or_skip};
use std::collections::BTreeMap;
use std::time::Instant;

/// Further from the broker's clock than it allows: the year 2079.
const REFUSED: Option<i64> = Some(3_439_756_800_000);

#[test]
fn a_refused_record_is_an_error_of_the_next_wait_send_or_flush_and_names_its_own_topic() {
    let name = "a_refused_record_is_an_error_of_the_next_wait_send_or_flush_and_names_its_own_topic";
    let cluster = kafka_or_skip!(name);
    let world = World::new(cluster, &[1, 1], 1);
    let [topic, other] = [0, 1].map(|index| world.job.inputs()[index].as_str());
    let refused = || {
        let feed = Feed::new(&cluster.bootstrap(), &BTreeMap::new()).unwrap();
        let record =
            FeedRecord { topic, payload: Some(b"x"), timestamp_ms: REFUSED, ..FeedRecord::default() };
        feed.send(record).unwrap();
        feed
    };
    let told = |failure: Failure| {
        let said = failure.to_string();
        assert!(said.contains(topic) && said.contains("message.timestamp.after.max.ms"), "{said}");
    };
    // The next event is far away.
    told(refused().wait_until(Instant::now() + PATIENCE).unwrap_err());
    let feed = refused();
    let mut failure = None;
    eventually(|| {
        let record = FeedRecord { topic: other, payload: Some(b"x"), ..FeedRecord::default() };
        failure = feed.send(record).err();
        failure.is_some()
    });
    told(failure.unwrap());
    told(refused().flush().unwrap_err());
}

/// This process packs and unpacks with functions of its own for most codecs: another client must read what they make.
#[test]
fn another_client_reads_what_is_packed_with_every_codec_and_so_does_this_one() {
    let name = "another_client_reads_what_is_packed_with_every_codec_and_so_does_this_one";
    let cluster = kafka_or_skip!(name);
    let world = World::new(cluster, &[1], 1);
    let topic = world.job.inputs()[0].as_str();
    let codecs = ["none", "gzip", "snappy", "lz4", "zstd"];
    let mut sent = Vec::new();
    for codec in codecs {
        // Batches of many records, more than one block of any codec.
        let properties = [("compression.type", codec), ("linger.ms", "1000"), ("batch.size", "900000")];
        let properties = properties.map(|(key, value)| (key.to_owned(), value.to_owned())).into();
        let feed = Feed::new(&cluster.bootstrap(), &properties).unwrap();
        for index in 0..2_000 {
            let value = format!("{codec} {index} {}", "ab".repeat(index % 200));
            feed.send(FeedRecord { topic, payload: Some(value.as_bytes()), ..FeedRecord::default() })
                .unwrap();
            sent.push(value);
        }
        feed.flush().unwrap();
    }
    let seen = cluster.consume(topic, Isolation::Committed).unwrap();
    let seen: Vec<String> = seen.into_iter().filter_map(|record| record.value).collect();
    assert!(seen == sent, "{} of {} records", seen.len(), sent.len());
    assert_eq!(world.start(0).commit().unwrap(), sent.len());
    assert_eq!(world.compared_at_least(sent.len()).len(), sent.len());
}
