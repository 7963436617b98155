//! Drift of a score or a feature against its frozen reference: how far ([`divergence`]), and whether chance explains
//! it ([`ks`], [`chi_square`], [`rates`]). From bins here; from two raw samples in [`raw`].
//!
//! With many rows the smallest shift is significant, and with few rows chance alone gives a large PSI. So a flag
//! needs both: a PSI above its limit and an adjusted p-value below its own ([`Drift::flagged`]). The adjustment
//! over all features (Benjamini–Hochberg) is the caller's.
//!
//! A reference of unknown size is taken as exact: the p-values are then a little too small, and the figures say so by
//! `reference_count` being absent.

pub mod chi_square;
pub mod divergence;
pub mod ks;
pub mod rates;
pub mod raw;
mod table;

use rates::RateTest;
use serde::Serialize;

pub use table::Table;

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
                counts.bins[edges.partition_point(|edge| *edge < value)] += 1;
            }
        }
        counts
    }
}

/// Why there is no comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum Refusal {
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

/// A test's result.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Test {
    /// Its statistic.
    pub statistic: f64,
    /// P(a statistic as large | nothing changed).
    pub p_value: f64,
}

/// Everything about one distribution.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Drift {
    /// Values now that are not missing.
    pub n: u64,
    /// Rows of the reference, if known.
    pub reference_count: Option<u64>,
    /// Population stability index, smoothed: see [`divergence::psi`].
    pub psi: f64,
    /// What PSI is on average when nothing changed: (bins − 1)(1/n + 1/reference count).
    pub psi_by_chance: f64,
    /// Jensen–Shannon distance, base 2, in [0, 1].
    pub jensen_shannon: f64,
    /// Wasserstein-1 between the outermost edges, in the feature's units; `None` for categories and fewer than two
    /// edges.
    pub wasserstein: Option<f64>,
    /// The same as a share of the distance between the outermost edges.
    pub wasserstein_relative: Option<f64>,
    /// Kolmogorov–Smirnov at the edges; `None` for categories.
    pub ks: Option<Test>,
    /// Pearson's chi-square; `None` when all rows fall into one pooled bin.
    pub chi_square: Option<chi_square::ChiSquare>,
    /// Missing values.
    pub missing: RateTest,
    /// Values of no known category; `None` for bins.
    pub unseen: Option<RateTest>,
}

impl Drift {
    /// Whether it is both large and not chance: PSI ≥ `psi_limit` (0.1 is commonly called moderate, 0.25 large) and
    /// an `adjusted_p` < `alpha`.
    pub fn flagged(&self, psi_limit: f64, adjusted_p: f64, alpha: f64) -> bool {
        self.psi >= psi_limit && adjusted_p < alpha
    }
}

/// Compares counts with their reference.
///
/// # Errors
/// See [`Refusal`].
pub fn compare(reference: &Reference<'_>, now: &Counts) -> Result<Drift, Refusal> {
    let table = Table::new(reference, now)?;
    let all = table.n + now.missing;
    let known =
        reference.count.map(|count| (count as f64 * (1.0 - reference.missing)).round().max(1.0) as u64);
    let (numeric, degrees) = (!reference.edges.is_empty(), table.shares.len().saturating_sub(1) as f64);
    let missing = rates::test(now.missing, all, reference.missing.min(1.0), reference.count);
    let missing = missing.ok_or(Refusal::Shares)?;
    let wasserstein = divergence::wasserstein(reference.edges, &table);
    let span = reference.edges.last().zip(reference.edges.first()).map(|(last, first)| last - first);
    Ok(Drift {
        n: table.n,
        reference_count: reference.count,
        psi: divergence::psi(&table, known),
        psi_by_chance: degrees * (1.0 / table.n as f64 + known.map_or(0.0, |known| 1.0 / known as f64)),
        jensen_shannon: divergence::jensen_shannon(&table),
        wasserstein,
        wasserstein_relative: wasserstein.zip(span).map(|(distance, span)| distance / span),
        ks: numeric.then(|| ks::binned(&table, known)),
        chi_square: chi_square::test(&table, known),
        missing,
        unseen: if numeric { None } else { rates::test(now.unseen, table.n, 0.0, known) },
    })
}
