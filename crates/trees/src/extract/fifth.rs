//! The attributes of TreeEnsemble, which version 5 of `ai.onnx.ml` has instead of the two older operators.

use super::classes::{Reading, narrow};
use super::{Parts, Wanted, numbers};
use crate::ensemble::{Ensemble, Mode, Source, Tree};
use crate::finish::{Aggregate, Transform};
use crate::graph::{DOUBLE, Node, tensor};
use crate::number::Number;
use crate::unfit::Unfit;

const KNOWN: [&str; 16] = [
    "aggregate_function",
    "leaf_targetids",
    "leaf_weights",
    "membership_values",
    "n_targets",
    "nodes_falseleafs",
    "nodes_falsenodeids",
    "nodes_featureids",
    "nodes_hitrates",
    "nodes_missing_value_tracks_true",
    "nodes_modes",
    "nodes_splits",
    "nodes_trueleafs",
    "nodes_truenodeids",
    "post_transform",
    "tree_roots",
];
/// The number of a test whether a value is one of several.
const MEMBER: usize = 6;
const MODES: [Mode; 6] = [Mode::AtMost, Mode::Below, Mode::AtLeast, Mode::Above, Mode::Equal, Mode::Unequal];

/// Reads an operator.
pub(super) fn read<T: Number>(node: &Node<'_>, wanted: &Wanted) -> Result<Parts<T>, Unfit> {
    if let Some(name) = node.attributes.keys().find(|name| !KNOWN.contains(name)) {
        return Err(Unfit::new(format!("attribute `{name}` is not known")));
    }
    let lists = Lists::read(node)?;
    let sources = lists.sources()?;
    let mut room = sources.len() * super::COPIES + 1024;
    let trees = lists.roots.iter().map(|root| lists.tree(&sources, *root, &mut room));
    let trees = trees.collect::<Result<Vec<_>, _>>()?;
    let targets = lists.integer("n_targets", 0)?;
    if targets > lists.weights.len() {
        return Err(Unfit::new("a target has no weight"));
    }
    let reading = Reading {
        classifier: false,
        outputs: targets,
        column: wanted.column,
        transform: transform(lists.integer("post_transform", 0)?, targets)?,
        aggregate: aggregate(lists.integer("aggregate_function", 1)?)?,
        base: Vec::new(),
        factor: wanted.factor,
    };
    let ensemble = Ensemble::new(trees, targets);
    narrow(ensemble, &reading, &[], &lists.weights)
}

fn aggregate(number: usize) -> Result<Aggregate, Unfit> {
    [Aggregate::Average, Aggregate::Sum, Aggregate::Min, Aggregate::Max]
        .get(number)
        .copied()
        .ok_or_else(|| Unfit::new(format!("aggregate_function {number} is not known")))
}

/// The specification numbers softmax 1 and logistic 2; ONNX Runtime read them the other way round. Neither is applied to
/// one target, so only then does the number not matter.
fn transform(number: usize, targets: usize) -> Result<Transform, Unfit> {
    match number {
        0 => Ok(Transform::None),
        1 | 2 if targets == 1 => Ok(Transform::None),
        3 => Ok(Transform::SoftmaxZero),
        4 => Ok(Transform::Probit),
        _ => Err(Unfit::new(format!("what post_transform {number} means is not certain"))),
    }
}

/// The attributes as lists.
struct Lists<'n, 'a, T> {
    node: &'n Node<'a>,
    roots: Vec<usize>,
    modes: Vec<usize>,
    splits: Vec<T>,
    weights: Vec<T>,
    /// Of each node that tests for several values, those.
    members: Vec<Vec<T>>,
}

impl<'n, 'a, T: Number> Lists<'n, 'a, T> {
    fn read(node: &'n Node<'a>) -> Result<Self, Unfit> {
        let reals = |name: &str| -> Result<Vec<T>, Unfit> {
            let Some(bytes) = node.attributes.get(name).and_then(|attribute| attribute.tensor) else {
                return Ok(Vec::new());
            };
            match tensor(bytes)? {
                (DOUBLE, _) if size_of::<T>() < size_of::<f64>() => {
                    Err(Unfit::new(format!("`{name}` is of another type than the input")))
                }
                (_, values) => Ok(numbers(&values)),
            }
        };
        let modes = reals("nodes_modes")?.iter().map(|mode| mode.to_f64() as usize).collect();
        let members = reals("membership_values")?;
        let members = members.split(|value| value.is_nan()).map(<[T]>::to_vec).collect();
        let (splits, weights) = (reals("nodes_splits")?, reals("leaf_weights")?);
        let mut lists = Self { node, roots: Vec::new(), modes, splits, weights, members };
        lists.roots = lists.places("tree_roots")?;
        Ok(lists)
    }

    fn integer(&self, name: &str, default: usize) -> Result<usize, Unfit> {
        let integer = self.node.attributes.get(name).and_then(|attribute| attribute.integer);
        let number = integer.map_or(Ok(default), usize::try_from);
        number.map_err(|_| Unfit::new(format!("`{name}` is negative")))
    }

    fn places(&self, name: &str) -> Result<Vec<usize>, Unfit> {
        let list = self.node.attributes.get(name).map_or(&[][..], |attribute| &attribute.integers);
        let place = |number: &i64| u32::try_from(*number).map(|number| number as usize);
        let places = list.iter().map(place).collect::<Result<_, _>>();
        places.map_err(|_| Unfit::new(format!("`{name}` has a number that is none of a place")))
    }

    /// The nodes, then the leaves, then the further nodes of tests for several values.
    fn sources(&self) -> Result<Vec<Source<T>>, Unfit> {
        let [features, trues, falses, true_leaves, false_leaves] =
            ["featureids", "truenodeids", "falsenodeids", "trueleafs", "falseleafs"]
                .map(|name| self.places(&format!("nodes_{name}")));
        let (features, trues, falses) = (features?, trues?, falses?);
        let (true_leaves, false_leaves) = (true_leaves?, false_leaves?);
        let missing = self.places("nodes_missing_value_tracks_true")?;
        let targets = self.places("leaf_targetids")?;
        let nodes = self.modes.len();
        let lengths = [
            features.len(),
            trues.len(),
            falses.len(),
            true_leaves.len(),
            false_leaves.len(),
            self.splits.len(),
        ];
        if nodes == 0 || lengths.iter().any(|length| *length != nodes) || targets.len() != self.weights.len()
        {
            return Err(Unfit::new("its lists of nodes or leaves are empty or differ in length"));
        }
        // A place that is none is left to `Tree::grow`, which finds no source there.
        let child = |places: &[usize], leaves: &[usize], i: usize| match (places[i], leaves[i]) {
            (place, 0) if place < nodes => place,
            (place, 1..) if place < self.weights.len() => nodes + place,
            _ => usize::MAX,
        };
        let test = |i: usize, mode: Mode, threshold: T| Source {
            mode,
            feature: features[i],
            threshold,
            missing_true: missing.get(i) == Some(&1),
            children: [child(&trues, &true_leaves, i), child(&falses, &false_leaves, i)],
            weights: Vec::new(),
        };
        let mut members = self.members.iter();
        let (mut sources, mut more) = (Vec::new(), Vec::new());
        for (i, mode) in self.modes.iter().enumerate() {
            if *mode == MEMBER {
                let values = members.next().filter(|values| !values.is_empty());
                let values = values.ok_or_else(|| Unfit::new("a test for several values has none"))?;
                // A chain of tests for one value each, all with the same true branch.
                let first = nodes + self.weights.len() + more.len();
                let chain = values.iter().enumerate().map(|(place, value)| {
                    let mut one = test(i, Mode::Equal, *value);
                    if place + 1 < values.len() {
                        one.children[1] = first + place;
                    }
                    one
                });
                let mut chain: Vec<_> = chain.collect();
                sources.push(chain.remove(0));
                more.extend(chain);
            } else {
                let known = MODES.get(*mode).copied();
                let known = known.ok_or_else(|| Unfit::new(format!("nodes_modes {mode} is not known")))?;
                if self.splits[i].is_nan() {
                    return Err(Unfit::new("a threshold is NaN"));
                }
                sources.push(test(i, known, self.splits[i]));
            }
        }
        sources.extend(targets.iter().zip(&self.weights).map(|(target, weight)| Source {
            mode: Mode::Leaf,
            feature: 0,
            threshold: T::default(),
            missing_true: false,
            children: [0; 2],
            weights: vec![(*target, *weight)],
        }));
        sources.extend(more);
        Ok(sources)
    }

    fn tree(&self, sources: &[Source<T>], root: usize, room: &mut usize) -> Result<Tree<T>, Unfit> {
        let children = sources.get(root).map_or([0; 2], |source| source.children);
        if root >= self.modes.len() || children[0] == children[1] {
            return Err(Unfit::new("a tree has no test"));
        }
        Tree::grow(sources, root, room)
    }
}
