//! Calibration slope and intercept: the logistic regression of what happened on the score's log odds (Cox 1958).

use super::{LOG_LOSS_CLIP, Probabilities};
use crate::stats::intervals::{Interval, Method};
use crate::stats::numeric::critical;
use serde::Serialize;

const MAX_ITERATIONS: u32 = 100;
/// Newton's last step, in the scaled slope and intercept.
const CONVERGED: f64 = 1e-12;

/// The fit of logit P(fraud) = intercept + slope × logit(score), or why there is none.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum Recalibration {
    /// A fit.
    Fitted {
        /// 1 where the scores are as spread as they should be; below 1 they are too extreme.
        slope: f64,
        /// 0 for a calibrated score.
        intercept: f64,
        /// The intercept with the slope held at 1: calibration in the large. `None` where its own fit fails.
        intercept_at_slope_one: Option<f64>,
        /// Wald interval of the slope; `None` with weights.
        slope_interval: Option<Interval>,
        /// Wald interval of the intercept; `None` with weights.
        intercept_interval: Option<Interval>,
        /// Cases held away from 0 and 1 by [`LOG_LOSS_CLIP`].
        clipped: u64,
    },
    /// All cases are frauds, or none: nothing to regress on.
    OneClass,
    /// All scores are the same: no slope.
    ConstantScores,
    /// A threshold parts frauds from good cases without overlap: the slope has no finite estimate.
    Separated,
    /// Newton's method did not settle.
    NotConverged,
}

/// Fits by Newton's method with step halving, weights as case weights. The maximum is unique and finite exactly
/// where the two classes' scores overlap, which is checked first.
pub fn recalibrate(cases: &Probabilities, confidence: f64) -> Recalibration {
    let mut clipped = 0;
    let rows: Vec<Row> = cases
        .rows()
        .map(|(score, fraud, weight)| {
            let held = score.clamp(LOG_LOSS_CLIP, 1.0 - LOG_LOSS_CLIP);
            clipped += u64::from(held != score);
            Row { x: (held / (1.0 - held)).ln(), fraud, weight }
        })
        .collect();
    if let Some(reason) = unfit(&rows) {
        return reason;
    }
    let Some(fit) = Scaled::new(&rows).and_then(|scaled| scaled.fit(&rows)) else {
        return Recalibration::NotConverged;
    };
    let wald = |estimate: f64, variance: f64| {
        let half = critical(confidence) * variance.sqrt();
        let interval = Interval::new(estimate - half, estimate, estimate + half, confidence, Method::Normal);
        interval.filter(|_| !cases.weighted())
    };
    Recalibration::Fitted {
        slope: fit.slope,
        intercept: fit.intercept,
        intercept_at_slope_one: intercept_at_slope_one(&rows),
        slope_interval: wald(fit.slope, fit.slope_variance),
        intercept_interval: wald(fit.intercept, fit.intercept_variance),
        clipped,
    }
}

struct Row {
    x: f64,
    fraud: bool,
    weight: f64,
}

struct Fit {
    slope: f64,
    intercept: f64,
    slope_variance: f64,
    intercept_variance: f64,
}

fn unfit(rows: &[Row]) -> Option<Recalibration> {
    let range = |fraud| {
        let of_class = rows.iter().filter(move |row| row.fraud == fraud);
        of_class.fold(None, |range: Option<(f64, f64)>, row| {
            let (low, high) = range.unwrap_or((row.x, row.x));
            Some((low.min(row.x), high.max(row.x)))
        })
    };
    let (Some(frauds), Some(good)) = (range(true), range(false)) else {
        return Some(Recalibration::OneClass);
    };
    if frauds.0.min(good.0) == frauds.1.max(good.1) {
        return Some(Recalibration::ConstantScores);
    }
    (good.1 <= frauds.0 || frauds.1 <= good.0).then_some(Recalibration::Separated)
}

/// Log odds less their mean, over their spread: what keeps Newton's 2×2 system well conditioned.
struct Scaled {
    mean: f64,
    spread: f64,
    total: f64,
}

impl Scaled {
    fn new(rows: &[Row]) -> Option<Self> {
        let total: f64 = rows.iter().map(|row| row.weight).sum();
        let mean = rows.iter().map(|row| row.weight / total * row.x).sum::<f64>();
        let variance: f64 = rows.iter().map(|row| row.weight / total * (row.x - mean).powi(2)).sum();
        let spread = variance.sqrt();
        (spread > 0.0 && spread.is_finite()).then_some(Self { mean, spread, total })
    }

    fn fit(&self, rows: &[Row]) -> Option<Fit> {
        let base: f64 = rows.iter().filter(|row| row.fraud).map(|row| row.weight / self.total).sum();
        let mut at = [(base / (1.0 - base)).ln(), 0.0];
        if !at[0].is_finite() {
            return None;
        }
        let mut now = self.slopes(rows, at);
        for _ in 0..MAX_ITERATIONS {
            let [[a, b], [_, d]] = now.information;
            let determinant = a * d - b * b;
            let step = [
                (d * now.gradient[0] - b * now.gradient[1]) / determinant,
                (a * now.gradient[1] - b * now.gradient[0]) / determinant,
            ];
            if !step[0].is_finite() || !step[1].is_finite() {
                return None;
            }
            if step[0].hypot(step[1]) <= CONVERGED * (1.0 + at[0].hypot(at[1])) {
                return self.unscale([at[0] + step[0], at[1] + step[1]], now.information);
            }
            (at, now) = self.downhill(rows, at, step, now.loss)?;
        }
        None
    }

    /// The longest of step, step/2, step/4 … that does not raise the loss.
    fn downhill(&self, rows: &[Row], at: [f64; 2], step: [f64; 2], loss: f64) -> Option<([f64; 2], Slopes)> {
        let mut length = 1.0;
        for _ in 0..60 {
            let to = [at[0] + length * step[0], at[1] + length * step[1]];
            let there = self.slopes(rows, to);
            // Near the minimum the loss stands still but for rounding.
            if there.loss <= loss + 1e-12 * loss.abs() {
                return Some((to, there));
            }
            length /= 2.0;
        }
        None
    }

    /// Mean loss, its negative gradient and its second derivatives at (intercept, slope).
    fn slopes(&self, rows: &[Row], at: [f64; 2]) -> Slopes {
        let mut sums = Slopes::default();
        for row in rows {
            let x = (row.x - self.mean) / self.spread;
            let eta = at[0] + at[1] * x;
            let weight = row.weight / self.total;
            let away = (-eta.abs()).exp();
            let p = if eta >= 0.0 { 1.0 / (1.0 + away) } else { away / (1.0 + away) };
            let residual = weight * (f64::from(row.fraud) - p);
            let curvature = weight * away / ((1.0 + away) * (1.0 + away));
            sums.loss += weight * (away.ln_1p() + eta.max(0.0) - f64::from(row.fraud) * eta);
            sums.gradient[0] += residual;
            sums.gradient[1] += residual * x;
            sums.information[0][0] += curvature;
            sums.information[0][1] += curvature * x;
            sums.information[1][1] += curvature * x * x;
        }
        sums
    }

    fn unscale(&self, at: [f64; 2], information: [[f64; 2]; 2]) -> Option<Fit> {
        let [[a, b], [_, d]] = information;
        let determinant = (a * d - b * b) * self.total;
        let (of_intercept, of_slope, of_both) = (d / determinant, a / determinant, -b / determinant);
        let shift = self.mean / self.spread;
        let fit = Fit {
            slope: at[1] / self.spread,
            intercept: at[0] - at[1] * shift,
            slope_variance: of_slope / (self.spread * self.spread),
            intercept_variance: of_intercept + shift * shift * of_slope - 2.0 * shift * of_both,
        };
        (fit.slope.is_finite() && fit.intercept.is_finite()).then_some(fit)
    }
}

#[derive(Default)]
struct Slopes {
    loss: f64,
    gradient: [f64; 2],
    information: [[f64; 2]; 2],
}

/// The shift of the log odds at which as many frauds are expected as there were: a root of a falling function,
/// held in a bracket.
fn intercept_at_slope_one(rows: &[Row]) -> Option<f64> {
    let total: f64 = rows.iter().map(|row| row.weight).sum();
    let excess = |shift: f64| {
        let (mut excess, mut curvature) = (0.0, 0.0);
        for row in rows {
            let p = 1.0 / (1.0 + (-(row.x + shift)).exp());
            excess += row.weight / total * (f64::from(row.fraud) - p);
            curvature += row.weight / total * p * (1.0 - p);
        }
        (excess, curvature)
    };
    // Log odds reach ±36.05; the base rate's ln(1e-15) and beyond lie inside too.
    let (mut low, mut high) = (-800.0, 800.0);
    let mut shift = 0.0;
    for _ in 0..MAX_ITERATIONS {
        let (excess, curvature) = excess(shift);
        if excess > 0.0 {
            low = shift;
        } else {
            high = shift;
        }
        let newton = shift + excess / curvature;
        let next = if newton > low && newton < high { newton } else { f64::midpoint(low, high) };
        if (next - shift).abs() <= CONVERGED * (1.0 + next.abs()) {
            return Some(next);
        }
        shift = next;
    }
    None
}
