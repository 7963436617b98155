//! What must hold once nothing is wrong any more.

use crate::support::Job;
use bystander_testkit::Account;
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
    assert_eq!(same["identical"], account.comparisons, "{same}");
    for key in ["differing", "not_recorded", "not_replayed", "recorded_twice"] {
        assert_eq!(same[key], 0, "{key}: {same}");
    }
    account
}
