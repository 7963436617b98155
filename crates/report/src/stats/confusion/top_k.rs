//! Precision in the k most suspicious cases: what a review team with room for k alerts gets.

use crate::stats::cases::{ScoredCases, Unusable, same_length, share};
use crate::stats::intervals::{Interval, mean};
use serde::Serialize;

/// The k cases with the highest scores. Weights are not used: k is a number of alerts.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct TopK {
    /// Alerts there is room for.
    pub k: usize,
    /// Alerts there are: k, or all cases where they are fewer.
    pub alerts: usize,
    /// Frauds among them. Not whole where scores tie at the cut: the expectation over a random order of the tied.
    pub frauds: f64,
    /// Amount of these frauds, in minor units, likewise.
    pub amount: i64,
    /// Frauds ÷ alerts.
    pub precision: f64,
    /// The score at the cut.
    pub threshold: f64,
}

/// One day's.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct DayTopK {
    /// The day, as it was given.
    pub day: i32,
    /// Its cases.
    pub rows: usize,
    /// Its top.
    pub top: TopK,
}

/// Room for k alerts every day.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct DailyTopK {
    /// Alerts there is room for each day.
    pub k: usize,
    /// Days that have cases, in order.
    pub days: Vec<DayTopK>,
    /// Mean of the days' precisions; `None` without a day.
    pub mean_precision: Option<f64>,
    /// Its interval over the days, by Student's t; `None` below two days.
    pub interval: Option<Interval>,
}

/// Precision in each day's k cases with the highest scores; `days` gives each case's day.
pub fn precision_at_k_by_day(
    scored: &ScoredCases,
    days: &[i32],
    k: usize,
    confidence: f64,
) -> Result<DailyTopK, Unusable> {
    same_length("days", days.len(), scored.scores.len())?;
    let mut by_day: Vec<(i32, usize)> = days.iter().copied().zip(0..).collect();
    by_day.sort_unstable();
    let rows: Vec<usize> = by_day.into_iter().map(|(_, row)| row).collect();
    let mut scores = Vec::new();
    let by_day = rows.chunk_by(|&a, &b| days[a] == days[b]);
    let days: Vec<DayTopK> = by_day
        .filter_map(|rows| {
            let top = top(scored, rows, k, &mut scores)?;
            Some(DayTopK { day: days[rows[0]], rows: rows.len(), top })
        })
        .collect();
    let precisions: Vec<f64> = days.iter().map(|day| day.top.precision).collect();
    let mean_precision = share(precisions.iter().sum(), precisions.len() as f64);
    Ok(DailyTopK { k, days, mean_precision, interval: mean(&precisions, confidence) })
}

fn top(scored: &ScoredCases, rows: &[usize], k: usize, scores: &mut Vec<f64>) -> Option<TopK> {
    let alerts = k.min(rows.len());
    let last = alerts.checked_sub(1)?;
    scores.clear();
    scores.extend(rows.iter().map(|&row| scored.scores[row]));
    let (_, &mut threshold, _) = scores.select_nth_unstable_by(last, |a, b| b.total_cmp(a));
    // Above the cut, and tied at it: cases, frauds, amount of the frauds.
    let (mut above, mut tied) = ((0.0, 0.0, 0.0), (0.0, 0.0, 0.0));
    for &row in rows.iter().filter(|&&row| scored.scores[row] >= threshold) {
        let part = if scored.scores[row] > threshold { &mut above } else { &mut tied };
        part.0 += 1.0;
        if scored.cases.labels[row] {
            part.1 += 1.0;
            part.2 += scored.cases.amount(row) as f64;
        }
    }
    let taken = (alerts as f64 - above.0) / tied.0;
    let frauds = above.1 + taken * tied.1;
    let amount = (above.2 + taken * tied.2).round() as i64;
    Some(TopK { k, alerts, frauds, amount, precision: share(frauds, alerts as f64)?, threshold })
}
