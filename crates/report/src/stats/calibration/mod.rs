//! Whether a score that calls itself a probability is one.

mod bins;
mod recalibration;
mod scores;

pub use bins::{MAX_BINS, ReliabilityBin, reliability};
pub use recalibration::{Recalibration, recalibrate};
pub use scores::{Brier, LOG_LOSS_CLIP, LogLoss, ObservedExpected, brier, log_loss, observed_expected};

use super::cases::{ScoredCases, Unusable, all_in, share};
use serde::Serialize;

/// Cases whose scores are probabilities.
#[derive(Debug, Clone, Copy)]
pub struct Probabilities<'a>(ScoredCases<'a>);

/// All figures of calibration.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Calibration {
    /// Bins that hold cases.
    pub bins: Vec<ReliabilityBin>,
    /// Expected calibration error: Σ wₖ/W · |observedₖ − meanₖ| over the bins. `None` without cases.
    pub expected_calibration_error: Option<f64>,
    /// Brier score and its parts over the same bins. `None` without cases.
    pub brier: Option<Brier>,
    /// Log loss. `None` without cases.
    pub log_loss: Option<LogLoss>,
    /// Observed ÷ expected frauds. `None` without cases.
    pub observed_expected: Option<ObservedExpected>,
    /// Slope and intercept.
    pub recalibration: Recalibration,
}

impl<'a> Probabilities<'a> {
    /// Accepts scores from 0 to 1.
    pub fn new(scored: ScoredCases<'a>) -> Result<Self, Unusable> {
        all_in("score", scored.scores, 0.0, 1.0)?;
        Ok(Self(scored))
    }

    /// Cases of positive weight: probability, whether it is a fraud, weight.
    fn rows(&self) -> impl Iterator<Item = (f64, bool, f64)> {
        let ScoredCases { scores, cases } = self.0;
        let rows = scores.iter().zip(cases.labels).enumerate();
        rows.map(move |(row, (&score, &fraud))| (score, fraud, cases.weight(row)))
            .filter(|&(_, _, weight)| weight > 0.0)
    }

    fn weighted(&self) -> bool {
        self.0.cases.weights.is_some()
    }
}

impl Calibration {
    /// All of it, with so many [`reliability`] bins. `confidence` is that of every interval.
    pub fn of(cases: &Probabilities, bins: usize, confidence: f64) -> Self {
        let bins = reliability(cases, bins, confidence);
        Self {
            expected_calibration_error: expected_calibration_error(&bins),
            brier: brier(cases, &bins),
            log_loss: log_loss(cases),
            observed_expected: observed_expected(cases, confidence),
            recalibration: recalibrate(cases, confidence),
            bins,
        }
    }
}

/// Σ wₖ/W · |observedₖ − meanₖ|; `None` without cases.
pub fn expected_calibration_error(bins: &[ReliabilityBin]) -> Option<f64> {
    let all: f64 = bins.iter().map(|bin| bin.weight).sum();
    let gaps: f64 = bins.iter().map(|bin| bin.weight * (bin.observed - bin.mean_score).abs()).sum();
    share(gaps, all)
}
