//! The byte rate of a job's live reads, by the broker's own count.

use crate::world::World;
use bystander_kafka::{Feed, FeedRecord};
use bystander_pipeline::{Polled, Source};
use bystander_testkit::kafka_or_skip;
use std::time::{Duration, Instant};

const SPAN: Duration = Duration::from_secs(10);
const RATE: u64 = 1_000_000;

#[test]
fn all_shards_together_take_no_more_bytes_per_second_than_the_config_allows() {
    let name = "all_shards_together_take_no_more_bytes_per_second_than_the_config_allows";
    let cluster = kafka_or_skip!(name);
    let world = World::with(cluster, &[4], 2, |live, _, _| live.bytes_per_second = Some(RATE));
    let topic = &world.job.inputs()[0];
    let feed = Feed::new(&cluster.bootstrap(), &[("compression.type".to_owned(), "none".to_owned())].into())
        .unwrap();
    let value = vec![b'x'; 500];
    for index in 0..60_000 {
        let record = FeedRecord { topic, partition: Some(index % 4), ..FeedRecord::default() };
        feed.send(FeedRecord { payload: Some(&value), ..record }).unwrap();
    }
    feed.flush().unwrap();
    let mut shards = [world.start(0), world.start(1)];
    let sent = || cluster.served(0).unwrap().bytes_out.get(topic).copied().unwrap_or(0);
    let (before, begun) = (sent(), Instant::now());
    let records: u64 = std::thread::scope(|scope| {
        let read = |reader: &mut dyn FnMut() -> bool| {
            let mut records = 0;
            while begun.elapsed() < SPAN {
                records += u64::from(reader());
            }
            records
        };
        let workers = shards.each_mut().map(|shard| {
            scope.spawn(move || {
                let reader = &mut shard.started.reader;
                let mut one = || matches!(reader.poll(Duration::from_millis(50)).unwrap(), Polled::Record(_));
                read(&mut one)
            })
        });
        workers.map(|worker| worker.join().unwrap()).into_iter().sum()
    });
    let elapsed = begun.elapsed().as_secs_f64();
    let rate = (sent() - before) as f64 / elapsed;
    let share = rate / RATE as f64;
    eprintln!("{rate:.0} bytes per second: {share:.3} of the rate, {records} records");
    assert!(records > 0, "nothing was read");
    assert!(records < 60_000, "all was read before the time was up");
    // A second's worth may be caught up. How near it comes to the rate is for a quiet machine.
    assert!(share < 1.2, "{share} of the rate");
}
