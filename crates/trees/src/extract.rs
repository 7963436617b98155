//! Taking a tree ensemble out of an ONNX graph.
//!
//! What each attribute means is written in ONNX's operator specification; what is done where the specification is silent
//! (a leaf with several weights, one base value for two classes) is what ONNX Runtime's kernel does. Whatever is not known
//! to be done by these rules is [`Unfit`].

mod classes;
mod fifth;
mod operator;

use crate::ensemble::Ensemble;
use crate::finish::Finish;
use crate::graph::{DOUBLE, FLOAT, Graph, Node, tensor};
use crate::number::Number;
use crate::unfit::Unfit;
use bystander_core::contract::{Contract, InputLayout, ScoreOutput};
use bystander_core::input::ElementType;

/// Nodes and leaves may be copied this many times over before an ensemble counts as unfit.
const COPIES: usize = 4;

/// What computes a model's score.
#[derive(Debug, Clone)]
pub(crate) struct Parts<T> {
    pub(crate) ensemble: Ensemble<T>,
    pub(crate) finish: Finish<T>,
}

/// The same in the number type that the operator computes in, which is that of its input.
#[derive(Debug, Clone)]
pub(crate) enum Extracted {
    F32(Parts<f32>),
    F64(Parts<f64>),
}

/// Takes the ensemble out of a model whose score is that of a tree ensemble and of nothing else.
///
/// # Errors
/// When anything else has a part in it.
pub(crate) fn extract(model: &[u8], contract: &Contract) -> Result<Extracted, Unfit> {
    let graph = Graph::read(model)?;
    let (used, wanted) = ensemble_of(&graph, contract)?;
    let node = &graph.nodes[used[0]];
    let (chain, element) = input_of(&graph, node, contract)?;
    let known: Vec<usize> = used.iter().chain(&chain).copied().collect();
    if let Some(other) = (0..graph.nodes.len()).find(|place| !known.contains(place) && !idle(&graph, *place))
    {
        return Err(beside(&graph.nodes[other]));
    }
    match element {
        DOUBLE => Ok(Extracted::F64(read(node, &wanted)?)),
        _ => Ok(Extracted::F32(read(node, &wanted)?)),
    }
}

fn read<T: Number>(node: &Node<'_>, wanted: &Wanted) -> Result<Parts<T>, Unfit> {
    if node.operator == "TreeEnsemble" { fifth::read(node, wanted) } else { operator::read(node, wanted) }
}

/// What is read of an ensemble.
struct Wanted {
    /// Which of the operator's outputs.
    port: usize,
    /// A column of it.
    column: Option<usize>,
    /// What it is multiplied by.
    factor: Option<f32>,
}

/// The nodes from the ensemble, which is first, to the contract's output, and what that reads of it.
fn ensemble_of(graph: &Graph<'_>, contract: &Contract) -> Result<(Vec<usize>, Wanted), Unfit> {
    let ScoreOutput { name, column } = &contract.output;
    let (mut tensor, mut chain) = (name.as_str(), Vec::new());
    let mut wanted = Wanted { port: 0, column: *column, factor: None };
    loop {
        let place = graph.producer(tensor);
        let place = place.ok_or_else(|| Unfit::new(format!("no node computes `{tensor}`")))?;
        let node = &graph.nodes[place];
        chain.push(place);
        if chain.len() > graph.nodes.len() {
            return Err(circle());
        }
        if node.is_ensemble() {
            wanted.port = node.outputs.iter().position(|name| *name == tensor).unwrap_or_default();
            chain.reverse();
            return Ok((chain, wanted));
        }
        // A product in float32 must be one of the ensemble's own numbers.
        let plain = wanted.factor.is_some() && !node.is("Identity");
        tensor = match product(graph, node) {
            _ if plain => return Err(beside(node)),
            Some((input, factor)) => {
                wanted.factor = Some(factor);
                input
            }
            None => passed_on(node)?,
        };
    }
}

/// The input of a product with one float32 constant, and the constant.
fn product<'a>(graph: &Graph<'a>, node: &Node<'a>) -> Option<(&'a str, f32)> {
    let [one, other] = node.inputs.as_slice() else { return None };
    let constant = graph.constants.get(other)?;
    match tensor(constant) {
        Ok((FLOAT, values)) if node.is("Mul") && values.len() == 1 => Some((one, f32::from_f64(values[0]))),
        _ => None,
    }
}

/// The nodes between the graph's input and the ensemble, and the element type that reaches it.
fn input_of(graph: &Graph<'_>, node: &Node<'_>, contract: &Contract) -> Result<(Vec<usize>, u64), Unfit> {
    let given = match &contract.input {
        InputLayout::Matrix { element: ElementType::Float32, .. } => FLOAT,
        InputLayout::Matrix { element: ElementType::Float64, .. } => DOUBLE,
        InputLayout::Matrix { element, .. } => {
            return Err(Unfit::new(format!("its input is of {}", element.name())));
        }
        InputLayout::Columns {} => return Err(Unfit::new("its input is not one matrix")),
    };
    let (mut tensor, mut chain, mut element) = (only_input(node)?, Vec::new(), None);
    while let Some(place) = graph.producer(tensor) {
        let node = &graph.nodes[place];
        tensor = passed_on(node)?;
        if node.is("Cast") {
            if element.is_some() {
                return Err(Unfit::new("its input is cast twice"));
            }
            element = cast_to(node);
        }
        chain.push(place);
        if chain.len() > graph.nodes.len() {
            return Err(circle());
        }
    }
    if graph.inputs.get(tensor) != Some(&given) || graph.constants.contains_key(tensor) {
        return Err(Unfit::new(format!("`{tensor}` is not the graph's input")));
    }
    Ok((chain, element.unwrap_or(given)))
}

fn only_input<'a>(node: &Node<'a>) -> Result<&'a str, Unfit> {
    match node.inputs.as_slice() {
        [input] => Ok(input),
        inputs => Err(Unfit::new(format!("{} has {} inputs", node.operator, inputs.len()))),
    }
}

/// The input of a node that hands values on, as they are or as another type of floating-point numbers.
fn passed_on<'a>(node: &Node<'a>) -> Result<&'a str, Unfit> {
    let cast = node.is("Cast") && cast_to(node).is_some_and(|to| matches!(to, FLOAT | DOUBLE));
    if cast || node.is("Identity") { only_input(node) } else { Err(beside(node)) }
}

fn circle() -> Unfit {
    Unfit::new("its nodes form a circle")
}

fn cast_to(node: &Node<'_>) -> Option<u64> {
    node.attributes.get("to")?.integer?.try_into().ok()
}

/// Whether a node can't fail and has no part in the score: labels that are cast or renamed.
fn idle(graph: &Graph<'_>, place: usize) -> bool {
    let node = &graph.nodes[place];
    node.is("Identity") || node.is("Cast") && node.inputs.iter().all(|input| graph.producer(input).is_some())
}

fn beside(node: &Node<'_>) -> Unfit {
    Unfit::new(format!("the graph computes more than a tree ensemble: {}", node.operator))
}

/// The nearest numbers of a type.
fn numbers<T: Number>(values: &[f64]) -> Vec<T> {
    values.iter().map(|value| T::from_f64(*value)).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use proptest::prelude::*;

    fn good(name: &str) -> (Vec<u8>, Contract) {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../onnx/tests/fixtures/good");
        let read = |file: &str| std::fs::read(format!("{folder}/{name}/1/{file}")).unwrap();
        let contract = String::from_utf8(read("contract.toml")).unwrap();
        (read("model.onnx"), toml::from_str(&contract).unwrap())
    }

    #[test]
    fn a_model_that_is_cut_off_is_unfit() {
        let (model, contract) = good("xgboost_regressor");
        assert!(extract(&model, &contract).is_ok());
        for length in (0..model.len()).step_by(101) {
            let _ = extract(&model[..length], &contract);
        }
        assert!(extract(&model[..model.len() / 2], &contract).is_err());
    }

    proptest! {
        #[test]
        fn a_damaged_model_is_read_without_a_panic(
            damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..20),
            place in 0..4_usize,
        ) {
            let names = ["lightgbm_classifier", "lightgbm_regressor", "xgboost_classifier", "xgboost_regressor"];
            let (mut model, contract) = good(names[place]);
            for (place, byte) in damage {
                let place = place.index(model.len());
                model[place] = byte;
            }
            let _ = extract(&model, &contract);
        }

        #[test]
        fn any_bytes_are_read_without_a_panic(bytes in prop::collection::vec(any::<u8>(), 0..2048)) {
            let _ = extract(&bytes, &good("xgboost_regressor").1);
        }
    }
}
