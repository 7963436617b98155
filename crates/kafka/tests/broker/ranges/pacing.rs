//! The rate on the wire, when a caller polls by what was received.

use super::{STREAM, Topic};
use bystander_kafka::{Feed, FeedRecord, FetchSizes};
use bystander_pipeline::{Polled, Source};
use bystander_testkit::kafka_or_skip;
use parking_lot::Mutex;
use std::time::{Duration, Instant};

const SPAN: Duration = Duration::from_secs(10);

/// Two readers that share a rate; gives the bytes that they say they received in ten seconds, and those of values.
fn paced(topic: &Topic<'_>, bytes_per_second: u64, count: i64) -> (u64, u64) {
    let begun = Instant::now();
    let allowed = || (bytes_per_second as f64 * begun.elapsed().as_secs_f64()) as u64;
    let shared = Mutex::new(0);
    let both: Vec<(u64, u64)> = std::thread::scope(|scope| {
        let work = |partition: i32| {
            let mut settings = topic.settings();
            settings.fetch = FetchSizes::for_rate(bytes_per_second, 2);
            let (mut reader, _) = topic.reader_of(&settings);
            let (mut paid, mut delivered, mut next) = (0, 0, 0);
            while begun.elapsed() < SPAN {
                if reader.done() {
                    assert!(next < count, "all was read before the time was up");
                    reader.assign(STREAM, partition, next..(next + 5_000).min(count)).unwrap();
                    next += 5_000;
                }
                if let Polled::Record(record) = reader.poll(Duration::from_millis(20)).unwrap() {
                    delivered += record.payload.unwrap().len() as u64;
                }
                let received = reader.bytes_received();
                *shared.lock() += received - std::mem::replace(&mut paid, received);
                while *shared.lock() > allowed() && begun.elapsed() < SPAN {
                    std::thread::sleep(Duration::from_millis(2));
                }
            }
            (reader.bytes_received(), delivered)
        };
        let workers = [0, 1].map(|partition| scope.spawn(move || work(partition)));
        workers.map(|worker| worker.join().unwrap()).into()
    });
    both.iter().fold((0, 0), |sum, one| (sum.0 + one.0, sum.1 + one.1))
}

#[test]
fn the_rate_on_the_wire_is_the_one_asked_for_compressed_or_not() {
    let cluster = kafka_or_skip!("the_rate_on_the_wire_is_the_one_asked_for_compressed_or_not");
    for (compression, rate, count) in [("none", 1_000_000, 12_000), ("zstd", 200_000, 100_000)] {
        let topic = Topic::new(cluster, 2, &[("max.message.bytes", "100000")]);
        let properties = [("compression.type", compression), ("batch.size", "30000")];
        let properties = properties.map(|(key, value)| (key.to_owned(), value.to_owned())).into();
        let feed = Feed::new(&cluster.bootstrap(), &properties).unwrap();
        let mut state = 7_u64;
        for index in 0..2 * count {
            let mut value = Vec::with_capacity(520);
            while value.len() < 500 {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                value.extend_from_slice(format!("{{\"amount\": {}}},", state >> 40).as_bytes());
            }
            let record =
                FeedRecord { topic: &topic.name, partition: Some(index % 2), ..FeedRecord::default() };
            feed.send(FeedRecord { payload: Some(&value), ..record }).unwrap();
        }
        feed.flush().unwrap();
        let (received, delivered) = paced(&topic, rate, i64::from(count));
        let sent = cluster.served(0).unwrap().bytes_out[&topic.name];
        let wanted = rate as f64 * SPAN.as_secs_f64();
        let share = sent as f64 / wanted;
        // Never more than was asked for; how near it comes to that is for a quiet machine.
        assert!(
            (0.5..1.1).contains(&share),
            "{compression}: the broker sent {sent} bytes, {share} of the rate"
        );
        assert!(received.abs_diff(sent) < sent / 10, "{compression}: {received} received, {sent} sent");
        if compression == "none" {
            assert!(delivered as f64 > 0.85 * sent as f64, "{delivered} of {sent} were of use");
        } else {
            assert!(delivered > 2 * sent, "{delivered} of {sent}: it is no payload rate");
        }
    }
}
