//! Additive figures: rows are summed per cluster once, and a resample weights the sums.
//!
//! Several resamples go over a block of clusters together, so that its sums come from memory once for all of them.

use super::blocks::drawn;
use super::draw::BLOCK;
use super::{Bootstrap, BootstrapRefusal, Replicates, Resampling};

/// Resamples that go together.
const TOGETHER: usize = 8;

/// `K` sums per cluster.
#[derive(Debug, Clone)]
pub struct ClusterTotals<const K: usize> {
    sums: Vec<[f64; K]>,
}

impl<const K: usize> ClusterTotals<K> {
    /// Sums `row(i)` over the rows of each cluster; `cluster[i] < clusters` says whose row i is. A cluster without
    /// rows counts as one with nothing.
    ///
    /// # Errors
    /// [`BootstrapRefusal::Rows`] for a cluster out of range or a sum that is not finite.
    pub fn of(
        cluster: &[u32],
        clusters: usize,
        row: impl Fn(usize) -> [f64; K],
    ) -> Result<Self, BootstrapRefusal> {
        let mut sums = vec![[0.0; K]; clusters];
        for (i, whose) in cluster.iter().enumerate() {
            let sum = sums.get_mut(*whose as usize).ok_or(BootstrapRefusal::Rows)?;
            sum.iter_mut().zip(row(i)).for_each(|(sum, value)| *sum += value);
        }
        let finite = sums.iter().flatten().all(|value| value.is_finite());
        if finite { Ok(Self { sums }) } else { Err(BootstrapRefusal::Rows) }
    }

    /// Bootstraps any function of the `K` sums.
    ///
    /// # Errors
    /// See [`BootstrapRefusal`].
    pub fn bootstrap<const J: usize>(
        &self,
        plan: &Resampling,
        figures: impl Fn(&[f64; K]) -> Option<[f64; J]> + Sync,
    ) -> Result<Bootstrap<J>, BootstrapRefusal> {
        let estimate = || figures(&weighted(&self.sums, &vec![1; self.sums.len()]));
        Bootstrap::of(self.sums.len(), plan, estimate, |groups| Replicates {
            left_out: self.without_each(groups).iter().map(&figures).collect(),
            drawn: drawn(
                self.sums.len(),
                plan,
                TOGETHER,
                || [0.0; K],
                |total, block, weights| add(total, &weighted(&self.sums[block * BLOCK..], weights)),
                |total| figures(&total),
            ),
        })
    }

    /// Bootstraps the sums themselves.
    ///
    /// # Errors
    /// See [`BootstrapRefusal`].
    pub fn sums(&self, plan: &Resampling) -> Result<Bootstrap<K>, BootstrapRefusal> {
        self.bootstrap(plan, |sums| Some(*sums))
    }

    /// The sums without each of so many groups of clusters. Added up from the other groups: a difference from the sum
    /// of all would leave a rounding error where nothing is left.
    fn without_each(&self, groups: usize) -> Vec<[f64; K]> {
        let mut parts = vec![[0.0; K]; groups];
        for clusters in self.sums.chunks(groups.max(1)) {
            parts.iter_mut().zip(clusters).for_each(|(part, sums)| add(part, sums));
        }
        let others = |group| parts.iter().enumerate().filter(move |(other, _)| *other != group);
        let without = |group| {
            let mut total = [0.0; K];
            others(group).for_each(|(_, part)| add(&mut total, part));
            total
        };
        (0..groups).map(without).collect()
    }
}

fn add<const K: usize>(total: &mut [f64; K], more: &[f64; K]) {
    total.iter_mut().zip(more).for_each(|(total, more)| *total += more);
}

/// Σ weight × sums, over as many as there are weights. Four clusters at a time: each addition to a total waits for the one before.
fn weighted<const K: usize>(sums: &[[f64; K]], weights: &[u32]) -> [f64; K] {
    let mut total = [0.0; K];
    let sums = &sums[..weights.len()];
    let ((fours, rest), (by_four, others)) = (sums.as_chunks::<4>(), weights.as_chunks::<4>());
    for (sums, weights) in fours.iter().zip(by_four) {
        let [a, b, c, d] = weights.map(f64::from);
        let here =
            std::array::from_fn(|k| (a * sums[0][k] + b * sums[1][k]) + (c * sums[2][k] + d * sums[3][k]));
        add(&mut total, &here);
    }
    for (sums, weight) in rest.iter().zip(others) {
        add(&mut total, &sums.map(|sum| f64::from(*weight) * sum));
    }
    total
}

impl ClusterTotals<2> {
    /// Bootstraps first ÷ second sum: a mean per row (second = 1 per row), a rate, a share of money.
    ///
    /// # Errors
    /// See [`BootstrapRefusal`]; [`BootstrapRefusal::Undefined`] when the second sum is zero.
    pub fn ratio(&self, plan: &Resampling) -> Result<Bootstrap<1>, BootstrapRefusal> {
        self.bootstrap(plan, |[above, below]| (*below != 0.0).then(|| [above / below]))
    }
}
