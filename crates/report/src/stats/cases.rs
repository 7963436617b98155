//! Labelled cases, checked once: what every figure about a classifier is computed from.

use thiserror::Error;

/// Weights stand for orders: beyond this total they are a mistake, and sums would lose whole orders.
const TOTAL_WEIGHT_MAX: f64 = 1e15;

/// Why numbers can't be used.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum Unusable {
    /// Two columns of different length.
    #[error("{what} has {found} rows where {expected} are expected: give one per case")]
    Length {
        /// The column.
        what: &'static str,
        /// Rows it has.
        found: usize,
        /// Rows the others have.
        expected: usize,
    },
    /// A NaN or an infinity.
    #[error("{what} of row {row} is {value}, not a finite number: leave the row out")]
    NotFinite {
        /// The column.
        what: &'static str,
        /// First row with it, from 0.
        row: usize,
        /// What stands there.
        value: f64,
    },
    /// A number outside its range.
    #[error("{what} of row {row} is {value}, outside {low} to {high}")]
    OutOfRange {
        /// The column.
        what: &'static str,
        /// First row with it, from 0.
        row: usize,
        /// What stands there.
        value: f64,
        /// Least value allowed.
        low: f64,
        /// Greatest value allowed.
        high: f64,
    },
    /// Weights that add up to too much.
    #[error(
        "the weights add up to {total}, more than {TOTAL_WEIGHT_MAX}: scale them so that one order weighs about 1"
    )]
    TotalWeight {
        /// Their sum.
        total: f64,
    },
    /// All frauds or none.
    #[error("{positives} of {rows} cases are frauds: both kinds are needed")]
    OneClass {
        /// Frauds.
        positives: usize,
        /// All cases.
        rows: usize,
    },
}

/// What turned out to be true of each case, with optional weights and amounts.
#[derive(Debug, Clone, Copy)]
pub struct Cases<'a> {
    pub(crate) labels: &'a [bool],
    pub(crate) weights: Option<&'a [f64]>,
    pub(crate) amounts: Option<&'a [i64]>,
}

/// Cases with one finite score each; a higher score is more suspicious.
#[derive(Debug, Clone, Copy)]
pub struct ScoredCases<'a> {
    pub(crate) scores: &'a [f64],
    pub(crate) cases: Cases<'a>,
}

impl<'a> Cases<'a> {
    /// Cases that all weigh 1 and carry no amount; `true` is a fraud.
    pub fn new(labels: &'a [bool]) -> Self {
        Self { labels, weights: None, amounts: None }
    }

    /// With a weight per case, finite and not negative; a case of weight 0 counts nowhere.
    pub fn weighted(self, weights: &'a [f64]) -> Result<Self, Unusable> {
        same_length("weights", weights.len(), self.labels.len())?;
        all_in("weight", weights, 0.0, TOTAL_WEIGHT_MAX)?;
        let total: f64 = weights.iter().sum();
        if total > TOTAL_WEIGHT_MAX {
            return Err(Unusable::TotalWeight { total });
        }
        Ok(Self { weights: Some(weights), ..self })
    }

    /// With an amount per case, in minor units of one currency.
    pub fn with_amounts(self, amounts: &'a [i64]) -> Result<Self, Unusable> {
        same_length("amounts", amounts.len(), self.labels.len())?;
        Ok(Self { amounts: Some(amounts), ..self })
    }

    /// With a score per case.
    pub fn scored(self, scores: &'a [f64]) -> Result<ScoredCases<'a>, Unusable> {
        same_length("scores", scores.len(), self.labels.len())?;
        all_finite("score", scores)?;
        Ok(ScoredCases { scores, cases: self })
    }

    pub(crate) fn weight(&self, row: usize) -> f64 {
        self.weights.map_or(1.0, |weights| weights[row])
    }

    pub(crate) fn amount(&self, row: usize) -> i64 {
        self.amounts.map_or(0, |amounts| amounts[row])
    }
}

pub(crate) fn same_length(what: &'static str, found: usize, expected: usize) -> Result<(), Unusable> {
    if found == expected { Ok(()) } else { Err(Unusable::Length { what, found, expected }) }
}

pub(crate) fn all_finite(what: &'static str, values: &[f64]) -> Result<(), Unusable> {
    match values.iter().position(|value| !value.is_finite()) {
        Some(row) => Err(Unusable::NotFinite { what, row, value: values[row] }),
        None => Ok(()),
    }
}

pub(crate) fn all_in(what: &'static str, values: &[f64], low: f64, high: f64) -> Result<(), Unusable> {
    all_finite(what, values)?;
    match values.iter().position(|&value| value < low || value > high) {
        Some(row) => Err(Unusable::OutOfRange { what, row, value: values[row], low, high }),
        None => Ok(()),
    }
}

/// A share of a whole; `None` where the whole is nothing.
pub(crate) fn share(part: f64, whole: f64) -> Option<f64> {
    let share = part / whole;
    (whole > 0.0 && share.is_finite()).then_some(share)
}
