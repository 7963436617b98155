//! Gates: what a model must show before anyone lets it act, written down before the run.
//!
//! A gate says what is measured, against what, and how sure one must be. It is met when the whole interval lies on the
//! right side of the bound, not met when it lies on the wrong side, and on hold otherwise. Looking every day must not
//! inflate false alarms, so a gate either is watched (a confidence sequence, valid at every look) or has a horizon: a
//! date fixed in advance, before which it is on hold and after which it is evaluated as of that date, however late
//! one looks.

mod evaluate;
mod measure;
mod metric;
mod parse;
mod watched;

pub use metric::{Baseline, Direction, GateDeclines, GatePopulation, Metric, Requirement};
pub use parse::{GateProblem, GateProblems};

pub(crate) use evaluate::{of_orders, of_prices, results};

use crate::document::Flag;

/// The gates of one file, in its order.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Gates {
    /// Gates.
    pub gates: Vec<Gate>,
}

/// One gate.
#[derive(Debug, Clone, PartialEq)]
pub struct Gate {
    /// Its name.
    pub name: String,
    /// The model, as `fraud@challenger`, `challenger` or `fraud/2`.
    pub model: String,
    /// Only on this stream; `None`: on every stream that the model is on, which must be one.
    pub stream: Option<String>,
    /// What is measured.
    pub metric: Metric,
    /// What counts as an alarm, for metrics of decisions.
    pub flag: Flag,
    /// The orders that it is about, for metrics of labels.
    pub population: GatePopulation,
    /// What it takes the declined orders without a label for, for metrics of labels.
    pub declines: GateDeclines,
    /// The currency, for metrics of money.
    pub currency: Option<String>,
    /// Whether more or less is better.
    pub direction: Direction,
    /// What it must reach.
    pub requirement: Requirement,
    /// How sure one must be.
    pub confidence: f64,
    /// Rows under the metric that are needed at least: frauds for recall, good orders for the insult rate, flagged
    /// orders for precision, labelled orders for ranking and money, events for the others.
    pub min_labels: u64,
    /// Whether it is looked at again and again.
    pub watched: bool,
    /// The time as of which it is evaluated, epoch milliseconds.
    pub horizon_ms: Option<i64>,
}

impl Gates {
    /// Reads `gates.toml`.
    ///
    /// # Errors
    /// Every problem at once, each with its line and its fix.
    pub fn parse(text: &str) -> Result<Self, GateProblems> {
        parse::gates(text)
    }
}
