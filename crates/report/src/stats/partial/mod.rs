//! Figures that the data identify only within a range (Manski 2003, "Partial Identification of Probability
//! Distributions"): orders that live declined never showed what they were, so a figure that depends on them has one value
//! for each way in which they could have turned out.
//!
//! Each such order is fraud with a share of which only [`Bounds`] are known: 0 to 1 without any knowledge, or narrower
//! under a stated assumption. A figure's [`Ends`] are its lowest and its highest value over all shares within the bounds,
//! each with the sampling interval that it would have if those were the labels. Printed is the union of both: its lower
//! limit at the lowest, its upper limit at the highest value. The union covers the true value at least as often as one
//! interval does, whatever the labels are (Imbens and Manski 2004 narrow it where the range is wide; that needs normal
//! limits, which shares near 0 don't have).

pub mod cost;
pub mod members;
pub mod ranking;

use super::intervals::{Interval, Method, fractional};

/// Least and greatest share of fraud that an order can stand for; both 0 or both 1 where its label is known.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bounds {
    /// At least.
    pub least: f64,
    /// At most.
    pub most: f64,
}

impl Bounds {
    /// Nothing is known.
    pub const UNKNOWN: Self = Self { least: 0.0, most: 1.0 };

    /// Of a known label.
    pub fn known(fraud: bool) -> Self {
        let share = if fraud { 1.0 } else { 0.0 };
        Self { least: share, most: share }
    }

    /// Bounds of the share of good orders.
    #[must_use]
    pub fn of_good(self) -> Self {
        Self { least: 1.0 - self.most, most: 1.0 - self.least }
    }
}

/// A figure at the labels that make it smallest and at those that make it largest.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Ends {
    /// Where it is smallest.
    pub low: Interval,
    /// Where it is largest.
    pub high: Interval,
}

impl Ends {
    /// One value whatever the labels are.
    pub fn point(interval: Interval) -> Self {
        Self { low: interval, high: interval }
    }

    /// Both ends, in whichever order they come.
    pub fn of(one: Interval, other: Interval) -> Self {
        if one.estimate <= other.estimate {
            Self { low: one, high: other }
        } else {
            Self { low: other, high: one }
        }
    }

    /// Smallest and largest of several candidates for the ends; `None` without any.
    pub fn among(candidates: impl IntoIterator<Item = Interval>) -> Option<Self> {
        let wider = |ends: Option<Self>, one: Interval| match ends {
            None => Some(Self::point(one)),
            Some(Self { low, high }) => Some(Self {
                low: if one.estimate < low.estimate { one } else { low },
                high: if one.estimate > high.estimate { one } else { high },
            }),
        };
        candidates.into_iter().fold(None, wider)
    }

    /// A figure that may be anything from `low` to `high`.
    pub fn anything(low: f64, high: f64, confidence: f64) -> Option<Self> {
        let at = |value| Interval::new(value, value, value, confidence, Method::LabelRange);
        Some(Self { low: at(low)?, high: at(high)? })
    }

    /// Whether it is one value.
    pub fn is_point(&self) -> bool {
        self.low.estimate == self.high.estimate
    }

    /// The union of both intervals; that of a point is its own.
    pub fn union(&self) -> Interval {
        let Self { low, high } = self;
        if low == high {
            return *low;
        }
        Interval {
            low: low.low.min(high.low),
            estimate: f64::midpoint(low.estimate, high.estimate),
            high: low.high.max(high.high),
            confidence: low.confidence,
            method: if self.is_point() { low.method } else { Method::LabelRange },
        }
    }
}

/// A share whose denominator is certain and whose numerator lies within bounds: precision, the share of fraud. `None`
/// without a row.
pub fn share_of_all(events: Bounds, trials: f64, confidence: f64) -> Option<Ends> {
    let at = |events: f64| fractional(events.min(trials), trials, confidence);
    Some(Ends { low: at(events.least)?, high: at(events.most)? })
}
