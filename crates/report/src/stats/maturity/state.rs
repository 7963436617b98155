//! What is known of an order's label by a given age.

use serde::Serialize;

/// Something that was reported about an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Report {
    /// Time since the order.
    pub age: i64,
    /// What it says.
    pub evidence: Evidence,
}

/// What a report says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Evidence {
    /// A fraud label: an early fraud warning, a dispute over fraud, a reviewer's word.
    Fraud,
    /// Money back before anyone disputed; it hides what a dispute would have said.
    Refunded,
    /// The shop won the dispute.
    DisputeWon,
    /// Said to be good: a reviewer's word, a dispute over something else.
    Legit,
}

/// Where an order stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Too young, and nothing is known.
    Pending,
    /// Nothing bad within the maturity age, or said to be good.
    MaturedGood,
    /// Known to be fraud.
    Fraud,
    /// Refunded without a fraud label: neither good nor bad.
    Refunded,
    /// Disputed and won by the shop.
    DisputedWon,
}

impl State {
    /// As a label: fraud, good, or not to be used.
    pub fn label(self) -> Option<bool> {
        match self {
            Self::Fraud => Some(true),
            Self::MaturedGood | Self::DisputedWon => Some(false),
            Self::Pending | Self::Refunded => None,
        }
    }
}

/// The state at `age` of an order, from its reports in any order; `matures` is the age from which silence counts as
/// good. Of reports that disagree the later counts (at one age, the one listed later). A refund says less than a
/// fraud label or a dispute that was won, whenever it came, and as much as a word that the order is good: there the
/// later counts, at one age the refund.
pub fn at(age: i64, reports: &[Report], matures: i64) -> State {
    let known = || reports.iter().filter(|report| report.age <= age);
    let said = known().filter(|report| report.evidence != Evidence::Refunded).max_by_key(|report| report.age);
    let refunded =
        known().filter(|report| report.evidence == Evidence::Refunded).map(|report| report.age).max();
    match (said.map(|report| (report.evidence, report.age)), refunded) {
        (Some((Evidence::Fraud, _)), _) => State::Fraud,
        (Some((Evidence::DisputeWon, _)), _) => State::DisputedWon,
        (Some((_, said)), Some(refunded)) if refunded < said => State::MaturedGood,
        (_, Some(_)) => State::Refunded,
        (Some(_), None) => State::MaturedGood,
        (None, None) if age >= matures => State::MaturedGood,
        (None, None) => State::Pending,
    }
}
