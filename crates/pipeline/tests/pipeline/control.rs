//! Commits, stops and ends: when a shard does what.

use crate::world::*;
use bystander_core::checkpoint::Checkpoint;
use bystander_core::decision::DecisionValue;
use bystander_core::kind::Kind;
use bystander_core::record::StreamId;
use bystander_core::rejection::{Code, SkipReason, Stage};
use bystander_core::scored::ScoredBatch;
use bystander_pipeline::{
    Ended, Failure, Ledger, ModelGeneration, Observer, Polled, Progress, Shard, ShardError, ShardSettings,
    Source, Stop, StopMode, TransactionEnd,
};
use bystander_testkit::{
    CountingObserver, Fault, MemorySink, MemorySource, OwnedRecord, Step, SteppingClock,
};
use parking_lot::Mutex;
use std::sync::Arc;
use std::time::Duration;

/// An observer that can be looked at after the shard has taken it.
#[derive(Clone, Default)]
struct Shared(Arc<Mutex<CountingObserver>>);

impl Observer for Shared {
    fn adopted(&mut self, generation: &ModelGeneration) {
        self.0.lock().adopted(generation);
    }
    fn scored(&mut self, batch: &ScoredBatch<'_>) {
        for decision in batch.models.iter().flat_map(|model| &model.decisions).flatten() {
            assert!(matches!(
                decision.would_be,
                DecisionValue::Action(_) | DecisionValue::Number(Kind::Prices, 1..)
            ));
        }
        self.0.lock().scored(batch);
    }
    fn dead_lettered(&mut self, stream: StreamId, stage: Stage, code: Code) {
        self.0.lock().dead_lettered(stream, stage, code);
    }
    fn skipped(&mut self, stream: StreamId, reason: SkipReason) {
        self.0.lock().skipped(stream, reason);
    }
    fn transaction(&mut self, end: TransactionEnd, took: Duration) {
        self.0.lock().transaction(end, took);
    }
    fn gap(&mut self, stream: StreamId, offsets: u64) {
        self.0.lock().gap(stream, offsets);
    }
}

/// A source that asks for a stop after its last step.
struct Stopping {
    inner: MemorySource,
    left: usize,
    stop: Stop,
    mode: StopMode,
}

impl Source for Stopping {
    fn poll(&mut self, timeout: Duration) -> Result<Polled<'_>, Failure> {
        if self.left == 0 {
            self.stop.request(self.mode);
        }
        self.left = self.left.saturating_sub(1);
        self.inner.poll(timeout)
    }
}

struct Ran {
    ended: Result<Ended, ShardError>,
    sink: MemorySink,
    observed: CountingObserver,
    books: Vec<Checkpoint>,
}

/// Runs steps to their end, then stops.
fn run(steps: Vec<Step>, opened: &[(usize, i32, i64)], pace: Pace, mode: StopMode, fault: Fault) -> Ran {
    let orders = orders(pace, None);
    let (sink, observer) = (MemorySink::default(), Shared::default());
    let source =
        Stopping { left: steps.len(), inner: MemorySource::new(steps), stop: orders.stop.clone(), mode };
    let books = opened
        .iter()
        .map(|&(stream, partition, next)| (StreamId(stream), checkpoint(stream, partition, next)));
    let watch = (observer.clone(), SteppingClock::new(Duration::from_millis(1)));
    let ledger = Ledger::open(books.collect()).unwrap();
    let models = both(models(0, ""));
    let mut shard = Shard::new(source, sink.failing(fault), models, ledger, orders, watch);
    let ended = shard.run();
    let books = shard.ledger().checkpoints().map(|(_, checkpoint)| checkpoint.clone()).collect();
    let observed = observer.0.lock().clone();
    Ran { ended, sink, observed, books }
}

/// What an observer hears of some records.
pub(crate) fn observed(records: &[OwnedRecord], pace: Pace) -> CountingObserver {
    let opened: Vec<_> =
        partitions(records).into_iter().map(|(stream, partition)| (stream.0, partition, 0)).collect();
    let steps = records.iter().cloned().map(Step::Record).collect();
    run(steps, &opened, pace, StopMode::Drain, Fault::None).observed
}

fn good(count: i64) -> Vec<Step> {
    (0..count).map(|offset| Step::Record(record(0, 0, offset, Holds::Good))).collect()
}

const NEVER: Pace = Pace { batch_rows: 1000, linger_ms: 1_000_000, commit_ms: 1_000_000 };

#[test]
fn a_drain_finishes_the_batch_and_commits() {
    let ran = run(good(5), &[(0, 0, 0)], NEVER, StopMode::Drain, Fault::None);
    assert_eq!(ran.ended.unwrap(), Ended::Stopped);
    let log = ran.sink.log();
    assert_eq!((log.messages.len(), log.commits, log.aborts), (10, 1, 0));
    assert_eq!(log.checkpoints[0].next_offset, 5);
    assert_eq!(ran.observed.transactions, [TransactionEnd::Committed]);
}

#[test]
fn an_abort_leaves_nothing_behind() {
    let pace = Pace { batch_rows: 2, ..NEVER };
    let ran = run(good(5), &[(0, 0, 0)], pace, StopMode::Abort, Fault::None);
    assert_eq!(ran.ended.unwrap(), Ended::Stopped);
    let log = ran.sink.log();
    assert_eq!((log.messages.len(), log.checkpoints.len(), log.commits, log.aborts), (0, 0, 0, 1));
    assert_eq!(ran.observed.transactions, [TransactionEnd::Aborted]);
}

#[test]
fn a_stronger_stop_replaces_a_weaker_one_and_never_the_other_way_round() {
    let stop = Stop::default();
    assert_eq!(stop.requested(), None);
    stop.request(StopMode::Drain);
    assert_eq!(stop.requested(), Some(StopMode::Drain));
    stop.request(StopMode::Abort);
    stop.clone().request(StopMode::Drain);
    assert_eq!(stop.requested(), Some(StopMode::Abort));
}

#[test]
fn commits_come_once_an_interval_and_only_when_there_is_something() {
    let idle: Vec<_> = (0..500).map(|_| Step::Idle).collect();
    let ran = run(idle.clone(), &[(0, 0, 0)], STEADY, StopMode::Drain, Fault::None);
    assert_eq!(ran.sink.log().commits, 0, "nothing happened, nothing is written");
    let busy = good(1).into_iter().chain(idle).collect();
    let ran = run(busy, &[(0, 0, 0)], STEADY, StopMode::Drain, Fault::None);
    assert_eq!(ran.sink.log().commits, 1, "one record, one commit, then silence");
    let ran = run(good(400), &[(0, 0, 0)], STEADY, StopMode::Drain, Fault::None);
    let commits = ran.sink.log().commits;
    // The clock moves a few milliseconds a record; an interval is 40.
    assert!((10..=60).contains(&commits), "{commits}");
}

#[test]
fn a_row_waits_no_longer_than_the_linger() {
    let pace = Pace { batch_rows: 1000, linger_ms: 10, commit_ms: 1_000_000 };
    let steps = good(1).into_iter().chain((0..30).map(|_| Step::Idle)).collect();
    let ran = run(steps, &[(0, 0, 0)], pace, StopMode::Abort, Fault::None);
    assert_eq!(ran.observed.batches, 1, "scored long before the commit");
}

/// Calls of the models and transactions are most of what a quiet service costs.
#[test]
fn by_default_a_slow_stream_costs_one_call_of_a_model_per_commit_and_not_one_per_record() {
    let ShardSettings { batch_rows, linger, commit_interval, .. } = ShardSettings::default();
    let ms = |time: Duration| u64::try_from(time.as_millis()).unwrap();
    let pace = Pace { batch_rows, linger_ms: ms(linger), commit_ms: ms(commit_interval) };
    let ran = run(good(400), &[(0, 0, 0)], pace, StopMode::Drain, Fault::None);
    let (batches, commits) = (ran.observed.batches, ran.sink.log().commits);
    assert!((1..=40).contains(&commits), "a commit per ten records or fewer: {commits}");
    // One batch is full before its commit.
    assert!(batches <= commits + 1, "{batches} batches in {commits} commits");
}

#[test]
fn a_batch_is_full_by_rows_or_by_bytes() {
    let pace = Pace { batch_rows: 3, ..NEVER };
    assert_eq!(run(good(10), &[(0, 0, 0)], pace, StopMode::Abort, Fault::None).observed.batches, 3);
    let large = |offset| {
        let mut record = record(0, 0, offset, Holds::Good);
        let padding = format!(",\"padding\":\"{}\"}}", "x".repeat(900_000));
        let payload = record.payload.as_mut().unwrap();
        payload.pop();
        payload.extend(padding.bytes());
        Step::Record(record)
    };
    let ran = run((0..10).map(large).collect(), &[(0, 0, 0)], NEVER, StopMode::Abort, Fault::None);
    assert_eq!(ran.observed.batches, 2, "ten events of 0.9 MB don't wait for a thousand rows");
}

#[test]
fn a_failed_commit_is_said_to_have_failed_and_ends_the_shard() {
    for fault in [Fault::BeforeCommit(1), Fault::AfterCommit(1)] {
        let ran = run(good(3), &[(0, 0, 0)], NEVER, StopMode::Drain, fault);
        assert!(matches!(ran.ended, Err(ShardError::Sink(_))));
        assert_eq!(ran.observed.transactions, [TransactionEnd::Failed]);
    }
}

#[test]
fn what_came_before_a_place_that_cannot_be_read_is_committed() {
    let mut steps = good(3);
    steps.push(Step::Fail);
    let ran = run(steps, &[(0, 0, 0)], NEVER, StopMode::Drain, Fault::None);
    assert!(matches!(ran.ended, Err(ShardError::Source(_))));
    assert_eq!(ran.observed.transactions, [TransactionEnd::Committed]);
    let checkpoint = &ran.sink.log().checkpoints[0];
    assert_eq!((checkpoint.next_offset, checkpoint.totals.compared), (3, 3));
}

#[test]
fn a_shard_ends_once_every_partition_has_reached_its_end() {
    let records: Vec<_> = (0..5).map(|offset| record(0, 0, offset, Holds::Good)).collect();
    let sink = MemorySink::default();
    let until = [((StreamId(0), 0), 5), ((StreamId(1), 0), 3)].into();
    let books = vec![(StreamId(0), checkpoint(0, 0, 0)), (StreamId(1), checkpoint(1, 0, 0))];
    let mut steps: Vec<_> = records.into_iter().map(Step::Record).collect();
    // The quotes end with control records, which no record shows.
    steps.push(Step::Reached(Progress { stream: StreamId(1), partition: 0, next_offset: 3 }));
    let ended = shard(steps, sink.clone(), books.clone(), orders(STEADY, Some(until))).run();
    assert_eq!(ended.unwrap(), Ended::CaughtUp);
    let log = sink.log();
    assert_eq!(committed(&log, &[(StreamId(0), 0), (StreamId(1), 0)])[1].1.next_offset, 3);
    let nothing_to_do = [((StreamId(0), 0), 0)].into();
    let ended = shard(vec![], MemorySink::default(), books, orders(STEADY, Some(nothing_to_do))).run();
    assert_eq!(ended.unwrap(), Ended::CaughtUp);
}

#[test]
fn lost_offsets_are_counted_apart_from_records() {
    let gap = Progress { stream: StreamId(0), partition: 0, next_offset: 100 };
    let steps = vec![
        Step::Record(record(0, 0, 4, Holds::Good)),
        Step::Gap(gap),
        Step::Record(record(0, 0, 100, Holds::Good)),
    ];
    let ran = run(steps, &[(0, 0, 0)], NEVER, StopMode::Drain, Fault::None);
    let totals = &ran.books[0].totals;
    assert_eq!((totals.read, totals.compared, totals.gap_offsets), (2, 2, 95));
    assert!(totals.balanced());
    assert_eq!((ran.observed.gap_offsets, ran.books[0].next_offset), (95, 101));
    assert_eq!(ran.sink.log().checkpoints[0].totals.gap_offsets, 95, "and committed");
}

#[test]
fn a_partition_that_is_added_gets_an_account_at_once() {
    let opened = Progress { stream: StreamId(0), partition: 7, next_offset: 0 };
    let steps = vec![Step::Opened(opened), Step::Record(record(0, 7, 0, Holds::Good))];
    let ran = run(steps, &[(0, 0, 0)], NEVER, StopMode::Drain, Fault::None);
    let log = ran.sink.log();
    assert_eq!(log.checkpoints.len(), 1);
    let found = &log.checkpoints[0];
    assert_eq!((found.partition, found.next_offset, found.topic.as_str()), (7, 1, "shop.orders"));
    assert_eq!((found.initial_partitions, found.shards, found.job.as_str()), (3, 1, "test"));
    drop(log);
    let empty = run(vec![Step::Opened(opened)], &[], NEVER, StopMode::Drain, Fault::None);
    assert_eq!(empty.sink.log().checkpoints[0].next_offset, 0, "even before its first record");
}

#[test]
fn what_was_passed_already_or_is_not_the_shards_is_refused() {
    let cases = [
        (
            vec![Step::Record(record(0, 0, 5, Holds::Good)), Step::Record(record(0, 0, 5, Holds::Good))],
            "where 6 was next",
        ),
        (
            vec![Step::Record(record(0, 0, 5, Holds::Good)), Step::Record(record(0, 0, 2, Holds::Good))],
            "where 6 was next",
        ),
        (vec![Step::Record(record(0, 1, 0, Holds::Good))], "isn't this shard's"),
        (vec![Step::Record(record(1, 0, 0, Holds::Good))], "isn't this shard's"),
        (
            vec![Step::Reached(Progress { stream: StreamId(0), partition: 9, next_offset: 1 })],
            "isn't this shard's",
        ),
        (vec![Step::Opened(Progress { stream: StreamId(0), partition: 0, next_offset: 0 })], "was next"),
    ];
    for (steps, says) in cases {
        let ran = run(steps, &[(0, 0, 0)], NEVER, StopMode::Drain, Fault::None);
        let error = ran.ended.expect_err("out of order");
        assert!(matches!(error, ShardError::Order(_)) && error.to_string().contains(says), "{error}");
        assert_eq!(ran.sink.log().messages.len(), 0);
    }
}

#[test]
fn a_source_that_says_it_is_behind_moves_nothing_back() {
    let back = Progress { stream: StreamId(0), partition: 0, next_offset: 2 };
    let steps = good(5).into_iter().chain([Step::Reached(back), Step::Gap(back)]).collect();
    let ran = run(steps, &[(0, 0, 0)], NEVER, StopMode::Drain, Fault::None);
    assert_eq!((ran.books[0].next_offset, ran.books[0].totals.gap_offsets), (5, 0));
}
