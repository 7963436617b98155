//! `DeLong`'s test of two correlated AUCs (`DeLong`, `DeLong` and Clarke-Pearson 1988), with Student's t for the normal:
//! with few frauds it covers what it says. The degrees of freedom are Satterthwaite's, as in Brunner and Munzel's test
//! (2000).

use super::auc_interval;
use super::placements::{Classes, Spread, placements};
use crate::stats::cases::Unusable;
use crate::stats::distribution::student_tail;
use crate::stats::intervals::{Interval, Method};
use serde::Serialize;

/// An area under the ROC curve.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Auc {
    /// P(a fraud scores higher than a good case), ties half.
    pub auc: f64,
    /// `DeLong`'s; `None` below two cases of a class.
    pub standard_error: Option<f64>,
    /// `DeLong`'s on the log odds, or wider, see [`Method::NewcombeAuc`]. It covers 93–97 % at 95 % with 50 frauds, and
    /// with as many as score among the good cases; with fewer it is conservative.
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
    /// Of the difference, cut at −1 and 1. It covers 93–97 % at 95 % from 50 frauds on.
    pub interval: Option<Interval>,
    /// Difference ÷ standard error; `None` where that is 0, as for two scores of the same order.
    pub z: Option<f64>,
    /// Two-sided, of Student's t; `None` with `z`.
    pub p_value: Option<f64>,
}

/// An AUC with its interval. Unweighted; frauds and good cases are both needed.
pub fn auc(labels: &[bool], scores: &[f64], confidence: f64) -> Result<Auc, Unusable> {
    let classes = Classes::of(labels)?;
    let placements = placements(labels, scores, classes)?;
    Ok(summary(&Spread::of(labels, &placements, classes), confidence))
}

/// Compares two scores of the same cases. Unweighted; frauds and good cases are both needed.
pub fn delong(
    labels: &[bool],
    first: &[f64],
    second: &[f64],
    confidence: f64,
) -> Result<AucComparison, Unusable> {
    let classes = Classes::of(labels)?;
    let first_placements = placements(labels, first, classes)?;
    let mut change = placements(labels, second, classes)?;
    let first = summary(&Spread::of(labels, &first_placements, classes), confidence);
    let second = summary(&Spread::of(labels, &change, classes), confidence);
    // The variance of a difference is that of the placements' differences: no covariance to cancel.
    for (change, before) in change.iter_mut().zip(&first_placements) {
        *change -= before;
    }
    let spread = Spread::of(labels, &change, classes);
    let difference = second.auc - first.auc;
    let standard_error = spread.standard_error();
    let z = standard_error.filter(|&error| error > 0.0).map(|error| difference / error);
    Ok(AucComparison {
        first,
        second,
        difference,
        standard_error,
        interval: spread.half_width(confidence).and_then(|half| {
            let (low, high) = ((difference - half).max(-1.0), (difference + half).min(1.0));
            Interval::new(low, difference, high, confidence, Method::DeLong)
        }),
        z,
        p_value: z.map(|z| student_tail(z, spread.degrees())),
    })
}

fn summary(spread: &Spread, confidence: f64) -> Auc {
    Auc {
        auc: spread.mean,
        standard_error: spread.standard_error(),
        interval: auc_interval::of(spread, confidence),
    }
}
