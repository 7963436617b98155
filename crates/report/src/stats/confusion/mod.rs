//! What a threshold or a set of decisions does, in counts and in money: the 2×2 table and its rates.

mod operating;
mod sweep;
mod top_k;

pub use operating::{OperatingPoint, recall_at_fpr};
pub use sweep::{Sweep, sweep};
pub use top_k::{DailyTopK, DayTopK, TopK, precision_at_k_by_day};

use super::cases::share;
use serde::Serialize;

/// One cell of the table.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub struct Cell {
    /// Cases, each counted once.
    pub rows: u64,
    /// Sum of the weights; the same as `rows` without weights.
    pub count: f64,
    /// Sum of weight × amount, in minor units. Exact to 2⁵³, then to sixteen digits.
    pub amount: i64,
}

/// Cases by what was said of them and what was true.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub struct Confusion {
    /// Cases scored at or above it are flagged; `None` where no threshold decided, or where it flags nothing.
    pub threshold: Option<f64>,
    /// Frauds flagged.
    pub true_positive: Cell,
    /// Good cases flagged: insults.
    pub false_positive: Cell,
    /// Good cases let through.
    pub true_negative: Cell,
    /// Frauds missed.
    pub false_negative: Cell,
}

/// Rates of a table; `None` where the denominator is nothing.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub struct Rates {
    /// Frauds ÷ all.
    pub prevalence: Option<f64>,
    /// Flagged ÷ all.
    pub alert_rate: Option<f64>,
    /// Frauds flagged ÷ flagged.
    pub precision: Option<f64>,
    /// Frauds flagged ÷ frauds.
    pub recall: Option<f64>,
    /// Good cases flagged ÷ good cases: the insult rate.
    pub false_positive_rate: Option<f64>,
    /// Good cases flagged ÷ flagged.
    pub false_discovery_rate: Option<f64>,
    /// Good cases let through ÷ good cases.
    pub specificity: Option<f64>,
    /// Harmonic mean of precision and recall.
    pub f1: Option<f64>,
}

impl Confusion {
    /// One more case that weighs 1 and has no amount.
    pub fn add(&mut self, fraud: bool, flagged: bool) {
        let cell = match (fraud, flagged) {
            (true, true) => &mut self.true_positive,
            (false, true) => &mut self.false_positive,
            (false, false) => &mut self.true_negative,
            (true, false) => &mut self.false_negative,
        };
        cell.rows += 1;
        cell.count += 1.0;
    }

    /// Rates of counts.
    pub fn rates(&self) -> Rates {
        let cells = [self.true_positive, self.false_positive, self.true_negative, self.false_negative];
        let [tp, fp, tn, missed] = cells.map(|cell| cell.count);
        let all = tp + fp + tn + missed;
        Rates {
            prevalence: share(tp + missed, all),
            alert_rate: share(tp + fp, all),
            precision: share(tp, tp + fp),
            recall: share(tp, tp + missed),
            false_positive_rate: share(fp, fp + tn),
            false_discovery_rate: share(fp, tp + fp),
            specificity: share(tn, fp + tn),
            f1: share(2.0 * tp, 2.0 * tp + fp + missed),
        }
    }
}

/// A cell while it is being summed.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Sum {
    pub(crate) rows: u64,
    pub(crate) count: f64,
    pub(crate) amount: f64,
}

impl Sum {
    pub(crate) fn add(&mut self, weight: f64, amount: i64) {
        self.rows += 1;
        self.count += weight;
        self.amount += weight * amount as f64;
    }

    /// What is left of this total without `part`.
    pub(crate) fn less(&self, part: &Self) -> Self {
        Self {
            rows: self.rows - part.rows,
            count: (self.count - part.count).max(0.0),
            amount: self.amount - part.amount,
        }
    }
}

impl From<Sum> for Cell {
    fn from(sum: Sum) -> Self {
        Self { rows: sum.rows, count: sum.count, amount: sum.amount.round() as i64 }
    }
}
