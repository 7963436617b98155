//! A record that ends its process again and again is isolated; a model that hangs costs the rows it hangs on.

use crate::world::*;
use bystander_core::checkpoint::{Attempts, Checkpoint};
use bystander_core::input::ModelInput;
use bystander_core::record::StreamId;
use bystander_core::rejection::{Code, Stage};
use bystander_pipeline::{
    Ended, Ledger, ScoreError, Scorer, Shard, ShardConfig, ShardError, Sink, StopMode, StreamModels,
};
use bystander_testkit::{
    CountingObserver, MemorySink, MemorySource, OwnedRecord, ScriptedScorer, Step, SteppingClock,
};
use std::panic::{AssertUnwindSafe, catch_unwind, panic_any};
use std::sync::Arc;
use std::time::Duration;

/// The value at which a scorer ends its process: a panic that nothing in the shard catches stands for it.
const FATAL: i64 = 777;
/// The value at which a scorer hangs until its deadline.
const ENDLESS: i64 = 778;

struct End;

fn scored(value: i64) -> OwnedRecord {
    let text = format!(
        r#"{{"type":"mine","consent":true,"id":"a","value":{value},"currency":"EUR","live":"accept"}}"#
    );
    OwnedRecord::new(0, 0, 0, text)
}

/// Records of one partition, by their values.
fn records(values: &[i64]) -> Vec<OwnedRecord> {
    let numbered = values.iter().zip(0..).map(|(&value, offset)| {
        let mut record = scored(value);
        record.position.offset = offset;
        record
    });
    numbered.collect()
}

/// Ends its process, or hangs, at a value.
struct Dangerous;

impl Scorer for Dangerous {
    fn score(&mut self, input: &ModelInput, scores: &mut Vec<f64>) -> Result<(), ScoreError> {
        let rows = input.matrix_f32().unwrap();
        for row in rows.rows() {
            let value = row[0] as i64;
            if value == FATAL {
                panic_any(End);
            }
            if value == ENDLESS {
                let (model, reason) = ("dangerous/1".to_owned(), "it took too long".to_owned());
                return Err(ScoreError { model, rows: input.rows(), reason, timed_out: true });
            }
            scores.push(0.5);
        }
        Ok(())
    }
}

fn dangerous() -> StreamModels {
    let names = MODELS[0].iter();
    let models = names.enumerate().map(|(place, &(name, version))| {
        model(identity(name, version), move || {
            if place == 0 { Box::new(Dangerous) } else { Box::new(ScriptedScorer(|_: &[f32]| Some(0.5))) }
        })
    });
    StreamModels::new(Arc::new(stream(0, "")), models.collect())
}

/// What a start does with the committed checkpoint, in a process with a number of its own.
fn started(sink: &MemorySink, process: u64) -> Vec<(StreamId, Checkpoint)> {
    let mut checkpoints = committed(&sink.log(), &[(StreamId(0), 0)]);
    let (_, checkpoint) = &mut checkpoints[0];
    checkpoint.attempts = checkpoint.attempts.again(process);
    let mut sink = sink.clone();
    bystander_pipeline::Transaction::commit(sink.begin().unwrap(), std::slice::from_ref(checkpoint)).unwrap();
    checkpoints
}

/// One life of a process; `None` when a record ended it.
fn life(
    records: &[OwnedRecord],
    sink: &MemorySink,
    process: u64,
    orders: ShardConfig,
) -> Option<Result<Ended, ShardError>> {
    let checkpoints = started(sink, process);
    let next = checkpoints[0].1.next_offset;
    let steps = records.iter().filter(|record| record.position.offset >= next).cloned().map(Step::Record);
    let watch = (CountingObserver::default(), SteppingClock::new(Duration::from_millis(1)));
    let models = both(dangerous());
    let source = MemorySource::new(steps.collect::<Vec<_>>());
    let mut shard =
        Shard::new(source, sink.clone(), models, Ledger::open(checkpoints).unwrap(), orders, watch);
    match catch_unwind(AssertUnwindSafe(|| shard.run())) {
        Ok(result) => Some(result),
        Err(cause) => {
            assert!(cause.is::<End>(), "another panic");
            None
        }
    }
}

/// Lives until the end is reached; gives how many were ended by a record.
fn deaths(records: &[OwnedRecord], sink: &MemorySink) -> usize {
    for process in 1..20 {
        if let Some(result) = life(records, sink, process, orders(STEADY, Some(ends(records)))) {
            assert_eq!(result.unwrap(), Ended::CaughtUp);
            return process as usize - 1;
        }
    }
    panic!("it never came through");
}

/// Offsets of comparisons by the first model, and of dead letters with stage and code.
fn outcome(sink: &MemorySink) -> (Vec<String>, Vec<(String, String, String)>) {
    let log = sink.log();
    let header =
        |message: &bystander_testkit::OwnedMessage, name: &str| message.header(name).map(str::to_owned);
    let letters = log.messages.iter().filter_map(|message| {
        let of = |name| header(message, name);
        Some((of("bystander_offset")?, of("bystander_stage")?, of("bystander_code")?))
    });
    let compared = log.messages.iter().filter_map(|message| {
        let id = header(message, "ce_id")?;
        let place = id.strip_suffix("/test")?.strip_prefix("shop.orders/0/")?;
        place.contains("/fraud/1/").then(|| place.split('/').next().unwrap_or_default().to_owned())
    });
    (compared.collect(), letters.collect())
}

fn offsets(of: &[i64]) -> Vec<String> {
    of.iter().map(i64::to_string).collect()
}

#[test]
fn a_record_that_ends_its_process_is_isolated_and_every_other_is_compared_once() {
    for place in [0, 1, 5, 9] {
        let mut values = [100; 10];
        values[place] = FATAL;
        let (records, sink) = (records(&values), MemorySink::default());
        assert_eq!(deaths(&records, &sink), 4, "two among others, two by itself");
        let (compared, letters) = outcome(&sink);
        let others: Vec<i64> = (0..10).filter(|offset| *offset != place as i64).collect();
        assert_eq!(compared, offsets(&others), "{place}");
        assert_eq!(letters, [(place.to_string(), "process".into(), "crashed".into())]);
        let last = sink.log().checkpoints.last().unwrap().clone();
        assert_eq!((last.next_offset, last.totals.read, last.totals.dead_lettered), (10, 10, 1));
        assert!(last.totals.balanced() && last.attempts.is_none(), "{last:?}");
    }
}

#[test]
fn several_records_that_end_their_process_are_isolated_one_after_the_other() {
    let (records, sink) = (records(&[1, FATAL, FATAL, 2, FATAL, 3]), MemorySink::default());
    deaths(&records, &sink);
    let (compared, letters) = outcome(&sink);
    assert_eq!(compared, offsets(&[0, 3, 5]));
    assert_eq!(letters.iter().map(|(offset, ..)| offset.clone()).collect::<Vec<_>>(), offsets(&[1, 2, 4]));
}

#[test]
fn a_process_that_is_ended_by_something_else_costs_no_record() {
    let (records, sink) = (records(&[1, 2, 3]), MemorySink::default());
    // Ended twenty times before any record came in.
    for process in 1..20 {
        started(&sink, process);
    }
    assert_eq!(deaths(&records, &sink), 0);
    let (compared, letters) = outcome(&sink);
    assert_eq!((compared, letters.len()), (offsets(&[0, 1, 2]), 0));
}

#[test]
fn a_shard_that_starts_again_in_the_same_process_holds_nothing_against_the_record_in_hand() {
    let attempts = Attempts { starts: 3, in_hand: Some(7), process: 1, ..Attempts::default() };
    assert_eq!(attempts.again(1), Attempts { starts: 3, process: 1, ..Attempts::default() });
}

#[test]
fn a_record_is_given_up_only_when_two_processes_ended_with_it_in_hand() {
    let attempts = Attempts { starts: 3, in_hand: Some(7), process: 1, ..Attempts::default() };
    let once = attempts.again(2);
    assert_eq!(once, Attempts { starts: 4, suspect: Some(7), process: 2, ..Attempts::default() });
    let another = Attempts { in_hand: Some(8), ..once }.again(3);
    assert_eq!((another.suspect, another.fatal), (Some(8), None));
    let twice = Attempts { in_hand: Some(7), ..once }.again(3);
    assert_eq!(twice, Attempts { starts: 5, fatal: Some(7), process: 3, ..Attempts::default() });
    // What a start knew is known to the next one, too.
    assert_eq!(twice.again(4).fatal, Some(7));
    assert_eq!(once.again(3).suspect, Some(7));
}

#[test]
fn a_process_that_is_ended_from_outside_while_it_has_a_record_in_hand_costs_no_record() {
    let (records, sink) = (records(&[1, 2, 3]), MemorySink::default());
    let ended_in_hand = |process: u64| {
        let (_, mut checkpoint) = started(&sink, process).remove(0);
        checkpoint.attempts.in_hand = Some(checkpoint.next_offset);
        let mut sink = sink.clone();
        bystander_pipeline::Transaction::commit(sink.begin().unwrap(), &[checkpoint]).unwrap();
    };
    for process in 100..103 {
        started(&sink, process);
    }
    ended_in_hand(103);
    assert_eq!(deaths(&records, &sink), 0);
    let (compared, letters) = outcome(&sink);
    assert_eq!((compared, letters.len()), (offsets(&[0, 1, 2]), 0));
}

#[test]
fn an_orderly_end_makes_earlier_starts_forgotten() {
    let (records, sink) = (records(&[1]), MemorySink::default());
    for (process, mode) in [(1, StopMode::Drain), (2, StopMode::Drain)] {
        let orders = orders(STEADY, Some(ends(&records)));
        orders.stop.request(mode);
        assert_eq!(life(&[], &sink, process, orders).unwrap().unwrap(), Ended::Stopped);
        assert!(sink.log().checkpoints.last().unwrap().attempts.is_none());
    }
}

#[test]
fn checkpoints_without_attempts_are_read_and_written_as_before() {
    let old = r#"{"job":"test","topic":"shop.orders","partition":0,"next_offset":5,"shard":0,"shards":1,"initial_partitions":1,"totals":{"read":5,"compared":5,"dead_lettered":0,"skipped":{},"gap_offsets":0}}"#;
    let checkpoint: Checkpoint = serde_json::from_str(old).unwrap();
    assert!(checkpoint.attempts.is_none());
    assert_eq!(serde_json::to_string(&checkpoint).unwrap(), old);
}

#[test]
fn a_row_that_a_model_hangs_on_is_a_dead_letter_and_the_others_are_compared() {
    let (records, sink) = (records(&[1, 2, ENDLESS, 3, 4, 5]), MemorySink::default());
    assert_eq!(deaths(&records, &sink), 0);
    let (compared, letters) = outcome(&sink);
    assert_eq!(compared, offsets(&[0, 1, 3, 4, 5]));
    assert_eq!(letters, [("2".into(), Stage::Score.name().into(), Code::InferenceTimeout.name().into())]);
}

#[test]
fn a_model_that_hangs_on_everything_fails_its_transaction_and_goes_on_record_by_record() {
    let (records, sink) = (records(&[ENDLESS; 40]), MemorySink::default());
    let pace = Pace { batch_rows: 16, ..STEADY };
    let error = life(&records, &sink, 1, orders(pace, Some(ends(&records)))).unwrap().unwrap_err();
    assert!(matches!(&error, ShardError::Hangs { late_calls: 6, .. }), "{error}");
    assert!(sink.log().messages.is_empty());
    let alone = ShardConfig { alone: true, ..orders(pace, Some(ends(&records))) };
    assert_eq!(life(&records, &sink, 1, alone).unwrap().unwrap(), Ended::CaughtUp);
    let (compared, letters) = outcome(&sink);
    assert_eq!((compared.len(), letters.len()), (0, 40));
}
