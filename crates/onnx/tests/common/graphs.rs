//! Small graphs of any input type, written as protobuf.

use super::load;
use bystander_models::{LoadedModel, Refusal};
use std::fs;
use tempfile::TempDir;

/// A field of a protobuf message that holds bytes.
fn field(number: u8, content: &[u8]) -> Vec<u8> {
    let mut bytes = vec![number << 3 | 2];
    let mut length = content.len();
    while length > 0x7f {
        bytes.push(length as u8 & 0x7f | 0x80);
        length >>= 7;
    }
    bytes.push(length as u8);
    bytes.extend_from_slice(content);
    bytes
}

fn number(field: u8, value: u8) -> Vec<u8> {
    match field {
        0..16 => vec![field << 3, value],
        _ => vec![field << 3 | 0x80, field >> 4, value],
    }
}

fn port(name: &str, element: u8, width: u8) -> Vec<u8> {
    let columns = if width == 0 { field(2, b"w") } else { number(1, width) };
    let shape = [field(1, &field(2, b"n")), field(1, &columns)].concat();
    let tensor = [number(1, element), field(2, &shape)].concat();
    [field(1, name.as_bytes()), field(2, &field(1, &tensor))].concat()
}

fn node(inputs: &[&str], output: &str, operator: &str, attributes: &[Vec<u8>]) -> Vec<u8> {
    let mut bytes: Vec<u8> = inputs.iter().flat_map(|input| field(1, input.as_bytes())).collect();
    bytes.extend(field(2, output.as_bytes()));
    bytes.extend(field(4, operator.as_bytes()));
    attributes.iter().for_each(|attribute| bytes.extend(field(5, attribute)));
    bytes
}

/// An integer attribute.
fn attribute(name: &str, value: u8) -> Vec<u8> {
    [field(1, name.as_bytes()), number(3, value), number(20, 2)].concat()
}

/// score = the sigmoid of the sum of all inputs, each `[n, width]` of the element type; a width of 0 is any.
pub(crate) fn model(inputs: &[&str], element: u8, width: u8) -> Vec<u8> {
    grouped_model(&inputs.iter().map(|name| (*name, width)).collect::<Vec<_>>(), element)
}

/// The same with a width for each input.
pub(crate) fn grouped_model(ports: &[(&str, u8)], element: u8) -> Vec<u8> {
    let inputs: Vec<&str> = ports.iter().map(|(name, _)| *name).collect();
    let mut graph = Vec::new();
    let cast = |name: &str| node(&[name], &format!("{name}_f"), "Cast", &[attribute("to", 1)]);
    inputs.iter().for_each(|name| graph.extend(field(1, &cast(name))));
    let casts: Vec<_> = inputs.iter().map(|name| format!("{name}_f")).collect();
    let casts: Vec<_> = casts.iter().map(String::as_str).collect();
    graph.extend(field(1, &node(&casts, "all", "Concat", &[attribute("axis", 1)])));
    graph.extend(field(1, &node(&["all", "axes"], "sum", "ReduceSum", &[attribute("keepdims", 1)])));
    graph.extend(field(1, &node(&["sum"], "score", "Sigmoid", &[])));
    graph.extend(field(2, b"g"));
    let axes = [number(1, 1), number(2, 7), field(8, b"axes"), field(9, &1_i64.to_le_bytes())].concat();
    graph.extend(field(5, &axes));
    ports.iter().for_each(|(name, width)| graph.extend(field(11, &port(name, element, *width))));
    graph.extend(field(12, &port("score", 1, 1)));
    [number(1, 8), field(7, &graph), field(8, &number(2, 17))].concat()
}

/// A repository of one version.
pub(crate) fn version(model: &[u8], contract: &str) -> (TempDir, Result<LoadedModel, Refusal>) {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().join("fraud/1");
    fs::create_dir_all(&place).unwrap();
    fs::write(place.join("model.onnx"), model).unwrap();
    fs::write(place.join("contract.toml"), contract).unwrap();
    let sigmoid = |sum: f64| 1.0 / (1.0 + (-sum).exp());
    let events = [(1, 0), (0, 0), (1, 1)].map(|(a, b)| {
        let score = sigmoid(f64::from(a + b));
        format!("{{\"case\": \"{a} {b}\", \"event\": {{\"a\": {a}, \"b\": {b}}}, \"score\": {score}}}")
    });
    fs::write(place.join("golden.jsonl"), events.join("\n")).unwrap();
    let loaded = load(folder.path(), "fraud/1");
    (folder, loaded)
}

/// Name in contracts, ONNX's number of it, and what a feature of it must say of missing values.
pub(crate) const TYPES: [(&str, u8, &str); 6] = [
    ("float16", 10, "\"nan\""),
    ("float32", 1, "\"nan\""),
    ("float64", 11, "\"nan\""),
    ("int32", 6, "0"),
    ("int64", 7, "\"reject\""),
    ("bool", 9, "false"),
];
