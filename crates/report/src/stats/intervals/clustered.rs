//! A mean of rows that hang together in clusters.

use super::{Interval, Method};
use crate::stats::distribution::student_two_sided;

/// `estimate` ± t × standard error, where the estimate is a mean over rows or a smooth function of means, `influence[i]` what
/// row i moves it by times the number of rows (its values less their mean, for a plain mean), and `cluster[i]` whose row it
/// is. Clusters are taken as independent: Liang and Zeger's variance (1986) with the factor G ÷ (G − 1) and t with G − 1
/// degrees of freedom for G clusters (Cameron and Miller 2015). `None` below two clusters, for lists of different
/// lengths, or where a number is not finite.
pub fn clustered(estimate: f64, influence: &[f64], cluster: &[u32], confidence: f64) -> Option<Interval> {
    let clusters = cluster.iter().max().map_or(0, |most| *most as usize + 1);
    if influence.len() != cluster.len() || !(confidence > 0.0 && confidence < 1.0) {
        return None;
    }
    let mut sums = vec![None; clusters];
    for (value, whose) in influence.iter().zip(cluster) {
        *sums[*whose as usize].get_or_insert(0.0) += value;
    }
    let there = sums.iter().flatten().count() as f64;
    if there < 2.0 {
        return None;
    }
    let squares: f64 = sums.iter().flatten().map(|sum| sum * sum).sum();
    let error = (squares * there / (there - 1.0)).sqrt() / influence.len() as f64;
    let half = student_two_sided(confidence, there - 1.0) * error;
    Interval::new(estimate - half, estimate, estimate + half, confidence, Method::ClusteredT)
}
