//! The attributes of TreeEnsembleClassifier and TreeEnsembleRegressor.

use super::classes::{Reading, Weights};
use super::{Parts, Wanted, classes, numbers};
use crate::ensemble::{Ensemble, Leaf, Mode, Source, Tree};
use crate::finish::{Aggregate, Transform};
use crate::graph::{Attribute, DOUBLE, Node, tensor};
use crate::number::Number;
use crate::unfit::Unfit;
use std::collections::HashMap;

/// The attributes of both operators, and of each alone.
const SHARED: [&str; 14] = [
    "base_values",
    "base_values_as_tensor",
    "nodes_falsenodeids",
    "nodes_featureids",
    "nodes_hitrates",
    "nodes_hitrates_as_tensor",
    "nodes_missing_value_tracks_true",
    "nodes_modes",
    "nodes_nodeids",
    "nodes_treeids",
    "nodes_truenodeids",
    "nodes_values",
    "nodes_values_as_tensor",
    "post_transform",
];
const OF_CLASSIFIER: [&str; 7] = [
    "class_ids",
    "class_nodeids",
    "class_treeids",
    "class_weights",
    "class_weights_as_tensor",
    "classlabels_int64s",
    "classlabels_strings",
];
const OF_REGRESSOR: [&str; 7] = [
    "aggregate_function",
    "n_targets",
    "target_ids",
    "target_nodeids",
    "target_treeids",
    "target_weights",
    "target_weights_as_tensor",
];

/// The attributes of one operator.
struct Attributes<'n, 'a> {
    node: &'n Node<'a>,
    classifier: bool,
}

/// Reads an operator of which the output that `wanted` names is the score.
pub(super) fn read<T: Number>(node: &Node<'_>, wanted: &Wanted) -> Result<Parts<T>, Unfit> {
    let classifier = node.operator == "TreeEnsembleClassifier";
    if wanted.port != usize::from(classifier) {
        return Err(Unfit::new("the score is not what the trees add up"));
    }
    let attributes = Attributes { node, classifier };
    attributes.are_known()?;
    let weights = attributes.weights::<T>()?;
    let reading = Reading {
        classifier,
        outputs: attributes.outputs()?,
        column: wanted.column,
        factor: wanted.factor,
        transform: attributes.transform()?,
        aggregate: attributes.aggregate()?,
        base: attributes.reals("base_values")?,
    };
    let trees = attributes.trees(&weights)?;
    let ensemble = Ensemble::new(trees, reading.outputs);
    classes::narrow(ensemble, &reading, &weights.ids, &weights.values)
}

impl<'a> Attributes<'_, 'a> {
    fn are_known(&self) -> Result<(), Unfit> {
        let own = if self.classifier { OF_CLASSIFIER } else { OF_REGRESSOR };
        let known = |name: &str| SHARED.contains(&name) || own.contains(&name);
        match self.node.attributes.keys().find(|name| !known(name)) {
            Some(name) => Err(Unfit::new(format!("attribute `{name}` is not known"))),
            None => Ok(()),
        }
    }

    fn get(&self, name: &str) -> Option<&Attribute<'a>> {
        self.node.attributes.get(name)
    }

    fn integers(&self, name: &str) -> &[i64] {
        self.get(name).map_or(&[], |attribute| &attribute.integers)
    }

    /// An attribute of the classifier's or the regressor's own.
    fn own(&self, part: &str) -> String {
        format!("{}_{part}", if self.classifier { "class" } else { "target" })
    }

    /// Real numbers, of float32 or, as a tensor, of float64.
    fn reals<T: Number>(&self, name: &str) -> Result<Vec<T>, Unfit> {
        let floats = self.get(name).map_or(&[][..], |attribute| &attribute.floats);
        let bytes = self.get(&format!("{name}_as_tensor")).and_then(|attribute| attribute.tensor);
        let Some(bytes) = bytes else { return Ok(floats.iter().map(|value| T::from_f32(*value)).collect()) };
        let (element, values) = tensor(bytes)?;
        if !floats.is_empty() || element == DOUBLE && size_of::<T>() < size_of::<f64>() {
            return Err(Unfit::new(format!("`{name}` is of another type than the input")));
        }
        Ok(numbers(&values))
    }

    fn outputs(&self) -> Result<usize, Unfit> {
        let outputs = if self.classifier {
            let labels = self.get("classlabels_strings").map_or(0, |attribute| attribute.texts.len());
            if labels == 0 { self.integers("classlabels_int64s").len() } else { labels }
        } else {
            let targets = self.get("n_targets").and_then(|attribute| attribute.integer);
            targets.and_then(|targets| targets.try_into().ok()).unwrap_or(0)
        };
        match (outputs, self.classifier) {
            (_, false) if outputs > self.integers("target_ids").len() => {
                Err(Unfit::new("a target has no weight"))
            }
            (0, _) => Err(Unfit::new("the number of its outputs is not given")),
            (1, true) => Err(Unfit::new("it has one class alone")),
            _ => Ok(outputs),
        }
    }

    fn transform(&self) -> Result<Transform, Unfit> {
        match self.get("post_transform").and_then(|attribute| attribute.text).unwrap_or("NONE") {
            "NONE" => Ok(Transform::None),
            "LOGISTIC" => Ok(Transform::Logistic),
            "SOFTMAX" => Ok(Transform::Softmax),
            "SOFTMAX_ZERO" => Ok(Transform::SoftmaxZero),
            "PROBIT" => Ok(Transform::Probit),
            other => Err(Unfit::new(format!("post_transform `{other}` is not known"))),
        }
    }

    fn aggregate(&self) -> Result<Aggregate, Unfit> {
        match self.get("aggregate_function").and_then(|attribute| attribute.text).unwrap_or("SUM") {
            "SUM" => Ok(Aggregate::Sum),
            "AVERAGE" => Ok(Aggregate::Average),
            "MIN" => Ok(Aggregate::Min),
            "MAX" => Ok(Aggregate::Max),
            other => Err(Unfit::new(format!("aggregate_function `{other}` is not known"))),
        }
    }

    fn weights<T: Number>(&self) -> Result<Weights<T>, Unfit> {
        let list = |part: &str| self.integers(&self.own(part)).to_vec();
        let values = self.reals(&self.own("weights"))?;
        let weights = Weights { trees: list("treeids"), nodes: list("nodeids"), ids: list("ids"), values };
        let lengths = [weights.trees.len(), weights.nodes.len(), weights.ids.len(), weights.values.len()];
        if lengths.iter().any(|length| *length != lengths[0]) {
            return Err(Unfit::new("its lists of weights differ in length"));
        }
        Ok(weights)
    }

    fn trees<T: Number>(&self, weights: &Weights<T>) -> Result<Vec<Tree<T>>, Unfit> {
        let sources = self.sources(weights)?;
        let ids = self.integers("nodes_treeids");
        let starts: Vec<usize> = (0..ids.len()).filter(|i| *i == 0 || ids[*i] != ids[*i - 1]).collect();
        let mut names: Vec<i64> = starts.iter().map(|start| ids[*start]).collect();
        names.sort_unstable();
        if names.windows(2).any(|pair| pair[0] == pair[1]) {
            return Err(Unfit::new("the nodes of a tree are not listed together"));
        }
        let mut room = sources.len() * super::COPIES + 1024;
        starts.iter().map(|start| Tree::grow(&sources, *start, &mut room)).collect()
    }

    fn sources<T: Number>(&self, weights: &Weights<T>) -> Result<Vec<Source<T>>, Unfit> {
        let integers = |name| self.integers(name);
        let (trees, nodes) = (integers("nodes_treeids"), integers("nodes_nodeids"));
        let (trues, falses) = (integers("nodes_truenodeids"), integers("nodes_falsenodeids"));
        let (features, missing) = (integers("nodes_featureids"), integers("nodes_missing_value_tracks_true"));
        let modes = self.get("nodes_modes").map_or(&[][..], |attribute| &attribute.texts);
        let thresholds = self.reals::<T>("nodes_values")?;
        let lengths = [nodes.len(), trues.len(), falses.len(), features.len(), modes.len(), thresholds.len()];
        if trees.is_empty() || lengths.iter().any(|length| *length != trees.len()) {
            return Err(Unfit::new("its lists of nodes are empty or differ in length"));
        }
        let places: HashMap<(i64, i64), usize> =
            trees.iter().copied().zip(nodes.iter().copied()).zip(0..).collect();
        if places.len() != trees.len() {
            return Err(Unfit::new("a node is listed twice"));
        }
        let mut leaves = weights.by_node(&places)?;
        let source = |i: usize| {
            let mode = Mode::of(modes[i])
                .ok_or_else(|| Unfit::new(format!("nodes_modes `{}` is not known", modes[i])))?;
            let child = |list: &[i64]| match mode {
                Mode::Leaf => Ok(0),
                _ => places.get(&(trees[i], list[i])).copied().ok_or_else(dangling),
            };
            let feature = if mode == Mode::Leaf { 0 } else { features[i] };
            let feature =
                usize::try_from(feature).map_err(|_| Unfit::new("a feature has no valid number"))?;
            if thresholds[i].is_nan() && mode != Mode::Leaf {
                return Err(Unfit::new("a threshold is NaN"));
            }
            Ok(Source {
                mode,
                feature,
                threshold: thresholds[i],
                missing_true: missing.get(i) == Some(&1),
                children: [child(trues)?, child(falses)?],
                weights: std::mem::take(&mut leaves[i]),
            })
        };
        (0..trees.len()).map(source).collect()
    }
}

fn dangling() -> Unfit {
    Unfit::new("a node points to one that is not there")
}

impl<T: Number> Weights<T> {
    /// The weights of each node of the list, in their order. The kernel ignores those of inner nodes.
    fn by_node(&self, places: &HashMap<(i64, i64), usize>) -> Result<Vec<Leaf<T>>, Unfit> {
        let mut leaves = vec![Vec::new(); places.len()];
        for (i, value) in self.values.iter().enumerate() {
            let place = places.get(&(self.trees[i], self.nodes[i])).ok_or_else(dangling)?;
            let id = usize::try_from(self.ids[i]).map_err(|_| Unfit::new("a weight is for no output"))?;
            leaves[*place].push((id, *value));
        }
        Ok(leaves)
    }
}
