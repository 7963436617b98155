//! Spearman's rank correlation.

use crate::stats::cases::{Unusable, all_finite, same_length, share};
use crate::stats::intervals::{Interval, Method};
use crate::stats::numeric::critical;
use serde::Serialize;

/// Whether two scores put the cases in the same order.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Spearman {
    /// Pairs.
    pub rows: usize,
    /// Pearson's correlation of the ranks, ties given their mean rank. `None` below two pairs, or where one side
    /// is constant.
    pub rho: Option<f64>,
    /// By Fisher's transform with standard error √((1 + ρ²/2) / (n − 3)) (Bonett and Wright 2000). `None` up to
    /// three pairs, and for ρ = ±1.
    pub interval: Option<Interval>,
}

/// Spearman's ρ, O(n log n).
pub fn spearman(first: &[f64], second: &[f64], confidence: f64) -> Result<Spearman, Unusable> {
    same_length("second scores", second.len(), first.len())?;
    all_finite("first score", first)?;
    all_finite("second score", second)?;
    let rho = correlation(&ranks(first), &ranks(second));
    let interval = rho.and_then(|rho| fisher(rho, first.len(), confidence));
    Ok(Spearman { rows: first.len(), rho, interval })
}

/// Ranks from 1, those tied given their mean, less the mean of all ranks.
fn ranks(values: &[f64]) -> Vec<f64> {
    let mut order: Vec<(f64, usize)> = values.iter().copied().zip(0..).collect();
    order.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
    let middle = (values.len() as f64 + 1.0) / 2.0;
    let mut ranks = vec![0.0; values.len()];
    let mut before = 0;
    for tied in order.chunk_by(|a, b| a.0 == b.0) {
        let rank = before as f64 + (tied.len() as f64 + 1.0) / 2.0 - middle;
        for &(_, row) in tied {
            ranks[row] = rank;
        }
        before += tied.len();
    }
    ranks
}

/// Of values that have mean 0.
fn correlation(first: &[f64], second: &[f64]) -> Option<f64> {
    let product = |a: &[f64], b: &[f64]| -> f64 { a.iter().zip(b).map(|(a, b)| a * b).sum() };
    // One root, so that equal ranks give exactly 1.
    let scale = (product(first, first) * product(second, second)).sqrt();
    share(product(first, second), scale).map(|rho| rho.clamp(-1.0, 1.0))
}

fn fisher(rho: f64, rows: usize, confidence: f64) -> Option<Interval> {
    let degrees = rows.checked_sub(3).filter(|&degrees| degrees > 0)? as f64;
    let half = critical(confidence) * ((1.0 + rho * rho / 2.0) / degrees).sqrt();
    let z = rho.atanh();
    z.is_finite().then_some(())?;
    Interval::new((z - half).tanh(), rho, (z + half).tanh(), confidence, Method::FisherZ)
}
