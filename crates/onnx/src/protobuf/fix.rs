//! Mending what exporters write and the load gate refuses, without touching what the model computes.
//!
//! ZipMap, which makes a map of every row, becomes an Identity: the output keeps its name and is a `[rows, classes]` tensor.
//! Outputs that are declared with one row, while the inputs take any number, are declared with as many rows as there are.
//! Everything else is copied byte for byte.

use bystander_models::wire::{Malformed, WireFields, WireValue};

/// A model that was mended, and what was done, in sentences.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mended {
    /// The model's bytes.
    pub bytes: Vec<u8>,
    /// What was done; empty where nothing had to be.
    pub done: Vec<String>,
    /// What can't be mended in the file, and what to do instead.
    pub left: Vec<String>,
}

/// The operator set that Identity is of, where the model names none of the standard domain.
const OPERATOR_SET: u64 = 13;

/// Why thresholds stay as they are. Flooring needs the number that was rounded, and the exporter wrote the rounded one.
const ROUNDED: &str = "thresholds of trees stand as float32 in this file, and whether the exporter rounded them up or down is not in \
                       it: they can't be floored here. Where golden events differ by a leaf, floor them before the conversion \
                       (floor_to_float32 in models/train/onnx_tools.py); models trained on float32, such as XGBoost's, need nothing";

/// Mends a model.
///
/// # Errors
/// When the bytes are not a whole ONNX model.
pub(super) fn mend(model: &[u8]) -> Result<Mended, Malformed> {
    let (mut bytes, mut done, mut standard) = (Vec::with_capacity(model.len()), Vec::new(), false);
    let mut trees = false;
    for (field, raw) in parts(model) {
        match field? {
            (7, graph) => {
                trees |= has_float_trees(graph.bytes()?)?;
                put(&mut bytes, 7, &graph_of(graph.bytes()?, &mut done)?);
            }
            (number, value) => {
                standard |= number == 8 && is_standard(value.bytes()?)?;
                bytes.extend_from_slice(raw);
            }
        }
    }
    if !done.is_empty() && !standard {
        let mut set = Vec::new();
        put_number(&mut set, 2, OPERATOR_SET);
        put(&mut bytes, 8, &set);
    }
    let left = if trees { vec![ROUNDED.to_owned()] } else { Vec::new() };
    Ok(Mended { bytes, done, left })
}

fn is_standard(set: &[u8]) -> Result<bool, Malformed> {
    let mut domain = "";
    for field in WireFields::new(set) {
        if let (1, value) = field? {
            domain = value.text()?;
        }
    }
    Ok(matches!(domain, "" | "ai.onnx"))
}

/// Whether a node is an ensemble of trees whose thresholds are float32 (`nodes_values`).
fn has_float_trees(graph: &[u8]) -> Result<bool, Malformed> {
    for field in WireFields::new(graph) {
        let (1, node) = field? else { continue };
        let (mut trees, mut floats) = (false, false);
        for field in WireFields::new(node.bytes()?) {
            match field? {
                (4, value) => trees = value.text()?.starts_with("TreeEnsemble"),
                (5, value) => floats |= name_of(value.bytes()?)? == "nodes_values",
                _ => {}
            }
        }
        if trees && floats {
            return Ok(true);
        }
    }
    Ok(false)
}

/// A ZipMap's output and its number of classes.
struct Zipped<'a> {
    output: &'a str,
    classes: u64,
}

fn graph_of(graph: &[u8], done: &mut Vec<String>) -> Result<Vec<u8>, Malformed> {
    let mut zipped = Vec::new();
    let mut any_rows = true;
    for field in WireFields::new(graph) {
        match field? {
            (1, node) => zipped.extend(zip_map(node.bytes()?)?),
            (11, input) => any_rows &= rows(input.bytes()?)?.is_none(),
            _ => {}
        }
    }
    let mut bytes = Vec::with_capacity(graph.len());
    for (field, raw) in parts(graph) {
        match field? {
            (1, node) => match zip_map(node.bytes()?)? {
                Some(zip) => {
                    done.push(format!(
                        "ZipMap was taken out: output `{}` is now a tensor [rows, {}]; set output.column in contract.toml to \
                         the place of the class, such as 1 for the second",
                        zip.output, zip.classes
                    ));
                    put(&mut bytes, 1, &identity(node.bytes()?)?);
                }
                None => bytes.extend_from_slice(raw),
            },
            (12, output) => {
                let output = output.bytes()?;
                let name = name_of(output)?;
                if zipped.iter().any(|zip| zip.output == name) {
                    put(&mut bytes, 12, &untyped(name));
                } else if any_rows && rows(output)? == Some(1) {
                    done.push(format!(
                        "output `{name}` was declared with one row: it now has as many rows as the inputs"
                    ));
                    put(&mut bytes, 12, &with_any_rows(output)?);
                } else {
                    bytes.extend_from_slice(raw);
                }
            }
            _ => bytes.extend_from_slice(raw),
        }
    }
    Ok(bytes)
}

/// What a node is, if it is a ZipMap.
fn zip_map(node: &[u8]) -> Result<Option<Zipped<'_>>, Malformed> {
    let (mut operator, mut output, mut classes) = ("", "", 0);
    for field in WireFields::new(node) {
        match field? {
            (2, value) => output = value.text()?,
            (4, value) => operator = value.text()?,
            (5, value) => classes += classes_of(value.bytes()?)?,
            _ => {}
        }
    }
    Ok((operator == "ZipMap").then_some(Zipped { output, classes }))
}

/// How many classes an attribute lists: `classlabels_int64s`, packed or not, or `classlabels_strings`.
fn classes_of(attribute: &[u8]) -> Result<u64, Malformed> {
    let mut count = 0;
    for field in WireFields::new(attribute) {
        count += match field? {
            (8, WireValue::Bytes(packed)) => packed.iter().filter(|byte| *byte & 0x80 == 0).count() as u64,
            (8, WireValue::Number(_)) | (9, _) => 1,
            _ => 0,
        };
    }
    Ok(count)
}

/// The node as an Identity: its inputs, outputs and name stay.
fn identity(node: &[u8]) -> Result<Vec<u8>, Malformed> {
    let mut bytes = Vec::new();
    for (field, raw) in parts(node) {
        if let (1..=3, _) = field? {
            bytes.extend_from_slice(raw);
        }
    }
    put(&mut bytes, 4, b"Identity");
    Ok(bytes)
}

fn name_of(port: &[u8]) -> Result<&str, Malformed> {
    let mut name = "";
    for field in WireFields::new(port) {
        if let (1, value) = field? {
            name = value.text()?;
        }
    }
    Ok(name)
}

/// The fixed number of rows that a port is declared with, if it is.
fn rows(port: &[u8]) -> Result<Option<u64>, Malformed> {
    let Some(first) = first_dimension(port)? else { return Ok(None) };
    let mut fixed = None;
    for field in WireFields::new(first) {
        if let (1, value) = field? {
            fixed = Some(value.number()?).filter(|rows| *rows > 0);
        }
    }
    Ok(fixed)
}

/// ValueInfoProto.type → TypeProto.tensor_type → shape → the first dim.
const PATH: [u32; 4] = [2, 1, 2, 1];

fn first_dimension(port: &[u8]) -> Result<Option<&[u8]>, Malformed> {
    let mut message = port;
    for step in PATH {
        let mut found = None;
        for field in WireFields::new(message) {
            match field? {
                (number, value) if number == step && found.is_none() => found = Some(value.bytes()?),
                _ => {}
            }
        }
        match found {
            Some(inner) => message = inner,
            None => return Ok(None),
        }
    }
    Ok(Some(message))
}

fn with_any_rows(port: &[u8]) -> Result<Vec<u8>, Malformed> {
    replace(port, &PATH, &any_rows())
}

/// The message with the first field along `path` replaced.
fn replace(message: &[u8], path: &[u32], by: &[u8]) -> Result<Vec<u8>, Malformed> {
    let Some((step, rest)) = path.split_first() else { return Ok(by.to_vec()) };
    let (mut bytes, mut found) = (Vec::new(), false);
    for (field, raw) in parts(message) {
        match field? {
            (number, value) if number == *step && !found => {
                found = true;
                put(&mut bytes, number, &replace(value.bytes()?, rest, by)?);
            }
            _ => bytes.extend_from_slice(raw),
        }
    }
    Ok(bytes)
}

/// A dimension of any length.
fn any_rows() -> Vec<u8> {
    let mut dimension = Vec::new();
    put(&mut dimension, 2, b"rows");
    dimension
}

/// An output whose type ONNX Runtime infers from what it is computed from.
fn untyped(name: &str) -> Vec<u8> {
    let mut port = Vec::new();
    put(&mut port, 1, name.as_bytes());
    port
}

/// Every field with the bytes that it takes, tag included.
fn parts(message: &[u8]) -> impl Iterator<Item = (Result<(u32, WireValue<'_>), Malformed>, &[u8])> {
    let mut fields = WireFields::new(message);
    std::iter::from_fn(move || {
        let before = fields.rest();
        let field = fields.next()?;
        Some((field, &before[..before.len() - fields.rest().len()]))
    })
}

fn put(out: &mut Vec<u8>, number: u32, content: &[u8]) {
    varint(out, u64::from(number) << 3 | 2);
    varint(out, content.len() as u64);
    out.extend_from_slice(content);
}

fn put_number(out: &mut Vec<u8>, number: u32, value: u64) {
    varint(out, u64::from(number) << 3);
    varint(out, value);
}

fn varint(out: &mut Vec<u8>, mut value: u64) {
    while value > 0x7f {
        out.push(value as u8 & 0x7f | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_model_that_needs_nothing_stays_as_it_is_to_the_byte() {
        let file =
            concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/good/network_classifier/1/model.onnx");
        let model = std::fs::read(file).unwrap();
        assert_eq!(mend(&model), Ok(Mended { bytes: model, done: Vec::new(), left: Vec::new() }));
    }

    #[test]
    fn thresholds_that_were_rounded_are_named_as_what_stays_to_be_done() {
        let trees = |model: &str| {
            let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/good");
            mend(&std::fs::read(format!("{folder}/{model}/1/model.onnx")).unwrap()).unwrap().left
        };
        assert_eq!(trees("sklearn_columns"), Vec::<String>::new());
        for model in ["lightgbm_classifier", "lightgbm_regressor"] {
            assert!(trees(model)[0].contains("floor_to_float32"), "{model}");
        }
    }

    #[test]
    fn an_output_of_one_row_is_declared_with_as_many_as_there_are() {
        let mut one = Vec::new();
        put_number(&mut one, 1, 1);
        let port = |first: &[u8]| {
            let (mut tensor, mut kind, mut port) = (Vec::new(), Vec::new(), untyped("label"));
            let mut shape = Vec::new();
            put(&mut shape, 1, first);
            put_number(&mut tensor, 1, 7);
            put(&mut tensor, 2, &shape);
            put(&mut kind, 1, &tensor);
            put(&mut port, 2, &kind);
            port
        };
        let graph = |first: &[u8]| {
            let (mut graph, mut model) = (Vec::new(), Vec::new());
            put(&mut graph, 12, &port(first));
            put(&mut model, 7, &graph);
            put(&mut model, 8, &[]);
            model
        };
        let mended = mend(&graph(&one)).unwrap();
        assert_eq!(mended.bytes, graph(&any_rows()));
        assert!(mended.done[0].starts_with("output `label` was declared with one row"), "{:?}", mended.done);
    }

    proptest! {
        #[test]
        fn any_bytes_are_mended_or_refused_without_a_panic(bytes in prop::collection::vec(any::<u8>(), 0..2048)) {
            let _ = mend(&bytes);
        }
    }
}
