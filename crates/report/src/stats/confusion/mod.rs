//! What a threshold or a set of decisions does, in counts and in money: the 2×2 table and its rates.

mod operating;
mod sweep;
mod top_k;

pub use operating::{OperatingPoint, recall_at_fpr};
pub use sweep::{Sweep, sweep};
pub use top_k::{DailyTopK, DayTopK, TopK, precision_at_k, precision_at_k_by_day};

use super::cases::{Cases, ScoredCases, Unusable, same_length, share};
use super::intervals::{Interval, proportion};
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

/// Intervals of the rates, for unweighted cases (see [`proportion`]).
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct RateIntervals {
    /// Frauds ÷ all.
    pub prevalence: Option<Interval>,
    /// Flagged ÷ all.
    pub alert_rate: Option<Interval>,
    /// Frauds flagged ÷ flagged.
    pub precision: Option<Interval>,
    /// Frauds flagged ÷ frauds.
    pub recall: Option<Interval>,
    /// Good cases flagged ÷ good cases.
    pub false_positive_rate: Option<Interval>,
    /// Good cases flagged ÷ flagged.
    pub false_discovery_rate: Option<Interval>,
    /// Good cases let through ÷ good cases.
    pub specificity: Option<Interval>,
}

impl Confusion {
    /// The table where `score ≥ threshold` flags a case. Infinities flag all or nothing; NaN flags nothing.
    pub fn at(scored: &ScoredCases, threshold: f64) -> Self {
        let table = tally(&scored.cases, |row| scored.scores[row] >= threshold);
        Self { threshold: threshold.is_finite().then_some(threshold), ..table }
    }

    /// The table of decisions that were taken some other way, `true` where a case was flagged.
    pub fn of_flags(cases: &Cases, flags: &[bool]) -> Result<Self, Unusable> {
        same_length("flags", flags.len(), cases.len())?;
        Ok(tally(cases, |row| flags[row]))
    }

    /// Rates of counts.
    pub fn rates(&self) -> Rates {
        self.rates_of(|cell| cell.count)
    }

    /// The same rates of amounts: the recall, for example, is the share of the fraud's value that is flagged.
    pub fn amount_rates(&self) -> Rates {
        self.rates_of(|cell| cell.amount as f64)
    }

    /// Intervals of [`Confusion::rates`]; `None` for weighted cases, which a bootstrap has to answer for.
    pub fn rate_intervals(&self, confidence: f64) -> Option<RateIntervals> {
        let cells = [self.true_positive, self.false_positive, self.true_negative, self.false_negative];
        if cells.iter().any(|cell| cell.count != cell.rows as f64) {
            return None;
        }
        let [tp, fp, tn, missed] = cells.map(|cell| cell.rows);
        let all = tp + fp + tn + missed;
        let interval = |events, trials| proportion(events, trials, confidence);
        Some(RateIntervals {
            prevalence: interval(tp + missed, all),
            alert_rate: interval(tp + fp, all),
            precision: interval(tp, tp + fp),
            recall: interval(tp, tp + missed),
            false_positive_rate: interval(fp, fp + tn),
            false_discovery_rate: interval(fp, tp + fp),
            specificity: interval(tn, fp + tn),
        })
    }

    fn rates_of(&self, size: impl Fn(&Cell) -> f64) -> Rates {
        let (tp, fp) = (size(&self.true_positive), size(&self.false_positive));
        let (tn, missed) = (size(&self.true_negative), size(&self.false_negative));
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

fn tally(cases: &Cases, flagged: impl Fn(usize) -> bool) -> Confusion {
    let mut cells = [Sum::default(); 4];
    for (row, &fraud) in cases.labels.iter().enumerate() {
        let weight = cases.weight(row);
        if weight > 0.0 {
            let cell = usize::from(fraud) * 2 + usize::from(flagged(row));
            cells[cell].add(weight, cases.amount(row));
        }
    }
    let [true_negative, false_positive, false_negative, true_positive] = cells.map(Cell::from);
    Confusion { threshold: None, true_positive, false_positive, true_negative, false_negative }
}
