//! Walking from node to node without branches: each step of a row is arithmetic on the outcome of its test, so nothing is
//! predicted wrongly, and the rows of a block hide each other's waits for memory.

use super::LANES;
use super::leaves::Leaves;
use crate::ensemble::{Child, Ensemble, Test, Tree};
use crate::number::Number;

/// All trees in one list of steps.
#[derive(Debug, Clone)]
pub(super) struct Walk<T> {
    steps: Vec<Step<T>>,
    trees: Vec<Start>,
    /// Whether any test is for equality, and whether NaN goes left anywhere.
    special: bool,
}

/// A tree's first step, and how many steps its longest way has.
#[derive(Debug, Clone, Copy)]
struct Start {
    root: u32,
    depth: u32,
}

/// A node, or a leaf, which steps to itself.
#[derive(Debug, Clone, Copy, Default)]
struct Step<T> {
    threshold: T,
    /// The step on the left; the one on the right comes after it.
    next: u32,
    /// Of a node the place of its feature's values in a block and the bits below, of a leaf its number.
    what: u32,
    /// 1 of a node, 0 of a leaf.
    inner: u32,
}

/// The bit of a test for equality.
const EQUAL: u32 = 1 << 30;
/// The bit of a node where NaN goes left.
const NAN_LEFT: u32 = 1 << 29;
const PLACE: u32 = NAN_LEFT - 1;

impl<T: Number> Step<T> {
    /// The next step, without a branch: a factor of 0 or 1 stands where a condition could, and a choice is marked as one that can't
    /// be predicted.
    #[inline(always)]
    fn take<const SPECIAL: bool>(&self, block: &[T], lane: usize) -> u32 {
        // A leaf has no feature; the value that is looked at instead decides nothing.
        let value = block[((self.what & PLACE) * self.inner) as usize + lane];
        let at_most = value <= self.threshold;
        let left = if SPECIAL {
            let equal = self.what & EQUAL != 0;
            let nan = value.is_nan() & (self.what & NAN_LEFT != 0);
            at_most & !equal | (value == self.threshold) & equal | nan
        } else {
            at_most
        };
        self.next + std::hint::select_unpredictable(left, 0, self.inner)
    }
}

impl<T: Number> Walk<T> {
    pub(super) fn new(ensemble: &Ensemble<T>, features: &[usize]) -> Self {
        let mut walk = Self { steps: Vec::new(), trees: Vec::new(), special: false };
        let mut leaves = 0;
        for tree in &ensemble.trees {
            walk.special |= tree.nodes.iter().any(|node| node.test == Test::Equal || node.nan_left);
            walk.push(tree, leaves, features);
            leaves += tree.leaves.len();
        }
        walk
    }

    fn push(&mut self, tree: &Tree<T>, leaves: usize, features: &[usize]) {
        let root = self.steps.len();
        self.steps.push(Step::default());
        let first = if tree.nodes.is_empty() { Child::Leaf(0) } else { Child::Node(0) };
        let mut open = vec![(first, root)];
        while let Some((child, place)) = open.pop() {
            self.steps[place] = match child {
                Child::Leaf(leaf) => {
                    Step { what: (leaves + leaf) as u32, next: place as u32, ..Step::default() }
                }
                Child::Node(number) => {
                    let node = &tree.nodes[number];
                    let next = self.steps.len();
                    self.steps.extend([Step::default(); 2]);
                    open.extend([(node.right, next + 1), (node.left, next)]);
                    let feature = features.binary_search(&node.feature).unwrap_or_default();
                    let equal = if node.test == Test::Equal { EQUAL } else { 0 };
                    let nan_left = if node.nan_left { NAN_LEFT } else { 0 };
                    Step {
                        threshold: node.threshold,
                        next: next as u32,
                        what: equal | nan_left | (feature * LANES) as u32,
                        inner: 1,
                    }
                }
            };
        }
        self.trees.push(Start { root: root as u32, depth: tree.depth() as u32 });
    }

    /// Walks blocks tree by tree: a tree that is in the cache serves all of them.
    pub(super) fn run(
        &self,
        (blocks, stride): (&[T], usize),
        leaves: &Leaves<T>,
        (sums, slots): (&mut [T], usize),
    ) {
        for tree in &self.trees {
            for (block, sums) in sums.chunks_mut(slots * LANES).enumerate() {
                let block = &blocks[block * stride..];
                if self.special {
                    self.tree::<true>(*tree, block, leaves, sums);
                } else {
                    self.tree::<false>(*tree, block, leaves, sums);
                }
            }
        }
    }

    fn tree<const SPECIAL: bool>(&self, tree: Start, block: &[T], leaves: &Leaves<T>, sums: &mut [T]) {
        let mut at = [tree.root; LANES];
        for _ in 0..tree.depth {
            let mut moved = 0;
            for (lane, at) in at.iter_mut().enumerate() {
                let step = &self.steps[*at as usize];
                moved |= step.inner;
                *at = step.take::<SPECIAL>(block, lane);
            }
            if moved == 0 {
                break;
            }
        }
        leaves.add(&at.map(|at| self.steps[at as usize].what), sums);
    }
}

impl<T: Number> Walk<T> {
    /// Walks one row of a block: 16 trees side by side instead of 16 rows.
    pub(super) fn run_lane(&self, block: &[T], lane: usize, leaves: &Leaves<T>, sums: &mut [T]) {
        if self.special {
            self.lane::<true>(block, lane, leaves, sums);
        } else {
            self.lane::<false>(block, lane, leaves, sums);
        }
    }

    fn lane<const SPECIAL: bool>(&self, block: &[T], lane: usize, leaves: &Leaves<T>, sums: &mut [T]) {
        for trees in self.trees.chunks(LANES) {
            let mut at = [0; LANES];
            at.iter_mut().zip(trees).for_each(|(at, tree)| *at = tree.root);
            let depth = trees.iter().map(|tree| tree.depth).max().unwrap_or(0);
            for _ in 0..depth {
                let mut moved = 0;
                for at in &mut at[..trees.len()] {
                    let step = &self.steps[*at as usize];
                    moved |= step.inner;
                    *at = step.take::<SPECIAL>(block, lane);
                }
                if moved == 0 {
                    break;
                }
            }
            // In the order of the trees, as for a whole block.
            at[..trees.len()].iter().for_each(|at| leaves.add_to(self.steps[*at as usize].what, lane, sums));
        }
    }
}
