//! The weights of all leaves, and adding those of one tree's leaves to the sums of a block.

use super::LANES;
use crate::ensemble::Ensemble;
use crate::finish::Aggregate;
use crate::number::Number;

/// Leaves of all trees, numbered through.
#[derive(Debug, Clone)]
pub(crate) struct Leaves<T> {
    aggregate: Aggregate,
    /// One weight per leaf, where each has one, all are for one sum, and they are added up.
    single: Option<Vec<T>>,
    /// Where the weights of each leaf begin in `weights`, and of the one past the last.
    starts: Vec<u32>,
    /// Sum and weight.
    weights: Vec<(u32, T)>,
}

impl<T: Number> Leaves<T> {
    pub(super) fn new(ensemble: &Ensemble<T>, aggregate: Aggregate) -> Self {
        let all = || ensemble.trees.iter().flat_map(|tree| &tree.leaves);
        let (mut starts, mut weights) = (vec![0], Vec::new());
        for leaf in all() {
            weights.extend(leaf.iter().map(|(slot, weight)| (*slot as u32, *weight)));
            starts.push(weights.len() as u32);
        }
        let mut leaves = Self { aggregate, single: None, starts, weights };
        if ensemble.is_single() && leaves.are_summed() {
            leaves.single = Some(leaves.weights.iter().map(|(_, weight)| *weight).collect());
        }
        leaves
    }

    /// What sums begin with.
    pub(super) fn start(&self) -> T {
        match self.aggregate {
            Aggregate::Sum | Aggregate::Average => T::default(),
            Aggregate::Min => T::INFINITY,
            Aggregate::Max => T::NEG_INFINITY,
        }
    }

    /// Whether weights are added up.
    pub(super) fn are_summed(&self) -> bool {
        matches!(self.aggregate, Aggregate::Sum | Aggregate::Average)
    }

    /// Adds the weights of the leaf that each row of a block has reached in one tree.
    #[inline(always)]
    pub(super) fn add(&self, reached: &[u32; LANES], sums: &mut [T]) {
        if let (Some(weights), Some(sums)) = (&self.single, sums.first_chunk_mut::<LANES>()) {
            for (sum, leaf) in sums.iter_mut().zip(reached) {
                *sum = *sum + weights[*leaf as usize];
            }
        } else {
            self.add_all(reached, sums);
        }
    }

    #[inline(never)]
    fn add_all(&self, reached: &[u32; LANES], sums: &mut [T]) {
        reached.iter().enumerate().for_each(|(lane, leaf)| self.add_to(*leaf, lane, sums));
    }

    /// Adds the weights of the leaf that one row has reached in one tree.
    pub(super) fn add_to(&self, leaf: u32, lane: usize, sums: &mut [T]) {
        let leaf = leaf as usize;
        if let Some(weights) = &self.single {
            sums[lane] = sums[lane] + weights[leaf];
            return;
        }
        for (slot, weight) in &self.weights[self.starts[leaf] as usize..self.starts[leaf + 1] as usize] {
            let sum = &mut sums[*slot as usize * LANES + lane];
            *sum = self.with(*sum, *weight);
        }
    }

    fn with(&self, sum: T, weight: T) -> T {
        match self.aggregate {
            Aggregate::Sum | Aggregate::Average => sum + weight,
            Aggregate::Min if weight < sum => weight,
            Aggregate::Max if weight > sum => weight,
            Aggregate::Min | Aggregate::Max => sum,
        }
    }
}
