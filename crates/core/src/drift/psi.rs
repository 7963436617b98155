//! The population stability index.

use super::Table;

/// Added to each bin's count, then and now, so that an empty bin has a finite logarithm (Jeffreys' prior).
const PSEUDO_COUNT: f64 = 0.5;

/// Population stability index Σ (now − then) ln(now ÷ then), of shares smoothed by half a row per bin:
/// (count + ½) ÷ (n + bins ÷ 2). The reference is smoothed as `reference` rows, or as many as there are now when
/// its size is not known.
pub fn psi(table: &Table, reference: Option<u64>) -> f64 {
    let bins = table.shares.len() as f64;
    let smooth = |count: f64, n: f64| (count + PSEUDO_COUNT) / (n + PSEUDO_COUNT * bins);
    let (n, m) = (table.n as f64, reference.unwrap_or(table.n) as f64);
    let terms = table.shares.iter().zip(&table.counts).map(|(share, count)| {
        let (then, now) = (smooth(share * m, m), smooth(*count as f64, n));
        (now - then) * (now / then).ln()
    });
    terms.sum::<f64>().max(0.0)
}

/// What it is on average when nothing changed: (bins − 1)(1/n + 1/reference rows), the latter only where its size is
/// known.
pub fn psi_by_chance(table: &Table, reference: Option<u64>) -> f64 {
    let degrees = table.shares.len().saturating_sub(1) as f64;
    degrees * (1.0 / table.n as f64 + reference.map_or(0.0, |rows| 1.0 / rows as f64))
}
