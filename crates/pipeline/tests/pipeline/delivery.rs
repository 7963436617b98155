//! Exactly once: whatever fails and whenever, every record ends once, in order, and the accounts say so.

use crate::audit::audit;
use crate::world::*;
use bystander_pipeline::Ended;
use bystander_testkit::{Fault, MemorySink, OwnedRecord};
use proptest::prelude::*;

/// Records of up to three partitions of both streams, with holes between the offsets, interleaved at will.
pub(crate) fn records() -> impl Strategy<Value = Vec<(OwnedRecord, Holds)>> {
    let holds = prop_oneof![6 => Just(Holds::Good), 4 => prop::sample::select(ALL.to_vec())];
    prop::collection::vec((0..2_usize, 0..3_i32, 1..4_i64, holds), 1..60).prop_map(|drawn| {
        let mut next = [[0_i64; 3]; 2];
        drawn
            .into_iter()
            .map(|(stream, partition, step, holds)| {
                let place = &mut next[stream][partition as usize];
                *place += step;
                (record(stream, partition, *place, holds), holds)
            })
            .collect()
    })
}

pub(crate) fn pace() -> impl Strategy<Value = Pace> {
    (1..9_usize, 1..8_u64, 1..60_u64).prop_map(|(batch_rows, linger_ms, commit_ms)| Pace {
        batch_rows,
        linger_ms,
        commit_ms,
    })
}

/// How one life ends before its time.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Death {
    Sink(Fault),
    Source(usize),
}

pub(crate) fn death() -> impl Strategy<Value = Death> {
    prop_oneof![
        (1..40_usize).prop_map(|n| Death::Sink(Fault::Send(n))),
        (1..6_usize).prop_map(|n| Death::Sink(Fault::BeforeCommit(n))),
        (1..6_usize).prop_map(|n| Death::Sink(Fault::AfterCommit(n))),
        (0..50_usize).prop_map(Death::Source),
    ]
}

/// The same records with partitions and streams interleaved otherwise; order within each stays.
fn interleaved(records: &[(OwnedRecord, Holds)], order: &[usize]) -> Vec<OwnedRecord> {
    let plain: Vec<_> = records.iter().map(|(record, _)| record.clone()).collect();
    let mut pipelines: Vec<std::collections::VecDeque<_>> = partitions(&plain)
        .into_iter()
        .map(|(stream, partition)| {
            let of =
                |record: &&OwnedRecord| record.stream == stream && record.position.partition == partition;
            plain.iter().filter(of).cloned().collect()
        })
        .collect();
    let mut mixed = Vec::new();
    for turn in order.iter().cycle() {
        pipelines.retain(|pipeline| !pipeline.is_empty());
        let Some(count) = (!pipelines.is_empty()).then_some(pipelines.len()) else { break };
        mixed.extend(pipelines[turn % count].pop_front());
    }
    mixed
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_500))]
    #[test]
    fn every_record_ends_exactly_once_whatever_fails(
        records in records(),
        lives in prop::collection::vec((death(), pace(), prop::collection::vec(0..100_usize, 1..20)), 0..6),
        last in pace(),
    ) {
        let sink = MemorySink::default();
        let plain: Vec<_> = records.iter().map(|(record, _)| record.clone()).collect();
        let all = partitions(&plain);
        for (death, pace, order) in lives {
            let (fault, fails_at) = match death {
                Death::Sink(fault) => (fault, None),
                Death::Source(place) => (Fault::None, Some(place)),
            };
            let mixed = interleaved(&records, &order);
            let ended = live(&mixed, sink.failing(fault), || committed(&sink.log(), &all), pace, fails_at);
            prop_assert!(ended.is_err() || ended.is_ok_and(|ended| ended == Ended::CaughtUp));
            let faults = audit(&records, &sink.log());
            prop_assert!(faults.is_empty(), "after a life: {:#?}", faults);
        }
        let ended = live(&plain, sink.clone(), || committed(&sink.log(), &all), last, None);
        prop_assert!(matches!(ended, Ok(Ended::CaughtUp)));
        let log = sink.log();
        let faults = audit(&records, &log);
        prop_assert!(faults.is_empty(), "at the end: {:#?}", faults);
        for ((stream, partition), end) in ends(&plain) {
            let books = committed(&log, &[(stream, partition)]);
            prop_assert_eq!(books[0].1.next_offset, end, "all of it was read");
        }
    }
}
