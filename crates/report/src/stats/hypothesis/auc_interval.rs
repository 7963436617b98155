//! The interval of one AUC. Near 1 an estimate ± its standard error covers far less than it says: with 50 frauds 93 % at an
//! AUC of 0.86, and 85 % at 0.98.

use super::placements::Spread;
use crate::stats::intervals::{Interval, Method};
use crate::stats::numeric::critical;

/// Fewer cases than this out of order: their spread can't be told from them.
const FEW: f64 = 5.0;

/// `DeLong`'s on the log odds. Where fewer than five cases of the smaller class lie on the wrong side of the other class,
/// the wider of that and Newcombe's, which doesn't live on their spread.
pub(super) fn of(spread: &Spread, confidence: f64) -> Option<Interval> {
    let (auc, smaller) = (spread.mean, spread.classes.frauds.min(spread.classes.good));
    let logit = logit(spread, confidence);
    if smaller * auc.min(1.0 - auc) >= FEW {
        return logit;
    }
    let newcombe = newcombe(spread, confidence)?;
    let Some(logit) = logit else { return Some(newcombe) };
    let (low, high) = (newcombe.low.min(logit.low), newcombe.high.max(logit.high));
    Interval::new(low, auc, high, confidence, Method::NewcombeAuc)
}

/// Symmetric on the log odds of the AUC, by Student's t; `None` at 0 and 1, and without a standard error.
fn logit(spread: &Spread, confidence: f64) -> Option<Interval> {
    let auc = spread.mean;
    let half = spread.half_width(confidence)? / (auc * (1.0 - auc));
    let odds = (auc / (1.0 - auc)).ln();
    let back = |log_odds: f64| 1.0 / (1.0 + (-log_odds).exp());
    Interval::new(back(odds - half).min(auc), auc, back(odds + half).max(auc), confidence, Method::DeLong)
}

/// Newcombe's method 5 (2006, part 2): every θ whose distance from the AUC is at most a normal quantile × the standard
/// error that exponential scores (Hanley and McNeil 1982) with an AUC of θ would have.
fn newcombe(spread: &Spread, confidence: f64) -> Option<Interval> {
    if !(confidence > 0.0 && confidence < 1.0) {
        return None;
    }
    let (frauds, good, auc) = (spread.classes.frauds, spread.classes.good, spread.mean);
    let (square, pairs) = (critical(confidence).powi(2), f64::midpoint(frauds, good) - 1.0);
    let near = |theta: f64| {
        let shape = (1.0 - theta) / (2.0 - theta) + theta / (1.0 + theta);
        let variance = theta * (1.0 - theta) * (1.0 + pairs * shape) / (frauds * good);
        (auc - theta).powi(2) <= square * variance
    };
    Interval::new(border(auc, 0.0, near), auc, border(auc, 1.0, near), confidence, Method::NewcombeAuc)
}

/// Where `holds` ends between `inside`, where it holds, and `outside`; by halves, to the last digit.
fn border(mut inside: f64, mut outside: f64, holds: impl Fn(f64) -> bool) -> f64 {
    for _ in 0..200 {
        let middle = f64::midpoint(inside, outside);
        *(if holds(middle) { &mut inside } else { &mut outside }) = middle;
    }
    inside
}
