//! A mean over a group that some orders may or may not belong to: recall is one over frauds, the false positive rate one
//! over good orders.

use super::{Bounds, Ends};
use crate::stats::intervals::{Interval, fractional, fractional_difference};

/// Orders by value (−1, 0 or 1), each with the bounds of its share in the group.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Members {
    least: [f64; 3],
    most: [f64; 3],
    known: u64,
    unknown: u64,
}

impl Members {
    /// One more order, of `value` −1, 0 or 1, that is in the group with a share within `bounds`.
    pub fn add(&mut self, value: i8, bounds: Bounds) {
        let place = usize::from((value.signum() + 1).unsigned_abs());
        self.least[place] += bounds.least;
        self.most[place] += bounds.most;
        if bounds.least < bounds.most {
            self.unknown += 1;
        } else {
            self.known += u64::from(bounds.least > 0.0);
        }
    }

    /// Orders that are known to be in the group.
    pub fn known(&self) -> u64 {
        self.known
    }

    /// Orders of which it isn't known.
    pub fn unknown(&self) -> u64 {
        self.unknown
    }

    /// Share of the group whose value is 1, where no value is −1. `None` where nobody can be in the group.
    pub fn share(&self, confidence: f64) -> Option<Ends> {
        self.ends((0.0, 1.0), confidence, |_, same, more| fractional(more, same + more, confidence))
    }

    /// Mean of the values: the difference of two shares of the same group. `None` where nobody can be in it.
    pub fn difference(&self, confidence: f64) -> Option<Ends> {
        self.ends((-1.0, 1.0), confidence, |less, same, more| {
            fractional_difference(more, less, less + same + more, confidence)
        })
    }

    /// The mean is smallest with as many −1 and as few 1 as can be, and largest the other way round. An order of value 0
    /// pulls it towards 0, so it is smallest with all or with none of them, too: whichever gives less.
    fn ends(
        &self,
        (low, high): (f64, f64),
        confidence: f64,
        interval: impl Fn(f64, f64, f64) -> Option<Interval>,
    ) -> Option<Ends> {
        if self.most.iter().sum::<f64>() <= 0.0 {
            return None;
        }
        let Self { least, most, .. } = self;
        let mut candidates = Vec::with_capacity(4);
        for same in [least[1], most[1]] {
            candidates.push(interval(most[0], same, least[2]));
            candidates.push(interval(least[0], same, most[2]));
        }
        // A group that may be empty may as well hold one order only, of any value.
        let certain = candidates.iter().all(Option::is_some);
        if certain {
            Ends::among(candidates.into_iter().flatten())
        } else {
            Ends::anything(low, high, confidence)
        }
    }
}
