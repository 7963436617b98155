//! Average precision and ROC AUC under resampling: one sort, then a single pass of integer weights per resample.

use super::{Bootstrap, Plan, Refusal, resample};

const POSITIVE: u32 = 1;
const LAST_OF_TIE: u32 = 2;
/// Clusters that fit beside the two flags.
const MOST_CLUSTERS: usize = 1 << 30;

/// Rows from the highest score to the lowest.
#[derive(Debug, Clone)]
pub struct Ranked {
    /// Cluster << 2, with the flags above.
    rows: Vec<u32>,
    clusters: usize,
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
        let fits =
            scores.len() == positive.len() && scores.len() == cluster.len() && clusters <= MOST_CLUSTERS;
        let in_range = cluster.iter().all(|whose| (*whose as usize) < clusters);
        if !fits
            || !in_range
            || scores.iter().any(|score| score.is_nan())
            || u32::try_from(scores.len()).is_err()
        {
            return Err(Refusal::Rows);
        }
        let mut order: Vec<u32> = (0..scores.len() as u32).collect();
        order.sort_unstable_by(|a, b| scores[*b as usize].total_cmp(&scores[*a as usize]));
        let row = |place: usize| {
            let i = order[place] as usize;
            let last = order.get(place + 1).is_none_or(|next| scores[*next as usize] != scores[i]);
            cluster[i] << 2 | if positive[i] { POSITIVE } else { 0 } | if last { LAST_OF_TIE } else { 0 }
        };
        Ok(Self { rows: (0..order.len()).map(row).collect(), clusters })
    }

    /// Figures with each row counted as often as its cluster's weight says; `None` without a positive or without a
    /// negative.
    pub fn figures(&self, weights: &[u32]) -> Option<Figures> {
        // (positives, negatives) above the current tie, and in it.
        let (mut above, mut here) = ([0_u64; 2], [0_u64; 2]);
        let (mut precision, mut pairs) = (0.0, 0_u128);
        for row in &self.rows {
            here[usize::from(row & POSITIVE == 0)] += u64::from(weights[(row >> 2) as usize]);
            if row & LAST_OF_TIE != 0 {
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

    /// Bootstraps [average precision, AUC].
    ///
    /// # Errors
    /// See [`Refusal`].
    pub fn bootstrap(&self, plan: &Plan) -> Result<Bootstrap<2>, Refusal> {
        resample(self.clusters, plan, |weights| {
            let figures = self.figures(weights)?;
            Some([figures.average_precision, figures.auc])
        })
    }

    /// Bootstraps [average precision, AUC] of `other` less `self`, on the same draws: both rank the same rows.
    ///
    /// # Errors
    /// See [`Refusal`]; [`Refusal::Rows`] when the two don't have the same number of rows and clusters.
    pub fn bootstrap_difference(&self, other: &Self, plan: &Plan) -> Result<Bootstrap<2>, Refusal> {
        if self.rows.len() != other.rows.len() || self.clusters != other.clusters {
            return Err(Refusal::Rows);
        }
        resample(self.clusters, plan, |weights| {
            let (one, two) = (self.figures(weights)?, other.figures(weights)?);
            Some([two.average_precision - one.average_precision, two.auc - one.auc])
        })
    }
}
