//! How many labels a comparison needs, by the normal approximation. Each size is rounded up.

use crate::stats::numeric::normal_quantile;
use serde::{Deserialize, Serialize};

/// Error rates that were settled before the run.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Errors {
    /// P(difference claimed | there is none).
    pub alpha: f64,
    /// P(difference found | it is there).
    pub power: f64,
    /// Whether a difference in either direction counts.
    pub two_sided: bool,
}

impl Errors {
    fn quantiles(&self) -> Option<(f64, f64)> {
        let tail = if self.two_sided { self.alpha / 2.0 } else { self.alpha };
        let open = |p: f64| p > 0.0 && p < 1.0;
        (open(tail) && open(self.power))
            .then(|| (normal_quantile(1.0 - tail), normal_quantile(self.power)))
            .filter(|(alpha, power)| alpha + power > 0.0)
    }
}

/// Labels to tell a proportion `p` from `null`: ((zα √(null(1 − null)) + zβ √(p(1 − p))) ÷ (p − null))². `None` when they
/// are equal or outside (0, 1).
pub fn one_proportion(null: f64, p: f64, errors: Errors) -> Option<u64> {
    let (alpha, beta) = errors.quantiles()?;
    let spread = |p: f64| (p * (1.0 - p)).sqrt();
    whole(proportions(null, p)?, alpha * spread(null) + beta * spread(p))
}

/// Labels in each of two independent groups of one size to tell `p` from `q` (pooled variance under the null).
pub fn two_proportions(p: f64, q: f64, errors: Errors) -> Option<u64> {
    let (alpha, beta) = errors.quantiles()?;
    let middle = f64::midpoint(p, q);
    let null = (2.0 * middle * (1.0 - middle)).sqrt();
    whole(proportions(p, q)?, alpha * null + beta * (p * (1.0 - p) + q * (1.0 - q)).sqrt())
}

fn proportions(p: f64, q: f64) -> Option<f64> {
    let open = |p: f64| p > 0.0 && p < 1.0;
    (open(p) && open(q) && p != q).then_some(p - q)
}

fn whole(difference: f64, spread: f64) -> Option<u64> {
    let n = (spread / difference).powi(2).ceil();
    (n < 1e15).then_some(n as u64)
}
