//! What must hold once nothing is wrong any more.

use crate::support::Job;
use bystander_testkit::{Account, Isolation, PartitionAccount};
use serde_json::Value;
use std::time::Duration;

const LIMIT: Duration = Duration::from_secs(600);

/// Scores what is left and fails the test unless every input record has exactly its comparisons, one dead letter or one
/// counted skip, in order, with checkpoints that say so; and unless a replay of the same records decides the same.
pub(crate) fn assert_exact(job: &Job<'_>) -> Account {
    job.drain(1);
    let account = job.account();
    if !account.clean {
        job.keep_evidence(&account);
    }
    assert!(account.clean, "{account:#?}");
    assert!(account.comparisons > 0, "nothing was scored");
    let status = job.status();
    assert_eq!((&status["lag"], &status["balanced"]), (&0.into(), &true.into()), "{status}");
    let said = job.start(&["replay", "--verify", "--output", "json"]).wait(LIMIT).ok().out;
    let same: Value = serde_json::from_str(&said).unwrap();
    assert_eq!(same["identical"].as_u64(), Some(replayable(job, &account)), "{same}");
    for key in ["differing", "not_recorded", "not_replayed", "recorded_twice"] {
        assert_eq!(same[key], 0, "{key}: {same}");
    }
    account
}

/// Comparisons of records that are still there to be scored again.
fn replayable(job: &Job<'_>, account: &Account) -> u64 {
    if !job.has_removed() {
        return account.comparisons;
    }
    let source = |value: &Value| -> Option<(String, i64, i64)> {
        let source = value.get("source")?;
        let of = |name: &str| source.get(name)?.as_i64();
        Some((source.get("topic")?.as_str()?.to_owned(), of("partition")?, of("offset")?))
    };
    let is_there = |(topic, partition, offset): (String, i64, i64)| {
        let whose =
            |input: &&PartitionAccount| input.topic == topic && i64::from(input.partition) == partition;
        account.partitions.iter().find(whose).is_some_and(|input| offset >= input.start_offset)
    };
    let written = job.shadow().consume(&job.plan.comparisons, Isolation::Committed).unwrap();
    let values = written.iter().filter_map(|record| serde_json::from_str(record.value.as_deref()?).ok());
    values.filter_map(|value| source(&value)).filter(|place| is_there(place.clone())).count() as u64
}
