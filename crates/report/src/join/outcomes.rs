//! Outcomes as 48 bytes each, sorted by subject when they are joined.

use super::key::Key;
use bystander_core::decision::Action;
use bystander_core::outcome::{Label, OutcomeType};
use hashbrown::{HashMap, HashSet};

/// One outcome. `currency` is an index of the dataset, [`NO_CURRENCY`](super::column::NO_CURRENCY) where absent.
#[derive(Debug, Clone, Copy)]
pub(crate) struct OutcomeRow {
    pub(crate) subject: Key,
    pub(crate) reported_at_ms: i64,
    pub(crate) occurred_at_ms: i64,
    /// Minor units; [`NO_AMOUNT`](super::column::NO_AMOUNT) where absent.
    pub(crate) amount: i64,
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
    /// What the rows say.
    contents: HashSet<u64>,
    /// The ids that came.
    ids: HashSet<u64>,
    /// Rows whose times are their records', by content: the earliest record counts, whichever is read first.
    undated: HashMap<u64, usize>,
    /// The subjects' pseudonyms with the key before, by those with the present one.
    former: HashMap<Key, Key>,
}

/// What makes an outcome the same as another.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Identity {
    /// All that it says itself, its id included.
    pub(crate) content: Key,
    /// Its id, if it has one.
    pub(crate) id: Option<Key>,
    /// Whether it says itself when it happened or was reported.
    pub(crate) dated: bool,
}

/// What became of an outcome.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Pushed {
    /// It was added.
    New,
    /// It was added; its id came before with another content.
    ReusedId,
    /// The same content was there before.
    Duplicate,
}

impl OutcomeLog {
    /// Adds a row unless the same content was there before. The result doesn't depend on the order of the rows.
    pub(crate) fn push(&mut self, identity: Identity, row: OutcomeRow) -> Pushed {
        let content = identity.content.short();
        if !self.contents.insert(content) {
            if let Some(kept) = self.undated.get(&content).and_then(|&kept| self.rows.get_mut(kept)) {
                kept.reported_at_ms = kept.reported_at_ms.min(row.reported_at_ms);
                kept.occurred_at_ms = kept.occurred_at_ms.min(row.occurred_at_ms);
            }
            return Pushed::Duplicate;
        }
        if !identity.dated {
            self.undated.insert(content, self.rows.len());
        }
        self.rows.push(row);
        let reused = identity.id.is_some_and(|id| !self.ids.insert(id.short()));
        if reused { Pushed::ReusedId } else { Pushed::New }
    }

    /// Notes that a subject had another pseudonym before keys were rotated.
    pub(crate) fn note_former(&mut self, subject: Key, former: Key) {
        self.former.insert(subject, former);
    }

    /// What comparisons may call a subject: its pseudonym with the present key, and the one before.
    pub(crate) fn names(&self, subject: Key) -> impl Iterator<Item = Key> {
        std::iter::once(subject).chain(self.former.get(&subject).copied())
    }

    /// Sorts by subject, then by report; ties in an order that doesn't depend on the input's. `currency` is the present index of
    /// a former one.
    pub(crate) fn sort(&mut self, currency: impl Fn(u8) -> u8) {
        self.rows.iter_mut().for_each(|row| row.currency = currency(row.currency));
        self.undated = HashMap::new();
        self.rows.sort_unstable_by_key(|row| {
            let times = (row.reported_at_ms, row.occurred_at_ms);
            let said = (row.kind, row.label, row.action);
            (row.subject, times, said, (row.quantity.to_bits(), row.amount, row.currency))
        });
    }

    /// The outcomes of each subject, after [`sort`](Self::sort).
    pub(crate) fn by_subject(&self) -> impl Iterator<Item = &[OutcomeRow]> {
        self.rows.chunk_by(|one, next| one.subject == next.subject)
    }
}
