//! Two raw samples, where both are at hand: exact, where bins give a lower bound.

use super::{DriftRefusal, Test, ks};
use serde::Serialize;

/// Distances of two samples.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Distances {
    /// Two-sample Kolmogorov–Smirnov; careful where values tie.
    pub ks: Test,
    /// Wasserstein-1, in the values' units.
    pub wasserstein: f64,
}

/// Compares two samples; each is sorted once.
///
/// # Errors
/// [`DriftRefusal::Empty`] or [`DriftRefusal::NotANumber`] (infinite values included).
pub fn compare(then: &[f64], now: &[f64]) -> Result<Distances, DriftRefusal> {
    if then.is_empty() || now.is_empty() {
        return Err(DriftRefusal::Empty);
    }
    if !then.iter().chain(now).all(|value| value.is_finite()) {
        return Err(DriftRefusal::NotANumber);
    }
    let sorted = |values: &[f64]| {
        let mut values = values.to_vec();
        values.sort_unstable_by(f64::total_cmp);
        values
    };
    let (then, now) = (sorted(then), sorted(now));
    let (m, n) = (then.len() as f64, now.len() as f64);
    let (mut i, mut j, mut distance, mut area) = (0, 0, 0.0_f64, 0.0);
    // At each distinct value: how far apart both functions are from here to the next one.
    while i < then.len() || j < now.len() {
        let here = match (then.get(i), now.get(j)) {
            (Some(a), Some(b)) => a.min(*b),
            (Some(one), None) | (None, Some(one)) => *one,
            (None, None) => break,
        };
        i += then[i..].iter().take_while(|value| **value <= here).count();
        j += now[j..].iter().take_while(|value| **value <= here).count();
        let gap = (i as f64 / m - j as f64 / n).abs();
        let next = then.get(i).into_iter().chain(now.get(j)).copied().fold(f64::INFINITY, f64::min);
        if next.is_finite() {
            area += gap * (next - here);
        }
        distance = distance.max(gap);
    }
    Ok(Distances { ks: ks::test(distance, n, Some(m)), wasserstein: area })
}
