//! Rows on which two ways to compute a score are compared: rows drawn from the contract's reference, rows of extreme values,
//! and for the nodes of all trees rows that reach the node with its threshold, the numbers next to it, and NaN.

mod draw;
pub(crate) mod ranges;

use crate::ensemble::Ensemble;
use crate::number::Number;
use crate::unfit::Unfit;
use bystander_core::contract::Contract;
pub(crate) use draw::Draw;
use ranges::Ranges;

/// Rows drawn from the reference alone.
const DRAWN: usize = 1024;
/// Tests of nodes that the rows of one comparison may cost, about half a second of the slower way.
const MOST_TESTS: usize = 160_000_000;
/// Rows that every ensemble is compared on for its nodes.
const LEAST_ROWS: usize = 2048;
/// Numbers that a node is tried with.
const VARIANTS: usize = 5;

/// How much was looked at.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Extent {
    pub(crate) rows: usize,
    /// Nodes that rows were made for, of how many that a row can reach.
    pub(crate) nodes: usize,
    pub(crate) of: usize,
}

/// Calls `look` with each row.
///
/// # Errors
/// The first that `look` gives.
pub(crate) fn each_row<T: Number>(
    ensemble: &Ensemble<T>,
    contract: &Contract,
    look: &mut dyn FnMut(&[T]) -> Result<(), Unfit>,
) -> Result<Extent, Unfit> {
    let mut draw = Draw::new(ensemble, contract);
    let mut rows = 0;
    let mut look = |row: &[T]| {
        rows += 1;
        look(row)
    };
    for _ in 0..DRAWN {
        look(&draw.row())?;
    }
    extremes(&mut draw, &mut look)?;
    let (nodes, of) = nodes(ensemble, &mut draw, &mut look)?;
    Ok(Extent { rows, nodes, of })
}

/// Rows of one extreme value, and drawn rows with one in each place.
fn extremes<T: Number>(
    draw: &mut Draw<T>,
    look: &mut dyn FnMut(&[T]) -> Result<(), Unfit>,
) -> Result<(), Unfit> {
    let values = [T::NAN, T::INFINITY, T::NEG_INFINITY, T::default(), -T::default(), T::ONE, -T::ONE];
    for value in values {
        look(&vec![value; draw.width()])?;
        for place in 0..draw.width() {
            let mut row = draw.row();
            row[place] = value;
            look(&row)?;
        }
    }
    Ok(())
}

/// Rows for nodes: how many nodes had rows, of how many.
fn nodes<T: Number>(
    ensemble: &Ensemble<T>,
    draw: &mut Draw<T>,
    look: &mut dyn FnMut(&[T]) -> Result<(), Unfit>,
) -> Result<(usize, usize), Unfit> {
    let tests: usize = ensemble.trees.iter().map(|tree| tree.depth()).sum();
    let most = (MOST_TESTS / tests.max(1)).max(LEAST_ROWS);
    let mut open: Vec<Pending> = ensemble.trees.iter().map(|tree| Pending::new(tree.nodes.len())).collect();
    let parents: Vec<Vec<Option<usize>>> = ensemble.trees.iter().map(ranges::parents).collect();
    let (mut done, mut dead, mut rows, mut start) = (0, 0, 0, 0);
    while rows < most && open.iter().any(Pending::is_open) {
        let mut ranges = Ranges::new(draw.width());
        for turn in 0..open.len() {
            // Every tree comes first in turn: the first node always fits.
            let tree = (start + turn) % open.len();
            let Some(node) = open[tree].next() else { continue };
            if ranges.target(&ensemble.trees[tree], &parents[tree], node) {
                open[tree].advance();
                done += 1;
            } else if ranges.is_empty() {
                // No row can reach it.
                open[tree].advance();
                dead += 1;
            }
        }
        start += 1;
        let drawn = draw.row();
        for variant in 0..VARIANTS {
            look(&ranges.row(&drawn, variant))?;
            rows += 1;
        }
    }
    let nodes: usize = ensemble.trees.iter().map(|tree| tree.nodes.len()).sum();
    Ok((done, nodes - dead))
}

/// A tree's nodes in an order that spreads over the tree, so that a part of them is a fair sample.
struct Pending {
    nodes: usize,
    step: usize,
    done: usize,
}

impl Pending {
    fn new(nodes: usize) -> Self {
        let near = (nodes as f64 * 0.618) as usize;
        let step = (near.max(1)..=nodes.max(1)).find(|step| gcd(*step, nodes) == 1).unwrap_or(1);
        Self { nodes, step, done: 0 }
    }

    fn is_open(&self) -> bool {
        self.done < self.nodes
    }

    fn next(&self) -> Option<usize> {
        self.is_open().then(|| self.done * self.step % self.nodes)
    }

    fn advance(&mut self) {
        self.done += 1;
    }
}

fn gcd(one: usize, other: usize) -> usize {
    if other == 0 { one } else { gcd(other, one % other) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_node_of_a_tree_comes_once() {
        for nodes in 1..200 {
            let mut pending = Pending::new(nodes);
            let mut seen = vec![false; nodes];
            while let Some(node) = pending.next() {
                assert!(!seen[node], "{node} of {nodes}");
                seen[node] = true;
                pending.advance();
            }
            assert!(seen.iter().all(|seen| *seen), "{nodes}");
        }
    }
}
