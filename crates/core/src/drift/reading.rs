//! Figures of a tally.

use super::plan::{Binned, SCORE, Watched};
use super::{Counts, DriftPlan, Reference, Table, Tally, psi, psi_by_chance};

/// Rows below which a tally says nothing.
pub const LEAST_ROWS: u64 = 500;

/// A stability index that has more than this by chance alone isn't given: with ten bins, one of fewer than 450 values.
/// It is a fifth of 0.1, from which on a distribution is commonly called moved.
pub const MOST_BY_CHANCE: f64 = 0.02;

/// What a tally says about the score or one feature.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Reading<'a> {
    /// The feature's name; the score's is `score`.
    pub feature: &'a str,
    /// Population stability index against the reference; `None` without one, and with too few values.
    pub psi: Option<f64>,
    /// Share of the rows in which it is missing; `None` where a row can't miss it, or that can't be told from a value.
    pub missing: Option<f64>,
    /// Share of the rows with a value that the reference doesn't list, or that is outside the vocabulary where there
    /// is no reference; `None` where that can't be, or can't be told.
    pub unseen: Option<f64>,
}

impl DriftPlan {
    /// What a tally says, the score first; nothing below [`LEAST_ROWS`].
    pub fn read<'a>(&'a self, tally: &'a Tally) -> impl Iterator<Item = Reading<'a>> {
        let score = Reading { feature: SCORE, psi: self.score.psi(tally), missing: None, unseen: None };
        let features = self.features.iter().map(|feature| feature.read(tally));
        std::iter::once(score).chain(features).filter(|_| tally.rows() >= LEAST_ROWS)
    }
}

impl Watched {
    fn read<'a>(&'a self, tally: &Tally) -> Reading<'a> {
        let Counts { missing, unseen, .. } = self.binned.counts(tally);
        let share = |count: u64| count as f64 / tally.rows().max(1) as f64;
        let tells_unseen = self.fed.tells_unseen() && self.binned.leaves_out();
        Reading {
            feature: self.fed.name(),
            psi: self.binned.psi(tally),
            missing: self.fed.tells_missing().then(|| share(missing)),
            unseen: tells_unseen.then(|| share(unseen)),
        }
    }
}

impl Binned {
    fn counts(&self, tally: &Tally) -> Counts {
        let bins = self.bins();
        let cells = &tally.cells[self.first..];
        Counts { bins: cells[..bins].to_vec(), missing: cells[bins], unseen: cells[bins + 1] }
    }

    fn psi(&self, tally: &Tally) -> Option<f64> {
        let reference = Reference::of(self.reference.as_ref()?);
        let table = Table::new(&reference, &self.counts(tally)).ok()?;
        (psi_by_chance(&table, None) <= MOST_BY_CHANCE).then(|| psi(&table, None))
    }
}
