//! Pearson's chi-square test of the counts now against the reference.

use super::Table;
use crate::stats::numeric::chi_square_tail;
use serde::Serialize;

/// Expected counts below this are pooled (Cochran's rule).
const LEAST_EXPECTED: f64 = 5.0;

/// Its result.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct ChiSquare {
    /// Σ (observed − expected)² ÷ expected.
    pub statistic: f64,
    /// P(a statistic as large | nothing changed).
    pub p_value: f64,
    /// Bins after pooling, less one.
    pub degrees: u32,
}

/// Goodness of fit to an exact reference, or homogeneity of two samples when the reference has `rows`. The bins with
/// the smallest expected counts are pooled until each group expects five; `None` when one group is left.
pub fn test(table: &Table, rows: Option<u64>) -> Option<ChiSquare> {
    let n = table.n as f64;
    let m = rows.map(|rows| rows as f64);
    // (observed now, observed then, expected now) of each bin; then is only used when the reference is a sample.
    let mut bins: Vec<[f64; 3]> = table
        .shares
        .iter()
        .zip(&table.counts)
        .map(|(share, count)| {
            let (now, then) = (*count as f64, share * m.unwrap_or(0.0));
            [now, then, m.map_or(n * share, |m| (now + then) * n / (n + m))]
        })
        .collect();
    let smaller = m.map_or(1.0, |m| m.min(n) / n);
    bins.sort_by(|a, b| a[2].total_cmp(&b[2]));
    let groups = pooled(&bins, LEAST_EXPECTED / smaller);
    let degrees = u32::try_from(groups.len()).ok()?.checked_sub(1).filter(|degrees| *degrees > 0)?;
    let statistic = groups.iter().map(|[now, then, expected]| {
        let own = (now - expected).powi(2) / expected;
        // Then differs from its expectation by as much the other way: (now + then) − expected now.
        own + m.map_or(0.0, |_| (now - expected).powi(2) / (now + then - expected))
    });
    let statistic = statistic.sum();
    Some(ChiSquare { statistic, p_value: chi_square_tail(statistic, degrees), degrees })
}

/// Neighbours of a sorted list together until each group expects `least`; a last group that does not joins the one
/// before.
fn pooled(sorted: &[[f64; 3]], least: f64) -> Vec<[f64; 3]> {
    let mut groups: Vec<[f64; 3]> = Vec::new();
    let mut open = [0.0; 3];
    for bin in sorted {
        open.iter_mut().zip(bin).for_each(|(sum, value)| *sum += value);
        if open[2] >= least {
            groups.push(std::mem::take(&mut open));
        }
    }
    match groups.last_mut() {
        Some(last) => last.iter_mut().zip(open).for_each(|(sum, value)| *sum += value),
        None => groups.push(open),
    }
    groups
}
