//! Trees with one kind of test: below every node a value at most the threshold goes left.
//!
//! The other comparisons of ONNX become this one. `x < t` is `x ≤ t'` with the nearest number t' below t, and `x > t` is the
//! opposite of `x ≤ t`, so its children are exchanged. `x = t` stays a test of its own. NaN fails every comparison of ONNX but
//! `≠`; where a node tracks missing values, NaN takes the true branch. Both say on which side NaN goes.

use crate::number::Number;
use crate::unfit::Unfit;

/// All trees of a model, with the weights that its score needs.
#[derive(Debug, Clone)]
pub(crate) struct Ensemble<T> {
    pub(crate) trees: Vec<Tree<T>>,
    /// Number of sums per row.
    pub(crate) slots: usize,
    /// One more than the highest feature.
    pub(crate) width: usize,
}

/// One tree; node 0 is the root unless the tree is a single leaf. Nodes come before the nodes below them, and leaves are
/// numbered from left to right.
#[derive(Debug, Clone, Default)]
pub(crate) struct Tree<T> {
    pub(crate) nodes: Vec<Node<T>>,
    pub(crate) leaves: Vec<Leaf<T>>,
}

/// A test of one feature.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Node<T> {
    pub(crate) feature: usize,
    pub(crate) threshold: T,
    pub(crate) test: Test,
    /// Whether NaN goes left.
    pub(crate) nan_left: bool,
    pub(crate) left: Child,
    pub(crate) right: Child,
}

/// Which values go left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Test {
    /// Those at most the threshold.
    AtMost,
    /// The threshold alone.
    Equal,
}

/// What is below a node.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Child {
    Node(usize),
    Leaf(usize),
}

/// What a leaf adds to which sums.
pub(crate) type Leaf<T> = Vec<(usize, T)>;

/// A comparison as ONNX writes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    AtMost,
    Below,
    AtLeast,
    Above,
    Equal,
    Unequal,
    Leaf,
}

impl Mode {
    /// The mode of a name in `nodes_modes`.
    pub(crate) fn of(name: &str) -> Option<Self> {
        Some(match name {
            "BRANCH_LEQ" => Self::AtMost,
            "BRANCH_LT" => Self::Below,
            "BRANCH_GTE" => Self::AtLeast,
            "BRANCH_GT" => Self::Above,
            "BRANCH_EQ" => Self::Equal,
            "BRANCH_NEQ" => Self::Unequal,
            "LEAF" => Self::Leaf,
            _ => return None,
        })
    }
}

/// A node as ONNX writes it. Children are places in the same list.
#[derive(Debug, Clone)]
pub(crate) struct Source<T> {
    pub(crate) mode: Mode,
    pub(crate) feature: usize,
    pub(crate) threshold: T,
    pub(crate) missing_true: bool,
    pub(crate) children: [usize; 2],
    pub(crate) weights: Leaf<T>,
}

impl<T: Number> Node<T> {
    /// Whether a value goes left.
    #[cfg(test)]
    pub(crate) fn goes_left(&self, value: T) -> bool {
        let left = match self.test {
            Test::AtMost => value <= self.threshold,
            Test::Equal => value == self.threshold,
        };
        left || self.nan_left && value.is_nan()
    }

    /// The node of a comparison, before its children are known, and whether its true branch is the left one.
    fn of(source: &Source<T>) -> (Self, bool) {
        let (test, threshold, true_left) = match source.mode {
            Mode::AtMost | Mode::Leaf => (Test::AtMost, source.threshold, true),
            Mode::Below => (Test::AtMost, source.threshold.down(), true),
            Mode::Above => (Test::AtMost, source.threshold, false),
            Mode::AtLeast => (Test::AtMost, source.threshold.down(), false),
            Mode::Equal => (Test::Equal, source.threshold, true),
            Mode::Unequal => (Test::Equal, source.threshold, false),
        };
        let nan_true = source.missing_true || source.mode == Mode::Unequal;
        let node = Self {
            feature: source.feature,
            threshold,
            test,
            nan_left: nan_true == true_left,
            left: Child::Leaf(0),
            right: Child::Leaf(0),
        };
        (node, true_left)
    }
}

impl<T: Number> Tree<T> {
    /// The tree below one node of the list. A node that several others point to, as exporters write sets of categories, is
    /// copied for each; `room` is the number of nodes and leaves that may still be made, which ends cycles too.
    pub(crate) fn grow(sources: &[Source<T>], root: usize, room: &mut usize) -> Result<Self, Unfit> {
        let mut tree = Self { nodes: Vec::new(), leaves: Vec::new() };
        let mut open = vec![(root, None)];
        while let Some((place, parent)) = open.pop() {
            *room = room.checked_sub(1).ok_or_else(|| Unfit::new("its trees share too many nodes"))?;
            let source =
                sources.get(place).ok_or_else(|| Unfit::new("a node points to one that is not there"))?;
            let child = if source.mode == Mode::Leaf {
                tree.leaves.push(source.weights.clone());
                Child::Leaf(tree.leaves.len() - 1)
            } else {
                let (node, true_left) = Node::of(source);
                let number = tree.nodes.len();
                tree.nodes.push(node);
                let [when_true, when_false] = source.children;
                let (left, right) = if true_left { (when_true, when_false) } else { (when_false, when_true) };
                // The left side is taken up first, so that leaves are numbered from the left.
                open.push((right, Some((number, false))));
                open.push((left, Some((number, true))));
                Child::Node(number)
            };
            match parent {
                Some((number, true)) => tree.nodes[number].left = child,
                Some((number, false)) => tree.nodes[number].right = child,
                None => {}
            }
        }
        Ok(tree)
    }

    /// The leaf that a row reaches, by the plainest walk there is.
    #[cfg(test)]
    pub(crate) fn leaf(&self, row: &[T]) -> usize {
        let mut at = if self.nodes.is_empty() { Child::Leaf(0) } else { Child::Node(0) };
        loop {
            match at {
                Child::Leaf(leaf) => return leaf,
                Child::Node(number) => {
                    let node = &self.nodes[number];
                    at = if node.goes_left(row[node.feature]) { node.left } else { node.right };
                }
            }
        }
    }

    /// Of every node the leaves on its left side, as first and one past the last.
    pub(crate) fn left_leaves(&self) -> Vec<(usize, usize)> {
        let mut first = vec![0; self.nodes.len()];
        let mut ranges = vec![(0, 0); self.nodes.len()];
        for (number, node) in self.nodes.iter().enumerate().rev() {
            let start = |child| match child {
                Child::Leaf(leaf) => leaf,
                Child::Node(below) => first[below],
            };
            let range = (start(node.left), start(node.right));
            first[number] = range.0;
            ranges[number] = range;
        }
        ranges
    }

    /// Number of tests on the longest way to a leaf.
    pub(crate) fn depth(&self) -> usize {
        let mut depths = vec![1; self.nodes.len()];
        for (number, node) in self.nodes.iter().enumerate().rev() {
            for child in [node.left, node.right] {
                if let Child::Node(below) = child {
                    depths[number] = depths[number].max(depths[below] + 1);
                }
            }
        }
        depths.first().copied().unwrap_or(0)
    }
}

impl<T: Number> Ensemble<T> {
    /// Trees with weights for so many sums.
    pub(crate) fn new(trees: Vec<Tree<T>>, slots: usize) -> Self {
        let features = trees.iter().flat_map(|tree| &tree.nodes).map(|node| node.feature + 1);
        let width = features.max().unwrap_or(0);
        Self { trees, slots, width }
    }

    /// Whether every leaf has exactly one weight, all for one sum.
    pub(crate) fn is_single(&self) -> bool {
        self.slots == 1 && self.trees.iter().flat_map(|tree| &tree.leaves).all(|leaf| leaf.len() == 1)
    }

    /// The features that any node tests, rising.
    pub(crate) fn used_features(&self) -> Vec<usize> {
        let mut used = vec![false; self.width];
        self.trees.iter().flat_map(|tree| &tree.nodes).for_each(|node| used[node.feature] = true);
        (0..self.width).filter(|feature| used[*feature]).collect()
    }
}
