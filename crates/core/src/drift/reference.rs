//! A frozen distribution, and counts in its bins.

use crate::contract::Distribution;
use serde::Serialize;

/// The frozen distribution: shares of bins or of categories among the values that are not missing.
#[derive(Debug, Clone, Copy)]
pub struct Reference<'a> {
    /// Inner bin edges, rising: bin i holds `edges[i - 1] < value <= edges[i]`, the first and the last are open. Empty
    /// for categories.
    pub edges: &'a [f64],
    /// One per bin (edges + 1) or one per category; they sum to 1 within 0.001 (rounding) and are normalised.
    pub shares: &'a [f64],
    /// Share of missing values among all.
    pub missing: f64,
    /// Rows it was made of, if known.
    pub count: Option<u64>,
}

impl<'a> Reference<'a> {
    /// A contract's distribution, whose size isn't known.
    pub fn of(distribution: &'a Distribution) -> Self {
        let Distribution { edges, shares, missing, .. } = distribution;
        Self { edges, shares, missing: *missing, count: None }
    }

    /// Whether it is a distribution over its bins.
    ///
    /// # Errors
    /// [`DriftRefusal::Shape`] or [`DriftRefusal::Shares`].
    pub fn check(&self) -> Result<(), DriftRefusal> {
        let Self { edges, shares, missing, .. } = *self;
        let rising =
            edges.windows(2).all(|pair| pair[0] < pair[1]) && edges.iter().all(|edge| edge.is_finite());
        if !edges.is_empty() && (shares.len() != edges.len() + 1 || !rising) {
            return Err(DriftRefusal::Shape);
        }
        let possible = shares.iter().chain([&missing]).all(|share| (0.0..=1.001).contains(share));
        if possible && (shares.iter().sum::<f64>() - 1.0).abs() <= 1e-3 {
            Ok(())
        } else {
            Err(DriftRefusal::Shares)
        }
    }
}

/// The same table, counted now.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// One per bin or category of the reference.
    pub bins: Vec<u64>,
    /// Missing values.
    pub missing: u64,
    /// Values of no category of the reference; always 0 for bins.
    pub unseen: u64,
}

impl Counts {
    /// Counts values into the bins that `edges` make; NaN is missing.
    pub fn of(edges: &[f64], values: impl IntoIterator<Item = f64>) -> Self {
        let mut counts = Self { bins: vec![0; edges.len() + 1], missing: 0, unseen: 0 };
        for value in values {
            if value.is_nan() {
                counts.missing += 1;
            } else {
                counts.bins[bin(edges, value)] += 1;
            }
        }
        counts
    }
}

/// Why there is no comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum DriftRefusal {
    /// No values now, or none that are not missing.
    #[error("no values to compare with the reference")]
    Empty,
    /// As many counts, shares and edges as there should be are not there, or edges don't rise.
    #[error("counts, shares and edges don't belong to one table")]
    Shape,
    /// Negative or not finite, or they don't sum to 1.
    #[error("the reference's shares are not a distribution")]
    Shares,
    /// A sample holds a NaN.
    #[error("a value is not a number: count it as missing")]
    NotANumber,
}

/// The bin of a number: an edge belongs to the bin below it.
pub(super) fn bin(edges: &[f64], value: f64) -> usize {
    edges.partition_point(|edge| *edge < value)
}
