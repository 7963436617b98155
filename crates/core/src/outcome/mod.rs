//! Outcomes: what turned out to be true of an order or a quote, and when the shop heard of it.

use crate::comparison::Text;
use crate::decision::Action;
use serde::{Deserialize, Serialize};

/// One outcome as its binding reads it. Times are epoch milliseconds, amounts minor units of `currency`.
#[derive(Debug, Clone, PartialEq)]
pub struct Outcome<'a> {
    /// Its own id, if it has one: the same id twice is the same outcome.
    pub outcome_id: Option<Text<'a>>,
    /// Order id or quote id, pseudonymised as the comparisons' are.
    pub subject_id: Text<'a>,
    /// What happened.
    pub kind: OutcomeType,
    /// What the shop concludes from it; `None` leaves that to the type.
    pub label: Option<Label>,
    /// When it happened.
    pub occurred_at_ms: i64,
    /// When the shop heard of it; the same as `occurred_at_ms` where it isn't bound.
    pub reported_at_ms: i64,
    /// How much money it is about.
    pub amount: Option<i64>,
    /// ISO 4217.
    pub currency: Option<Text<'a>>,
    /// How many items it is about.
    pub quantity: Option<f64>,
    /// What the live system decided; for [`OutcomeType::LiveDecision`] alone.
    pub action: Option<Action>,
    /// A reason code.
    pub reason: Option<Text<'a>>,
    /// Who says so.
    pub source: Option<Text<'a>>,
}

/// Types of outcomes, after the card schemes' words and a shop's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OutcomeType {
    /// The card scheme warns of fraud.
    EarlyFraudWarning,
    /// The cardholder disputes the payment.
    DisputeOpened,
    /// The dispute was decided for the shop.
    DisputeWon,
    /// The dispute was decided against the shop.
    DisputeLost,
    /// The money went back.
    Refunded,
    /// A person looked at it.
    ManualReview,
    /// A quote was bought.
    Purchased,
    /// A quote was left.
    Abandoned,
    /// A quote ran out.
    Expired,
    /// Bought goods came back.
    Returned,
    /// The live system's decision, where it comes on a topic of its own.
    LiveDecision,
}

/// What an outcome says about an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Label {
    /// It is fraud.
    Fraud,
    /// It is good.
    Legit,
    /// It doesn't say.
    Unknown,
}
