//! What the shadow's prices would have earned, from logs in which live drew prices at random with known chances.
//!
//! With weights w = P(shadow gives the logged price) ÷ P(live gave it): SNIPS Σ w r ÷ Σ w (Swaminathan and Joachims 2015)
//! and the doubly robust mean of m(shadow) + w (r − m(logged)) (Dudík, Langford and Li 2011). Without logged chances
//! neither exists, and a log without exploration can't identify what a price did: that is a refusal, not a number.

use crate::stats::intervals::{Interval, Method};
use crate::stats::numeric::critical;
use serde::Serialize;

/// A logged decision.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Logged {
    /// Chance with which live gave the price it gave, if logged.
    pub propensity: Option<f64>,
    /// Chance with which the shadow would give that same price: 0 or 1 for a deterministic one.
    pub shadow: f64,
    /// What it brought in.
    pub reward: f64,
    /// A reward model's guess at the logged price and its guess for the shadow's policy, if there is one.
    pub model: Option<(f64, f64)>,
}

/// Why there is no estimate.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, thiserror::Error)]
#[serde(rename_all = "snake_case", tag = "reason")]
pub enum Refusal {
    /// No decisions.
    #[error("no decisions")]
    Empty,
    /// Some chances are not logged.
    #[error("{missing} of {n} decisions have no logged propensity")]
    NoPropensities {
        /// Without one.
        missing: u64,
        /// Decisions.
        n: u64,
    },
    /// A chance, reward or guess that is impossible: propensities lie in (0, 1], the shadow's chances in [0, 1], the rest
    /// is finite.
    #[error("a propensity lies outside (0, 1], a shadow chance outside [0, 1], or a reward is not finite")]
    Impossible,
    /// Every propensity is 1: live never tried anything else.
    #[error("live never explored (every propensity is 1): a deterministic log can't identify what prices do")]
    Deterministic,
    /// The logged decisions that the shadow would also make weigh too little.
    #[error("the effective sample size is {effective:.1}, below the {needed:.0} that are needed")]
    TooLittleOverlap {
        /// (Σ w)² ÷ Σ w².
        effective: f64,
        /// What was asked for.
        needed: f64,
    },
}

/// The estimates.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct OffPolicy {
    /// Decisions.
    pub n: u64,
    /// (Σ w)² ÷ Σ w².
    pub effective: f64,
    /// Mean weight: near 1 when the propensities are right.
    pub mean_weight: f64,
    /// The largest weight's share of all.
    pub largest_share: f64,
    /// Mean reward of what live did.
    pub logged: f64,
    /// Self-normalised importance sampling, with the delta method's interval.
    pub snips: Interval,
    /// Doubly robust, where every decision has a model's guesses.
    pub doubly_robust: Option<Interval>,
}

/// Estimates the shadow's mean reward per decision. `needed`: the least effective sample size, for example 100.
///
/// # Errors
/// See [`Refusal`].
pub fn estimate(log: &[Logged], needed: f64, confidence: f64) -> Result<OffPolicy, Refusal> {
    let weights = weights(log)?;
    let n = log.len() as f64;
    let (sum, squares) = weights.iter().fold((0.0, 0.0), |(sum, squares), w| (sum + w, squares + w * w));
    let effective = if squares > 0.0 { sum * sum / squares } else { 0.0 };
    if !(effective > 0.0 && effective >= needed) {
        return Err(Refusal::TooLittleOverlap { effective, needed });
    }
    let rows = || log.iter().zip(&weights);
    let value = rows().map(|(row, w)| w * row.reward).sum::<f64>() / sum;
    let spread = rows().map(|(row, w)| (w * (row.reward - value)).powi(2)).sum::<f64>().sqrt() / sum;
    let around = |value: f64, error: f64| {
        let half = critical(confidence.clamp(1e-9, 1.0 - 1e-9)) * error;
        Interval::new(value - half, value, value + half, confidence, Method::Normal)
    };
    let robust: Option<Vec<f64>> =
        rows().map(|(row, w)| row.model.map(|(logged, shadow)| shadow + w * (row.reward - logged))).collect();
    let doubly_robust = robust.filter(|values| values.len() > 1).and_then(|values| {
        let mean = values.iter().sum::<f64>() / n;
        let variance = values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / (n - 1.0);
        around(mean, (variance / n).sqrt())
    });
    Ok(OffPolicy {
        n: log.len() as u64,
        effective,
        mean_weight: sum / n,
        largest_share: weights.iter().fold(0.0, |most: f64, w| most.max(*w)) / sum,
        logged: log.iter().map(|row| row.reward).sum::<f64>() / n,
        snips: around(value, spread).ok_or(Refusal::Impossible)?,
        doubly_robust,
    })
}

fn weights(log: &[Logged]) -> Result<Vec<f64>, Refusal> {
    if log.is_empty() {
        return Err(Refusal::Empty);
    }
    let missing = log.iter().filter(|row| row.propensity.is_none()).count();
    if missing > 0 {
        return Err(Refusal::NoPropensities { missing: missing as u64, n: log.len() as u64 });
    }
    let possible = |row: &Logged| {
        let chances =
            row.propensity.is_some_and(|p| p > 0.0 && p <= 1.0) && (0.0..=1.0).contains(&row.shadow);
        let guesses = row.model.is_none_or(|(logged, shadow)| logged.is_finite() && shadow.is_finite());
        chances && guesses && row.reward.is_finite()
    };
    if !log.iter().all(possible) {
        return Err(Refusal::Impossible);
    }
    if log.iter().all(|row| row.propensity == Some(1.0)) {
        return Err(Refusal::Deterministic);
    }
    Ok(log.iter().map(|row| row.shadow / row.propensity.unwrap_or(1.0)).collect())
}
