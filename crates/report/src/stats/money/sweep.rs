//! Every threshold without scoring again: one sort, sums from the highest score down, then any pair of thresholds and
//! any assumptions in O(log n).

use super::CostModel;
use super::exposure::{Exposure, OrderTally};
use bystander_core::decision::Action;
use serde::Serialize;

/// Why there is no sweep.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum SweepRefusal {
    /// No orders.
    #[error("no orders to sweep over")]
    Empty,
    /// Slices of different lengths.
    #[error("scores, amounts and labels have different lengths")]
    Lengths,
    /// A score is NaN or infinite.
    #[error("a score is not a finite number")]
    Score,
    /// The amounts' sum doesn't fit 64 bits.
    #[error("the amounts sum to more than 64 bits hold: check their unit")]
    TooLarge,
}

/// Sums over all orders with at least this score.
#[derive(Debug, Clone, Copy)]
struct Down {
    score: f64,
    count: u32,
    frauds: u32,
    amount: i64,
    fraud_amount: i64,
}

const NONE: Down = Down { score: f64::INFINITY, count: 0, frauds: 0, amount: 0, fraud_amount: 0 };

/// Orders by score, ready for any threshold.
#[derive(Debug, Clone)]
pub struct CostSweep {
    /// One per distinct score, from the highest down.
    down: Vec<Down>,
}

/// A rejecting threshold and what it costs.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Point {
    /// Rejected from this score on; `None`: nothing is rejected.
    pub reject: Option<f64>,
    /// Orders rejected.
    pub rejected: u64,
    /// Total cost, minor units.
    pub cost: f64,
}

impl CostSweep {
    /// Sorts once.
    ///
    /// # Errors
    /// See [`SweepRefusal`].
    pub fn new(scores: &[f64], amounts: &[i64], fraud: &[bool]) -> Result<Self, SweepRefusal> {
        if scores.len() != amounts.len() || scores.len() != fraud.len() {
            return Err(SweepRefusal::Lengths);
        }
        if !scores.iter().all(|score| score.is_finite()) {
            return Err(SweepRefusal::Score);
        }
        let rows = u32::try_from(scores.len()).map_err(|_overflow| SweepRefusal::TooLarge)?;
        let mut order: Vec<u32> = (0..rows).collect();
        order.sort_unstable_by(|a, b| scores[*b as usize].total_cmp(&scores[*a as usize]));
        let mut down: Vec<Down> = Vec::new();
        let mut sum = NONE;
        for row in order {
            let row = row as usize;
            let (fraud, amount) = (fraud[row], amounts[row]);
            let fraud_amount = if fraud { amount } else { 0 };
            sum.count += 1;
            sum.frauds += u32::from(fraud);
            sum.amount = sum.amount.checked_add(amount).ok_or(SweepRefusal::TooLarge)?;
            sum.fraud_amount = sum.fraud_amount.checked_add(fraud_amount).ok_or(SweepRefusal::TooLarge)?;
            sum.score = scores[row];
            match down.last_mut() {
                Some(last) if last.score == sum.score => *last = sum,
                _ => down.push(sum),
            }
        }
        if down.is_empty() { Err(SweepRefusal::Empty) } else { Ok(Self { down }) }
    }

    /// The exposure when scores from `reject` on are rejected, and from `review` on (below `reject`) reviewed.
    pub fn at(&self, review: Option<f64>, reject: Option<f64>) -> Exposure {
        let rejected = reject.map_or(NONE, |threshold| self.from(threshold));
        let reviewed = review.map_or(rejected, |threshold| self.from(threshold));
        let reviewed = if reviewed.count < rejected.count { rejected } else { reviewed };
        self.exposure(&reviewed, &rejected)
    }

    /// The cheapest of all rejecting thresholds, without review; of equals the one that rejects least.
    pub fn best(&self, model: &CostModel) -> Point {
        let none = self.point(model, None);
        self.down
            .iter()
            .map(|down| self.point(model, Some(down)))
            .fold(none, |best, point| if point.cost < best.cost { point } else { best })
    }

    /// Break-even: the lowest and the highest rejecting threshold that cost no more than `budget` (live's cost on the same
    /// orders); between them there may be dearer ones. `None` where every threshold costs more.
    pub fn break_even(&self, model: &CostModel, budget: f64) -> Option<(Point, Point)> {
        let none = std::iter::once(self.point(model, None));
        let all = none.chain(self.down.iter().map(|down| self.point(model, Some(down))));
        let mut within = all.filter(|point| point.cost <= budget);
        let highest = within.next()?;
        Some((within.next_back().unwrap_or(highest), highest))
    }

    fn from(&self, threshold: f64) -> Down {
        let place = self.down.partition_point(|down| down.score >= threshold);
        place.checked_sub(1).map_or(NONE, |place| self.down[place])
    }

    fn point(&self, model: &CostModel, rejected: Option<&Down>) -> Point {
        let down = rejected.copied().unwrap_or(NONE);
        Point {
            reject: rejected.map(|down| down.score),
            rejected: u64::from(down.count),
            cost: self.exposure(&down, &down).cost(model),
        }
    }

    fn exposure(&self, reviewed: &Down, rejected: &Down) -> Exposure {
        let all = self.down.last().copied().unwrap_or(NONE);
        let mut exposure = Exposure::default();
        let slices = [
            (Action::Accept, all, *reviewed),
            (Action::Review, *reviewed, *rejected),
            (Action::Reject, *rejected, NONE),
        ];
        for (action, below, above) in slices {
            let (frauds, fraud_amount) =
                (below.frauds - above.frauds, below.fraud_amount - above.fraud_amount);
            let (count, amount) = (below.count - above.count, below.amount - above.amount);
            let tally =
                |count: u32, amount: i64| OrderTally { count: u64::from(count), amount: i128::from(amount) };
            exposure.fraud[action as usize] = tally(frauds, fraud_amount);
            exposure.good[action as usize] = tally(count - frauds, amount - fraud_amount);
        }
        exposure
    }
}
