//! What decisions cost, taken apart so that any assumption can be changed afterwards.
//!
//! A fraud that passes costs amount × (1 − recovery) + fee; a good order that is declined costs amount × margin + churn; a
//! review costs its minutes and lets a share of the frauds through; the rest costs nothing.

use crate::document;
use crate::sections::settings::Costs;
use bystander_core::decision::Action;

/// Orders and their money, minor units.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Side {
    pub(crate) count: f64,
    pub(crate) amount: f64,
}

/// Decisions by what they cost. Costs are linear in it.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Ledger {
    pub(crate) fraud_passed: Side,
    fraud_reviewed: Side,
    good_reviewed: f64,
    pub(crate) good_declined: Side,
    pub(crate) fraud_declined: Side,
}

impl Ledger {
    pub(crate) fn of(fraud: bool, action: Action, amount: f64) -> Self {
        let mut ledger = Self::default();
        ledger.add(fraud, action, amount);
        ledger
    }

    pub(crate) fn add(&mut self, fraud: bool, action: Action, amount: f64) {
        let side = match (fraud, action) {
            (true, Action::Accept) => &mut self.fraud_passed,
            (true, Action::Review) => &mut self.fraud_reviewed,
            (true, Action::Reject) => &mut self.fraud_declined,
            (false, Action::Reject) => &mut self.good_declined,
            (false, Action::Review) => {
                self.good_reviewed += 1.0;
                return;
            }
            (false, Action::Accept) => return,
        };
        side.count += 1.0;
        side.amount += amount;
    }

    /// Minor units.
    pub(crate) fn cost(&self, costs: &Costs) -> f64 {
        let missed = |side: &Side| side.amount * (1.0 - costs.recovery) + side.count * costs.fee;
        let reviews = self.good_reviewed + self.fraud_reviewed.count;
        missed(&self.fraud_passed)
            + missed(&self.fraud_reviewed) * (1.0 - costs.review_catches)
            + reviews * costs.review
            + self.good_declined.amount * costs.margin
            + self.good_declined.count * costs.churn
    }
}

/// Named assumptions, each at half and at twice its value (shares at fixed steps), one at a time.
pub(crate) fn variations(costs: &Costs) -> Vec<(&'static str, f64, Costs)> {
    let mut found = Vec::new();
    for factor in [0.5, 2.0] {
        found.push(("fee", costs.fee * factor, Costs { fee: costs.fee * factor, ..*costs }));
        found.push(("margin", costs.margin * factor, Costs { margin: costs.margin * factor, ..*costs }));
        found.push(("churn", costs.churn * factor, Costs { churn: costs.churn * factor, ..*costs }));
        found.push(("review", costs.review * factor, Costs { review: costs.review * factor, ..*costs }));
    }
    for share in [0.0, 0.5] {
        found.push(("recovery", share, Costs { recovery: share, ..*costs }));
    }
    for share in [0.5, 1.0] {
        found.push(("review_catches", share, Costs { review_catches: share, ..*costs }));
    }
    found.sort_by(|a, b| a.0.cmp(b.0).then(a.1.total_cmp(&b.1)));
    found
}

pub(crate) fn show(costs: &Costs, assumed: bool) -> document::Costs {
    let Costs { recovery, fee, margin, churn, review, review_catches } = *costs;
    document::Costs { recovery, fee, margin, churn, review, review_catches, assumed }
}

#[cfg(test)]
mod tests {
    use super::*;

    const COSTS: Costs = Costs {
        recovery: 0.2,
        fee: 1_500.0,
        margin: 0.3,
        churn: 1_000.0,
        review: 400.0,
        review_catches: 0.75,
    };

    #[test]
    fn each_decision_costs_what_the_definition_says() {
        let cost = |fraud, action| Ledger::of(fraud, action, 10_000.0).cost(&COSTS);
        assert_eq!(cost(true, Action::Accept), 10_000.0 * 0.8 + 1_500.0);
        assert_eq!(cost(true, Action::Review), 400.0 + 0.25 * 9_500.0);
        assert_eq!(cost(true, Action::Reject), 0.0);
        assert_eq!(cost(false, Action::Accept), 0.0);
        assert_eq!(cost(false, Action::Review), 400.0);
        assert_eq!(cost(false, Action::Reject), 3_000.0 + 1_000.0);
    }

    #[test]
    fn every_assumption_is_varied_down_and_up() {
        let varied = variations(&COSTS);
        for name in ["recovery", "fee", "margin", "churn", "review", "review_catches"] {
            assert_eq!(varied.iter().filter(|(one, ..)| *one == name).count(), 2, "{name}");
        }
    }
}
