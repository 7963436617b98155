//! Quantiles of a sample, whatever its distribution.

use crate::stats::distribution::binomial_cdf;

/// Places (from 0) of the sorted values between which the quantile `p` of the population lies with at least
/// `confidence`: the exact order-statistics interval, each side with half of what is left (Conover 1999, 3.2). `None` where
/// `n` values are too few for both limits, or for a `p` or a confidence outside (0, 1).
pub fn quantile_places(n: usize, p: f64, confidence: f64) -> Option<(usize, usize)> {
    if !(p > 0.0 && p < 1.0 && confidence > 0.0 && confidence < 1.0) {
        return None;
    }
    let tail = (1.0 - confidence) / 2.0;
    let below = |place: usize| binomial_cdf(place as u64, n as u64, p);
    // As many places from 0 on have at most that chance of lying above the quantile.
    let low = first(n, |place| below(place) > tail).checked_sub(1)?;
    let high = first(n, |place| below(place) >= 1.0 - tail);
    (high < n).then_some((low, high))
}

/// The first of `n` places at which `holds`, which stays true from there on; `n` where none does.
fn first(n: usize, holds: impl Fn(usize) -> bool) -> usize {
    let (mut from, mut to) = (0, n);
    while from < to {
        let middle = usize::midpoint(from, to);
        if holds(middle) {
            to = middle;
        } else {
            from = middle + 1;
        }
    }
    from
}
