//! Placements of cases in the other class, in O(n log n): one sort, as with Sun and Xu's midranks (2014). Their mean is
//! the AUC, their spread its variance.

use crate::stats::cases::{Unusable, all_finite, same_length};
use crate::stats::distribution::student_two_sided;

/// Sizes of the two classes, neither 0.
#[derive(Debug, Clone, Copy)]
pub(super) struct Classes {
    pub(super) frauds: f64,
    pub(super) good: f64,
}

impl Classes {
    pub(super) fn of(labels: &[bool]) -> Result<Self, Unusable> {
        let positives = labels.iter().filter(|&&fraud| fraud).count();
        if positives == 0 || positives == labels.len() {
            return Err(Unusable::OneClass { positives, rows: labels.len() });
        }
        Ok(Self { frauds: positives as f64, good: (labels.len() - positives) as f64 })
    }
}

/// For each fraud the share of good cases below it, for each good case the share of frauds above it, ties half.
pub(super) fn placements(labels: &[bool], scores: &[f64], classes: Classes) -> Result<Vec<f64>, Unusable> {
    same_length("scores", scores.len(), labels.len())?;
    all_finite("score", scores)?;
    let mut order: Vec<(f64, usize)> = scores.iter().copied().zip(0..).collect();
    order.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
    let mut placements = vec![0.0; scores.len()];
    let (mut frauds_below, mut good_below) = (0.0, 0.0);
    for tied in order.chunk_by(|a, b| a.0 == b.0) {
        let frauds = tied.iter().filter(|&&(_, row)| labels[row]).count() as f64;
        let good = tied.len() as f64 - frauds;
        let of_fraud = (good_below + good / 2.0) / classes.good;
        let of_good = (classes.frauds - frauds_below - frauds / 2.0) / classes.frauds;
        for &(_, row) in tied {
            placements[row] = if labels[row] { of_fraud } else { of_good };
        }
        frauds_below += frauds;
        good_below += good;
    }
    Ok(placements)
}

/// Mean of placements, or of their differences, and the variance that each class adds to it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Spread {
    /// Over the frauds; that over the good cases is the same.
    pub(super) mean: f64,
    pub(super) classes: Classes,
    of_frauds: f64,
    of_good: f64,
}

impl Spread {
    pub(super) fn of(labels: &[bool], placements: &[f64], classes: Classes) -> Self {
        let pick = |wanted: bool| {
            labels.iter().zip(placements).filter(move |&(&fraud, _)| fraud == wanted).map(|(_, &value)| value)
        };
        let (mean, of_frauds) = mean_and_variance(|| pick(true), classes.frauds);
        let (_, of_good) = mean_and_variance(|| pick(false), classes.good);
        Self { mean, classes, of_frauds, of_good }
    }

    /// `None` below two cases of a class.
    pub(super) fn standard_error(&self) -> Option<f64> {
        (self.classes.frauds >= 2.0 && self.classes.good >= 2.0)
            .then(|| (self.of_frauds + self.of_good).sqrt())
    }

    /// Satterthwaite's (1946); NaN without any spread.
    pub(super) fn degrees(&self) -> f64 {
        let part = |variance: f64, n: f64| variance * variance / (n - 1.0);
        let (frauds, good) = (self.of_frauds, self.of_good);
        (frauds + good).powi(2) / (part(frauds, self.classes.frauds) + part(good, self.classes.good))
    }

    /// A Student t quantile × standard error; `None` below two cases of a class.
    pub(super) fn half_width(&self, confidence: f64) -> Option<f64> {
        let error = self.standard_error().filter(|_| confidence > 0.0 && confidence < 1.0)?;
        Some(if error > 0.0 { student_two_sided(confidence, self.degrees()) * error } else { 0.0 })
    }
}

/// Mean of `n` values, and the variance of that mean.
fn mean_and_variance<I: Iterator<Item = f64>>(values: impl Fn() -> I, n: f64) -> (f64, f64) {
    let mean = values().sum::<f64>() / n;
    let squares: f64 = values().map(|value| (value - mean).powi(2)).sum();
    (mean, if n > 1.0 { squares / (n - 1.0) / n } else { 0.0 })
}
