//! The operating point that a bound on insults leaves.

use super::Confusion;
use super::sweep::table;
use crate::stats::ranking::{Ranked, Totals};
use serde::Serialize;

/// The lowest threshold within a bound on the false-positive rate.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct OperatingPoint {
    /// The bound asked for.
    pub max_false_positive_rate: f64,
    /// Recall there.
    pub recall: f64,
    /// The rate reached, at or below the bound.
    pub false_positive_rate: f64,
    /// The table; its threshold is `None` where already the highest score breaks the bound.
    pub table: Confusion,
}

/// Recall at a fixed false-positive rate: of the thresholds that keep within the bound, the lowest. Nothing is
/// interpolated, so each point can be put to work. `None` unless there are frauds and good cases.
pub fn recall_at_fpr(ranked: &Ranked, max_false_positive_rate: f64) -> Option<OperatingPoint> {
    let totals = ranked.totals();
    if max_false_positive_rate.is_nan() {
        return None;
    }
    let within = |above: &Totals| above.negative.count / totals.negative.count <= max_false_positive_rate;
    let last = ranked.steps().take_while(|step| within(&step.above)).last();
    let table = match last {
        Some(step) => table(ranked, Some(step.score), &step.above),
        None => table(ranked, None, &Totals::default()),
    };
    let rates = table.rates();
    Some(OperatingPoint {
        max_false_positive_rate,
        recall: rates.recall?,
        false_positive_rate: rates.false_positive_rate?,
        table,
    })
}
