//! The development curve of fraud labels under right truncation.
//!
//! Only frauds whose label has arrived are seen, and an order of age t can only show labels with a delay ≤ t, so the
//! plain distribution of delays leans to short ones. The reverse-time product-limit estimator (Lynden-Bell 1971;
//! Kalbfleisch and Lawless 1989) takes that out:
//!
//! F(a) = ∏ over delays u > a of (1 − d(u) / R(u)), d(u) frauds with delay u, R(u) those with delay ≤ u ≤ age.
//!
//! On whole ages it is the chain ladder of the actuaries: 1 − d/R is the inverse of a development factor. Orders'
//! ages must not depend on their delays (a stable process); R and d are Greenwood's inputs for its variance.
//!
//! What comes after the oldest age that was seen can't be estimated: F is P(label by a | label by the oldest age).
//! The [`Tail`] says whether a declared horizon closes it.

use super::layout::Layout;
use crate::stats::intervals::{Interval, Method};
use crate::stats::numeric::critical;
use serde::Serialize;

/// Frauds at risk below which the curve's old end is cut off: there it would rest on single orders.
pub const LEAST_AT_RISK: u64 = 5;

/// An order known to be fraud.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Fraud {
    /// From the order to its label.
    pub delay: i64,
    /// From the order to now: what could have been seen.
    pub age: i64,
}

/// Why there is no curve.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum CurveRefusal {
    /// Fewer frauds than [`LEAST_AT_RISK`] at every age.
    #[error("too few frauds to tell how labels arrive")]
    TooFewFrauds,
    /// Most frauds can't be related to each other: each label came on an order that is hardly older than it took.
    #[error(
        "most labels came when their order was about as old as it is now, as when they are imported all at once: \
         that doesn't tell how labels arrive"
    )]
    Apart,
    /// A label that arrives before its order or after now.
    #[error("a label's delay is negative or longer than its order's age: clocks disagree")]
    Clock,
}

/// What is known of labels later than the curve.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum Tail {
    /// Labels may come later; every figure means "frauds reported by age `oldest`".
    Unknown {
        /// Where the curve ends.
        oldest: i64,
    },
    /// The curve reaches the declared horizon, after which no label is expected or counted.
    Closed {
        /// The declared horizon.
        horizon: i64,
    },
}

/// F at each age at which it rises.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Curve {
    /// Rising delays.
    pub ages: Vec<i64>,
    /// F at each, rising to 1.
    pub share: Vec<f64>,
    /// Greenwood's variance of ln F at each: Σ over later delays of d / (R (R − d)).
    pub log_variance: Vec<f64>,
    /// Frauds used.
    pub frauds: u64,
    /// Labels later than the curve's end, left out; and very few early ones on orders too young for any other.
    pub left_out: u64,
    /// What is known beyond.
    pub tail: Tail,
}

impl Curve {
    /// Estimates the curve. With a `horizon`, labels that came later than it don't count.
    ///
    /// # Errors
    /// See [`CurveRefusal`].
    pub fn estimate(frauds: &[Fraud], horizon: Option<i64>) -> Result<Self, CurveRefusal> {
        Layout::new(frauds, horizon).map(|layout| layout.curve())
    }

    /// F at `age`: 0 before the first delay, 1 from the last on.
    pub fn share_at(&self, age: i64) -> f64 {
        match self.ages.last() {
            // Nearly all orders that are asked for, where a search would cost the most.
            Some(last) if age >= *last => self.share[self.ages.len() - 1],
            _ => {
                let step = self.ages.partition_point(|step| *step <= age);
                step.checked_sub(1).map_or(0.0, |step| self.share[step])
            }
        }
    }

    /// Where the curve ends: what "all labels" means in its figures.
    pub fn oldest(&self) -> i64 {
        match self.tail {
            Tail::Unknown { oldest } => oldest,
            Tail::Closed { horizon } => horizon,
        }
    }

    /// F at `age` with a pointwise interval, Fᵉ with e = exp(∓ z × s.e.(ln F) ÷ ln F) (log-log scale). `None` where F is 0
    /// or its variance has no finite value.
    pub fn interval_at(&self, age: i64, confidence: f64) -> Option<Interval> {
        let step = self.ages.partition_point(|step| *step <= age).checked_sub(1)?;
        let (low, high) = self.limits(step, confidence)?;
        Interval::new(low, self.share[step], high, confidence, Method::Greenwood)
    }

    /// Verification latency: the age by which a share `q` of the frauds have their label, with the ages at which the
    /// pointwise band crosses `q`. `None` for a `q` outside (0, 1] or a confidence outside (0, 1).
    pub fn latency(&self, q: f64, confidence: f64) -> Option<LabelLatency> {
        if !(q > 0.0 && q <= 1.0 && confidence > 0.0 && confidence < 1.0) {
            return None;
        }
        let first = |reaches: &dyn Fn(usize) -> bool| (0..self.ages.len()).find(|step| reaches(*step));
        let age = |step: usize| self.ages[step];
        Some(LabelLatency {
            share: q,
            age: first(&|step| self.share[step] >= q).map(age)?,
            low: first(&|step| self.limits(step, confidence).is_some_and(|(_, high)| high >= q)).map(age),
            high: first(&|step| self.limits(step, confidence).is_some_and(|(low, _)| low >= q)).map(age),
        })
    }

    fn limits(&self, step: usize, confidence: f64) -> Option<(f64, f64)> {
        let (share, variance) = (self.share[step], self.log_variance[step]);
        if !(confidence > 0.0 && confidence < 1.0) || share <= 0.0 || !variance.is_finite() {
            return None;
        }
        if share >= 1.0 {
            return Some((1.0, 1.0));
        }
        let stretch = (critical(confidence) * variance.sqrt() / -share.ln()).exp();
        Some((share.powf(stretch), share.powf(1.0 / stretch)))
    }
}

/// How long until labels arrive.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct LabelLatency {
    /// Share of the frauds.
    pub share: f64,
    /// By which age they have their label.
    pub age: i64,
    /// Lower limit of that age, if the band tells.
    pub low: Option<i64>,
    /// Upper limit of that age, if the band tells.
    pub high: Option<i64>,
}
