//! The account of a job, drawn up by another Kafka client than the product's.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::shell::{JavaShell, ShellError};

/// What a job should have read and written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expectation {
    /// The job's name in its checkpoints.
    pub job: String,
    /// Every input topic.
    pub inputs: Vec<ExpectedInput>,
    /// The comparisons topic.
    pub comparisons: String,
    /// The dead-letters topic.
    pub dead_letters: String,
    /// The checkpoints topic.
    pub checkpoints: String,
}

/// An input topic and the models bound to it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ExpectedInput {
    /// The topic.
    pub topic: String,
    /// One comparison of each record is expected for each of these: `name/version`, `name@alias`, a sha256, or a
    /// bare name for any version.
    pub models: Vec<String>,
    /// Files of records that the broker has removed since they were read into them by
    /// [`JavaShell::consume_into`]: retention and `DeleteRecords` leave the verifier nothing else to know them by.
    pub removed: Vec<PathBuf>,
}

/// What became of every input record, as of the committed records.
///
/// The faults are defined in `tests/verifier/Faults.java`; each is told once.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Account {
    /// Input records that a fate is expected of.
    pub events: u64,
    /// Comparison records.
    pub comparisons: u64,
    /// Dead-letter records.
    pub dead_letters: u64,
    /// Inputs in no output; those that no checkpoint counts as skipped are `missing` too.
    pub skipped: u64,
    /// Records that a person left out, by the checkpoints; they are not among `events`.
    pub left_out: u64,
    /// Records that the broker removed before they were read, which checkpoints count as a gap; not among `events`.
    pub removed: u64,
    /// Comparisons or records that should be there and are not.
    pub missing: u64,
    /// Outputs that are there twice, or records with two fates: compared, dead-lettered or left out.
    pub duplicates: u64,
    /// Outputs of inputs that do not exist.
    pub unknown: u64,
    /// Comparisons by a model that is not expected on the input.
    pub unexpected_models: u64,
    /// Outputs out of their source partition's order within one output partition.
    pub order_violations: u64,
    /// Outputs whose key is not their source's.
    pub key_mismatches: u64,
    /// Comparison ids that occurred before.
    pub repeated_ids: u64,
    /// Outputs and checkpoints not of the documented shape.
    pub unreadable: u64,
    /// Checkpoints that went back.
    pub checkpoint_regressions: u64,
    /// Output records behind an open transaction.
    pub undecided: u64,
    /// The first faults in words.
    pub examples: Vec<String>,
    /// Whether every checkpoint agrees with what was read: see [`PartitionAccount::mismatches`].
    pub accounts_match: bool,
    /// No fault of any kind, and the accounts match.
    pub clean: bool,
    /// Comparisons by `name/version`.
    pub models: BTreeMap<String, u64>,
    /// Dead letters by `stage/code`.
    pub dead_letter_codes: BTreeMap<String, u64>,
    /// Skips by reason, out of the checkpoints.
    pub skip_reasons: BTreeMap<String, u64>,
    /// Each input partition.
    pub partitions: Vec<PartitionAccount>,
}

/// The account of one input partition.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct PartitionAccount {
    /// Its topic.
    pub topic: String,
    /// Its number.
    pub partition: i32,
    /// Records in it.
    pub events: u64,
    /// Those with a comparison and no dead letter.
    pub compared: u64,
    /// Those with a dead letter.
    pub dead_lettered: u64,
    /// Those with neither.
    pub skipped: u64,
    /// Further records, which a person left out.
    pub left_out: u64,
    /// Further records, which the broker removed before they were read.
    pub removed: u64,
    /// Where it begins.
    pub start_offset: i64,
    /// The offset after its last record.
    pub past_last_offset: i64,
    /// Its end, control records included.
    pub end_offset: i64,
    /// Where the highest checkpoint says reading goes on; none without a checkpoint.
    pub next_offset: Option<i64>,
    /// The totals of that checkpoint as they stand there.
    pub totals: Option<Value>,
    /// Where the checkpoint differs from what was read, in words.
    pub mismatches: Vec<String>,
}

/// Draws up the account of a job whose inputs are on the cluster `live` and whose outputs are on `shadow`.
///
/// # Errors
/// When a topic cannot be read, or Java is gone.
pub fn verify(
    shell: &JavaShell,
    live: &str,
    shadow: &str,
    expectation: &Expectation,
) -> Result<Account, ShellError> {
    let arguments = json!({
        "bootstrap": shadow,
        "live_bootstrap": live,
        "job": expectation.job,
        "inputs": expectation.inputs,
        "comparisons": expectation.comparisons,
        "dead_letters": expectation.dead_letters,
        "checkpoints": expectation.checkpoints,
    });
    let answer = shell.call("verify", &arguments)?;
    serde_json::from_value(answer)
        .map_err(|error| ShellError::Gone(format!("an account that is none: {error}")))
}
