//! States in which the accounts would stop balancing: the shard fails and says which, and nothing of it is visible.

use crate::world::*;
use bystander_core::record::{Position, StreamId};
use bystander_core::rejection::SkipReason;
use bystander_pipeline::{AccountingError, Fate, Ledger, Shard, ShardError};
use bystander_testkit::{CountingObserver, MemorySink, MemorySource, Step, SteppingClock};
use std::time::Duration;

const ORDERS: StreamId = StreamId(0);

fn ledger() -> Ledger {
    Ledger::open(vec![(ORDERS, checkpoint(0, 2, 7)), (StreamId(1), checkpoint(1, 2, 0))]).unwrap()
}

#[test]
fn two_accounts_of_a_partition_are_refused_by_name_whatever_they_say() {
    for second in [checkpoint(0, 2, 7), checkpoint(0, 2, 9)] {
        let both = vec![(ORDERS, checkpoint(0, 2, 7)), (ORDERS, second)];
        let error = Ledger::open(both).unwrap_err();
        assert_eq!(error, AccountingError::SecondAccount { stream: ORDERS, partition: 2 });
        assert!(error.to_string().contains("two accounts of partition 2"), "{error}");
    }
    let nowhere = Ledger::open(vec![(ORDERS, checkpoint(0, -1, 0))]).unwrap_err();
    assert_eq!(nowhere, AccountingError::NoAccount { stream: ORDERS, partition: -1 });
}

#[test]
fn an_outcome_without_an_account_or_without_a_record_is_refused_and_counts_nothing() {
    let mut ledger = ledger();
    let fates = [Fate::Compared, Fate::DeadLettered, Fate::Skipped(SkipReason::Filtered)];
    for fate in fates {
        let error = ledger.record_fate(ORDERS, 3, fate).unwrap_err();
        assert_eq!(error, AccountingError::NoAccount { stream: ORDERS, partition: 3 });
        let error = ledger.record_fate(ORDERS, 2, fate).unwrap_err();
        assert_eq!(error, AccountingError::OutcomeTwice { stream: ORDERS, partition: 2 });
    }
    ledger.read(ORDERS, Position { partition: 2, offset: 7 }).unwrap();
    ledger.record_fate(ORDERS, 2, Fate::Compared).unwrap();
    assert!(ledger.record_fate(ORDERS, 2, Fate::DeadLettered).is_err(), "the same record once more");
    let totals = &ledger.checkpoint(ORDERS, 2).unwrap().totals;
    assert_eq!((totals.read, totals.compared, totals.dead_lettered), (1, 1, 0));
    assert!(totals.balanced() && ledger.check().is_ok());
}

#[test]
fn a_comparison_of_a_partition_without_an_account_has_no_generation() {
    assert_eq!(ledger().generation(ORDERS, 2), Ok(0));
    assert_eq!(
        ledger().generation(ORDERS, 3),
        Err(AccountingError::NoAccount { stream: ORDERS, partition: 3 })
    );
}

#[test]
fn a_commit_without_the_outcome_of_a_record_fails_and_nothing_of_it_is_visible() {
    let mut ledger = ledger();
    // Read, and then forgotten.
    ledger.read(ORDERS, Position { partition: 2, offset: 7 }).unwrap();
    let sink = MemorySink::default();
    let record = record(0, 2, 8, Holds::Good);
    let config = orders(STEADY, Some([((ORDERS, 2), 9)].into()));
    let watch = (CountingObserver::default(), SteppingClock::new(Duration::from_millis(1)));
    let source = MemorySource::new([Step::Record(record)]);
    let models = both(models(0, ""));
    let error = Shard::new(source, sink.clone(), models, ledger, config, watch).run().unwrap_err();
    let missing = AccountingError::WithoutOutcome { stream: ORDERS, partition: 2, records: 1 };
    assert!(matches!(&error, ShardError::Accounting(found) if *found == missing), "{error}");
    assert!(error.to_string().contains("1 records of stream 0 partition 2"), "{error}");
    let log = sink.log();
    assert_eq!((log.messages.len(), log.checkpoints.len(), log.commits), (0, 0, 0));
}
