//! What is counted while rows come in and are joined. Nothing is dropped without a count.

use bystander_core::outcome::OutcomeType;
use std::collections::BTreeMap;

/// Reasons that are told apart; what comes later is counted together.
const REASONS: usize = 30;
/// What they are counted as.
const OTHER_REASONS: &str = "other reasons";

/// Counts of the rows that came in.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RowCounts {
    /// Comparisons that were given.
    pub comparisons: u64,
    /// Lines that were no comparison, as the caller reported.
    pub malformed_comparisons: u64,
    /// The same comparison once more: counted once.
    pub duplicate_comparisons: u64,
    /// A further event of a subject that the run had already: the first stands.
    pub repeated_subjects: u64,
    /// Comparisons without a usable score or decision of their stream's kind: left out.
    pub unusable_comparisons: u64,
    /// Outcomes that were given.
    pub outcomes: u64,
    /// Lines that were no outcome, as the caller reported.
    pub malformed_outcomes: u64,
    /// Both by reason.
    pub malformed: BTreeMap<String, u64>,
    /// The same outcome once more: counted once.
    pub duplicate_outcomes: u64,
    /// Outcomes under an id that came before with another content: each counts.
    pub reused_outcome_ids: u64,
    /// Disputes without a stated label whose reason isn't known: taken as fraud.
    pub unmapped_reasons: u64,
    /// Outcomes by type, duplicates left out.
    pub outcome_types: BTreeMap<OutcomeType, u64>,
}

impl RowCounts {
    pub(crate) fn malformed(&mut self, why: &str) {
        let known = self.malformed.len() < REASONS || self.malformed.contains_key(why);
        *self.malformed.entry(if known { why } else { OTHER_REASONS }.to_owned()).or_default() += 1;
    }
}
