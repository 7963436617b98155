//! Confidence sequence for a mean of bounded numbers, or for a paired difference.
//!
//! Empirical Bernstein with a gamma–exponential mixture: theorem 4 with proposition 9 of Howard, Ramdas, McAuliffe and
//! Sekhon, "Time-uniform, nonparametric, nonasymptotic confidence sequences", Annals of Statistics 2021. With each
//! xᵢ predicted by some x̂ᵢ from what came before, V = Σ (xᵢ − x̂ᵢ)² and c the width of the bounds, the mean is never
//! farther than u(V)/n from the sample mean, but with probability α. u is the s at which
//! ∫ exp(λs − ψ(λ)V) dF(λ) = 2/α, ψ(λ) = (−ln(1 − cλ) − cλ)/c². It adapts to the variance, needs no distribution, and
//! holds for the running average of the conditional means even where they move.
//!
//! The state is three numbers; the prediction of a value is the running mean of those before it.

use super::root;
use crate::stats::intervals::{Interval, Method};
use crate::stats::numeric::stirling_remainder;
use serde::{Deserialize, Serialize};
use statrs::function::gamma::gamma_lr;

/// What is known before the first look: it may not be changed after it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Declared {
    /// No value is below.
    pub low: f64,
    /// No value is above.
    pub high: f64,
    /// The mean that is guessed; a wrong guess costs width, not validity.
    pub guess: f64,
    /// The number of observations at which the sequence is to be narrowest.
    pub observations: f64,
    /// The standard deviation that is expected of one observation.
    pub standard_deviation: f64,
}

/// A value outside the declared bounds, or one that is no number: the sequence would not hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, thiserror::Error)]
#[error("a value lies outside the declared bounds; the bounds must hold for every value")]
pub struct OutOfBounds;

/// Everything a look needs, whatever has been seen.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct MeanSequence {
    declared: Declared,
    n: u64,
    /// Of (x − low) ÷ (high − low), like all that follow.
    sum: f64,
    /// V.
    spread: f64,
}

impl MeanSequence {
    /// Nothing seen yet. `None` unless the bounds are finite and low < high, the guess between them, and the other
    /// two positive and finite.
    pub fn new(declared: Declared) -> Option<Self> {
        let Declared { low, high, guess, observations, standard_deviation } = declared;
        let bounds =
            low.is_finite() && (high - low).is_finite() && low < high && (low..=high).contains(&guess);
        let positive = |x: f64| x.is_finite() && x > 0.0;
        let usable = bounds && positive(observations) && positive(standard_deviation);
        usable.then_some(Self { declared, n: 0, sum: 0.0, spread: 0.0 })
    }

    /// Takes values in the order they came.
    ///
    /// # Errors
    /// [`OutOfBounds`]; none of the values is taken then.
    pub fn observe(&mut self, values: &[f64]) -> Result<(), OutOfBounds> {
        let Declared { low, high, .. } = self.declared;
        if !values.iter().all(|value| (low..=high).contains(value)) {
            return Err(OutOfBounds);
        }
        for value in values {
            let x = (value - low) / (high - low);
            self.spread += (x - self.prediction()).powi(2);
            self.n += 1;
            self.sum += x;
        }
        Ok(())
    }

    /// The means that are not ruled out at this look, at any look. `None` before the first value or with a confidence
    /// outside (0, 1).
    pub fn interval(&self, confidence: f64) -> Option<Interval> {
        if self.n == 0 || !(confidence > 0.0 && confidence < 1.0) {
            return None;
        }
        // A state that was read from a file has not been checked yet.
        Self::new(self.declared).filter(|_| self.spread.is_finite() && self.spread >= 0.0)?;
        let one_side = (1.0 - confidence) / 2.0;
        let radius = boundary(self.spread, self.tuning(one_side), -one_side.ln()) / self.n as f64;
        let mean = self.mean();
        let limits = ((mean - radius).max(0.0), (mean + radius).min(1.0));
        Interval::new(
            self.unscaled(limits.0),
            self.unscaled(mean),
            self.unscaled(limits.1),
            confidence,
            Method::ConfidenceSequence,
        )
    }

    fn mean(&self) -> f64 {
        (self.sum / self.n as f64).clamp(0.0, 1.0)
    }

    /// Running mean, the guess counted as one value.
    fn prediction(&self) -> f64 {
        let Declared { low, high, guess, .. } = self.declared;
        ((guess - low) / (high - low) + self.sum) / (1.0 + self.n as f64)
    }

    fn unscaled(&self, x: f64) -> f64 {
        let Declared { low, high, .. } = self.declared;
        low + x * (high - low)
    }

    /// The mixture's ρ that is best at the declared V: V ÷ (2 ln 1/α + ln(1 + 2 ln 1/α)), section 3.5 there.
    fn tuning(&self, one_side: f64) -> f64 {
        let Declared { low, high, observations, standard_deviation, .. } = self.declared;
        let best_at = observations * (standard_deviation / (high - low)).powi(2);
        let log = -2.0 * one_side.ln();
        (best_at / (log + log.ln_1p())).clamp(1e-3, 1e9)
    }
}

/// u(V) for c = 1.
fn boundary(spread: f64, rho: f64, ruled_out: f64) -> f64 {
    let excess = |s: f64| log_mixture(s, spread, rho) - ruled_out;
    let mut high = 1.0 + spread.sqrt();
    while excess(high) < 0.0 {
        high *= 2.0;
    }
    root(0.0, high, excess)
}

/// ln of the mixture for c = 1. With A = V + ρ and P the regularised lower incomplete gamma function it is
/// s − A ln(1 + s/A) + ½ ln(ρ/A) + δ(A) − δ(ρ) + ln P(A, A + s) − ln P(ρ, ρ), δ being Stirling's remainder.
fn log_mixture(s: f64, spread: f64, rho: f64) -> f64 {
    let a = spread + rho;
    s - a * (s / a).ln_1p() + 0.5 * (rho / a).ln() + stirling_remainder(a) - stirling_remainder(rho)
        + gamma_lr(a, a + s).ln()
        - gamma_lr(rho, rho).ln()
}
