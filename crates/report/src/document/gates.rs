//! What the gates say, and the verdict that follows.

use super::figure::Figure;
use serde::Serialize;

/// The report in a word and a few sentences.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Verdict {
    /// Of all gates together: not met beats hold beats met.
    pub word: VerdictWord,
    /// One line.
    pub headline: String,
    /// What supports it, most important first.
    pub sentences: Vec<String>,
    /// Names of gates that are not met.
    pub failed_gates: Vec<String>,
}

/// Result of a gate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum VerdictWord {
    /// No gates were given.
    NoGates,
    /// The evidence shows that the requirement is fulfilled.
    Met,
    /// Too little evidence either way.
    Hold,
    /// The evidence shows that it is not.
    NotMet,
}

impl VerdictWord {
    /// In words.
    pub fn words(self) -> &'static str {
        match self {
            Self::NoGates => "no gates",
            Self::Met => "met",
            Self::Hold => "on hold",
            Self::NotMet => "not met",
        }
    }
}

/// What a number is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// A plain number.
    Number,
    /// A share, 0 to 1.
    Share,
    /// A difference of two shares, −1 to 1: a hundredth is a percentage point.
    ShareDifference,
    /// A relative change: 0.01 is 1 % more.
    RelativeChange,
    /// Money of one currency, minor units.
    Money,
    /// A difference of two plain numbers.
    NumberDifference,
    /// A difference of money of one currency, minor units.
    MoneyDifference,
}

/// One gate.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct GateResult {
    /// Its name.
    pub name: String,
    /// The model it is about.
    pub model: String,
    /// The metric.
    pub metric: String,
    /// The requirement in words: `recall of fraud@challenger at least that of live, less 0.02`.
    pub requirement: String,
    /// What came out.
    pub result: VerdictWord,
    /// The figure that decides, with its interval: the metric itself, or its difference from the baseline.
    pub figure: Figure,
    /// The unit of `figure` and `bound`.
    pub unit: Unit,
    /// The currency of `figure` and `bound`, ISO 4217; money is in its minor units.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub currency: Option<String>,
    /// What it is held against.
    pub bound: f64,
    /// Matured labels seen.
    pub labels: u64,
    /// Matured labels required.
    pub min_labels: u64,
    /// Whether the interval holds at every look (a confidence sequence).
    pub watched: bool,
    /// For a gate with a fixed horizon: evaluated as of this time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub horizon: Option<bystander_core::time::Rfc3339>,
    /// Why, in plain words.
    pub sentence: String,
}
