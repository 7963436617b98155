//! Intervals: the one type the whole report uses, and those for proportions, differences, means, totals and quantiles.

mod clustered;
mod mean;
mod proportion;
mod quantile;
mod total;

pub use clustered::Clusters;
pub(crate) use mean::moments;
pub use mean::{mean, mean_of_totals};
pub use proportion::{
    clopper_pearson, fractional, fractional_difference, paired_difference, proportion, rule_of_three, wilson,
};
pub use quantile::quantile_places;
pub use total::total;

use serde::Serialize;

/// An estimate with its confidence interval, `low ≤ high`, all finite. The estimate lies inside, but for percentiles of a bootstrap it need not.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Interval {
    /// Lower limit.
    pub low: f64,
    /// The point estimate.
    pub estimate: f64,
    /// Upper limit.
    pub high: f64,
    /// Coverage aimed at, for example 0.95.
    pub confidence: f64,
    /// How it was made.
    pub method: Method,
}

/// How an interval was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Method {
    /// Wilson's score interval for a proportion.
    Wilson,
    /// Clopper and Pearson's exact interval for a proportion.
    ClopperPearson,
    /// No event seen: zero to the exact one-sided upper limit, about 3 ÷ n at 95 %.
    RuleOfThree,
    /// Bonett and Price's adjusted Wald interval for a difference of two paired proportions.
    BonettPrice,
    /// Fisher's z transform of a correlation, with Bonett and Wright's standard error for ranks.
    FisherZ,
    /// Estimate ± a normal quantile × standard error.
    Normal,
    /// Estimate ± a Student t quantile × standard error.
    StudentT,
    /// Estimate ± a Student t quantile × the standard error over clusters.
    ClusteredT,
    /// Estimate × and ÷ the exponential of a Student t quantile × the relative standard error.
    LogStudentT,
    /// `DeLong`'s variance of an AUC, or of the difference of two.
    DeLong,
    /// Newcombe's method 5 for an AUC (2006), or where it is wider the limit of `de_long`: fewer than five cases of the
    /// smaller class score on the wrong side.
    NewcombeAuc,
    /// Percentiles of a bootstrap.
    Bootstrap,
    /// Percentiles of a bootstrap that draws whole clusters.
    ClusterBootstrap,
    /// Ranks of the sorted values: a distribution-free interval of a quantile.
    OrderStatistics,
    /// A confidence sequence: valid at every look.
    ConfidenceSequence,
    /// Greenwood's variance of a Kaplan–Meier curve.
    Greenwood,
    /// From the lower limit at the labels of unlabelled orders that make the figure smallest to the upper limit at those
    /// that make it largest. Its `estimate` is the middle of both values, which estimates nothing.
    LabelRange,
}

impl Interval {
    /// An interval of finite numbers with `low ≤ high`; `None` otherwise, so that none holds a NaN.
    pub fn new(low: f64, estimate: f64, high: f64, confidence: f64, method: Method) -> Option<Self> {
        let finite = low.is_finite() && estimate.is_finite() && high.is_finite();
        let usable = finite && low <= high && confidence > 0.0 && confidence < 1.0;
        usable.then_some(Self { low, estimate, high, confidence, method })
    }

    /// Whether `value` lies inside, limits included.
    pub fn contains(&self, value: f64) -> bool {
        self.low <= value && value <= self.high
    }
}
