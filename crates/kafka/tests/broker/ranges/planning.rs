//! What a plan is made from.

use super::{STREAM, Topic};
use bystander_kafka::live::{LiveClient, RangeSample, Sampler};
use bystander_kafka::{Feed, FeedRecord, Start};
use bystander_testkit::{ProduceOptions, kafka_or_skip};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

#[test]
fn times_become_offsets_in_one_question_for_all_partitions() {
    let cluster = kafka_or_skip!("times_become_offsets_in_one_question_for_all_partitions");
    let topic = Topic::new(cluster, 3, &[]);
    let feed = Feed::new(&cluster.bootstrap(), &BTreeMap::new()).unwrap();
    // Equal times stand side by side, one is out of order, and the third partition is empty.
    for (partition, time) in [(0, 10), (0, 20), (0, 20), (0, 15), (0, 30), (1, 25)] {
        feed.send(FeedRecord {
            topic: &topic.name,
            partition: Some(partition),
            payload: Some(b"x"),
            timestamp_ms: Some(time),
            ..FeedRecord::default()
        })
        .unwrap();
        feed.flush().unwrap();
    }
    let live = LiveClient::new(&topic.settings(), &Arc::default()).unwrap();
    let name = topic.name.as_str();
    let wanted = [(name, 0, 20), (name, 1, 20), (name, 2, 20), (name, 0, 31), (name, 0, -5)];
    // A partition stands once in a question: the same one with several times is asked one by one.
    assert_eq!(live.first_at(&wanted[..3]).unwrap(), [Some(1), Some(0), None]);
    assert_eq!(live.first_at(&wanted[3..4]).unwrap(), [None]);
    assert_eq!(live.first_at(&wanted[4..]).unwrap(), [Some(0)]);
    assert_eq!(live.first_at(&[]).unwrap(), []);
    assert_eq!(live.resolve(Start::At(20), name, &[0, 1, 2]).unwrap(), [1, 0, 0]);
    assert_eq!(live.cluster_id().unwrap(), cluster.id());
}

#[test]
fn a_sample_tells_size_density_and_time_span() {
    let cluster = kafka_or_skip!("a_sample_tells_size_density_and_time_span");
    let topic = Topic::new(cluster, 2, &[]);
    topic.feed(6_000, &ProduceOptions { transaction_size: 60, abort_every: 3 });
    let log = topic.log();
    let end = log.ends[&0];
    let mut sampler =
        Sampler::open(&topic.settings(), std::slice::from_ref(&topic.name), &Arc::default()).unwrap();
    let sample = sampler.sample(STREAM, 0, 0..end).unwrap();
    let real = log.committed[&0].len() as f64;
    assert!((150..500).contains(&sample.records), "{sample:?}");
    let estimate = sample.density().unwrap() * end as f64;
    assert!((0.75..1.25).contains(&(estimate / real)), "{estimate} for {real}: {sample:?}");
    // From k0 and v0 to k5999 and v5999.
    assert!((8.0..=10.0).contains(&sample.mean_bytes().unwrap()), "{sample:?}");
    assert!(sample.first_ms.unwrap() <= sample.last_ms.unwrap());

    cluster.delete_records(&topic.name, 1, 1_000).unwrap();
    let small = sampler.sample(STREAM, 1, 900..1_050).unwrap();
    let records = log.within(1, &(1_000..1_050)).len() as u64;
    assert_eq!((small.records, small.offsets), (records, 50), "gaps are no part of it");
    assert_eq!(sampler.sample(STREAM, 1, 7..7).unwrap(), RangeSample::default());
    assert_eq!((RangeSample::default().mean_bytes(), RangeSample::default().density()), (None, None));
}

#[test]
fn a_range_begins_after_a_time_only_where_a_hundred_records_or_all_were_seen_to() {
    let cluster =
        kafka_or_skip!("a_range_begins_after_a_time_only_where_a_hundred_records_or_all_were_seen_to");
    let topic = Topic::new(cluster, 2, &[]);
    let feed = Feed::new(&cluster.bootstrap(), &BTreeMap::new()).unwrap();
    // 300 records from 1,000 on; the 50th is from before.
    for number in 0..300 {
        feed.send(FeedRecord {
            topic: &topic.name,
            partition: Some(0),
            payload: Some(b"x"),
            timestamp_ms: Some(if number == 49 { 10 } else { 1_000 + number }),
            ..FeedRecord::default()
        })
        .unwrap();
    }
    feed.flush().unwrap();
    let open =
        || Sampler::open(&topic.settings(), std::slice::from_ref(&topic.name), &Arc::default()).unwrap();
    let mut sampler = open();
    let mut after = |range, time| sampler.begins_after(STREAM, 0, range, time).unwrap();
    assert!(!after(0..300, 1_000), "one of the first hundred is earlier");
    assert!(after(50..300, 1_050) && !after(50..300, 1_051));
    assert!(after(290..300, 1_290), "there are no more than ten");
    assert!(after(0..49, 1_000), "what is behind the range doesn't matter");
    let mut hurried = open().with_patience(Duration::ZERO);
    assert!(!hurried.begins_after(STREAM, 0, 50..300, 0).unwrap(), "nothing was seen");
}
