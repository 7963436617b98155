//! What decisions on orders cost, from assumptions that stand in the config.
//!
//! | | fraud | good |
//! |---|---|---|
//! | accept | amount × (1 − recovery) + fee | 0 |
//! | review | review + (1 − catches) × (amount × (1 − recovery) + fee) | review |
//! | reject | 0 | amount × margin + churn |
//!
//! The example-dependent cost matrix of Bahnsen, Aouada and Ottersten ("Example-dependent cost-sensitive decision
//! trees", 2015), with review added. Costs are linear in counts and amounts, so an [`exposure::Exposure`] is all that
//! is kept of the orders, whatever the assumptions. Population: orders whose label is known. Amounts are minor units
//! of one currency.

pub mod exposure;
pub mod sensitivity;
pub mod sweep;

use bystander_core::decision::Action;
use serde::{Deserialize, Serialize};

/// The assumptions. Costs are minor units, not always whole ones (half a fee), so they are no integers.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CostModel {
    /// Share of a missed fraud's amount that comes back, 0 to 1.
    pub recovery: f64,
    /// Chargeback fee per missed fraud.
    pub fee: f64,
    /// Margin lost with a declined good order, as a share of its amount, 0 to 1.
    pub margin: f64,
    /// What an insulted customer costs beside the order.
    pub churn: f64,
    /// What a review costs.
    pub review: f64,
    /// Share of frauds that a review catches, 0 to 1.
    pub review_catches: f64,
}

/// An assumption that can't be: its name, and what it must be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{assumption} must be {must_be}")]
pub struct Impossible {
    /// Its name in the config.
    pub assumption: &'static str,
    /// What it must be.
    pub must_be: &'static str,
}

impl CostModel {
    /// Checks every assumption.
    ///
    /// # Errors
    /// The first one that is not a share between 0 and 1, or not an amount of at least 0 (and at most 10¹⁵).
    pub fn check(&self) -> Result<(), Impossible> {
        for assumption in sensitivity::Assumption::ALL {
            let (most, must_be) = if assumption.is_share() {
                (1.0, "a share between 0 and 1")
            } else {
                (1e15, "an amount in minor units, 0 or more")
            };
            if !(0.0..=most).contains(&assumption.of(self)) {
                return Err(Impossible { assumption: assumption.name(), must_be });
            }
        }
        Ok(())
    }

    /// Cost of one decision.
    pub fn cost(&self, action: Action, fraud: bool, amount: i64) -> f64 {
        match (action, fraud) {
            (Action::Accept, true) => self.missed(amount as f64),
            (Action::Accept, false) | (Action::Reject, true) => 0.0,
            (Action::Review, true) => self.review + (1.0 - self.review_catches) * self.missed(amount as f64),
            (Action::Review, false) => self.review,
            (Action::Reject, false) => self.declined(amount as f64),
        }
    }

    fn missed(&self, amount: f64) -> f64 {
        amount * (1.0 - self.recovery) + self.fee
    }

    fn declined(&self, amount: f64) -> f64 {
        amount * self.margin + self.churn
    }
}
