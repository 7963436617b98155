//! Whether a rate (of missing or of unseen values) has changed.

use crate::stats::numeric::{stirling_remainder, two_sided};
use serde::Serialize;
use std::f64::consts::TAU;

/// From this variance of the count on, the normal distribution is near enough.
const NORMAL_FROM: f64 = 100.0;

/// A rate now and then.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct RateTest {
    /// How many now.
    pub count: u64,
    /// Of how many.
    pub n: u64,
    /// The share then.
    pub reference: f64,
    /// The share now.
    pub share: f64,
    /// Two-sided: exact (binomial, or Fisher's when the reference is a sample) where events are few, the score test
    /// otherwise.
    pub p_value: f64,
}

/// Tests `count` of `n` against a share of `rows`, or against an exact share. `n` = 0 gives a share of 0 and p = 1;
/// `None` when the count exceeds n or the reference is no share.
pub fn test(count: u64, n: u64, reference: f64, rows: Option<u64>) -> Option<RateTest> {
    if count > n || !(0.0..=1.0).contains(&reference) {
        return None;
    }
    let share = if n == 0 { 0.0 } else { count as f64 / n as f64 };
    let p_value = match rows {
        _ if n == 0 || rows == Some(0) => 1.0,
        Some(rows) => two_samples(count, n, (reference * rows as f64).round() as u64, rows),
        None => one_sample(count as f64, n as f64, reference),
    };
    Some(RateTest { count, n, reference, share, p_value: p_value.clamp(0.0, 1.0) })
}

fn one_sample(count: f64, n: f64, share: f64) -> f64 {
    // Counted from the rarer side, so that the sum below starts where the mass is.
    let (count, share) = if share > 0.5 { (n - count, 1.0 - share) } else { (count, share) };
    if share <= 0.0 {
        return if count > 0.0 { 0.0 } else { 1.0 };
    }
    let variance = n * share * (1.0 - share);
    if variance >= NORMAL_FROM {
        return two_sided((count - n * share) / variance.sqrt());
    }
    let odds = (share / (1.0 - share)).ln();
    as_rare(count, 0.0, n, n * (-share).ln_1p(), |i| ((n - i) / (i + 1.0)).ln() + odds)
}

fn two_samples(k: u64, n: u64, l: u64, m: u64) -> f64 {
    let (k, n, l, m) = (k as f64, n as f64, l as f64, m as f64);
    let (events, all) = (k + l, n + m);
    let smallest = n.min(m) * events.min(all - events) / all;
    if smallest >= NORMAL_FROM {
        let pooled = events / all;
        return two_sided((k / n - l / m) / (pooled * (1.0 - pooled) * (1.0 / n + 1.0 / m)).sqrt());
    }
    // Hypergeometric: k of the events fall on the n rows now.
    let (least, most) = ((events - m).max(0.0), events.min(n));
    let first = log_choose(n, least) + log_choose(m, events - least) - log_choose(all, events);
    as_rare(k, least, most, first, |i| {
        ((n - i) / (i + 1.0)).ln() + ((events - i) / (m - events + i + 1.0)).ln()
    })
}

/// Σ of all probabilities not above that of `seen`, over least..=most, from the logarithm of the first and of each
/// ratio of neighbours. The usual slack of 1e-7 keeps ties together.
fn as_rare(seen: f64, least: f64, most: f64, first: f64, ratio: impl Fn(f64) -> f64) -> f64 {
    let (mut i, mut log, mut peak) = (least, first, f64::NEG_INFINITY);
    let (mut logs, mut of_seen) = (Vec::new(), f64::NEG_INFINITY);
    loop {
        logs.push(log);
        peak = peak.max(log);
        if i == seen {
            of_seen = log;
        }
        // Behind the peak, and too rare to add anything.
        if i >= most || (log < peak - 50.0 && log < -745.0) {
            break;
        }
        log += ratio(i);
        i += 1.0;
    }
    logs.iter().filter(|log| **log <= of_seen + 1e-7).map(|log| log.exp()).sum()
}

/// ln of the binomial coefficient.
fn log_choose(n: f64, k: f64) -> f64 {
    if k <= 0.0 || k >= n {
        return 0.0;
    }
    let rest = n - k;
    let stirling = stirling_remainder(n) - stirling_remainder(k) - stirling_remainder(rest);
    k * (n / k).ln() + rest * (n / rest).ln() + 0.5 * (n / (k * rest) / TAU).ln() + stirling
}
