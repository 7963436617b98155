//! Totals: the account of a partition.

use bystander_core::checkpoint::{Attempts, Checkpoint, Totals};
use bystander_core::rejection::SkipReason;
use proptest::prelude::*;
use std::collections::BTreeMap;

fn totals() -> impl Strategy<Value = Totals> {
    let count = 0..1_u64 << 40;
    (count.clone(), count.clone(), prop::collection::vec(count, 4)).prop_map(
        |(compared, dead_lettered, rest)| {
            let skipped: BTreeMap<_, _> = SkipReason::ALL.into_iter().zip(rest.iter().copied()).collect();
            let read = compared + dead_lettered + skipped.values().sum::<u64>();
            Totals { read, compared, dead_lettered, skipped, gap_offsets: rest[3] }
        },
    )
}

proptest! {
    #[test]
    fn balanced_books_stay_balanced_when_added(one in totals(), other in totals()) {
        prop_assert!(one.balanced());
        let mut sum = one.clone();
        sum.add(&other);
        prop_assert!(sum.balanced());
        prop_assert_eq!(sum.read, one.read + other.read);
        prop_assert_eq!(sum.skipped_total(), one.skipped_total() + other.skipped_total());
    }

    #[test]
    fn one_record_too_many_or_too_few_unbalances_them(one in totals()) {
        for change in [
            |totals: &mut Totals| totals.read += 1,
            |totals: &mut Totals| totals.compared += 1,
            |totals: &mut Totals| totals.dead_lettered += 1,
            |totals: &mut Totals| *totals.skipped.entry(SkipReason::Filtered).or_default() += 1,
        ] {
            let mut wrong = one.clone();
            change(&mut wrong);
            prop_assert!(!wrong.balanced());
        }
    }

    #[test]
    fn a_checkpoint_reads_back_as_it_was_written(totals in totals(), next_offset in any::<i64>()) {
        let checkpoint = Checkpoint {
            job: "job".into(), topic: "t".into(), partition: 1, next_offset, shard: 2, shards: 4,
            initial_partitions: 6, totals, log: Default::default(),
            attempts: Attempts { starts: 3, in_hand: Some(next_offset), suspect: Some(2), fatal: Some(1), process: 9 },
            config: None,
            scored_by: None,
        };
        let text = serde_json::to_string(&checkpoint).unwrap();
        prop_assert_eq!(serde_json::from_str::<Checkpoint>(&text).unwrap(), checkpoint);
    }
}
