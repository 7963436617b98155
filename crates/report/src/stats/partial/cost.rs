//! Sums, and ratios of sums, over orders each of which is worth one number if it was fraud and another if it was good.

use super::Bounds;
use crate::stats::money::CostModel;
use bystander_core::decision::Action;

/// What one order adds to a sum.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Either {
    /// If it was fraud.
    pub fraud: f64,
    /// If it was good.
    pub good: f64,
}

impl Either {
    /// What it adds where it is fraud with a share of `fraud`.
    pub fn at(self, fraud: f64) -> f64 {
        // Exact for known labels, whatever the other value is.
        match fraud {
            0.0 => self.good,
            1.0 => self.fraud,
            _ => fraud * self.fraud + (1.0 - fraud) * self.good,
        }
    }

    /// The least that it can add.
    pub fn least(self, bounds: Bounds) -> f64 {
        self.at(bounds.least).min(self.at(bounds.most))
    }

    /// The most that it can add.
    pub fn most(self, bounds: Bounds) -> f64 {
        self.at(bounds.least).max(self.at(bounds.most))
    }

    fn slope(self) -> f64 {
        self.fraud - self.good
    }
}

/// What one decision on an order of this amount costs.
pub fn cost(model: &CostModel, action: Action, amount: i64) -> Either {
    let cost = |fraud| model.cost(action, fraud, amount);
    Either { fraud: cost(true), good: cost(false) }
}

/// What one decision costs more than another.
pub fn difference(model: &CostModel, action: Action, other: Action, amount: i64) -> Either {
    let (one, two) = (cost(model, action, amount), cost(model, other, amount));
    Either { fraud: one.fraud - two.fraud, good: one.good - two.good }
}

/// One order of a ratio.
#[derive(Debug, Clone, Copy)]
pub struct Part {
    /// Its share of fraud.
    pub bounds: Bounds,
    /// What it adds above the line.
    pub above: Either,
    /// What it adds below the line.
    pub below: Either,
}

impl Part {
    /// The share of fraud within its bounds that makes above − `ratio` × below smallest, or largest.
    pub fn share(&self, ratio: f64, largest: bool) -> f64 {
        let rises = self.above.slope() > ratio * self.below.slope();
        if rises == largest { self.bounds.most } else { self.bounds.least }
    }
}

/// The smallest (or `largest`) ratio of two sums over all shares within the bounds: Dinkelbach's iteration (1967), which
/// goes from one ratio to the best shares for it until nothing changes. `None` where the lower sum can be zero or less.
pub fn extreme_ratio(parts: &(impl Iterator<Item = Part> + Clone), largest: bool) -> Option<f64> {
    let at = |share: &dyn Fn(&Part) -> f64| {
        let sums = parts.clone().fold((0.0, 0.0), |(above, below), part| {
            let share = share(&part);
            (above + part.above.at(share), below + part.below.at(share))
        });
        (sums.1 > 0.0).then_some(sums.0 / sums.1)
    };
    let least: f64 = parts.clone().map(|part| part.below.least(part.bounds)).sum();
    if least <= 0.0 {
        return None;
    }
    let mut ratio = at(&|part| part.bounds.least)?;
    // Each step is an improvement, and it converges faster than quadratically: a bound for rounding alone.
    for _ in 0..64 {
        let next = at(&|part| part.share(ratio, largest))?;
        let better = if largest { next > ratio } else { next < ratio };
        if !better {
            break;
        }
        ratio = next;
    }
    Some(ratio)
}
