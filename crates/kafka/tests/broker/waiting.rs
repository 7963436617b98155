//! What a wait costs: next to nothing, however long the brokers are silent.

use crate::world::{World, poll_until};
use bystander_core::record::StreamId;
use bystander_kafka::live::RangeReader;
use bystander_kafka::{Feed, FeedRecord, start};
use bystander_pipeline::{Message, Output, Polled, Sink, Source, Transaction};
use bystander_testkit::{KafkaOptions, kafka_or_skip};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// The largest share of a core that a waiting thread may use.
const LIMIT: f64 = 0.02;

/// Processor time of this thread, as the kernel's scheduler counts it.
fn used() -> Duration {
    let counts = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap();
    Duration::from_nanos(counts.split(' ').next().unwrap().parse().unwrap())
}

/// Does something that waits for at least a second, and checks what it cost.
fn waits(what: &str, work: impl FnOnce()) {
    let (began, before) = (Instant::now(), used());
    work();
    let (took, cost) = (began.elapsed(), used() - before);
    let share = cost.as_secs_f64() / took.as_secs_f64();
    eprintln!("{what}: {cost:?} of {took:?} ({:.2} %)", share * 100.0);
    assert!(took > Duration::from_secs(1), "{what} didn't wait: {took:?}");
    assert!(share < LIMIT, "{what} used {:.1} % of a core", share * 100.0);
}

fn message(value: &[u8]) -> Message<'_> {
    Message { output: Output::Comparisons, source_partition: 0, key: None, value: Some(value), headers: &[] }
}

#[test]
fn nothing_uses_the_processor_while_a_broker_is_stopped() {
    let name = "nothing_uses_the_processor_while_a_broker_is_stopped";
    let cluster = kafka_or_skip!(name, KafkaOptions::default());
    let patience = Duration::from_secs(4);
    let world = World::with(&cluster, &[3], 3, |_, shadow, _| {
        shadow.commit_timeout = patience;
        shadow.request_timeout = patience;
        shadow.properties.insert("queue.buffering.max.messages".to_owned(), "10".to_owned());
    });
    let [mut committing, mut aborting, mut filling] = [0, 1, 2].map(|shard| world.start(shard));
    let mut commit = committing.started.writer.begin().unwrap();
    commit.send(message(b"x")).unwrap();
    let mut abort = aborting.started.writer.begin().unwrap();
    abort.send(message(b"x")).unwrap();
    let mut fill = filling.started.writer.begin().unwrap();
    let feed = Feed::new(&cluster.bootstrap(), &BTreeMap::new()).unwrap();
    let topic = world.job.inputs()[0].as_str();
    feed.send(FeedRecord { topic, payload: Some(b"x"), ..FeedRecord::default() }).unwrap();
    feed.flush().unwrap();
    cluster.pause_broker(0).unwrap();

    waits("a commit", || assert!(commit.commit(&[]).is_err()));
    waits("an abort", || assert!(abort.abort().is_err()));
    waits("a full queue", || {
        let refused = (0..100).find_map(|_| fill.send(message(b"x")).err());
        assert!(refused.is_some());
        drop(fill);
    });
    waits("a start", || assert!(start(&world.job, 0, &world.stop).is_err()));
    waits("a feed", || {
        feed.send(FeedRecord { topic, payload: Some(b"x"), ..FeedRecord::default() }).unwrap();
        std::thread::scope(|scope| {
            scope.spawn(|| {
                std::thread::sleep(patience);
                cluster.resume_broker(0).unwrap();
            });
            feed.flush().unwrap();
        });
    });
}

/// Commits against a broker that answers later and later: what each of them costs stays what it is without a delay.
#[test]
fn a_commit_costs_no_more_processor_time_however_slow_the_broker_is() {
    let name = "a_commit_costs_no_more_processor_time_however_slow_the_broker_is";
    let cluster = kafka_or_skip!(name, KafkaOptions { proxied: true, ..KafkaOptions::default() });
    let world = World::with(&cluster, &[1], 1, |_, shadow, _| {
        shadow.brokers = cluster.proxied_bootstrap();
        shadow.commit_timeout = Duration::from_secs(120);
    });
    let mut shard = world.start(0);
    let full = std::env::var_os("BYSTANDER_FULL").is_some();
    let delays: &[u64] = if full { &[0, 1, 10, 100, 1_000, 5_000] } else { &[0, 1, 30, 300] };
    for delay in delays {
        let delay = Duration::from_millis(*delay);
        cluster.proxies()[0].delay(delay);
        let commits = if delay < Duration::from_millis(50) { 20 } else { 2 };
        let (began, before) = (Instant::now(), used());
        for _ in 0..commits {
            let mut transaction = shard.started.writer.begin().unwrap();
            transaction.send(message(b"x")).unwrap();
            transaction.commit(&[]).unwrap();
        }
        let (took, cost) = (began.elapsed() / commits, (used() - before) / commits);
        eprintln!("{delay:?} each way: a commit takes {took:.2?} and {cost:.2?} of the processor");
        assert!(cost < CHEAP.max(took.mul_f64(LIMIT)), "{cost:?} of {took:?} at {delay:?}");
    }
}

/// More than a commit costs on any machine, and less than one wait of a few hundred milliseconds that spins.
const CHEAP: Duration = Duration::from_millis(10);

/// What is left of a batch's linger is seldom a whole number of milliseconds.
#[test]
fn an_idle_reader_doesnt_use_the_processor() {
    let world = World::new(kafka_or_skip!("an_idle_reader_doesnt_use_the_processor"), &[1], 1);
    let timeout = Duration::from_micros(4_300);
    let mut shard = world.start(0);
    waits("a shard's reader", || idle(&mut shard.started.reader, timeout));
    let mut ranges = RangeReader::open(world.job.live(), world.job.inputs(), &Arc::default()).unwrap();
    ranges.assign(StreamId(0), 0, 0..10).unwrap();
    waits("a reader of ranges", || idle(&mut ranges, timeout));
}

fn idle(reader: &mut impl Source, timeout: Duration) {
    let began = Instant::now();
    while began.elapsed() < Duration::from_secs(3) {
        reader.poll(timeout).unwrap();
    }
}

/// Each answer to a fetch wakes threads, which costs more than a record. So answers wait for records to come together.
#[test]
fn a_slow_stream_is_fetched_a_few_times_a_second_and_not_once_per_record() {
    const RECORDS: usize = 300;
    let name = "a_slow_stream_is_fetched_a_few_times_a_second_and_not_once_per_record";
    let cluster = kafka_or_skip!(name, KafkaOptions { request_log: true, ..KafkaOptions::default() });
    let world = World::new(&cluster, &[1], 1);
    let topic = world.job.inputs()[0].as_str();
    let client = format!("bystander-{}-live", world.job.shadow().job);
    let fetches = || {
        let requests = cluster.requests().unwrap();
        requests.iter().filter(|request| request.api == "FETCH" && request.client == client).count()
    };
    let feed = Feed::new(&cluster.bootstrap(), &[("linger.ms".to_owned(), "0".to_owned())].into()).unwrap();
    let mut shard = world.start(0);
    let (before, began) = (fetches(), Instant::now());
    std::thread::scope(|scope| {
        scope.spawn(|| {
            for _ in 0..RECORDS {
                feed.send(FeedRecord { topic, payload: Some(b"x"), ..FeedRecord::default() }).unwrap();
                feed.flush().unwrap();
                std::thread::sleep(Duration::from_millis(10));
            }
        });
        let mut read = 0;
        poll_until(&mut shard.started.reader, |polled| {
            read += usize::from(matches!(polled, Polled::Record(_)));
            read == RECORDS
        });
    });
    let (took, count) = (began.elapsed(), fetches() - before);
    eprintln!("{count} fetches of {RECORDS} records in {took:?}");
    // Four a second, and some for the start. On a busy machine they are fewer.
    assert!((count as f64) < 10.0 + 6.0 * took.as_secs_f64(), "{count} fetches in {took:?}");
}
