//! Proportions of whole counts, and differences of two.

use super::{Interval, Method};
use crate::stats::cases::share;
use crate::stats::distribution::beta_quantile;
use crate::stats::numeric::critical;

/// Fewer events than this, or fewer non-events: Wilson's interval covers less than it says there.
const EXACT_BELOW: f64 = 5.0;

/// The interval the report prints for a share: the rule of three at zero events, Clopper–Pearson where there
/// are fewer than five events or non-events, Wilson otherwise. `None` without a trial.
pub fn proportion(events: u64, trials: u64, confidence: f64) -> Option<Interval> {
    fractional(events as f64, trials as f64, confidence)
}

/// The same of counts that need not be whole: an order that is fraud with a share of 0.3 counts 0.3.
pub fn fractional(events: f64, trials: f64, confidence: f64) -> Option<Interval> {
    if events == 0.0 {
        no_event(trials, confidence)
    } else if events < EXACT_BELOW || trials - events < EXACT_BELOW {
        exact(events, trials, confidence)
    } else {
        score(events, trials, confidence)
    }
}

/// Wilson's score interval (1927), without continuity correction. `None` without a trial.
pub fn wilson(events: u64, trials: u64, confidence: f64) -> Option<Interval> {
    score(events as f64, trials as f64, confidence)
}

fn score(events: f64, n: f64, confidence: f64) -> Option<Interval> {
    let p = rate(events, n, confidence)?;
    let z = critical(confidence);
    let shrink = 1.0 + z * z / n;
    let middle = (p + z * z / (2.0 * n)) / shrink;
    let half = z / shrink * (p * (1.0 - p) / n + z * z / (4.0 * n * n)).sqrt();
    // Exactly 0 and 1 where they are: the difference would leave a rounding error.
    let low = if events == 0.0 { 0.0 } else { middle - half };
    let high = if events == n { 1.0 } else { middle + half };
    Interval::new(low, p, high, confidence, Method::Wilson)
}

/// Clopper and Pearson's exact interval (1934). `None` without a trial.
pub fn clopper_pearson(events: u64, trials: u64, confidence: f64) -> Option<Interval> {
    exact(events as f64, trials as f64, confidence)
}

fn exact(hits: f64, trials: f64, confidence: f64) -> Option<Interval> {
    let p = rate(hits, trials, confidence)?;
    let tail = (1.0 - confidence) / 2.0;
    let misses = trials - hits;
    let low = if hits == 0.0 { 0.0 } else { beta_quantile(tail, hits, misses + 1.0) };
    let high = if misses == 0.0 { 1.0 } else { beta_quantile(1.0 - tail, hits + 1.0, misses) };
    Interval::new(low, p, high, confidence, Method::ClopperPearson)
}

/// From zero to the rate at which seeing no event in `trials` has probability 1 − confidence; about 3 ÷ trials
/// at 95 % (Hanley and Lippman-Hand 1983). One-sided. `None` without a trial.
pub fn rule_of_three(trials: u64, confidence: f64) -> Option<Interval> {
    no_event(trials as f64, confidence)
}

fn no_event(trials: f64, confidence: f64) -> Option<Interval> {
    rate(0.0, trials, confidence)?;
    let high = -f64::exp_m1((1.0 - confidence).ln() / trials);
    Interval::new(0.0, 0.0, high, confidence, Method::RuleOfThree)
}

/// First share less second, of the same `trials` cases: `only_first` cases are an event in the first only,
/// `only_second` in the second only. Bonett and Price's adjusted Wald interval (2012). `None` without a trial.
pub fn paired_difference(
    only_first: u64,
    only_second: u64,
    trials: u64,
    confidence: f64,
) -> Option<Interval> {
    fractional_difference(only_first as f64, only_second as f64, trials as f64, confidence)
}

/// The same of counts that need not be whole.
pub fn fractional_difference(first: f64, second: f64, n: f64, confidence: f64) -> Option<Interval> {
    rate(first + second, n, confidence)?;
    let (p, q) = ((first + 1.0) / (n + 2.0), (second + 1.0) / (n + 2.0));
    let half = critical(confidence) * ((p + q - (p - q).powi(2)) / (n + 2.0)).sqrt();
    let (low, high) = ((p - q - half).max(-1.0), (p - q + half).min(1.0));
    Interval::new(low, (first - second) / n, high, confidence, Method::BonettPrice)
}

fn rate(events: f64, trials: f64, confidence: f64) -> Option<f64> {
    let usable = 0.0 <= events && events <= trials && confidence > 0.0 && confidence < 1.0;
    share(events, trials).filter(|_| usable)
}
