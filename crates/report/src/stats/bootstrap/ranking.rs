//! Average precision and ROC AUC under resampling: one sort, then two passes of integers per resample.
//!
//! Rows that both figures treat alike, for example the good orders between one fraud and the next, are counted
//! together, in a slot. A resample first adds each row's weight to its slot, with the rows in the order of their
//! clusters: weights are then read one after the other, and there are few slots, since there are few frauds. The
//! second pass goes over the slots. Looking a weight up for each row in the order of scores would wait for memory.

use super::{Bootstrap, Plan, Refusal, resample};

const POSITIVE: u8 = 1;
const LAST_OF_TIE: u8 = 2;

/// Rows in slots, slots from the highest score to the lowest.
#[derive(Debug, Clone)]
pub struct Ranked {
    /// Rows by cluster, but for those in the fullest slot.
    rows: Vec<Row>,
    /// The flags above.
    slots: Vec<u8>,
    /// A slot with so many rows that it is counted as what the others leave of `sizes`.
    fullest: usize,
    /// Rows of each cluster.
    sizes: Vec<u32>,
}

#[derive(Debug, Clone, Copy)]
struct Row {
    cluster: u32,
    slot: u32,
}

/// Both ranking figures, each in [0, 1].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Figures {
    /// Σ (recall gained) × precision over distinct scores, ties taken together, as scikit-learn has it.
    pub average_precision: f64,
    /// P(score of a fraud > score of a good order) + half of P(equal).
    pub auc: f64,
}

impl Ranked {
    /// Sorts the rows once. `cluster[i] < clusters` says whose row i is.
    ///
    /// # Errors
    /// [`Refusal::Rows`] for lengths that differ, a cluster out of range or a score that is NaN.
    pub fn new(scores: &[f64], positive: &[bool], cluster: &[u32], clusters: usize) -> Result<Self, Refusal> {
        let fits = scores.len() == positive.len() && scores.len() == cluster.len();
        let in_range = cluster.iter().all(|whose| (*whose as usize) < clusters);
        if !fits
            || !in_range
            || scores.iter().any(|score| score.is_nan())
            || u32::try_from(scores.len()).is_err()
        {
            return Err(Refusal::Rows);
        }
        let Slots { flags, rows, of } = Slots::new(scores, positive);
        let fullest = (0..flags.len()).max_by_key(|slot| rows[*slot]).unwrap_or(0);
        let mut sizes = vec![0; clusters];
        cluster.iter().for_each(|whose| sizes[*whose as usize] += 1);
        let counted = cluster.iter().zip(&of).filter(|(_, slot)| **slot as usize != fullest);
        let mut rows: Vec<_> =
            counted.map(|(cluster, slot)| Row { cluster: *cluster, slot: *slot }).collect();
        rows.sort_unstable_by_key(|row| row.cluster);
        Ok(Self { rows, slots: flags, fullest, sizes })
    }

    /// Figures with each row counted as often as its cluster's weight says; `None` without a positive or without a
    /// negative.
    pub fn figures(&self, weights: &[u32]) -> Option<Figures> {
        // (positives, negatives) above the current tie, and in it.
        let (mut above, mut here) = ([0_u64; 2], [0_u64; 2]);
        let (mut precision, mut pairs) = (0.0, 0_u128);
        for (count, flags) in self.counts(weights).into_iter().zip(&self.slots) {
            here[usize::from(flags & POSITIVE == 0)] += count;
            if flags & LAST_OF_TIE != 0 {
                let [positives, negatives] = here;
                if positives > 0 {
                    let caught = (above[0] + positives) as f64;
                    precision += positives as f64 * (caught / (caught + (above[1] + negatives) as f64));
                }
                // Twice the pairs that are in order, so that halves stay whole.
                pairs += u128::from(negatives) * u128::from(2 * above[0] + positives);
                above = [above[0] + positives, above[1] + negatives];
                here = [0, 0];
            }
        }
        let [positives, negatives] = above.map(|count| count as f64);
        (positives > 0.0 && negatives > 0.0).then(|| Figures {
            average_precision: precision / positives,
            auc: pairs as f64 / (2.0 * positives * negatives),
        })
    }

    /// Weighted rows of each slot.
    fn counts(&self, weights: &[u32]) -> Vec<u64> {
        let mut counts = vec![0; self.slots.len()];
        for row in &self.rows {
            counts[row.slot as usize] += u64::from(weights[row.cluster as usize]);
        }
        let all = self.sizes.iter().zip(weights).map(|(rows, weight)| u64::from(*rows) * u64::from(*weight));
        let left = all.sum::<u64>() - counts.iter().sum::<u64>();
        counts.get_mut(self.fullest).into_iter().for_each(|count| *count = left);
        counts
    }

    /// Bootstraps [average precision, AUC].
    ///
    /// # Errors
    /// See [`Refusal`].
    pub fn bootstrap(&self, plan: &Plan) -> Result<Bootstrap<2>, Refusal> {
        resample(self.sizes.len(), plan, |weights| {
            let figures = self.figures(weights)?;
            Some([figures.average_precision, figures.auc])
        })
    }

    /// Bootstraps [average precision, AUC] of `other` less `self`, on the same draws: both rank the same rows.
    ///
    /// # Errors
    /// See [`Refusal`]; [`Refusal::Rows`] when the two don't have the same number of rows in each cluster.
    pub fn bootstrap_difference(&self, other: &Self, plan: &Plan) -> Result<Bootstrap<2>, Refusal> {
        if self.sizes != other.sizes {
            return Err(Refusal::Rows);
        }
        resample(self.sizes.len(), plan, |weights| {
            let (one, two) = (self.figures(weights)?, other.figures(weights)?);
            Some([two.average_precision - one.average_precision, two.auc - one.auc])
        })
    }
}

/// Which rows count together.
struct Slots {
    flags: Vec<u8>,
    /// Rows in each.
    rows: Vec<u32>,
    /// Slot of each row.
    of: Vec<u32>,
}

impl Slots {
    /// A tie with a positive has a slot for its positives and, if there are any, one for its negatives. Ties without a
    /// positive are one slot up to the next tie with one: only how many negatives they have together matters.
    fn new(scores: &[f64], positive: &[bool]) -> Self {
        // Scores beside their rows: looking them up while sorting would wait for memory.
        let mut order: Vec<(f64, u32)> = scores.iter().copied().zip(0..).collect();
        order.sort_unstable_by(|(one, _), (next, _)| next.total_cmp(one));
        let mut slots = Self { flags: Vec::new(), rows: Vec::new(), of: vec![0; scores.len()] };
        let mut between = false;
        for tie in order.chunk_by(|(one, _), (next, _)| one == next) {
            let rows = |wanted: bool| {
                tie.iter().map(|(_, row)| *row).filter(move |row| positive[*row as usize] == wanted)
            };
            let positives = rows(true).count();
            if positives > 0 {
                slots.open(POSITIVE);
                rows(true).for_each(|row| slots.put(row));
            }
            if positives < tie.len() && !(between && positives == 0) {
                slots.open(0);
            }
            rows(false).for_each(|row| slots.put(row));
            slots.close();
            between = positives == 0;
        }
        slots
    }

    fn open(&mut self, flags: u8) {
        self.flags.push(flags);
        self.rows.push(0);
    }

    /// Puts a row in the last slot.
    fn put(&mut self, row: u32) {
        if let Some(rows) = self.rows.last_mut() {
            *rows += 1;
            self.of[row as usize] = self.flags.len() as u32 - 1;
        }
    }

    fn close(&mut self) {
        if let Some(last) = self.flags.last_mut() {
            *last |= LAST_OF_TIE;
        }
    }
}
