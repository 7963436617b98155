//! Reliability bins.

use super::Probabilities;
use crate::stats::intervals::{Interval, proportion};
use crate::stats::numeric::quantile;
use serde::Serialize;

/// Most bins that are cut.
pub const MAX_BINS: usize = 1000;

/// Cases of similar score.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct ReliabilityBin {
    /// Lower edge, outside but for the first bin.
    pub low: f64,
    /// Upper edge, inside.
    pub high: f64,
    /// Cases.
    pub rows: u64,
    /// Frauds among them.
    pub positives: u64,
    /// Their weight.
    pub weight: f64,
    /// Weighted mean of the scores.
    pub mean_score: f64,
    /// Weighted share of frauds.
    pub observed: f64,
    /// Interval of `observed`; `None` with weights.
    pub interval: Option<Interval>,
}

/// Bins that hold cases, in order of score: `bins` of about as many rows each, cut at the scores' quantiles (linear
/// between neighbours, weights not used); ties can leave fewer. Fewer than 1 counts as 1, more than [`MAX_BINS`] as that. A
/// bin holds scores above its lower edge and up to its upper one, the first its lower edge too, as in scikit-learn's
/// `calibration_curve`.
pub fn reliability(cases: &Probabilities, bins: usize, confidence: f64) -> Vec<ReliabilityBin> {
    let edges = edges(cases, bins);
    let mut sums = vec![Sums::default(); edges.len() - 1];
    for (score, fraud, weight) in cases.rows() {
        let sum = &mut sums[bin_of(&edges[1..edges.len() - 1], score)];
        sum.rows += 1;
        sum.weight += weight;
        sum.score += weight * score;
        if fraud {
            sum.positives += 1;
            sum.fraud += weight;
        }
    }
    let filled = sums.iter().zip(edges.windows(2)).filter(|(sum, _)| sum.rows > 0);
    filled
        .map(|(sum, edges)| ReliabilityBin {
            low: edges[0],
            high: edges[1],
            rows: sum.rows,
            positives: sum.positives,
            weight: sum.weight,
            mean_score: (sum.score / sum.weight).min(1.0),
            observed: sum.fraud / sum.weight,
            interval: if cases.weighted() { None } else { proportion(sum.positives, sum.rows, confidence) },
        })
        .collect()
}

/// The bin of a score, given the edges between bins.
pub(super) fn bin_of(inner_edges: &[f64], score: f64) -> usize {
    inner_edges.partition_point(|&edge| edge < score)
}

#[derive(Debug, Clone, Copy, Default)]
struct Sums {
    rows: u64,
    positives: u64,
    weight: f64,
    score: f64,
    fraud: f64,
}

fn edges(cases: &Probabilities, bins: usize) -> Vec<f64> {
    let bins = bins.clamp(1, MAX_BINS);
    let mut sorted: Vec<f64> = cases.rows().map(|(score, _, _)| score).collect();
    sorted.sort_unstable_by(f64::total_cmp);
    (0..=bins).map(|edge| quantile(&sorted, edge as f64 / bins as f64).unwrap_or_default()).collect()
}
