//! The A/A floor: how far the same model's two scores lie apart.

use crate::stats::cases::{Unusable, all_finite, same_length};
use crate::stats::intervals::{Interval, mean, moments};
use crate::stats::numeric::critical;
use serde::Serialize;

/// Differences second − first of paired measurements (Bland and Altman 1986).
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct BlandAltman {
    /// Pairs.
    pub rows: usize,
    /// Mean difference with Student's interval; `None` below two pairs.
    pub mean: Option<Interval>,
    /// Sample standard deviation of the differences; `None` below two pairs.
    pub deviation: Option<f64>,
    /// Limits of agreement, mean ± z × deviation: where that share of normal differences lies.
    pub limits: Option<(f64, f64)>,
    /// Greatest absolute difference; `None` without pairs.
    pub max_absolute: Option<f64>,
}

/// Compares two scores of the same cases; `confidence` is that of the mean and the share between the limits.
pub fn bland_altman(first: &[f64], second: &[f64], confidence: f64) -> Result<BlandAltman, Unusable> {
    same_length("second scores", second.len(), first.len())?;
    let differences: Vec<f64> = first.iter().zip(second).map(|(first, second)| second - first).collect();
    all_finite("difference", &differences)?;
    let mean = mean(&differences, confidence);
    let deviation = moments(&differences).map(|(_, deviation)| deviation);
    let limits = mean.zip(deviation).map(|(mean, deviation)| {
        let half = critical(confidence) * deviation;
        (mean.estimate - half, mean.estimate + half)
    });
    let max_absolute = differences.iter().map(|difference| difference.abs()).reduce(f64::max);
    Ok(BlandAltman { rows: differences.len(), mean, deviation, limits, max_absolute })
}
