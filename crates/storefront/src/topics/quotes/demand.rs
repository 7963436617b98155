//! How a customer answers to price: a logit in the logarithm of the price.

use super::{Channel, Segment};
use crate::catalogue::Category;

/// Log odds of a purchase where the price is the market's and nothing else speaks for or against.
const AT_MARKET_PRICE: f64 = -0.9;

/// The chance of a purchase at `ratio` times the list price is the logistic function of
/// `intercept - slope × ln(ratio)`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Demand {
    pub(crate) intercept: f64,
    pub(crate) slope: f64,
}

impl Demand {
    /// `market_ratio` is what customers compare with, as a share of the list price.
    pub(crate) fn new(category: Category, channel: Channel, segment: Segment, market_ratio: f64) -> Self {
        let (liking, segment_slope) = match segment {
            Segment::New => (-0.35, 1.15),
            Segment::Returning => (0.0, 1.0),
            Segment::Loyal => (0.55, 0.85),
            Segment::Business => (0.25, 0.75),
        };
        let (reach, channel_slope) = match channel {
            Channel::Web => (0.0, 1.0),
            Channel::App => (0.2, 0.95),
            Channel::Marketplace => (-0.1, 1.3),
        };
        let slope = category.traits().elasticity * segment_slope * channel_slope;
        Self { intercept: AT_MARKET_PRICE + liking + reach + slope * market_ratio.ln(), slope }
    }

    /// The chance of a purchase at `ratio` times the list price; `taste` is what the shop can't see.
    pub(crate) fn purchase_chance(&self, ratio: f64, taste: f64) -> f64 {
        1.0 / (1.0 + (-(self.intercept + taste - self.slope * ratio.ln())).exp())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_higher_price_never_sells_better(low in 0.4f64..1.5, step in 0.001f64..0.5, market in 0.6f64..1.2) {
            for category in Category::ALL {
                let demand = Demand::new(category, Channel::Web, Segment::New, market);
                prop_assert!(demand.purchase_chance(low + step, 0.0) < demand.purchase_chance(low, 0.0));
            }
        }
    }

    #[test]
    fn marketplace_customers_mind_a_high_price_more_than_loyal_ones() {
        let chance = |channel, segment, ratio| {
            Demand::new(Category::Toys, channel, segment, 0.95).purchase_chance(ratio, 0.0)
        };
        let lost = |channel, segment| chance(channel, segment, 1.1) / chance(channel, segment, 0.95);
        assert!(lost(Channel::Marketplace, Segment::New) < lost(Channel::App, Segment::Loyal));
    }
}
