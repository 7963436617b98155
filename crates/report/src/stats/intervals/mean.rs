//! The mean of a sample.

use super::{Interval, Method};
use crate::stats::distribution::student_two_sided;

/// The mean of independent values, by Student's t. `None` below two values, or where one is not finite.
pub fn mean(values: &[f64], confidence: f64) -> Option<Interval> {
    let (mean, deviation) = moments(values)?;
    let n = values.len() as f64;
    if !(confidence > 0.0 && confidence < 1.0) {
        return None;
    }
    let half = student_two_sided(confidence, n - 1.0) * deviation / n.sqrt();
    Interval::new(mean - half, mean, mean + half, confidence, Method::StudentT)
}

/// The same from the count, the sum and the sum of squares of the values; less exact where they hardly differ.
pub fn mean_of_totals(n: u64, sum: f64, squares: f64, confidence: f64) -> Option<Interval> {
    if n < 2 || !(confidence > 0.0 && confidence < 1.0) {
        return None;
    }
    let n = n as f64;
    let mean = sum / n;
    let variance = ((squares - sum * mean) / (n - 1.0)).max(0.0);
    let half = student_two_sided(confidence, n - 1.0) * (variance / n).sqrt();
    Interval::new(mean - half, mean, mean + half, confidence, Method::StudentT)
}

/// Mean and sample standard deviation (n − 1). `None` below two values, or where they are not finite.
pub(crate) fn moments(values: &[f64]) -> Option<(f64, f64)> {
    if values.len() < 2 {
        return None;
    }
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
    let deviation = (squares / (n - 1.0)).sqrt();
    (mean.is_finite() && deviation.is_finite()).then_some((mean, deviation))
}
