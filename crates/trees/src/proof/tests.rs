//! What the comparison finds: every single fault in a test of a node.

#![allow(clippy::unwrap_used)]

use super::*;
use crate::ensemble::{Ensemble, Mode, Node, Source, Test, Tree};
use crate::finish::{Aggregate, Finish, Outputs, Transform};
use crate::kernel::Kernel;
use crate::probe::ranges::{Ranges, parents};
use bystander_core::record::Position;
use std::ops::Range;
use std::time::Duration;

/// The engine that the trees were taken from: the plainest walk.
struct Plain(Parts<f32>);

impl Session for Plain {
    fn score(
        &mut self,
        input: &ModelInput,
        rows: Range<usize>,
        scores: &mut Vec<f64>,
    ) -> Result<(), Unscored> {
        let ModelInput::MatrixF32 { data, width } = input else { return Err("not float32".into()) };
        let Parts { ensemble, finish } = &self.0;
        for row in data.chunks(*width).skip(rows.start).take(rows.len()) {
            let weight = |tree: &Tree<f32>| tree.leaves[tree.leaf(row)][0].1;
            let sum = ensemble.trees.iter().map(weight).fold(0.0, |sum, weight| sum + weight);
            scores.push(f64::from(finish.score(|_| sum, &mut Vec::new())));
        }
        Ok(())
    }

    fn limit(&mut self, _: Duration) {}

    fn about(&mut self, _: &str, _: Position) {}
}

const MODES: [Mode; 6] = [Mode::AtMost, Mode::Below, Mode::AtLeast, Mode::Above, Mode::Equal, Mode::Unequal];

/// Seven trees of fifteen leaves; tests of equality and tracked missing values among them.
fn parts() -> Parts<f32> {
    let trees = (0..7).map(|tree| {
        let source = |place: usize| Source {
            mode: if place < 14 {
                MODES[(place + tree) % if place % 4 == 3 { 6 } else { 4 }]
            } else {
                Mode::Leaf
            },
            feature: (place * 5 + tree) % 9,
            // No two of a tree are the same: below another, such a test could be wrong without consequence.
            threshold: ((place * 37 + tree * 11) % 23) as f32 / 7.0 + place as f32 / 1000.0,
            missing_true: (place + tree).is_multiple_of(3),
            children: [place * 2 + 1, place * 2 + 2],
            weights: vec![(0, ((place * 101 + tree * 57) % 991) as f32 / 9.0)],
        };
        let sources: Vec<_> = (0..29).map(source).collect();
        Tree::grow(&sources, 0, &mut 1000).unwrap()
    });
    let ensemble = Ensemble { trees: trees.collect(), slots: 1, width: 9 };
    let outputs = Outputs::One { base: 0.0 };
    let aggregate = (Aggregate::Sum, 7);
    Parts { ensemble, finish: Finish { aggregate, transform: Transform::None, factor: None, outputs } }
}

fn contract() -> Contract {
    let feature =
        |i| format!("{{ name = \"f{i}\", source = \"number\", field = \"/f{i}\", missing = \"nan\" }}");
    let features: Vec<String> = (0..9).map(feature).collect();
    let text = format!(
        "schema = 1\nkind = \"orders\"\noutput = {{ name = \"score\" }}\n\
         input = {{ layout = \"matrix\", name = \"x\", type = \"float32\" }}\nfeatures = [{}]",
        features.join(", ")
    );
    toml::from_str(&text).unwrap()
}

type Fault = fn(&mut Node<f32>);

/// The faults that a test can have.
const FAULTS: [(&str, Fault); 5] = [
    ("turned round", |node| std::mem::swap(&mut node.left, &mut node.right)),
    ("next threshold", |node| node.threshold = node.threshold.next_up()),
    ("threshold before", |node| node.threshold = node.threshold.next_down()),
    ("NaN on the other side", |node| node.nan_left = !node.nan_left),
    ("another test", |node| {
        node.test = if node.test == Test::Equal { Test::AtMost } else { Test::Equal };
    }),
];

#[test]
fn equal_ensembles_pass_by_every_method() {
    let parts = parts();
    for method in Kernel::methods(&parts.ensemble) {
        let program = Program::new(&parts, method);
        let extent = compare(&program, &parts, &mut Plain(parts.clone()), &contract()).unwrap();
        assert_eq!(extent.nodes, extent.of, "{method}: {extent:?}");
    }
}

/// Whether the comparison finds a fault in one node; `in_extract` where the rows are made for the faulty ensemble too.
fn is_found(tree: usize, node: usize, fault: Fault, in_extract: bool) -> bool {
    let good = parts();
    let mut bad = good.clone();
    fault(&mut bad.ensemble.trees[tree].nodes[node]);
    let program = Program::new(&bad, *Kernel::methods(&bad.ensemble).last().unwrap());
    let rows_of = if in_extract { &bad } else { &good };
    compare(&program, rows_of, &mut Plain(good.clone()), &contract()).is_err()
}

#[test]
fn a_fault_in_any_node_is_found() {
    let good = parts();
    let reached = reachable(&good.ensemble);
    assert!(reached.len() > 70, "{} nodes", reached.len());
    for (name, fault) in FAULTS {
        for in_extract in [false, true] {
            // NaN may not come to a node below another test of the same feature.
            let matters = |(tree, node): &&(usize, usize)| {
                !name.starts_with("NaN") || !below_its_feature(&good.ensemble.trees[*tree], *node)
            };
            let missed = reached.iter().filter(matters);
            let missed: Vec<_> =
                missed.filter(|(tree, node)| !is_found(*tree, *node, fault, in_extract)).collect();
            assert!(missed.is_empty(), "{name}, in_extract {in_extract}: {missed:?}");
        }
    }
}

fn below_its_feature(tree: &Tree<f32>, node: usize) -> bool {
    let parents = parents(tree);
    let above = std::iter::successors(parents[node], |above| parents[*above]);
    above.into_iter().any(|above| tree.nodes[above].feature == tree.nodes[node].feature)
}

/// Nodes that a row can reach.
fn reachable(ensemble: &Ensemble<f32>) -> Vec<(usize, usize)> {
    let reached = |tree: usize, node: usize| {
        let mut ranges = Ranges::new(9);
        ranges.target(&ensemble.trees[tree], &parents(&ensemble.trees[tree]), node)
    };
    let all = ensemble.trees.iter().enumerate();
    let all = all.flat_map(|(tree, one)| (0..one.nodes.len()).map(move |node| (tree, node)));
    all.filter(|(tree, node)| reached(*tree, *node)).collect()
}
