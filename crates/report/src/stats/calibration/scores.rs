//! Scoring rules: Brier score with its decomposition, log loss, observed against expected.

use super::Probabilities;
use super::bins::{ReliabilityBin, bin_of};
use crate::stats::cases::share;
use crate::stats::intervals::{Interval, proportion};
use serde::Serialize;

/// Probabilities nearer than this to 0 or 1 count as this far away, as in scikit-learn's `log_loss`.
pub const LOG_LOSS_CLIP: f64 = f64::EPSILON;

/// Mean squared error of the probabilities, taken apart over bins (Murphy 1973; the two terms inside bins after
/// Stephenson, Coelho and Jolliffe 2008): score = reliability − resolution + uncertainty + within-bin variance −
/// within-bin covariance, up to rounding.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Brier {
    /// Σ w (p − y)² ÷ Σ w.
    pub score: f64,
    /// Σ wₖ (p̄ₖ − ȳₖ)² ÷ W: 0 where each bin's mean is what happened.
    pub reliability: f64,
    /// Σ wₖ (ȳₖ − ȳ)² ÷ W: how far the bins differ in what happened.
    pub resolution: f64,
    /// ȳ (1 − ȳ): the score of always saying the base rate.
    pub uncertainty: f64,
    /// Σ w (p − p̄ₖ)² ÷ W.
    pub within_bin_variance: f64,
    /// 2 Σ w (p − p̄ₖ)(y − ȳₖ) ÷ W.
    pub within_bin_covariance: f64,
    /// 1 − score ÷ uncertainty; `None` where all or no cases are frauds.
    pub skill: Option<f64>,
}

/// Mean negative log likelihood.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct LogLoss {
    /// −Σ w (y ln p + (1 − y) ln(1 − p)) ÷ Σ w, natural logarithm.
    pub loss: f64,
    /// How far from 0 and 1 probabilities are held: [`LOG_LOSS_CLIP`].
    pub clip: f64,
    /// Cases that were clipped.
    pub clipped: u64,
}

/// Frauds there were against the frauds the probabilities promise.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct ObservedExpected {
    /// Weight of the frauds.
    pub observed: f64,
    /// Sum of weight × probability.
    pub expected: f64,
    /// Observed ÷ expected; `None` where nothing is expected.
    pub ratio: Option<f64>,
    /// Its interval: that of the observed share, the expected one held fixed. `None` with weights.
    pub interval: Option<Interval>,
}

/// The Brier score over bins made by [`super::reliability`] from the same cases. `None` without cases.
pub fn brier(cases: &Probabilities, bins: &[ReliabilityBin]) -> Option<Brier> {
    let last = bins.len().checked_sub(1)?;
    let inner: Vec<f64> = bins[..last].iter().map(|bin| bin.high).collect();
    let (mut weight, mut frauds, mut squares, mut variance, mut covariance) = (0.0, 0.0, 0.0, 0.0, 0.0);
    for (score, fraud, w) in cases.rows() {
        let y = f64::from(fraud);
        let bin = &bins[bin_of(&inner, score)];
        let spread = score - bin.mean_score;
        weight += w;
        frauds += w * y;
        squares += w * (score - y).powi(2);
        variance += w * spread * spread;
        covariance += 2.0 * w * spread * (y - bin.observed);
    }
    let base = share(frauds, weight)?;
    let over_bins = |term: fn(&ReliabilityBin, f64) -> f64| {
        bins.iter().map(|bin| bin.weight * term(bin, base).powi(2)).sum::<f64>() / weight
    };
    let (score, uncertainty) = (squares / weight, base * (1.0 - base));
    Some(Brier {
        score,
        reliability: over_bins(|bin, _| bin.mean_score - bin.observed),
        resolution: over_bins(|bin, base| bin.observed - base),
        uncertainty,
        within_bin_variance: variance / weight,
        within_bin_covariance: covariance / weight,
        skill: share(score, uncertainty).map(|loss| 1.0 - loss),
    })
}

/// Log loss; `None` without cases.
pub fn log_loss(cases: &Probabilities) -> Option<LogLoss> {
    let (mut weight, mut loss, mut clipped) = (0.0, 0.0, 0);
    for (score, fraud, w) in cases.rows() {
        let of_truth = if fraud { score } else { 1.0 - score };
        let held = of_truth.clamp(LOG_LOSS_CLIP, 1.0 - LOG_LOSS_CLIP);
        clipped += u64::from(held != of_truth);
        weight += w;
        loss -= w * held.ln();
    }
    Some(LogLoss { loss: share(loss, weight)?, clip: LOG_LOSS_CLIP, clipped })
}

/// Observed ÷ expected; `None` without cases.
pub fn observed_expected(cases: &Probabilities, confidence: f64) -> Option<ObservedExpected> {
    let (mut rows, mut frauds) = (0, 0);
    let (mut weight, mut observed, mut expected) = (0.0, 0.0, 0.0);
    for (score, fraud, w) in cases.rows() {
        rows += 1;
        weight += w;
        expected += w * score;
        if fraud {
            frauds += 1;
            observed += w;
        }
    }
    let expected_share = share(expected, weight)?;
    let interval = proportion(frauds, rows, confidence).filter(|_| !cases.weighted()).and_then(|rate| {
        let scaled = |limit: f64| limit / expected_share;
        Interval::new(scaled(rate.low), scaled(rate.estimate), scaled(rate.high), confidence, rate.method)
    });
    Some(ObservedExpected { observed, expected, ratio: share(observed, expected), interval })
}
