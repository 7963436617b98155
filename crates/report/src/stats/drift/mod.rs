//! Drift of a score or a feature against its frozen reference: how far ([`divergence`]), and whether chance explains
//! it ([`ks`], [`chi_square`], [`rates`]). From bins here; from two raw samples in [`raw`]. Bins, counts and the
//! stability index are the core's, which counts the same while events come in.
//!
//! With many rows the smallest shift is significant, and with few rows chance alone gives a large PSI. So a flag
//! needs both: a PSI above its limit and an adjusted p-value below its own. The adjustment over all features
//! (Benjamini–Hochberg) and the limits are the caller's.
//!
//! A reference of unknown size is taken as exact: the p-values are then a little too small, and the figures say so by
//! `reference_count` being absent.

pub mod chi_square;
pub mod divergence;
pub mod ks;
pub mod rates;
pub mod raw;

use rates::RateTest;
use serde::Serialize;

pub use bystander_core::drift::{Counts, DriftRefusal, Reference, Table, psi, psi_by_chance};

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
    /// Population stability index, smoothed: see [`psi()`].
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

/// Compares counts with their reference.
///
/// # Errors
/// See [`DriftRefusal`].
pub fn compare(reference: &Reference<'_>, now: &Counts) -> Result<Drift, DriftRefusal> {
    let table = Table::new(reference, now)?;
    let all = table.n + now.missing;
    let known =
        reference.count.map(|count| (count as f64 * (1.0 - reference.missing)).round().max(1.0) as u64);
    let numeric = !reference.edges.is_empty();
    let missing = rates::test(now.missing, all, reference.missing.min(1.0), reference.count);
    let missing = missing.ok_or(DriftRefusal::Shares)?;
    let wasserstein = divergence::wasserstein(reference.edges, &table);
    let span = reference.edges.last().zip(reference.edges.first()).map(|(last, first)| last - first);
    Ok(Drift {
        n: table.n,
        reference_count: reference.count,
        psi: psi(&table, known),
        psi_by_chance: psi_by_chance(&table, known),
        jensen_shannon: divergence::jensen_shannon(&table),
        wasserstein,
        wasserstein_relative: wasserstein.zip(span).map(|(distance, span)| distance / span),
        ks: numeric.then(|| ks::binned(&table, known)),
        chi_square: chi_square::test(&table, known),
        missing,
        unseen: if numeric { None } else { rates::test(now.unseen, table.n, 0.0, known) },
    })
}
