//! `DeLong`'s test of two correlated AUCs (`DeLong`, `DeLong` and Clarke-Pearson 1988), in O(n log n): the
//! placements come from one sort per score, as with Sun and Xu's midranks (2014).

use crate::stats::cases::{Unusable, all_finite, same_length};
use crate::stats::intervals::{Interval, Method};
use crate::stats::numeric::{critical, two_sided};
use serde::Serialize;

/// An area under the ROC curve.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Auc {
    /// P(a fraud scores higher than a good case), ties half.
    pub auc: f64,
    /// `DeLong`'s; `None` below two cases of a class.
    pub standard_error: Option<f64>,
    /// Normal, cut at 0 and 1.
    pub interval: Option<Interval>,
}

/// Two scores of the same cases.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct AucComparison {
    /// The first score's.
    pub first: Auc,
    /// The second score's.
    pub second: Auc,
    /// Second less first.
    pub difference: f64,
    /// Of the difference; `None` below two cases of a class.
    pub standard_error: Option<f64>,
    /// Of the difference, normal, cut at −1 and 1.
    pub interval: Option<Interval>,
    /// Difference ÷ standard error; `None` where that is 0, as for two scores of the same order.
    pub z: Option<f64>,
    /// Two-sided; `None` with `z`.
    pub p_value: Option<f64>,
}

/// An AUC with its interval. Unweighted; frauds and good cases are both needed.
pub fn auc(labels: &[bool], scores: &[f64], confidence: f64) -> Result<Auc, Unusable> {
    let classes = Classes::of(labels)?;
    let placements = placements(labels, scores, &classes)?;
    Ok(summary(labels, &placements, &classes, confidence))
}

/// Compares two scores of the same cases. Unweighted; frauds and good cases are both needed.
pub fn delong(
    labels: &[bool],
    first: &[f64],
    second: &[f64],
    confidence: f64,
) -> Result<AucComparison, Unusable> {
    let classes = Classes::of(labels)?;
    let first_placements = placements(labels, first, &classes)?;
    let mut change = placements(labels, second, &classes)?;
    let first = summary(labels, &first_placements, &classes, confidence);
    let second = summary(labels, &change, &classes, confidence);
    // The variance of a difference is that of the placements' differences: no covariance to cancel.
    for (change, before) in change.iter_mut().zip(&first_placements) {
        *change -= before;
    }
    let difference = second.auc - first.auc;
    let standard_error = standard_error(labels, &change, &classes);
    let z = standard_error.filter(|&error| error > 0.0).map(|error| difference / error);
    Ok(AucComparison {
        first,
        second,
        difference,
        standard_error,
        interval: normal(difference, standard_error, confidence, -1.0),
        z,
        p_value: z.map(two_sided),
    })
}

/// Sizes of the two classes, neither 0.
struct Classes {
    frauds: f64,
    good: f64,
}

impl Classes {
    fn of(labels: &[bool]) -> Result<Self, Unusable> {
        let positives = labels.iter().filter(|&&fraud| fraud).count();
        if positives == 0 || positives == labels.len() {
            return Err(Unusable::OneClass { positives, rows: labels.len() });
        }
        Ok(Self { frauds: positives as f64, good: (labels.len() - positives) as f64 })
    }
}

/// For each fraud the share of good cases below it, for each good case the share of frauds above it, ties half.
fn placements(labels: &[bool], scores: &[f64], classes: &Classes) -> Result<Vec<f64>, Unusable> {
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

fn summary(labels: &[bool], placements: &[f64], classes: &Classes, confidence: f64) -> Auc {
    let (auc, _) = means(labels, placements, classes);
    let standard_error = standard_error(labels, placements, classes);
    Auc { auc, standard_error, interval: normal(auc, standard_error, confidence, 0.0) }
}

/// Mean placement of the frauds and of the good cases: both are the AUC.
fn means(labels: &[bool], placements: &[f64], classes: &Classes) -> (f64, f64) {
    let (mut frauds, mut good) = (0.0, 0.0);
    for (&fraud, placement) in labels.iter().zip(placements) {
        *(if fraud { &mut frauds } else { &mut good }) += placement;
    }
    (frauds / classes.frauds, good / classes.good)
}

/// √(s²(frauds) / frauds + s²(good) / good); `None` below two cases of a class.
fn standard_error(labels: &[bool], placements: &[f64], classes: &Classes) -> Option<f64> {
    if classes.frauds < 2.0 || classes.good < 2.0 {
        return None;
    }
    let (of_frauds, of_good) = means(labels, placements, classes);
    let (mut frauds, mut good) = (0.0, 0.0);
    for (&fraud, placement) in labels.iter().zip(placements) {
        if fraud {
            frauds += (placement - of_frauds).powi(2);
        } else {
            good += (placement - of_good).powi(2);
        }
    }
    let variance = |squares: f64, n: f64| squares / (n - 1.0) / n;
    Some((variance(frauds, classes.frauds) + variance(good, classes.good)).sqrt())
}

fn normal(estimate: f64, standard_error: Option<f64>, confidence: f64, least: f64) -> Option<Interval> {
    let half = critical(confidence) * standard_error?;
    let (low, high) = ((estimate - half).max(least), (estimate + half).min(1.0));
    Interval::new(low, estimate, high, confidence, Method::DeLong)
}
