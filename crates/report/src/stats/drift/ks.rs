//! Kolmogorov–Smirnov: the largest distance between two distribution functions.

use super::{Table, Test};
use std::f64::consts::{PI, TAU};

/// At the edges only, which makes the statistic a lower bound, and the p-value careful. `reference` rows, or an exact
/// reference.
pub fn binned(table: &Table, reference: Option<u64>) -> Test {
    let distance = table.cumulative().fold(0.0, |most: f64, (then, now)| most.max((now - then).abs()));
    test(distance, table.n as f64, reference.map(|rows| rows as f64))
}

/// With Kolmogorov's limiting distribution at √(nm/(n + m)) × distance; good from about 50 rows a side on.
pub(super) fn test(distance: f64, n: f64, m: Option<f64>) -> Test {
    let effective = m.map_or(n, |m| n / (1.0 + n / m));
    Test { statistic: distance, p_value: kolmogorov_tail(effective.sqrt() * distance) }
}

/// P(K > x) of Kolmogorov's distribution. Two series, each quick on its side of x = 1.
pub fn kolmogorov_tail(x: f64) -> f64 {
    if x < 0.04 {
        return 1.0;
    }
    let tail = if x < 1.0 {
        let term = |k: f64| (-(2.0 * k - 1.0).powi(2) * PI * PI / (8.0 * x * x)).exp();
        1.0 - TAU.sqrt() / x * (1..6).map(|k| term(f64::from(k))).sum::<f64>()
    } else {
        let term = |k: i32| f64::from(1 - 2 * ((k + 1) % 2)) * (-2.0 * f64::from(k * k) * x * x).exp();
        2.0 * (1..6).map(term).sum::<f64>()
    };
    tail.clamp(0.0, 1.0)
}
