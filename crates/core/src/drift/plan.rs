//! Rows of a batch into bins.

use super::reference::bin;
use super::sound;
use crate::contract::{Contract, Distribution, Feature, UNKNOWN};
use crate::features::{Observed, ObservedFeature};
use crate::input::ModelInput;
use crate::scored::ScoredModel;

/// The name that a model's score has among its features; a feature of this name isn't watched.
pub(super) const SCORE: &str = "score";

/// Where the number of rows stands in a tally.
pub(super) const ROWS: usize = 0;

/// How one model's score and features are counted.
#[derive(Debug, Clone, PartialEq)]
pub struct DriftPlan {
    pub(super) score: Binned,
    pub(super) features: Box<[Watched]>,
    cells: usize,
}

/// A feature's place in the input.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Watched {
    pub(super) fed: ObservedFeature,
    column: usize,
    pub(super) binned: Binned,
}

/// A run of cells in a tally: one per bin, then missing values, then unseen ones.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Binned {
    pub(super) first: usize,
    pub(super) reference: Option<Distribution>,
    /// Bin of each word that the column knows.
    words: Box<[usize]>,
    /// Bin of all others.
    unseen: usize,
}

/// Counts of rows by a plan's bins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tally {
    pub(super) cells: Box<[u64]>,
}

impl DriftPlan {
    /// A plan for models of this contract. Where it has no reference, or one that isn't a distribution over the
    /// values, only missing and unseen values are counted; so it is for features of the clock, which differ from
    /// training by construction: an hour holds one hour of the day.
    pub fn new(contract: &Contract) -> Self {
        let mut cells = ROWS + 1;
        let score = Binned::new(contract.reference.score.as_ref(), None, &mut cells);
        let watched = |(column, feature): (usize, &Feature)| {
            let fed = ObservedFeature::new(feature, contract);
            let reference = contract.reference.features.get(&feature.name);
            let reference = reference.filter(|_| !feature.source.is_calendar());
            let binned = Binned::new(reference, Some(&fed), &mut cells);
            Watched { fed, column, binned }
        };
        let features = contract.features.iter().enumerate().filter(|(_, feature)| feature.name != SCORE);
        let features = features.map(watched).collect();
        Self { score, features, cells }
    }

    /// Nothing counted yet.
    pub fn tally(&self) -> Tally {
        Tally { cells: vec![0; self.cells].into() }
    }

    /// Counts the rows of a batch that the model decided, or those among `most` evenly spaced ones.
    pub fn count(&self, input: &ModelInput, scored: &ScoredModel, most: usize, tally: &mut Tally) {
        let rows = scored.scores.len().min(scored.decisions.len()).min(input.rows());
        let counted = rows.min(most);
        for row in (0..counted).map(|index| index * rows / counted) {
            if scored.decisions[row].is_some() {
                tally.cells[ROWS] += 1;
                tally.cells[self.score.cell(Observed::Number(scored.scores[row]))] += 1;
                for feature in &self.features {
                    let fed = feature.fed.read(input.cell(row, feature.column));
                    tally.cells[feature.binned.cell(fed)] += 1;
                }
            }
        }
    }
}

impl Binned {
    /// Takes its cells from `cells` on; `fed` is `None` for the score.
    fn new(reference: Option<&Distribution>, fed: Option<&ObservedFeature>, cells: &mut usize) -> Self {
        let of_words = fed.is_some_and(ObservedFeature::is_category);
        let reference = reference.filter(|one| sound::problem(one, of_words).is_none()).cloned();
        let bins = reference.as_ref().map_or(1, |reference| reference.shares.len());
        let listed = |word: &str| match &reference {
            None => Some(0),
            Some(reference) => reference.values.iter().position(|value| value == word),
        };
        // What the reference doesn't list is unseen, unless it has a bin for all of that.
        let unseen = reference.as_ref().and_then(|_| listed(UNKNOWN)).unwrap_or(bins + 1);
        let words = fed.map(ObservedFeature::words).unwrap_or_default();
        let words = words.iter().map(|word| listed(word).unwrap_or(unseen)).collect();
        let first = *cells;
        *cells += bins + 2;
        Self { first, reference, words, unseen }
    }

    /// Number of bins; one for everything where nothing is to compare with.
    pub(super) fn bins(&self) -> usize {
        self.reference.as_ref().map_or(1, |reference| reference.shares.len())
    }

    /// Whether the reference leaves words out.
    pub(super) fn leaves_out(&self) -> bool {
        self.unseen > self.bins()
    }

    /// The cell that a value is counted in.
    fn cell(&self, fed: Observed) -> usize {
        self.first
            + match fed {
                Observed::Number(value) => {
                    self.reference.as_ref().map_or(0, |reference| bin(&reference.edges, value))
                }
                Observed::Word(place) => self.words[place],
                Observed::Unseen => self.unseen,
                Observed::Missing => self.bins(),
            }
    }
}

impl Tally {
    /// Number of rows counted.
    pub fn rows(&self) -> u64 {
        self.cells[ROWS]
    }

    /// Forgets everything.
    pub fn clear(&mut self) {
        self.cells.fill(0);
    }

    /// Adds another tally of the same plan.
    pub(super) fn add(&mut self, other: &Self) {
        self.cells.iter_mut().zip(&other.cells).for_each(|(sum, more)| *sum += more);
    }
}
