//! Shadow − live price, quote by quote.

use crate::stats::numeric::quantile;
use serde::Serialize;

/// Where numbers lie.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Spread {
    /// How many.
    pub n: u64,
    /// Mean.
    pub mean: f64,
    /// Median.
    pub median: f64,
    /// Median of |x − median|, unscaled.
    pub mad: f64,
    /// Percentiles 1, 5, 25, 75, 95 and 99.
    pub percentiles: [f64; 6],
}

/// Percentiles of a [`Spread`], as shares.
pub const PERCENTILES: [f64; 6] = [0.01, 0.05, 0.25, 0.75, 0.95, 0.99];

impl Spread {
    /// Sorts `values` in place; `None` of nothing or of a value that is not finite.
    pub fn of(mut values: Vec<f64>) -> Option<Self> {
        if !values.iter().all(|value| value.is_finite()) {
            return None;
        }
        values.sort_unstable_by(f64::total_cmp);
        let median = quantile(&values, 0.5)?;
        let n = values.len();
        // By halves, so that no sum overflows: the mean of finite numbers is finite.
        let mean = values.iter().map(|value| value / n as f64).sum();
        let percentiles = PERCENTILES.map(|p| quantile(&values, p).unwrap_or(median));
        values.iter_mut().for_each(|value| *value = (*value - median).abs());
        values.sort_unstable_by(f64::total_cmp);
        Some(Self { n: n as u64, mean, median, mad: quantile(&values, 0.5)?, percentiles })
    }
}

/// All of it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Differences {
    /// Quotes.
    pub n: u64,
    /// Shadow − live, minor units.
    pub absolute: Spread,
    /// (shadow − live) ÷ live, where live is above 0.
    pub relative: Option<Spread>,
    /// ln(shadow ÷ live), where both are above 0.
    pub log_ratio: Option<Spread>,
    /// Quotes left out of `relative`: no live price above 0.
    pub without_relative: u64,
    /// Quotes left out of `log_ratio`.
    pub without_log_ratio: u64,
    /// Share above live by more than the tolerance.
    pub up: f64,
    /// Share below live by more than the tolerance.
    pub down: f64,
    /// Share within the tolerance.
    pub within: f64,
    /// Σ |shadow − live| ÷ Σ live; `None` where that sum is not above 0.
    pub wape: Option<f64>,
}

/// Compares prices; |Δ| ≤ `tolerance` × live is within, as guardrails have it. `None` without quotes, with lists of
/// different lengths, or with a tolerance that is negative or not finite.
pub fn differences(live: &[i64], shadow: &[i64], tolerance: f64) -> Option<Differences> {
    let n = live.len();
    if n == 0 || n != shadow.len() || !(0.0..f64::MAX).contains(&tolerance) {
        return None;
    }
    let pairs = || live.iter().zip(shadow).map(|(live, shadow)| (*live as f64, *shadow as f64));
    let share = |counts: &dyn Fn(f64, f64) -> bool| {
        pairs().filter(|(live, shadow)| counts(shadow - live, tolerance * live)).count() as f64 / n as f64
    };
    let relative: Vec<f64> = pairs().filter(|(live, _)| *live > 0.0).map(|(p, q)| (q - p) / p).collect();
    let log_ratio: Vec<f64> =
        pairs().filter(|(p, q)| *p > 0.0 && *q > 0.0).map(|(p, q)| (q / p).ln()).collect();
    let (changed, paid) = pairs()
        .fold((0.0, 0.0), |(changed, paid), (live, shadow)| (changed + (shadow - live).abs(), paid + live));
    let (up, down) =
        (share(&|delta, most| delta > most), share(&|delta, most| delta < -most && delta <= most));
    Some(Differences {
        n: n as u64,
        without_relative: (n - relative.len()) as u64,
        without_log_ratio: (n - log_ratio.len()) as u64,
        absolute: Spread::of(pairs().map(|(live, shadow)| shadow - live).collect())?,
        relative: Spread::of(relative),
        log_ratio: Spread::of(log_ratio),
        up,
        down,
        within: share(&|delta, most| delta <= most && -delta <= most),
        wape: (paid > 0.0).then(|| changed / paid),
    })
}
