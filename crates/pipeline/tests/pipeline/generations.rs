//! Models that are exchanged while a shard runs.

use crate::delivery::{pace, records};
use crate::world::*;
use bystander_core::dead_letter::DeadLetter;
use bystander_core::record::StreamId;
use bystander_core::rejection::{Code, SkipReason, Stage};
use bystander_core::scored::ScoredBatch;
use bystander_pipeline::{
    Ended, Failure, GenerationModel, GenerationSlot, Ledger, ModelGeneration, Observer, Output, Polled,
    Scorer, Shard, ShardConfig, Source, Stop, StopMode, StreamModels, TransactionEnd,
};
use bystander_testkit::{
    MemoryLog, MemorySink, MemorySource, OwnedRecord, ScriptedScorer, Step, SteppingClock, opener,
};
use parking_lot::Mutex;
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

/// A generation whose orders have these versions of `fraud`, which score a hundredth of their number. Without `opens`, the last
/// one can't be opened.
fn fraud(number: u64, versions: [u32; 2], opens: bool) -> Arc<ModelGeneration> {
    let model = |version: u32| {
        let score = move |_: &[f32]| Some(f64::from(version) / 100.0);
        let opens = opens || version != versions[1];
        let opened = opener(move || opens.then(|| -> Box<dyn Scorer> { Box::new(ScriptedScorer(score)) }));
        GenerationModel::new(Arc::new(identity("fraud", version)), opened)
    };
    let orders = StreamModels::new(Arc::new(stream(0, "")), versions.map(model).into());
    ModelGeneration::new(number, vec![orders, models(1, "")])
}

/// Generation n has the versions 2n and 2n + 1: no version is of two generations.
fn numbered(number: u64) -> Arc<ModelGeneration> {
    let version = u32::try_from(2 * number).unwrap();
    fraud(number, [version, version + 1], true)
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Event {
    Adopted(u64),
    Scored,
    Ended,
}

/// Notes what it is told, in order.
#[derive(Clone, Default)]
struct Noting(Arc<Mutex<Vec<Event>>>);

impl Noting {
    fn note(&self, event: Event) {
        self.0.lock().push(event);
    }
}

impl Observer for Noting {
    fn adopted(&mut self, generation: &ModelGeneration) {
        self.note(Event::Adopted(generation.number()));
    }
    fn scored(&mut self, _: &ScoredBatch<'_>) {
        self.note(Event::Scored);
    }
    fn dead_lettered(&mut self, _: StreamId, _: Stage, _: Code) {}
    fn dead_letter(&mut self, _: &DeadLetter<'_>) {
        self.note(Event::Scored);
    }
    fn skipped(&mut self, _: StreamId, _: SkipReason) {}
    fn transaction(&mut self, _: TransactionEnd, _: Duration) {
        self.note(Event::Ended);
    }
    fn gap(&mut self, _: StreamId, _: u64) {}
}

/// A source before whose polls something is done; it asks for a stop after its last step.
struct Acting<F> {
    inner: MemorySource,
    polls: usize,
    last: usize,
    stop: Stop,
    act: F,
}

impl<F: FnMut(usize)> Source for Acting<F> {
    fn poll(&mut self, timeout: Duration) -> Result<Polled<'_>, Failure> {
        (self.act)(self.polls);
        if self.polls == self.last {
            self.stop.request(StopMode::Drain);
        }
        self.polls += 1;
        self.inner.poll(timeout)
    }
}

/// What a shard did that began with generation 1.
struct Ran {
    sink: MemorySink,
    events: Vec<Event>,
    ends_with: u64,
}

fn run(
    steps: Vec<Step>,
    of: &[(StreamId, i32)],
    slot: &GenerationSlot,
    config: ShardConfig,
    act: impl FnMut(usize),
) -> Ran {
    let (sink, noting) = (MemorySink::default(), Noting::default());
    let ledger = Ledger::open(committed(&sink.log(), of)).unwrap();
    let (last, stop) = (steps.len(), config.stop.clone());
    let source = Acting { inner: MemorySource::new(steps), polls: 0, last, stop, act };
    let watch = (noting.clone(), SteppingClock::new(Duration::from_millis(1)));
    let first = numbered(1).open().unwrap();
    let mut shard = Shard::new(source, sink.clone(), first, ledger, config, watch).following(slot.clone());
    assert_eq!(shard.run().unwrap(), Ended::Stopped);
    let ends_with = shard.generation().number();
    let events = noting.0.lock().clone();
    Ran { sink, events, ends_with }
}

/// Which generation scored each order, by partition and offset: both models, once each, or the test fails.
fn scored_by(log: &MemoryLog) -> BTreeMap<(i32, i64), u64> {
    let mut versions: BTreeMap<_, Vec<u64>> = BTreeMap::new();
    for message in log.messages.iter().filter(|message| message.output == Output::Comparisons) {
        let json = message.json();
        if json["source"]["topic"] == TOPICS[0] {
            let version = json["model"]["version"].as_u64().unwrap();
            assert_eq!(
                json["score"].as_f64().unwrap(),
                version as f64 / 100.0,
                "the version says who scored"
            );
            let place = (message.source_partition, json["source"]["offset"].as_i64().unwrap());
            versions.entry(place).or_default().push(version);
        }
    }
    let generation = |(place, versions): (_, Vec<u64>)| {
        assert_eq!(versions, [versions[0] / 2 * 2, versions[0] / 2 * 2 + 1], "both of one generation, once");
        (place, versions[0] / 2)
    };
    versions.into_iter().map(generation).collect()
}

fn good(offsets: std::ops::Range<i64>) -> Vec<Step> {
    offsets.map(|offset| Step::Record(record(0, 0, offset, Holds::Good))).collect()
}

const QUICK: Pace = Pace { batch_rows: 4, linger_ms: 5, commit_ms: 10 };

const ORDERS: &[(StreamId, i32)] = &[(StreamId(0), 0)];

#[test]
fn all_before_a_commit_is_scored_by_the_old_models_and_all_after_it_by_the_new_ones() {
    for alone in [false, true] {
        let slot = GenerationSlot::new(&numbered(1));
        let config = ShardConfig { alone, ..orders(QUICK, None) };
        let ran = run(good(0..60), ORDERS, &slot, config, |poll| {
            if poll == 13 {
                slot.offer(numbered(2).open().unwrap()).unwrap();
            }
        });
        let log = ran.sink.log();
        let scored = scored_by(&log);
        assert_eq!(scored.keys().map(|place| place.1).collect::<Vec<_>>(), (0..60).collect::<Vec<_>>());
        let first = scored.iter().find(|(_, generation)| **generation == 2).unwrap().0.1;
        assert!(
            (13..60).contains(&first) && scored.iter().all(|(place, by)| (place.1 >= first) == (*by == 2))
        );
        assert!(log.checkpoints.iter().any(|one| one.next_offset == first), "{first} begins a transaction");
        for checkpoint in &log.checkpoints {
            let by = checkpoint.scored_by.as_ref().unwrap();
            if by.from_offset == checkpoint.next_offset {
                // A mark of a record that is about to be scored alone.
                continue;
            }
            let (models, from) = if checkpoint.next_offset > first { (4, first) } else { (2, 0) };
            let names = [models, models + 1].map(|version| format!("fraud/{version}"));
            assert_eq!((&by.models[..], by.from_offset), (&names[..], from), "{checkpoint:?}");
        }
        assert_eq!(ran.ends_with, 2);
        assert_eq!(slot.take_retired().map(|old| old.generation().number()), Some(1), "closed elsewhere");
    }
}

#[test]
fn a_quiet_shard_adopts_new_models_before_the_next_record_comes() {
    let slot = GenerationSlot::new(&numbered(1));
    let quiet = std::iter::repeat_n(Step::Idle, 20);
    let steps = good(0..1).into_iter().chain(quiet).chain(good(1..2)).collect();
    let pace = Pace { batch_rows: 1, linger_ms: 1, commit_ms: 3 };
    let ran = run(steps, ORDERS, &slot, orders(pace, None), |poll| {
        if poll == 15 {
            slot.offer(numbered(2).open().unwrap()).unwrap();
        }
    });
    assert_eq!(scored_by(&ran.sink.log()).into_values().collect::<Vec<_>>(), [1, 2]);
}

#[test]
fn models_that_cannot_be_opened_leave_the_old_ones_scoring_and_the_next_ones_are_adopted() {
    let slot = GenerationSlot::new(&numbered(1));
    let ran = run(good(0..60), ORDERS, &slot, orders(QUICK, None), |poll| {
        if poll == 10 {
            let error = fraud(2, [4, 5], false).open().unwrap_err();
            assert_eq!((error.reason, error.model.as_str()), ("session", "scripted/1"));
        }
        if poll == 30 {
            slot.offer(numbered(3).open().unwrap()).unwrap();
        }
    });
    let scored = scored_by(&ran.sink.log());
    assert_eq!(scored.len(), 60);
    assert_eq!(scored.into_values().collect::<BTreeSet<_>>(), [1, 3].into());
}

#[test]
fn of_two_generations_that_are_offered_before_a_commit_only_the_newer_one_scores() {
    let slot = GenerationSlot::new(&numbered(1));
    let ran = run(good(0..60), ORDERS, &slot, orders(QUICK, None), |poll| {
        if poll == 5 {
            slot.offer(numbered(2).open().unwrap()).unwrap();
            slot.offer(numbered(3).open().unwrap()).unwrap();
        }
    });
    assert_eq!(scored_by(&ran.sink.log()).into_values().collect::<BTreeSet<_>>(), [1, 3].into());
}

#[test]
fn models_that_are_not_newer_or_read_other_topics_are_not_taken() {
    let slot = GenerationSlot::new(&numbered(5));
    for number in [4, 5] {
        let refused = slot.offer(numbered(number).open().unwrap()).unwrap_err();
        assert!(refused.what.contains(&format!("generation {number} ")), "{refused}");
    }
    let fewer = ModelGeneration::new(6, vec![models(0, "")]);
    let refused = slot.offer(fewer.open().unwrap()).unwrap_err();
    assert!(refused.what.contains("other topics") && refused.fix.contains("restart"), "{refused}");
    slot.offer(numbered(6).open().unwrap()).unwrap();
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn whenever_models_are_exchanged_each_transaction_is_scored_by_one_generation_and_each_record_once(
        records in records(), pace in pace(), offers in prop::collection::btree_set(0..60_usize, 0..12),
        alone in any::<bool>(),
    ) {
        let plain: Vec<OwnedRecord> = records.iter().map(|(record, _)| record.clone()).collect();
        let slot = GenerationSlot::new(&numbered(1));
        let mut next = 2;
        let config = ShardConfig { alone, ..orders(pace, None) };
        let steps = plain.iter().cloned().map(Step::Record).collect();
        let ran = run(steps, &partitions(&plain), &slot, config, |poll| {
            if offers.contains(&poll) {
                slot.offer(numbered(next).open().unwrap()).unwrap();
                next += 1;
            }
        });
        let log = ran.sink.log();
        let scored = scored_by(&log);
        let compared: BTreeSet<_> = records
            .iter()
            .filter(|(record, holds)| record.stream == StreamId(0) && compares(*holds))
            .map(|(record, _)| (record.position.partition, record.position.offset))
            .collect();
        prop_assert_eq!(scored.keys().copied().collect::<BTreeSet<_>>(), compared);
        for (before, after) in scored.iter().zip(scored.iter().skip(1)) {
            prop_assert!(before.0.0 != after.0.0 || before.1 <= after.1, "{before:?} then {after:?}");
        }
        // Nothing is scored between the end of a transaction and the next generation.
        let adopted = ran.events.iter().enumerate().filter(|(_, event)| matches!(event, Event::Adopted(_)));
        for (place, _) in adopted {
            let before = ran.events[..place].iter().rev().find(|event| !matches!(event, Event::Adopted(_)));
            prop_assert!(before.is_none_or(|event| *event == Event::Ended), "{:?}", ran.events);
        }
    }
}

/// Whether these models score a record that holds this: they have no poison.
fn compares(holds: Holds) -> bool {
    matches!(holds, Holds::Good | Holds::Poison | Holds::LastPoison | Holds::NotFinite)
}
