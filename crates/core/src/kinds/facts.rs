//! What an event says beside the features, whatever its kind.

use crate::money::Currency;

/// What one event says. Each kind answers for what its events have.
pub trait EventFacts {
    /// The event's amount in minor units and its currency: an order's total or a served price.
    fn money(&self) -> Option<(i64, Currency)>;

    /// The ISO 4217 code of [`money`](Self::money).
    fn currency_code(&self) -> Option<&str>;

    /// Orders: the score that the live system logged.
    fn live_score(&self) -> Option<f64> {
        None
    }

    /// Prices: the chance with which live served a price within the tolerance of the one it served.
    fn live_propensity(&self) -> Option<f64> {
        None
    }

    /// Prices: what the item costs the shop, in minor units.
    fn cost(&self) -> Option<i64> {
        None
    }

    /// Prices: how many were asked for.
    fn quantity(&self) -> Option<f64> {
        None
    }
}
