//! Counts and amounts by decision and label, and what they cost.

use super::CostModel;
use bystander_core::decision::Action;
use serde::Serialize;

/// Orders of one kind.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct OrderTally {
    /// How many.
    pub count: u64,
    /// Their amount, minor units.
    pub amount: i128,
}

impl OrderTally {
    /// One more.
    pub fn add(&mut self, amount: i64) {
        self.count += 1;
        self.amount += i128::from(amount);
    }

    /// Both together.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self { count: self.count + other.count, amount: self.amount + other.amount }
    }
}

/// Orders by one party's decision and their label.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Exposure {
    /// Frauds, by decision: accept, review, reject.
    pub fraud: [OrderTally; 3],
    /// Good orders, by decision: accept, review, reject.
    pub good: [OrderTally; 3],
}

impl Exposure {
    /// One more order.
    pub fn add(&mut self, action: Action, fraud: bool, amount: i64) {
        let side = if fraud { &mut self.fraud } else { &mut self.good };
        side[action as usize].add(amount);
    }

    /// What it costs, minor units.
    pub fn cost(&self, model: &CostModel) -> f64 {
        let fraud = |action: Action| self.fraud[action as usize];
        let good = |action: Action| self.good[action as usize];
        let missed =
            |tally: OrderTally| (1.0 - model.recovery) * tally.amount as f64 + model.fee * tally.count as f64;
        let reviewed = fraud(Action::Review).count + good(Action::Review).count;
        let declined = good(Action::Reject);
        let slipped = 1.0 - model.review_catches;
        let missed = missed(fraud(Action::Accept)) + slipped * missed(fraud(Action::Review));
        let declined = model.margin * declined.amount as f64 + model.churn * declined.count as f64;
        let reviews = model.review * reviewed as f64;
        missed + declined + reviews
    }

    /// The same orders, all decided alike.
    #[must_use]
    pub fn all(&self, action: Action) -> Self {
        let together =
            |side: &[OrderTally; 3]| side.iter().fold(OrderTally::default(), |sum, tally| sum.and(*tally));
        let mut same = Self::default();
        same.fraud[action as usize] = together(&self.fraud);
        same.good[action as usize] = together(&self.good);
        same
    }

    /// 1 − cost ÷ the cheaper of accepting all and rejecting all (Bahnsen et al. 2015): 1 is perfect, below 0 a rule
    /// without a model does better. `None` where one of the two costs nothing.
    pub fn savings(&self, model: &CostModel) -> Option<f64> {
        let of = |action| self.all(action).cost(model);
        let cheaper = of(Action::Accept).min(of(Action::Reject));
        (cheaper > 0.0).then(|| 1.0 - self.cost(model) / cheaper)
    }
}
