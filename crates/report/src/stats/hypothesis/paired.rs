//! Tests on pairs: McNemar's on decisions, the sign test on differences.

use crate::stats::distribution::fair_coins_cdf;
use crate::stats::intervals::{Interval, clopper_pearson, paired_difference};
use crate::stats::numeric::two_sided;
use serde::Serialize;

/// Discordant pairs below which the exact test is used.
const EXACT_BELOW: u64 = 25;

/// McNemar's test of two classifiers on the same cases.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct McNemar {
    /// Cases only the first got right (or flagged).
    pub only_first: u64,
    /// Cases only the second did.
    pub only_second: u64,
    /// How the p-value was found.
    pub method: McNemarMethod,
    /// The smaller count for the exact test, χ² otherwise.
    pub statistic: f64,
    /// Two-sided.
    pub p_value: f64,
    /// First share less second among all cases; `None` without a case.
    pub difference: Option<Interval>,
}

/// The two forms of McNemar's test.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum McNemarMethod {
    /// Exact binomial, for fewer than 25 discordant pairs.
    Exact,
    /// χ² with one degree of freedom and Edwards's continuity correction.
    ChiSquareCorrected,
}

/// The sign test of paired differences.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct SignTest {
    /// Differences above 0.
    pub positive: u64,
    /// Differences below 0.
    pub negative: u64,
    /// Differences of 0, left out of the test.
    pub ties: u64,
    /// Exact, two-sided; 1 where all are ties.
    pub p_value: f64,
    /// Share of positives among the untied, Clopper–Pearson; `None` where all are ties.
    pub share_positive: Option<Interval>,
}

/// McNemar's test, from the discordant pairs among `trials` cases.
pub fn mcnemar(only_first: u64, only_second: u64, trials: u64, confidence: f64) -> McNemar {
    let discordant = only_first.saturating_add(only_second);
    let exact = discordant < EXACT_BELOW;
    let (method, statistic, p_value) = if exact {
        let fewer = only_first.min(only_second);
        (McNemarMethod::Exact, fewer as f64, fair_coins(fewer, discordant))
    } else {
        let statistic = (only_first.abs_diff(only_second) as f64 - 1.0).powi(2) / discordant as f64;
        // The square of a standard normal.
        (McNemarMethod::ChiSquareCorrected, statistic, two_sided(statistic.sqrt()))
    };
    let difference = paired_difference(only_first, only_second, trials, confidence);
    McNemar { only_first, only_second, method, statistic, p_value, difference }
}

/// The sign test, from counts of positive, negative and zero differences.
pub fn sign_test(positive: u64, negative: u64, ties: u64, confidence: f64) -> SignTest {
    let untied = positive.saturating_add(negative);
    SignTest {
        positive,
        negative,
        ties,
        p_value: fair_coins(positive.min(negative), untied),
        share_positive: clopper_pearson(positive, untied, confidence),
    }
}

/// Twice P(at most `fewer` heads of `n`), at most 1.
fn fair_coins(fewer: u64, n: u64) -> f64 {
    (2.0 * fair_coins_cdf(fewer, n)).min(1.0)
}
