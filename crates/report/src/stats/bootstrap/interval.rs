//! Intervals from bootstrap replicates.
//!
//! Percentile: the (1 ∓ confidence) ÷ 2 quantiles of the replicates. `BCa` (Efron 1987) moves them for the bias and the
//! skewness of the figure: z₀ from the share of replicates below the estimate (ties count half), the
//! acceleration from a jackknife over at most 200 groups of clusters, whose third-moment ratio has the same
//! expectation as leaving out one cluster at a time. `BCa` is the one to use for skewed figures (money totals,
//! average precision with few frauds) and the default; percentile is kept for comparison.

use super::Bootstrap;
use crate::stats::intervals::{Interval, Method};
use crate::stats::numeric::{normal_cdf, normal_quantile, quantile};

impl<const K: usize> Bootstrap<K> {
    /// Bias-corrected and accelerated interval of figure `k`; the percentile interval where the correction has no
    /// finite value (all replicates on one side). `None` only when `k ≥ K`.
    pub fn interval(&self, k: usize) -> Option<Interval> {
        let (estimate, sorted) = (*self.estimate.get(k)?, self.sorted.get(k)?);
        let limits = bca(sorted, estimate, self.jackknife.get(k)?, self.confidence)
            .or_else(|| percentiles(sorted, self.confidence))?;
        self.made(estimate, limits)
    }

    /// Percentile interval of figure `k`.
    pub fn percentile_interval(&self, k: usize) -> Option<Interval> {
        let (estimate, sorted) = (*self.estimate.get(k)?, self.sorted.get(k)?);
        self.made(estimate, percentiles(sorted, self.confidence)?)
    }

    /// Replicates of figure `k`, sorted: the whole distribution, of which the intervals are two points.
    pub fn replicates(&self, k: usize) -> &[f64] {
        self.sorted.get(k).map_or(&[], Vec::as_slice)
    }

    fn made(&self, estimate: f64, (low, high): (f64, f64)) -> Option<Interval> {
        Interval::new(low, estimate, high, self.confidence, Method::ClusterBootstrap)
    }
}

/// Percentile limits of sorted replicates.
pub fn percentiles(sorted: &[f64], confidence: f64) -> Option<(f64, f64)> {
    let tail = (1.0 - confidence) / 2.0;
    Some((quantile(sorted, tail)?, quantile(sorted, 1.0 - tail)?))
}

/// `BCa` limits of sorted replicates. `None` when all of them lie on one side of the estimate.
pub fn bca(sorted: &[f64], estimate: f64, jackknife: &[f64], confidence: f64) -> Option<(f64, f64)> {
    let below = sorted.partition_point(|value| *value < estimate);
    let not_above = sorted.partition_point(|value| *value <= estimate);
    let share = (below + not_above) as f64 / (2.0 * sorted.len() as f64);
    if !(share > 0.0 && share < 1.0) {
        return None;
    }
    let bias = normal_quantile(share);
    let acceleration = acceleration(jackknife);
    let tail = (1.0 - confidence) / 2.0;
    let moved = |p: f64| {
        let z = bias + normal_quantile(p);
        let shrink = 1.0 - acceleration * z;
        (shrink > 0.0).then(|| normal_cdf(bias + z / shrink))
    };
    Some((quantile(sorted, moved(tail)?)?, quantile(sorted, moved(1.0 - tail)?)?))
}

/// Σ d³ ÷ 6 (Σ d²)^1.5 over d = mean − value; 0 where nothing varies.
fn acceleration(jackknife: &[f64]) -> f64 {
    let mean = jackknife.iter().sum::<f64>() / jackknife.len().max(1) as f64;
    let scale = jackknife.iter().fold(0.0, |most: f64, value| most.max((mean - value).abs()));
    if scale <= f64::EPSILON * mean.abs() {
        return 0.0;
    }
    let sum = |power| jackknife.iter().map(|value| ((mean - value) / scale).powi(power)).sum::<f64>();
    sum(3) / (6.0 * sum(2).powf(1.5))
}

/// Arrays of any length as a sequence.
pub(super) mod slice {
    use serde::Serializer;

    pub(crate) fn serialize<S: Serializer>(values: &[f64], serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(values)
    }
}
