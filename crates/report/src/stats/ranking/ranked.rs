//! Scored cases in order of suspicion: sorted once, then read by every figure of a ranking.

use crate::stats::cases::ScoredCases;
use crate::stats::confusion::Sum;

/// Cases sorted from the highest score to the lowest. Cases of weight 0 are left out, as in scikit-learn.
#[derive(Debug, Clone)]
pub struct Ranked {
    scores: Vec<f64>,
    labels: Vec<bool>,
    weights: Option<Vec<f64>>,
    amounts: Option<Vec<i64>>,
    totals: Totals,
}

/// Sums over both classes.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Totals {
    pub(crate) positive: Sum,
    pub(crate) negative: Sum,
}

/// What lies at or above one distinct score.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Step {
    pub(crate) score: f64,
    pub(crate) above: Totals,
}

impl Ranked {
    /// Sorts the cases, O(n log n).
    pub fn new(scored: &ScoredCases) -> Self {
        let cases = &scored.cases;
        let mut order: Vec<(f64, usize)> =
            scored.scores.iter().copied().zip(0..).filter(|&(_, row)| cases.weight(row) > 0.0).collect();
        // By row within a tie, so that sums of weights come out the same on every run.
        order.sort_unstable_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        let mut ranked = Self {
            scores: order.iter().map(|&(score, _)| score).collect(),
            labels: order.iter().map(|&(_, row)| cases.labels[row]).collect(),
            weights: cases.weights.map(|weights| order.iter().map(|&(_, row)| weights[row]).collect()),
            amounts: cases.amounts.map(|amounts| order.iter().map(|&(_, row)| amounts[row]).collect()),
            totals: Totals::default(),
        };
        ranked.totals = ranked.steps().last().map(|step| step.above).unwrap_or_default();
        ranked
    }

    /// Cases of positive weight.
    pub fn rows(&self) -> u64 {
        self.scores.len() as u64
    }

    /// Frauds among them.
    pub fn positives(&self) -> u64 {
        self.totals.positive.rows
    }

    /// Whether amounts were given.
    pub(crate) fn has_amounts(&self) -> bool {
        self.amounts.is_some()
    }

    /// Sums over all cases.
    pub(crate) fn totals(&self) -> &Totals {
        &self.totals
    }

    /// One step per distinct score, from the highest.
    pub(crate) fn steps(&self) -> impl Iterator<Item = Step> {
        let mut row = 0;
        let mut above = Totals::default();
        std::iter::from_fn(move || {
            let score = *self.scores.get(row)?;
            while self.scores.get(row) == Some(&score) {
                above.add(self, row);
                row += 1;
            }
            Some(Step { score, above })
        })
    }
}

impl Totals {
    /// Sum of the weights of both classes.
    pub(crate) fn count(&self) -> f64 {
        self.positive.count + self.negative.count
    }

    fn add(&mut self, ranked: &Ranked, row: usize) {
        let side = if ranked.labels[row] { &mut self.positive } else { &mut self.negative };
        let weight = ranked.weights.as_ref().map_or(1.0, |weights| weights[row]);
        side.add(weight, ranked.amounts.as_ref().map_or(0, |amounts| amounts[row]));
    }
}
