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
/// good. Of reports that disagree the later counts (at one age, the one listed later), but for a refund, which takes
/// back no fraud label.
pub fn at(age: i64, reports: &[Report], matures: i64) -> State {
    let mut known: Option<(i64, State)> = None;
    for report in reports.iter().filter(|report| report.age <= age) {
        let says = match report.evidence {
            Evidence::Fraud => State::Fraud,
            Evidence::Refunded => State::Refunded,
            Evidence::DisputeWon => State::DisputedWon,
            Evidence::Legit => State::MaturedGood,
        };
        known = match known {
            Some((_, before @ (State::Fraud | State::DisputedWon))) if says == State::Refunded => {
                known.map(|(at, _)| (at, before))
            }
            Some((_, State::Refunded)) if says != State::Refunded => Some((report.age, says)),
            Some((at, _)) if at > report.age => known,
            _ => Some((report.age, says)),
        };
    }
    known.map_or(if age >= matures { State::MaturedGood } else { State::Pending }, |(_, state)| state)
}
