//! Curves to draw, from the points of a sweep.

use crate::stats::confusion::{Confusion, Sweep};
use serde::Serialize;

/// A point of a curve.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct CurvePoint {
    /// Recall of a precision–recall curve, false-positive rate of a ROC curve.
    pub x: f64,
    /// Precision of a precision–recall curve, recall of a ROC curve.
    pub y: f64,
    /// The threshold that gives it; `None` where nothing is flagged.
    pub threshold: Option<f64>,
}

/// Precision over recall, from the highest threshold on. Empty without a fraud. The steps between the points are
/// what average precision adds up; joining them by straight lines flatters.
pub fn precision_recall_curve(sweep: &Sweep) -> Vec<CurvePoint> {
    curve(sweep, |point| (point.rates().recall, point.rates().precision))
}

/// Recall over false-positive rate, from (0, 0) to (1, 1). Empty unless there are frauds and good cases.
pub fn roc_curve(sweep: &Sweep) -> Vec<CurvePoint> {
    curve(sweep, |point| (point.rates().false_positive_rate, point.rates().recall))
}

fn curve(sweep: &Sweep, axes: impl Fn(&Confusion) -> (Option<f64>, Option<f64>)) -> Vec<CurvePoint> {
    let point = |table: &Confusion| match axes(table) {
        (Some(x), Some(y)) => Some(CurvePoint { x, y, threshold: table.threshold }),
        _ => None,
    };
    sweep.points.iter().filter_map(point).collect()
}
