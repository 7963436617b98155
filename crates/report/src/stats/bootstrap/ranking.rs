//! Average precision and ROC AUC under resampling: one sort, then two passes of integers per resample.
//!
//! Rows that both figures treat alike, for example the good orders between one fraud and the next, are counted
//! together, in a slot. A resample first adds each row's weight to its slot, one block of clusters after the other:
//! a block's weights are few, and so are the slots, since there are few frauds. The second pass goes over the slots.
//! Looking a weight up for each row in the order of scores would wait for memory.

use super::blocks::drawn;
use super::draw::BLOCK;
use super::parallel::in_parallel;
use super::slots::{LAST_OF_TIE, POSITIVE, Slots};
use super::{Bootstrap, BootstrapRefusal, Replicates, Resampling, leave_out};

/// Rows in slots, slots from the highest score to the lowest.
#[derive(Debug, Clone)]
pub struct ResampledRanking {
    /// Of each row but those in the fullest slot, by block of clusters and in it by slot: its cluster's place in the block.
    places: Vec<u16>,
    /// Of the same rows: their slots.
    slots: Vec<u32>,
    /// Where the rows of each block end.
    ends: Vec<usize>,
    /// Flags by slot.
    flags: Vec<u8>,
    /// A slot with so many rows that it is counted as what the others leave of `sizes`.
    fullest: usize,
    /// Rows of each cluster.
    sizes: Vec<u32>,
}

/// Both ranking figures, each in [0, 1].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Figures {
    /// Σ (recall gained) × precision over distinct scores, ties taken together, as scikit-learn has it.
    pub average_precision: f64,
    /// P(score of a fraud > score of a good order) + half of P(equal).
    pub auc: f64,
}

/// Weighted rows.
struct Counts {
    all: u64,
    /// By slot, the fullest left out; right as long as `all` fits into 32 bits. Half the size of 64 bits, so that the
    /// counts of a hundred thousand frauds stay in a second-level cache.
    slots: Vec<u32>,
}

impl ResampledRanking {
    /// Sorts the rows once. `cluster[i] < clusters` says whose row i is.
    ///
    /// # Errors
    /// [`BootstrapRefusal::Rows`] for lengths that differ, a cluster out of range or a score that is NaN.
    pub fn new(
        scores: &[f64],
        positive: &[bool],
        cluster: &[u32],
        clusters: usize,
    ) -> Result<Self, BootstrapRefusal> {
        let fits = scores.len() == positive.len() && scores.len() == cluster.len();
        let in_range = cluster.iter().all(|whose| (*whose as usize) < clusters);
        if !fits
            || !in_range
            || scores.iter().any(|score| score.is_nan())
            || u32::try_from(scores.len()).is_err()
        {
            return Err(BootstrapRefusal::Rows);
        }
        let Slots { flags, rows, of } = Slots::new(scores, positive);
        let fullest = (0..flags.len()).max_by_key(|slot| rows[*slot]).unwrap_or(0);
        let mut sizes = vec![0; clusters];
        cluster.iter().for_each(|whose| sizes[*whose as usize] += 1);
        let counted = cluster.iter().copied().zip(of).filter(|(_, slot)| *slot as usize != fullest);
        let mut rows: Vec<(u32, u32)> = counted.collect();
        rows.sort_unstable_by_key(|(cluster, slot)| (*cluster as usize / BLOCK, *slot));
        let end = |block: usize| rows.partition_point(|(cluster, _)| (*cluster as usize) < block * BLOCK);
        Ok(Self {
            places: rows.iter().map(|(cluster, _)| (*cluster as usize % BLOCK) as u16).collect(),
            slots: rows.iter().map(|(_, slot)| *slot).collect(),
            ends: (1..=clusters.div_ceil(BLOCK)).map(end).collect(),
            flags,
            fullest,
            sizes,
        })
    }

    /// Figures with each row counted as often as its cluster's weight says; `None` without a positive or without a
    /// negative, and for 2³² rows or more, counted so.
    pub fn figures(&self, weights: &[u32]) -> Option<Figures> {
        let mut counts = self.nothing();
        weights.chunks(BLOCK).enumerate().for_each(|(block, weights)| self.add(&mut counts, block, weights));
        self.of(counts)
    }

    fn nothing(&self) -> Counts {
        Counts { all: 0, slots: vec![0; self.flags.len()] }
    }

    /// Counts the rows of a block of clusters.
    fn add(&self, counts: &mut Counts, block: usize, weights: &[u32]) {
        let begin = block.checked_sub(1).map_or(Some(0), |before| self.ends.get(before).copied());
        let (Some(begin), Some(end)) = (begin, self.ends.get(block).copied()) else { return };
        for (place, slot) in self.places[begin..end].iter().zip(&self.slots[begin..end]) {
            let count = &mut counts.slots[*slot as usize];
            *count = count.wrapping_add(weights[usize::from(*place)]);
        }
        let sizes = self.sizes[block * BLOCK..].iter().zip(weights);
        counts.all += sizes.map(|(rows, weight)| u64::from(*rows) * u64::from(*weight)).sum::<u64>();
    }

    fn of(&self, counts: Counts) -> Option<Figures> {
        let Counts { all, mut slots } = counts;
        u32::try_from(all).ok()?;
        let others: u64 = slots.iter().map(|count| u64::from(*count)).sum();
        *slots.get_mut(self.fullest)? = (all - others) as u32;
        // (positives, negatives) above the current tie, and in it.
        let (mut above, mut here) = ([0_u64; 2], [0_u64; 2]);
        let (mut precision, mut pairs) = (0.0, 0_u128);
        for (count, flags) in slots.into_iter().zip(&self.flags) {
            here[usize::from(flags & POSITIVE == 0)] += u64::from(count);
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

    /// Bootstraps [average precision, AUC].
    ///
    /// # Errors
    /// See [`BootstrapRefusal`].
    pub fn bootstrap(&self, plan: &Resampling) -> Result<Bootstrap<2>, BootstrapRefusal> {
        bootstrap([self], plan, |[figures]| *figures)
    }

    /// Bootstraps [average precision, AUC] of `other` less `self`, on the same draws: both rank the same rows.
    ///
    /// # Errors
    /// See [`BootstrapRefusal`]; [`BootstrapRefusal::Rows`] when the two don't have the same number of rows in each cluster.
    pub fn bootstrap_difference(
        &self,
        other: &Self,
        plan: &Resampling,
    ) -> Result<Bootstrap<2>, BootstrapRefusal> {
        if self.sizes != other.sizes {
            return Err(BootstrapRefusal::Rows);
        }
        bootstrap([self, other], plan, |[one, two]| [two[0] - one[0], two[1] - one[1]])
    }
}

/// Bootstraps what `together` makes of [average precision, AUC] of each ranking.
fn bootstrap<const N: usize>(
    rankings: [&ResampledRanking; N],
    plan: &Resampling,
    together: impl Fn(&[[f64; 2]; N]) -> [f64; 2] + Sync,
) -> Result<Bootstrap<2>, BootstrapRefusal> {
    let clusters = rankings.first().map_or(0, |ranked| ranked.sizes.len());
    let figures = |found: [Option<Figures>; N]| {
        let mut each = [[0.0; 2]; N];
        for (each, found) in each.iter_mut().zip(found) {
            let figures = found?;
            *each = [figures.average_precision, figures.auc];
        }
        Some(together(&each))
    };
    let whole = |weights: &[u32]| figures(rankings.map(|ranked| ranked.figures(weights)));
    Bootstrap::of(
        clusters,
        plan,
        || whole(&vec![1; clusters]),
        |groups| Replicates {
            left_out: in_parallel(
                groups,
                plan.threads,
                || vec![0; clusters],
                |group, weights| {
                    leave_out(weights, group, groups);
                    whole(weights)
                },
            ),
            // One at a time: the counts of several would not stay in the cache.
            drawn: drawn(
                clusters,
                plan,
                1,
                || rankings.map(ResampledRanking::nothing),
                |counts, block, weights| {
                    counts
                        .iter_mut()
                        .zip(rankings)
                        .for_each(|(counts, ranked)| ranked.add(counts, block, weights));
                },
                |counts| {
                    let mut found = [None; N];
                    let each = counts.into_iter().zip(rankings);
                    found
                        .iter_mut()
                        .zip(each)
                        .for_each(|(found, (counts, ranked))| *found = ranked.of(counts));
                    figures(found)
                },
            ),
        },
    )
}
