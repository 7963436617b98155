//! Additive figures: rows are summed per cluster once, and a resample weights the sums.

use super::{Bootstrap, Plan, Refusal, resample};

/// `K` sums per cluster.
#[derive(Debug, Clone)]
pub struct Totals<const K: usize> {
    sums: Vec<[f64; K]>,
}

impl<const K: usize> Totals<K> {
    /// Sums `row(i)` over the rows of each cluster; `cluster[i] < clusters` says whose row i is. A cluster without
    /// rows counts as one with nothing.
    ///
    /// # Errors
    /// [`Refusal::Rows`] for a cluster out of range or a sum that is not finite.
    pub fn of(cluster: &[u32], clusters: usize, row: impl Fn(usize) -> [f64; K]) -> Result<Self, Refusal> {
        let mut sums = vec![[0.0; K]; clusters];
        for (i, whose) in cluster.iter().enumerate() {
            let sum = sums.get_mut(*whose as usize).ok_or(Refusal::Rows)?;
            sum.iter_mut().zip(row(i)).for_each(|(sum, value)| *sum += value);
        }
        let finite = sums.iter().flatten().all(|value| value.is_finite());
        if finite { Ok(Self { sums }) } else { Err(Refusal::Rows) }
    }

    /// Bootstraps any function of the `K` sums.
    ///
    /// # Errors
    /// See [`Refusal`].
    pub fn bootstrap<const J: usize>(
        &self,
        plan: &Plan,
        figures: impl Fn(&[f64; K]) -> Option<[f64; J]> + Sync,
    ) -> Result<Bootstrap<J>, Refusal> {
        resample(self.sums.len(), plan, |weights| figures(&self.weighted(weights)))
    }

    /// Bootstraps the sums themselves.
    ///
    /// # Errors
    /// See [`Refusal`].
    pub fn sums(&self, plan: &Plan) -> Result<Bootstrap<K>, Refusal> {
        self.bootstrap(plan, |sums| Some(*sums))
    }

    fn weighted(&self, weights: &[u32]) -> [f64; K] {
        let mut total = [0.0; K];
        for (sums, weight) in self.sums.iter().zip(weights) {
            let weight = f64::from(*weight);
            total.iter_mut().zip(sums).for_each(|(total, sum)| *total += weight * sum);
        }
        total
    }
}

impl Totals<2> {
    /// Bootstraps first ÷ second sum: a mean per row (second = 1 per row), a rate, a share of money.
    ///
    /// # Errors
    /// See [`Refusal`]; [`Refusal::Undefined`] when the second sum is zero.
    pub fn ratio(&self, plan: &Plan) -> Result<Bootstrap<1>, Refusal> {
        self.bootstrap(plan, |[above, below]| (*below != 0.0).then(|| [above / below]))
    }
}
