//! Rows that reach chosen nodes, of several trees at once where their ways agree.

use crate::ensemble::{Child, Node, Test, Tree};
use crate::number::Number;

/// What a row must be like: a range for each feature, and the features whose values lie at a node's threshold.
pub(crate) struct Ranges<T> {
    ranges: Vec<Range<T>>,
    targets: Vec<(usize, T)>,
    /// Whether a feature is tested above a target.
    tested: Vec<bool>,
}

/// Numbers above one and at most another.
#[derive(Debug, Clone, Copy)]
struct Range<T> {
    above: T,
    at_most: T,
}

impl<T: Number> Range<T> {
    fn narrowed(self, node: &Node<T>, left: bool) -> Self {
        let Self { above, at_most } = self;
        let higher = |one: T, other: T| if one > other { one } else { other };
        let lower = |one: T, other: T| if one < other { one } else { other };
        match (node.test, left) {
            (Test::AtMost, true) => Self { above, at_most: lower(at_most, node.threshold) },
            (Test::AtMost, false) => Self { above: higher(above, node.threshold), at_most },
            (Test::Equal, true) => {
                Self { above: higher(above, node.threshold.down()), at_most: lower(at_most, node.threshold) }
            }
            (Test::Equal, false) => self,
        }
    }

    fn has(self, value: T) -> bool {
        value > self.above && value <= self.at_most
    }

    /// A number in it, the given one if that is.
    fn choose(self, value: T) -> T {
        if self.has(value) {
            value
        } else if self.at_most.is_finite() {
            self.at_most
        } else {
            self.above.up()
        }
    }
}

impl<T: Number> Ranges<T> {
    /// Any row of so many columns.
    pub(crate) fn new(width: usize) -> Self {
        let all = Range { above: T::NEG_INFINITY, at_most: T::INFINITY };
        Self { ranges: vec![all; width], targets: Vec::new(), tested: vec![false; width] }
    }

    /// Whether it has no node yet.
    pub(crate) fn is_empty(&self) -> bool {
        self.targets.is_empty()
    }

    /// Narrows the row so that it reaches a node too, if it can whatever the numbers that other targets are tried with, and
    /// other targets stay in reach.
    pub(crate) fn target(&mut self, tree: &Tree<T>, parents: &[Option<usize>], node: usize) -> bool {
        let Node { feature, threshold, .. } = tree.nodes[node];
        let is_target = |feature: usize| self.targets.iter().any(|(other, _)| *other == feature);
        if is_target(feature) || self.tested[feature] {
            return false;
        }
        let mut changed: Vec<(usize, Range<T>)> = Vec::new();
        let mut below = node;
        while let Some(above) = parents[below] {
            let test = &tree.nodes[above];
            if is_target(test.feature) {
                return false;
            }
            let at = changed.iter().position(|(feature, _)| *feature == test.feature);
            let before = at.map_or(self.ranges[test.feature], |at| changed[at].1);
            let range = before.narrowed(test, test.left == Child::Node(below));
            match at {
                Some(at) => changed[at].1 = range,
                None => changed.push((test.feature, range)),
            }
            below = above;
        }
        let own = changed.iter().find(|(changed, _)| *changed == feature);
        let own = own.map_or(self.ranges[feature], |(_, range)| *range);
        let open = changed.iter().all(|(_, range)| range.above < range.at_most);
        if !open || !own.has(threshold) && !own.has(threshold.up()) {
            return false;
        }
        for (feature, range) in changed {
            self.ranges[feature] = range;
            self.tested[feature] = true;
        }
        self.targets.push((feature, threshold));
        true
    }

    /// The row: the drawn one where it may stay, and another number at the threshold of each target for each variant.
    pub(crate) fn row(&self, drawn: &[T], variant: usize) -> Vec<T> {
        let mut row: Vec<T> =
            drawn.iter().zip(&self.ranges).map(|(value, range)| range.choose(*value)).collect();
        for (turn, (feature, threshold)) in self.targets.iter().enumerate() {
            row[*feature] = match (variant + turn) % super::VARIANTS {
                0 => *threshold,
                1 => threshold.up(),
                // `x < t` is kept as `x ≤ t'` with the number below t: this is the number above t.
                2 => threshold.up().up(),
                3 => threshold.down(),
                _ => T::NAN,
            };
        }
        row
    }
}

/// The node above each node of a tree.
pub(crate) fn parents<T>(tree: &Tree<T>) -> Vec<Option<usize>> {
    let mut parents = vec![None; tree.nodes.len()];
    for (number, node) in tree.nodes.iter().enumerate() {
        for child in [node.left, node.right] {
            if let Child::Node(below) = child {
                parents[below] = Some(number);
            }
        }
    }
    parents
}
