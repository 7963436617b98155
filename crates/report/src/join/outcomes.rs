//! Outcomes as 40 bytes each, sorted by subject when they are joined.

use super::key::Key;
use bystander_core::decision::Action;
use bystander_core::outcome::{Label, OutcomeType};
use hashbrown::HashSet;

/// One outcome. `currency` is an index of the dataset, [`NO_CURRENCY`](super::column::NO_CURRENCY) where absent.
#[derive(Debug, Clone, Copy)]
pub(crate) struct OutcomeRow {
    pub(crate) subject: Key,
    pub(crate) reported_at_ms: i64,
    pub(crate) occurred_at_ms: i64,
    /// NaN where absent.
    pub(crate) quantity: f32,
    pub(crate) kind: OutcomeType,
    pub(crate) label: Option<Label>,
    pub(crate) action: Option<Action>,
    pub(crate) currency: u8,
}

/// All outcomes, each once.
#[derive(Debug, Default)]
pub(crate) struct OutcomeLog {
    rows: Vec<OutcomeRow>,
    seen: HashSet<u64>,
    sorted: bool,
}

impl OutcomeLog {
    /// Adds a row unless `identity` was there before; says whether it was new.
    pub(crate) fn push(&mut self, identity: Key, row: OutcomeRow) -> bool {
        let new = self.seen.insert(identity.short());
        if new {
            self.rows.push(row);
            self.sorted = false;
        }
        new
    }

    /// Sorts by subject, then by report; ties in an order that doesn't depend on the input's.
    pub(crate) fn sort(&mut self) {
        if !self.sorted {
            self.rows.sort_unstable_by_key(|row| {
                (row.subject, row.reported_at_ms, row.occurred_at_ms, row.kind, row.label, row.action)
            });
            self.sorted = true;
        }
    }

    /// The outcomes of each subject, after [`sort`](Self::sort).
    pub(crate) fn by_subject(&self) -> impl Iterator<Item = &[OutcomeRow]> {
        self.rows.chunk_by(|one, next| one.subject == next.subject)
    }
}
