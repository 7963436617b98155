//! Models that refuse: only the rows at fault become dead letters, and by no model half.

use crate::audit::audit;
use crate::world::*;
use bystander_core::rejection::{Code, Stage};
use bystander_pipeline::Output;
use bystander_testkit::MemorySink;

#[test]
fn one_poison_row_costs_only_itself() {
    for holds in [Holds::Poison, Holds::LastPoison, Holds::NotFinite] {
        for place in 0..8 {
            let records: Vec<_> = (0..8)
                .map(|offset| {
                    let holds = if offset == place { holds } else { Holds::Good };
                    (record(0, 0, offset, holds), holds)
                })
                .collect();
            let sink = MemorySink::default();
            let plain: Vec<_> = records.iter().map(|(record, _)| record.clone()).collect();
            let pace = Pace { batch_rows: 8, linger_ms: 1000, commit_ms: 2000 };
            live(&plain, sink.clone(), || committed(&sink.log(), &partitions(&plain)), pace, None).unwrap();
            let log = sink.log();
            assert_eq!(audit(&records, &log), Vec::<String>::new());
            let letters: Vec<_> =
                log.messages.iter().filter(|message| message.output == Output::DeadLetters).collect();
            assert_eq!(letters.len(), 1);
            let model = if holds == Holds::LastPoison { "fraud/2" } else { "fraud/1" };
            assert_eq!(letters[0].json()["at"], model, "the first model that failed is named");
            assert_eq!(letters[0].header("bystander_at"), Some(model));
            assert_eq!(log.messages.len(), 2 * 7 + 1);
        }
    }
}

#[test]
fn observers_hear_of_every_dead_letter_with_its_stage_and_code() {
    let records = [
        record(0, 0, 0, Holds::NotJson),
        record(0, 0, 1, Holds::Poison),
        record(0, 0, 2, Holds::NotFinite),
        record(1, 0, 0, Holds::Tombstone),
        record(1, 0, 1, Holds::Good),
    ];
    let observed = crate::control::observed(&records, STEADY);
    assert_eq!(
        observed.dead_letters,
        [
            (Stage::Decode, Code::NotJson),
            (Stage::Score, Code::InferenceFailed),
            (Stage::Score, Code::NotFinite)
        ]
    );
    assert_eq!((observed.skips.len(), observed.compared), (1, 1));
}
