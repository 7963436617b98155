//! Two independent proportions.

use crate::stats::cases::share;
use crate::stats::intervals::{Interval, newcombe};
use crate::stats::numeric::two_sided;
use serde::Serialize;

/// The z test of two independent proportions, with pooled variance.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct TwoProportionZ {
    /// (p₁ − p₂) ÷ √(p (1 − p) (1/n₁ + 1/n₂)) with p over both; `None` where p is 0 or 1: nothing varies.
    pub z: Option<f64>,
    /// Two-sided; `None` with `z`.
    pub p_value: Option<f64>,
    /// p₁ − p₂, Newcombe.
    pub difference: Interval,
}

/// Compares events among trials, first against second. `None` without a trial in both.
pub fn two_proportion_z(first: (u64, u64), second: (u64, u64), confidence: f64) -> Option<TwoProportionZ> {
    let difference = newcombe(first, second, confidence)?;
    let (n, m) = (first.1 as f64, second.1 as f64);
    let pooled = share(first.0 as f64 + second.0 as f64, n + m)?;
    let error = (pooled * (1.0 - pooled) * (1.0 / n + 1.0 / m)).sqrt();
    let z = (error > 0.0).then(|| difference.estimate / error);
    Some(TwoProportionZ { z, p_value: z.map(two_sided), difference })
}
