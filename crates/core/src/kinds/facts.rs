//! What an event says beside the features, whatever its kind.

use super::{OrderFacts, PriceFacts};
use crate::money::Currency;

/// What an event says, beside the features.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Facts {
    /// Of an order.
    Order(OrderFacts),
    /// Of a price quote.
    Price(PriceFacts),
}

impl Facts {
    /// The event's amount and currency: an order's total or a served price.
    pub fn money(&self) -> Option<(i64, Currency)> {
        match self {
            Self::Order(facts) => facts.money,
            Self::Price(facts) => Some((facts.live_price, facts.currency)),
        }
    }

    /// The ISO 4217 code of [`money`](Self::money).
    pub fn currency_code(&self) -> Option<&str> {
        match self {
            Self::Order(facts) => facts.money.as_ref().map(|(_, currency)| currency.code()),
            Self::Price(facts) => Some(facts.currency.code()),
        }
    }

    /// Orders: the score that the live system logged.
    pub fn live_score(&self) -> Option<f64> {
        match self {
            Self::Order(facts) => facts.live_score,
            Self::Price(_) => None,
        }
    }

    /// Prices: the chance with which live served a price within the tolerance of the one it served.
    pub fn live_propensity(&self) -> Option<f64> {
        match self {
            Self::Order(_) => None,
            Self::Price(facts) => facts.live_propensity,
        }
    }

    /// Prices: what the item costs the shop, in minor units.
    pub fn cost(&self) -> Option<i64> {
        match self {
            Self::Order(_) => None,
            Self::Price(facts) => facts.cost,
        }
    }

    /// Prices: how many were asked for.
    pub fn quantity(&self) -> Option<f64> {
        match self {
            Self::Order(_) => None,
            Self::Price(facts) => facts.quantity,
        }
    }
}
