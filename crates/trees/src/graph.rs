//! The nodes of an ONNX graph with their attributes, borrowed from the model's bytes.
//!
//! Source of the field numbers: `onnx/onnx.proto` of ONNX 1.23.

use crate::unfit::Unfit;
use bystander_models::wire::{Malformed, WireFields, WireValue, packed_numbers};
use std::collections::BTreeMap;

/// ONNX's number of float32.
pub(crate) const FLOAT: u64 = 1;
/// ONNX's number of float64.
pub(crate) const DOUBLE: u64 = 11;

/// A model's main graph.
#[derive(Debug, Default)]
pub(crate) struct Graph<'a> {
    pub(crate) nodes: Vec<Node<'a>>,
    /// Inputs by name, with their element type where one is declared.
    pub(crate) inputs: BTreeMap<&'a str, u64>,
    /// Tensors of constants by name.
    pub(crate) constants: BTreeMap<&'a str, &'a [u8]>,
}

/// One operator.
#[derive(Debug, Default)]
pub(crate) struct Node<'a> {
    pub(crate) operator: &'a str,
    pub(crate) domain: &'a str,
    pub(crate) inputs: Vec<&'a str>,
    pub(crate) outputs: Vec<&'a str>,
    pub(crate) attributes: BTreeMap<&'a str, Attribute<'a>>,
}

/// An attribute's value, whichever of these it has.
#[derive(Debug, Default)]
pub(crate) struct Attribute<'a> {
    pub(crate) integer: Option<i64>,
    pub(crate) text: Option<&'a str>,
    pub(crate) floats: Vec<f32>,
    pub(crate) integers: Vec<i64>,
    pub(crate) texts: Vec<&'a str>,
    pub(crate) tensor: Option<&'a [u8]>,
}

impl<'a> Graph<'a> {
    /// Reads the graph of a model.
    ///
    /// # Errors
    /// When the bytes are not a whole model, or the model defines operators itself.
    pub(crate) fn read(model: &'a [u8]) -> Result<Self, Unfit> {
        let mut graph = Self::default();
        for field in WireFields::new(model) {
            match field? {
                (7, value) => graph.fill(value.bytes()?)?,
                (25, _) => return Err(Unfit::new("the model defines operators of its own")),
                _ => {}
            }
        }
        Ok(graph)
    }

    fn fill(&mut self, bytes: &'a [u8]) -> Result<(), Unfit> {
        for field in WireFields::new(bytes) {
            match field? {
                (1, value) => self.nodes.push(Node::read(value.bytes()?)?),
                (5, value) => drop(self.constants.insert(tensor_name(value.bytes()?)?, value.bytes()?)),
                (11, value) => {
                    let (name, element) = port(value.bytes()?)?;
                    self.inputs.insert(name, element);
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// The place of the node that computes a tensor.
    pub(crate) fn producer(&self, tensor: &str) -> Option<usize> {
        self.nodes.iter().position(|node| node.outputs.contains(&tensor))
    }
}

impl<'a> Node<'a> {
    fn read(bytes: &'a [u8]) -> Result<Self, Unfit> {
        let mut node = Self::default();
        for field in WireFields::new(bytes) {
            match field? {
                (1, value) => node.inputs.push(value.text()?),
                (2, value) => node.outputs.push(value.text()?),
                (4, value) => node.operator = value.text()?,
                (5, value) => {
                    let (name, attribute) = Attribute::read(value.bytes()?)?;
                    if node.attributes.insert(name, attribute).is_some() {
                        return Err(Unfit::new(format!("attribute `{name}` is there twice")));
                    }
                }
                (7, value) => node.domain = value.text()?,
                _ => {}
            }
        }
        Ok(node)
    }

    /// Whether it is an ensemble of trees.
    pub(crate) fn is_ensemble(&self) -> bool {
        self.domain == "ai.onnx.ml"
            && matches!(self.operator, "TreeEnsembleClassifier" | "TreeEnsembleRegressor" | "TreeEnsemble")
    }

    /// Whether it is an operator of the standard domain.
    pub(crate) fn is(&self, operator: &str) -> bool {
        self.operator == operator && matches!(self.domain, "" | "ai.onnx")
    }
}

impl<'a> Attribute<'a> {
    fn read(bytes: &'a [u8]) -> Result<(&'a str, Self), Malformed> {
        let (mut name, mut attribute) = ("", Self::default());
        for field in WireFields::new(bytes) {
            match field? {
                (1, value) => name = value.text()?,
                (3, value) => attribute.integer = Some(signed(value.number()?)),
                (4, value) => attribute.text = Some(value.text()?),
                (5, value) => attribute.tensor = Some(value.bytes()?),
                (7, value) => floats(value, &mut attribute.floats)?,
                (8, value) => integers(value, &mut attribute.integers)?,
                (9, value) => attribute.texts.push(value.text()?),
                _ => {}
            }
        }
        Ok((name, attribute))
    }
}

/// Protocol Buffers write a negative number as its two's complement.
fn signed(number: u64) -> i64 {
    number.cast_signed()
}

fn floats(value: WireValue<'_>, list: &mut Vec<f32>) -> Result<(), Malformed> {
    match value {
        WireValue::Number(bits) => list.push(f32::from_bits(u32::try_from(bits).map_err(|_| Malformed)?)),
        WireValue::Bytes(packed) => {
            let (values, rest) = packed.as_chunks::<4>();
            if !rest.is_empty() {
                return Err(Malformed);
            }
            list.extend(values.iter().map(|bytes| f32::from_le_bytes(*bytes)));
        }
    }
    Ok(())
}

fn integers(value: WireValue<'_>, list: &mut Vec<i64>) -> Result<(), Malformed> {
    match value {
        WireValue::Number(number) => list.push(signed(number)),
        WireValue::Bytes(packed) => {
            for number in packed_numbers(packed) {
                list.push(signed(number?));
            }
        }
    }
    Ok(())
}

fn tensor_name(bytes: &[u8]) -> Result<&str, Malformed> {
    let mut name = "";
    for field in WireFields::new(bytes) {
        if let (8, value) = field? {
            name = value.text()?;
        }
    }
    Ok(name)
}

/// Name and element type of an input; 0 where none is declared.
fn port(bytes: &[u8]) -> Result<(&str, u64), Malformed> {
    let (mut name, mut element) = ("", 0);
    for field in WireFields::new(bytes) {
        match field? {
            (1, value) => name = value.text()?,
            (2, value) => {
                for field in WireFields::new(value.bytes()?) {
                    if let (1, tensor) = field? {
                        for field in WireFields::new(tensor.bytes()?) {
                            if let (1, value) = field? {
                                element = value.number()?;
                            }
                        }
                    }
                }
            }
            _ => {}
        }
    }
    Ok((name, element))
}

/// The values of a tensor of numbers, and its element type.
///
/// # Errors
/// When it is of another type than float32, float64, int64 or uint8, or is malformed.
pub(crate) fn tensor(bytes: &[u8]) -> Result<(u64, Vec<f64>), Unfit> {
    let (mut element, mut values, mut raw): (u64, Vec<f64>, &[u8]) = (0, Vec::new(), &[]);
    for field in WireFields::new(bytes) {
        match field? {
            (2, value) => element = value.number()?,
            (4, value) => {
                let mut list = Vec::new();
                floats(value, &mut list)?;
                values.extend(list.iter().map(|value| f64::from(*value)));
            }
            (5 | 7, value) => {
                let mut list = Vec::new();
                integers(value, &mut list)?;
                values.extend(list.iter().map(|value| *value as f64));
            }
            (9, value) => raw = value.bytes()?,
            (10, WireValue::Number(bits)) => values.push(f64::from_bits(bits)),
            (10, WireValue::Bytes(packed)) => doubles(packed, &mut values)?,
            (14, value) if value.number()? != 0 => {
                return Err(Unfit::new("a tensor is kept in another file"));
            }
            _ => {}
        }
    }
    match element {
        FLOAT if !raw.is_empty() => {
            let mut list = Vec::new();
            floats(WireValue::Bytes(raw), &mut list)?;
            values.extend(list.iter().map(|value| f64::from(*value)));
        }
        DOUBLE if !raw.is_empty() => doubles(raw, &mut values)?,
        2 if !raw.is_empty() => values.extend(raw.iter().map(|value| f64::from(*value))),
        FLOAT | DOUBLE | 2 => {}
        _ => return Err(Unfit::new(format!("a tensor has the element type {element}"))),
    }
    Ok((element, values))
}

fn doubles(packed: &[u8], list: &mut Vec<f64>) -> Result<(), Malformed> {
    let (values, rest) = packed.as_chunks::<8>();
    if !rest.is_empty() {
        return Err(Malformed);
    }
    list.extend(values.iter().map(|bytes| f64::from_le_bytes(*bytes)));
    Ok(())
}
