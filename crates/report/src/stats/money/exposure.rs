//! Counts and amounts by decision and label, and what they cost.

use super::CostModel;
use bystander_core::decision::Action;
use serde::Serialize;

/// Orders of one kind.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Tally {
    /// How many.
    pub count: u64,
    /// Their amount, minor units.
    pub amount: i128,
}

impl Tally {
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
    pub fraud: [Tally; 3],
    /// Good orders, by decision: accept, review, reject.
    pub good: [Tally; 3],
}

/// What an exposure costs, minor units.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Cost {
    /// Frauds accepted, or missed by a review.
    pub missed: f64,
    /// Good orders declined.
    pub declined: f64,
    /// Reviews.
    pub reviews: f64,
    /// All together.
    pub total: f64,
}

impl Exposure {
    /// One more order.
    pub fn add(&mut self, action: Action, fraud: bool, amount: i64) {
        let side = if fraud { &mut self.fraud } else { &mut self.good };
        side[action as usize].add(amount);
    }

    /// Orders in all.
    pub fn orders(&self) -> u64 {
        self.fraud.iter().chain(&self.good).map(|tally| tally.count).sum()
    }

    /// What it costs.
    pub fn cost(&self, model: &CostModel) -> Cost {
        let fraud = |action: Action| self.fraud[action as usize];
        let good = |action: Action| self.good[action as usize];
        let missed =
            |tally: Tally| (1.0 - model.recovery) * tally.amount as f64 + model.fee * tally.count as f64;
        let reviewed = fraud(Action::Review).count + good(Action::Review).count;
        let declined = good(Action::Reject);
        let slipped = 1.0 - model.review_catches;
        let missed = missed(fraud(Action::Accept)) + slipped * missed(fraud(Action::Review));
        let declined = model.margin * declined.amount as f64 + model.churn * declined.count as f64;
        let reviews = model.review * reviewed as f64;
        Cost { missed, declined, reviews, total: missed + declined + reviews }
    }

    /// The same orders, all decided alike.
    #[must_use]
    pub fn all(&self, action: Action) -> Self {
        let together = |side: &[Tally; 3]| side.iter().fold(Tally::default(), |sum, tally| sum.and(*tally));
        let mut same = Self::default();
        same.fraud[action as usize] = together(&self.fraud);
        same.good[action as usize] = together(&self.good);
        same
    }

    /// 1 − cost ÷ the cheaper of accepting all and rejecting all (Bahnsen et al. 2015): 1 is perfect, below 0 a rule
    /// without a model does better. `None` where one of the two costs nothing.
    pub fn savings(&self, model: &CostModel) -> Option<f64> {
        let of = |action| self.all(action).cost(model).total;
        let cheaper = of(Action::Accept).min(of(Action::Reject));
        (cheaper > 0.0).then(|| 1.0 - self.cost(model).total / cheaper)
    }
}

/// Live and shadow on the same orders.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Comparison {
    /// Orders.
    pub orders: u64,
    /// What live's decisions cost.
    pub live: Cost,
    /// What the shadow's would have cost.
    pub shadow: Cost,
    /// Accepting everything.
    pub accept_all: Cost,
    /// Rejecting everything.
    pub reject_all: Cost,
    /// Live's savings.
    pub live_savings: Option<f64>,
    /// The shadow's savings.
    pub shadow_savings: Option<f64>,
    /// Shadow − live per 1,000 orders: below 0 the shadow is cheaper.
    pub delta_per_1000: f64,
}

/// Compares two exposures of the same orders; `None` without orders or with other ones.
pub fn compare(live: &Exposure, shadow: &Exposure, model: &CostModel) -> Option<Comparison> {
    let (accept, reject) = (shadow.all(Action::Accept), shadow.all(Action::Reject));
    let orders = shadow.orders();
    if orders == 0 || live.all(Action::Accept) != accept {
        return None;
    }
    let (paid, would_be) = (live.cost(model), shadow.cost(model));
    Some(Comparison {
        orders,
        live: paid,
        shadow: would_be,
        accept_all: accept.cost(model),
        reject_all: reject.cost(model),
        live_savings: live.savings(model),
        shadow_savings: shadow.savings(model),
        delta_per_1000: (would_be.total - paid.total) / orders as f64 * 1_000.0,
    })
}
