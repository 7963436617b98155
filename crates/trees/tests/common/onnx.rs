//! Tree ensembles by a seeded generator, written as ONNX models.

use super::dice::Dice;

/// What an ensemble is like.
#[derive(Debug, Clone)]
pub(crate) struct Plan {
    pub(crate) seed: u64,
    pub(crate) classifier: bool,
    /// Targets or classes.
    pub(crate) outputs: usize,
    /// What leaves have weights for.
    pub(crate) weighted: Weighted,
    pub(crate) trees: usize,
    pub(crate) leaves: usize,
    pub(crate) features: usize,
    pub(crate) modes: &'static [&'static str],
    /// Whether some nodes track missing values.
    pub(crate) missing: bool,
    pub(crate) base: usize,
    pub(crate) transform: &'static str,
    pub(crate) aggregate: &'static str,
    /// Whether no weight is negative.
    pub(crate) positive: bool,
    /// Whether input and attributes are float64.
    pub(crate) double: bool,
    /// Whether thresholds are small whole numbers.
    pub(crate) whole: bool,
    /// Whether trees grow to one side.
    pub(crate) deep: bool,
    /// Whether it is the operator of version 5.
    pub(crate) fifth: bool,
}

/// The outputs that a leaf has weights for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Weighted {
    /// This one.
    Only(usize),
    /// That of the tree: trees take turns.
    Turns,
    /// All.
    All,
    /// Any, so that it depends on the row.
    Some,
}

impl Default for Plan {
    fn default() -> Self {
        Self {
            seed: 1,
            classifier: false,
            outputs: 1,
            weighted: Weighted::Turns,
            trees: 20,
            leaves: 31,
            features: 8,
            modes: &["BRANCH_LEQ"],
            missing: false,
            base: 0,
            transform: "NONE",
            aggregate: "SUM",
            positive: false,
            double: false,
            whole: false,
            deep: false,
            fifth: false,
        }
    }
}

#[derive(Default)]
struct Lists {
    trees: Vec<i64>,
    nodes: Vec<i64>,
    modes: Vec<&'static str>,
    features: Vec<i64>,
    trues: Vec<i64>,
    falses: Vec<i64>,
    missing: Vec<i64>,
    values: Vec<f64>,
    weight_trees: Vec<i64>,
    weight_nodes: Vec<i64>,
    weight_ids: Vec<i64>,
    weights: Vec<f64>,
}

impl Plan {
    /// The model's bytes. Its input is `x`, its score `score`.
    pub(crate) fn model(&self) -> Vec<u8> {
        let mut dice = Dice(self.seed);
        let mut lists = Lists::default();
        (0..self.trees).for_each(|tree| self.tree(tree, &mut dice, &mut lists));
        let (operator, outputs) = if self.classifier {
            ("TreeEnsembleClassifier", vec!["label", "score"])
        } else {
            ("TreeEnsembleRegressor", vec!["score"])
        };
        if self.fifth {
            let node = node("TreeEnsemble", "ai.onnx.ml", &["x"], &["score"], &self.fifth(&lists, &mut dice));
            return self.wrap(&[node], false);
        }
        let base: Vec<f64> = (0..self.base).map(|_| self.round(dice.real())).collect();
        let node = node(operator, "ai.onnx.ml", &["x"], &outputs, &self.attributes(&lists, &base));
        self.wrap(&[node], outputs.len() > 1)
    }

    /// A model of these nodes.
    pub(crate) fn wrap(&self, nodes: &[Vec<u8>], labels: bool) -> Vec<u8> {
        let element = if self.double { 11 } else { 1 };
        let mut graph: Vec<u8> = nodes.iter().flat_map(|node| field(1, node)).collect();
        graph.extend(field(2, b"g"));
        graph.extend(field(11, &port("x", element, Some(self.features))));
        if labels {
            graph.extend(field(12, &port("label", 7, None)));
        }
        graph.extend(field(
            12,
            &port("score", if self.fifth && self.double { 11 } else { 1 }, Some(self.outputs)),
        ));
        let set = |domain: &str, version: u64| [field(1, domain.as_bytes()), number(2, version)].concat();
        let sets =
            [field(8, &set("", 17)), field(8, &set("ai.onnx.ml", if self.fifth { 5 } else { 3 }))].concat();
        [number(1, 8), field(7, &graph), sets].concat()
    }

    fn round(&self, value: f64) -> f64 {
        if self.double { value } else { f64::from(value as f32) }
    }

    /// A tree that is split at random until it has its leaves.
    fn tree(&self, tree: usize, dice: &mut Dice, lists: &mut Lists) {
        let start = lists.nodes.len();
        let mut children = vec![None];
        let mut leaves = vec![0_usize];
        while leaves.len() < self.leaves {
            let place = if self.deep { leaves.len() - 1 } else { dice.below(leaves.len()) };
            let leaf = leaves.swap_remove(place);
            children[leaf] = Some((children.len(), children.len() + 1));
            leaves.extend([children.len(), children.len() + 1]);
            children.extend([None, None]);
        }
        for (number, below) in children.iter().enumerate() {
            lists.trees.push(tree as i64);
            lists.nodes.push(number as i64);
            let (yes, no) = below.unwrap_or_default();
            lists.trues.push(yes as i64);
            lists.falses.push(no as i64);
            lists.modes.push(if below.is_some() { self.modes[dice.below(self.modes.len())] } else { "LEAF" });
            lists.features.push(if below.is_some() { dice.below(self.features) as i64 } else { 0 });
            lists.missing.push(i64::from(self.missing && below.is_some() && dice.below(2) == 0));
            let value = if self.whole { (dice.below(5) as f64) - 1.0 } else { self.round(dice.real()) };
            lists.values.push(if below.is_some() { value } else { 0.0 });
            if below.is_none() {
                self.leaf(tree, number, dice, lists);
            }
        }
        assert!(lists.nodes.len() > start);
    }

    fn leaf(&self, tree: usize, number: usize, dice: &mut Dice, lists: &mut Lists) {
        let ids: Vec<usize> = match self.weighted {
            Weighted::Only(output) => vec![output],
            Weighted::Turns => vec![tree % self.outputs],
            Weighted::All => (0..self.outputs).collect(),
            Weighted::Some => vec![dice.below(self.outputs)],
        };
        for id in ids {
            lists.weight_trees.push(tree as i64);
            lists.weight_nodes.push(number as i64);
            lists.weight_ids.push(id as i64);
            let weight = self.round(dice.real() * 0.3);
            lists.weights.push(if self.positive { weight.abs() / self.trees as f64 } else { weight });
        }
    }

    fn attributes(&self, lists: &Lists, base: &[f64]) -> Vec<Vec<u8>> {
        let own = if self.classifier { "class" } else { "target" };
        let mut all = vec![
            integers("nodes_treeids", &lists.trees),
            integers("nodes_nodeids", &lists.nodes),
            texts("nodes_modes", &lists.modes),
            integers("nodes_featureids", &lists.features),
            integers("nodes_truenodeids", &lists.trues),
            integers("nodes_falsenodeids", &lists.falses),
            self.reals("nodes_values", &lists.values),
            integers(&format!("{own}_treeids"), &lists.weight_trees),
            integers(&format!("{own}_nodeids"), &lists.weight_nodes),
            integers(&format!("{own}_ids"), &lists.weight_ids),
            self.reals(&format!("{own}_weights"), &lists.weights),
            text("post_transform", self.transform),
        ];
        if self.missing {
            all.push(integers("nodes_missing_value_tracks_true", &lists.missing));
        }
        if !base.is_empty() {
            all.push(self.reals("base_values", base));
        }
        if self.classifier {
            all.push(integers("classlabels_int64s", &(0..self.outputs as i64).collect::<Vec<_>>()));
        } else {
            all.push(integer("n_targets", self.outputs as i64));
            all.push(text("aggregate_function", self.aggregate));
        }
        all
    }

    /// The attributes of version 5: nodes and leaves are listed apart.
    fn fifth(&self, lists: &Lists, dice: &mut Dice) -> Vec<Vec<u8>> {
        let count = lists.nodes.len();
        let leaf: Vec<bool> = lists.modes.iter().map(|mode| *mode == "LEAF").collect();
        let start: Vec<usize> = (0..count)
            .map(|i| lists.trees.iter().position(|tree| *tree == lists.trees[i]).unwrap_or_default())
            .collect();
        let before = |i: usize, leaves: bool| leaf[..i].iter().filter(|leaf| **leaf == leaves).count() as i64;
        let nodes: Vec<usize> = (0..count).filter(|i| !leaf[*i]).collect();
        let of =
            |list: &[i64]| -> Vec<usize> { nodes.iter().map(|i| start[*i] + list[*i] as usize).collect() };
        let places = |list: Vec<usize>| -> Vec<i64> { list.iter().map(|i| before(*i, leaf[*i])).collect() };
        let leaves = |list: Vec<usize>| -> Vec<i64> { list.iter().map(|i| i64::from(leaf[*i])).collect() };
        let names = [
            "BRANCH_LEQ",
            "BRANCH_LT",
            "BRANCH_GTE",
            "BRANCH_GT",
            "BRANCH_EQ",
            "BRANCH_NEQ",
            "BRANCH_MEMBER",
        ];
        let mode =
            |i: &usize| names.iter().position(|name| *name == lists.modes[*i]).unwrap_or_default() as u8;
        let modes: Vec<u8> = nodes.iter().map(mode).collect();
        let mut members = Vec::new();
        for _ in modes.iter().filter(|mode| **mode == 6) {
            members.extend((0..=dice.below(3)).map(|_| dice.below(8) as f64));
            members.push(f64::NAN);
        }
        let roots: Vec<i64> = nodes.iter().filter(|i| start[**i] == **i).map(|i| before(*i, false)).collect();
        let pick = |list: &[i64]| -> Vec<i64> { nodes.iter().map(|i| list[*i]).collect() };
        let values: Vec<f64> = nodes.iter().map(|i| lists.values[*i]).collect();
        let aggregate = ["AVERAGE", "SUM", "MIN", "MAX"].iter().position(|name| *name == self.aggregate);
        let transform = ["NONE", "SOFTMAX", "LOGISTIC", "SOFTMAX_ZERO", "PROBIT"];
        let transform = transform.iter().position(|name| *name == self.transform);
        let tensor = [number(1, modes.len() as u64), number(2, 2), field(9, &modes)].concat();
        let mut all = vec![
            integers("tree_roots", &roots),
            integers("nodes_featureids", &pick(&lists.features)),
            integers("nodes_truenodeids", &places(of(&lists.trues))),
            integers("nodes_falsenodeids", &places(of(&lists.falses))),
            integers("nodes_trueleafs", &leaves(of(&lists.trues))),
            integers("nodes_falseleafs", &leaves(of(&lists.falses))),
            [field(1, b"nodes_modes"), field(5, &tensor), number(20, 4)].concat(),
            self.tensor("nodes_splits", &values),
            integers("leaf_targetids", &lists.weight_ids),
            self.tensor("leaf_weights", &lists.weights),
            integer("n_targets", self.outputs as i64),
            integer("aggregate_function", aggregate.unwrap_or_default() as i64),
            integer("post_transform", transform.unwrap_or_default() as i64),
        ];
        if self.missing {
            all.push(integers("nodes_missing_value_tracks_true", &pick(&lists.missing)));
        }
        if !members.is_empty() {
            all.push(self.tensor("membership_values", &members));
        }
        all
    }

    fn tensor(&self, name: &str, values: &[f64]) -> Vec<u8> {
        let wide = || values.iter().flat_map(|value| value.to_le_bytes()).collect();
        let narrow = || values.iter().flat_map(|value| (*value as f32).to_le_bytes()).collect();
        let data: Vec<u8> = if self.double { wide() } else { narrow() };
        let element = if self.double { 11 } else { 1 };
        let tensor = [number(1, values.len() as u64), number(2, element), field(9, &data)].concat();
        [field(1, name.as_bytes()), field(5, &tensor), number(20, 4)].concat()
    }

    fn reals(&self, name: &str, values: &[f64]) -> Vec<u8> {
        if self.double {
            return self.tensor(&format!("{name}_as_tensor"), values);
        }
        let data: Vec<u8> = values.iter().flat_map(|value| (*value as f32).to_le_bytes()).collect();
        [field(1, name.as_bytes()), field(7, &data), number(20, 6)].concat()
    }
}

/// A node.
pub(crate) fn node(
    operator: &str,
    domain: &str,
    inputs: &[&str],
    outputs: &[&str],
    attributes: &[Vec<u8>],
) -> Vec<u8> {
    let mut bytes: Vec<u8> = inputs.iter().flat_map(|input| field(1, input.as_bytes())).collect();
    outputs.iter().for_each(|output| bytes.extend(field(2, output.as_bytes())));
    bytes.extend(field(4, operator.as_bytes()));
    attributes.iter().for_each(|attribute| bytes.extend(field(5, attribute)));
    bytes.extend(field(7, domain.as_bytes()));
    bytes
}

fn varint(mut value: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    while value > 0x7f {
        bytes.push(value as u8 & 0x7f | 0x80);
        value >>= 7;
    }
    bytes.push(value as u8);
    bytes
}

/// A field of bytes.
pub(crate) fn field(name: u64, content: &[u8]) -> Vec<u8> {
    [varint(name << 3 | 2), varint(content.len() as u64), content.to_vec()].concat()
}

/// A field of a number.
pub(crate) fn number(name: u64, value: u64) -> Vec<u8> {
    [varint(name << 3), varint(value)].concat()
}

/// An attribute of an integer.
pub(crate) fn integer(name: &str, value: i64) -> Vec<u8> {
    [field(1, name.as_bytes()), number(3, value.cast_unsigned()), number(20, 2)].concat()
}

fn text(name: &str, value: &str) -> Vec<u8> {
    [field(1, name.as_bytes()), field(4, value.as_bytes()), number(20, 3)].concat()
}

fn integers(name: &str, values: &[i64]) -> Vec<u8> {
    let data: Vec<u8> = values.iter().flat_map(|value| varint(value.cast_unsigned())).collect();
    [field(1, name.as_bytes()), field(8, &data), number(20, 7)].concat()
}

fn texts(name: &str, values: &[&str]) -> Vec<u8> {
    let data: Vec<u8> = values.iter().flat_map(|value| field(9, value.as_bytes())).collect();
    [field(1, name.as_bytes()), data, number(20, 8)].concat()
}

fn port(name: &str, element: u64, width: Option<usize>) -> Vec<u8> {
    let mut shape = field(1, &field(2, b"n"));
    if let Some(width) = width {
        shape.extend(field(1, &number(1, width as u64)));
    }
    let tensor = [number(1, element), field(2, &shape)].concat();
    [field(1, name.as_bytes()), field(2, &field(1, &tensor))].concat()
}
