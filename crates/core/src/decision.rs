//! Decisions: what a model would have done, what the checkout did, and how far apart they are.

use crate::kind::Kind;
use serde::{Deserialize, Serialize};

/// What becomes of an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Action {
    /// Goes through.
    Accept,
    /// Held for a person to look at.
    Review,
    /// Refused.
    Reject,
}

impl Action {
    /// All actions, mildest first.
    pub const ALL: [Self; 3] = [Self::Accept, Self::Review, Self::Reject];

    /// The word used in records and metrics.
    pub fn name(self) -> &'static str {
        match self {
            Self::Accept => "accept",
            Self::Review => "review",
            Self::Reject => "reject",
        }
    }

    /// Amount that is taken at once: all of it when accepted, nothing when held or refused.
    pub fn takes(self, amount: i64) -> i64 {
        if self == Self::Accept { amount } else { 0 }
    }
}

/// What was decided of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DecisionValue {
    /// What becomes of an order.
    Action(Action),
    /// What a stream of this kind decides as a whole number: prices, minor units.
    Number(Kind, i64),
}

/// What the streams of a kind decide.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decides {
    /// An action.
    Action,
    /// A whole number, in the field of this name.
    Number(&'static str),
}

impl Decides {
    /// The field of records that holds what is decided.
    pub fn field(self) -> &'static str {
        match self {
            Self::Action => "action",
            Self::Number(field) => field,
        }
    }
}

/// One event × one model: both decisions side by side.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Decision {
    /// What the model would have decided.
    pub would_be: DecisionValue,
    /// What the checkout decided, if the event says so.
    pub live: Option<DecisionValue>,
    /// Whether they agree; `None` without a live decision.
    pub agrees: Option<bool>,
    /// Orders: amount taken at once, would-be minus live. Prices: would-be minus live price. Minor units.
    pub delta_amount: Option<i64>,
    /// Which guardrails moved the price.
    pub trail: GuardrailTrail,
}

/// A guardrail that can move a price.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum GuardrailRule {
    /// Largest change against the previous price.
    MaxChange,
    /// Highest price.
    Ceiling,
    /// Lowest price.
    Floor,
    /// Smallest margin over cost.
    MinMargin,
    /// Rounding to a price point.
    PricePoint,
}

impl GuardrailRule {
    /// All rules in the order they are applied: a later one has the last word.
    pub const ALL: [Self; 5] =
        [Self::MaxChange, Self::Ceiling, Self::Floor, Self::MinMargin, Self::PricePoint];

    /// The word used in records and metrics.
    pub fn name(self) -> &'static str {
        match self {
            Self::MaxChange => "max_change",
            Self::Ceiling => "ceiling",
            Self::Floor => "floor",
            Self::MinMargin => "min_margin",
            Self::PricePoint => "price_point",
        }
    }
}

/// One step of a trail, in minor units. A step of [`GuardrailRule::PricePoint`] that moves nothing is a price point that was
/// missed: the other rules allowed none near the price.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GuardrailStep {
    /// Which rule moved the price.
    pub rule: GuardrailRule,
    /// Price before.
    pub before: i64,
    /// Price after.
    pub after: i64,
}

impl GuardrailStep {
    /// Whether it moved the price.
    pub fn moved(&self) -> bool {
        self.before != self.after
    }
}

/// The steps that moved a price or missed a price point, in order; each rule at most once, so it needs no allocation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct GuardrailTrail {
    steps: [Option<GuardrailStep>; GuardrailRule::ALL.len()],
}

impl GuardrailTrail {
    /// Notes a step, unless it changed nothing; gives the price after it.
    pub fn note(&mut self, rule: GuardrailRule, before: i64, after: i64) -> i64 {
        if before != after {
            self.steps[rule as usize] = Some(GuardrailStep { rule, before, after });
        }
        after
    }

    /// Notes a rule that should have moved the price and could not.
    pub fn note_missed(&mut self, rule: GuardrailRule, price: i64) {
        self.steps[rule as usize] = Some(GuardrailStep { rule, before: price, after: price });
    }

    /// The steps in order, missed price points among them.
    pub fn steps(&self) -> impl Iterator<Item = GuardrailStep> + '_ {
        self.steps.iter().flatten().copied()
    }
}
