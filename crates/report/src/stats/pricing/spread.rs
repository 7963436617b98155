//! Where numbers lie: of price changes, quote by quote.

use crate::stats::numeric::quantile;
use serde::Serialize;

/// Where numbers lie.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Spread {
    /// Mean.
    pub mean: f64,
    /// Median.
    pub median: f64,
    /// Median of |x − median|, unscaled.
    pub mad: f64,
    /// Values at [`PERCENTILES`].
    pub percentiles: [f64; PERCENTILES.len()],
}

/// Percentiles of a [`Spread`].
pub const PERCENTILES: [f64; 7] = [1.0, 5.0, 25.0, 50.0, 75.0, 95.0, 99.0];

impl Spread {
    /// Of sorted values; `None` of nothing or where one is not finite.
    pub fn of_sorted(values: &[f64]) -> Option<Self> {
        if !values.iter().all(|value| value.is_finite()) {
            return None;
        }
        let median = quantile(values, 0.5)?;
        let mean = values.iter().sum::<f64>() / values.len() as f64;
        let percentiles = PERCENTILES.map(|percent| quantile(values, percent / 100.0).unwrap_or(median));
        let mut distances: Vec<f64> = values.iter().map(|value| (value - median).abs()).collect();
        distances.sort_unstable_by(f64::total_cmp);
        Some(Self { mean, median, mad: quantile(&distances, 0.5)?, percentiles })
    }
}
