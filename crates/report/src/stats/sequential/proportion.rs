//! Confidence sequence for a proportion.
//!
//! The likelihood ratio of a Beta(a, b) mixture against one rate p, B(a + k, b + n − k) ÷ (B(a, b) pᵏ (1 − p)ⁿ⁻ᵏ), is a
//! martingale when p is true, so by Ville's inequality it ever reaches 1/α with probability at most α (Robbins
//! 1970; Howard, Ramdas, McAuliffe and Sekhon 2021). The rates it does not rule out are the interval. It depends on
//! the counts alone, so a day's totals are as good as each order, and the order within a day does not matter.

use super::root;
use crate::stats::intervals::{Interval, Method};
use crate::stats::numeric::stirling_remainder;
use serde::{Deserialize, Serialize};
use std::f64::consts::TAU;

/// Where the sequence is to be narrowest. Any prior is valid, if it was chosen before the first look.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Prior {
    a: f64,
    b: f64,
}

impl Prior {
    /// Every rate alike.
    pub const UNIFORM: Self = Self { a: 1.0, b: 1.0 };

    /// Beta(a, b); `None` unless both are positive and finite.
    pub fn new(a: f64, b: f64) -> Option<Self> {
        let usable = |x: f64| x.is_finite() && x > 1e-6;
        (usable(a) && usable(b)).then_some(Self { a, b })
    }
}

/// The rates that `events` among `n` don't rule out at this look, at any look. `None` without observations, with more
/// events than observations, with a prior that [`Prior::new`] refuses, or with a confidence outside (0, 1).
pub fn proportion(events: u64, n: u64, prior: Prior, confidence: f64) -> Option<Interval> {
    if n == 0 || events > n || !(confidence > 0.0 && confidence < 1.0) {
        return None;
    }
    // A prior that was read from a file has not been checked yet.
    let prior = Prior::new(prior.a, prior.b)?;
    let rate = events as f64 / n as f64;
    let ruled_out = -(1.0 - confidence).ln();
    let excess = |p: f64| log_evidence(events as f64, (n - events) as f64, prior, p) - ruled_out;
    let low = if events == 0 { 0.0 } else { rate - root(0.0, rate, |below| excess(rate - below)) };
    let high = if events == n { 1.0 } else { rate + root(0.0, 1.0 - rate, |above| excess(rate + above)) };
    Interval::new(low.max(0.0), rate, high.min(1.0), confidence, Method::ConfidenceSequence)
}

/// ln of the likelihood ratio against the rate `p`, for `k` events and `m` others. Stirling's formula is taken out of
/// the gamma functions, or a million observations would leave few digits.
fn log_evidence(k: f64, m: f64, prior: Prior, p: f64) -> f64 {
    let (a, b) = (k + prior.a, m + prior.b);
    let total = a + b;
    let log_beta_rest = |a: f64, b: f64| {
        let n = a + b;
        0.5 * (TAU * n / (a * b)).ln() + stirling_remainder(a) + stirling_remainder(b) - stirling_remainder(n)
    };
    // ln B(a, b) = a ln(a/n) + b ln(b/n) + rest
    let prior_total = prior.a + prior.b;
    let prior_log = prior.a * (prior.a / prior_total).ln() + prior.b * (prior.b / prior_total).ln();
    let against = |count: f64, posterior: f64, p: f64| {
        if count > 0.0 { count * (posterior / total / p).ln() } else { 0.0 }
    };
    let head = prior.a * (a / total).ln() + prior.b * (b / total).ln() - prior_log;
    against(k, a, p) + against(m, b, 1.0 - p) + head + log_beta_rest(a, b) - log_beta_rest(prior.a, prior.b)
}
