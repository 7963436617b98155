//! Walking an ONNX `ModelProto` for what may not be in it.
//!
//! Source of the field numbers: `onnx/onnx.proto` of ONNX 1.23.

use bystander_models::wire::{Malformed, WireFields};
use bystander_models::{CheckFailure, RefusalKind};
use std::collections::HashSet;

/// Graphs inside attributes of graphs, and so on; ONNX Runtime's own parser stops at 100 messages.
const MAX_DEPTH: usize = 24;

/// Checks the bytes of a model.
///
/// # Errors
/// When they are no whole model, keep weights in other files, use an operator outside `ai.onnx` and
/// `ai.onnx.ml` that the model doesn't define itself, or wrap the scores in ZipMap.
pub(crate) fn scan(bytes: &[u8]) -> Result<(), CheckFailure> {
    let own = own_functions(bytes).map_err(|Malformed| corrupt())?;
    let mut walk = Walk { own, found: None };
    let whole = walk.model(bytes).map_err(|Malformed| corrupt())?;
    match walk.found {
        Some(finding) => Err(finding),
        None if !whole => Err(corrupt()),
        None => Ok(()),
    }
}

fn corrupt() -> CheckFailure {
    let what = "model.onnx is no whole ONNX model: it is cut off, damaged or another kind of file";
    CheckFailure::new(RefusalKind::Corrupt, what, "copy it again, or export it anew as ONNX")
}

type Operator<'a> = (&'a str, &'a str);

/// Functions that the model brings along, by domain and name; their bodies are walked too.
fn own_functions(bytes: &[u8]) -> Result<HashSet<Operator<'_>>, Malformed> {
    let mut own = HashSet::new();
    for field in WireFields::new(bytes) {
        if let (25, function) = field? {
            let (mut domain, mut name) = ("", "");
            for field in WireFields::new(function.bytes()?) {
                match field? {
                    (1, value) => name = value.text()?,
                    (10, value) => domain = value.text()?,
                    _ => {}
                }
            }
            own.insert((domain, name));
        }
    }
    Ok(own)
}

struct Walk<'a> {
    own: HashSet<Operator<'a>>,
    found: Option<CheckFailure>,
}

impl Walk<'_> {
    fn note(&mut self, check: RefusalKind, what: String, fix: &str) {
        self.found.get_or_insert(CheckFailure::new(check, what, fix));
    }

    /// Whether version, operator sets and graph are all there.
    fn model(&mut self, bytes: &[u8]) -> Result<bool, Malformed> {
        let (mut version, mut operators, mut graph) = (false, false, false);
        for field in WireFields::new(bytes) {
            match field? {
                (1, value) => version = value.number()? > 0,
                (7, value) => {
                    self.graph(value.bytes()?, 0)?;
                    self.ports(value.bytes()?)?;
                    graph = true;
                }
                (8, value) => operators |= !value.bytes()?.is_empty(),
                (20, value) => self.training(value.bytes()?)?,
                (25, value) => self.nodes(value.bytes()?, 7, 0)?,
                _ => {}
            }
        }
        Ok(version && operators && graph)
    }

    fn training(&mut self, bytes: &[u8]) -> Result<(), Malformed> {
        for field in WireFields::new(bytes) {
            if let (1 | 2, value) = field? {
                self.graph(value.bytes()?, 1)?;
            }
        }
        Ok(())
    }

    fn graph(&mut self, bytes: &[u8], depth: usize) -> Result<(), Malformed> {
        if depth > MAX_DEPTH {
            return Err(Malformed);
        }
        for field in WireFields::new(bytes) {
            match field? {
                (5, value) => self.tensor(value.bytes()?)?,
                (15, value) => self.sparse_tensor(value.bytes()?)?,
                _ => {}
            }
        }
        self.nodes(bytes, 1, depth)
    }

    /// The nodes of a graph or a function, which number their node lists differently.
    fn nodes(&mut self, bytes: &[u8], list: u32, depth: usize) -> Result<(), Malformed> {
        for field in WireFields::new(bytes) {
            match field? {
                (number, value) if number == list => self.node(value.bytes()?, depth)?,
                (11, value) if list == 7 => self.attribute(value.bytes()?, depth)?,
                _ => {}
            }
        }
        Ok(())
    }

    fn node(&mut self, bytes: &[u8], depth: usize) -> Result<(), Malformed> {
        let (mut operator, mut domain) = ("", "");
        for field in WireFields::new(bytes) {
            match field? {
                (4, value) => operator = value.text()?,
                (5, value) => self.attribute(value.bytes()?, depth)?,
                (7, value) => domain = value.text()?,
                _ => {}
            }
        }
        let standard = matches!(domain, "" | "ai.onnx" | "ai.onnx.ml");
        if !standard && !self.own.contains(&(domain, operator)) {
            let what = format!("operator `{operator}` is of the custom domain `{domain}`");
            let fix = "export with standard operators only (domains ai.onnx and ai.onnx.ml)";
            self.note(RefusalKind::CustomDomain, what, fix);
        } else if operator == "ZipMap" {
            let what = "the scores go through ZipMap, which makes a map of every row".to_owned();
            let fix = "take it out with `bystander models fix model.onnx`; onnxmltools and skl2onnx can also export without it \
                       (`zipmap=False`, `options={id(model): {'zipmap': False}}`), CatBoost can't";
            self.note(RefusalKind::ZipMap, what, fix);
        }
        Ok(())
    }

    fn attribute(&mut self, bytes: &[u8], depth: usize) -> Result<(), Malformed> {
        for field in WireFields::new(bytes) {
            match field? {
                (5 | 10, value) => self.tensor(value.bytes()?)?,
                (6 | 11, value) => self.graph(value.bytes()?, depth + 1)?,
                (22 | 23, value) => self.sparse_tensor(value.bytes()?)?,
                _ => {}
            }
        }
        Ok(())
    }

    fn sparse_tensor(&mut self, bytes: &[u8]) -> Result<(), Malformed> {
        for field in WireFields::new(bytes) {
            if let (1 | 2, value) = field? {
                self.tensor(value.bytes()?)?;
            }
        }
        Ok(())
    }

    fn tensor(&mut self, bytes: &[u8]) -> Result<(), Malformed> {
        let (mut name, mut external) = ("", false);
        for field in WireFields::new(bytes) {
            match field? {
                (8, value) => name = value.text()?,
                (13, _) => external = true,
                (14, value) => external |= value.number()? != 0,
                _ => {}
            }
        }
        if external {
            let what = format!("the weights `{name}` are kept in another file");
            let fix =
                "save everything in one file: `onnx.save_model(model, path, save_as_external_data=False)`";
            self.note(RefusalKind::ExternalData, what, fix);
        }
        Ok(())
    }

    /// Inputs and outputs of the main graph must be tensors of a known type.
    fn ports(&mut self, graph: &[u8]) -> Result<(), Malformed> {
        for field in WireFields::new(graph) {
            let (check, word, value) = match field? {
                (11, value) => (RefusalKind::InputType, "input", value.bytes()?),
                (12, value) => (RefusalKind::Output, "output", value.bytes()?),
                _ => continue,
            };
            let (mut name, mut kind) = ("", None);
            for field in WireFields::new(value) {
                match field? {
                    (1, value) => name = value.text()?,
                    (2, value) => kind = Some(value.bytes()?),
                    _ => {}
                }
            }
            if !is_tensor(kind)? {
                let what = format!("{word} `{name}` is no tensor");
                self.note(check, what, "export the model with tensors as inputs and outputs");
            }
        }
        Ok(())
    }
}

/// A type that isn't written is left to ONNX Runtime to infer.
fn is_tensor(kind: Option<&[u8]>) -> Result<bool, Malformed> {
    let mut tensor = true;
    for field in WireFields::new(kind.unwrap_or_default()) {
        match field? {
            (1, value) => value.bytes().map(drop)?,
            (4 | 5 | 7 | 8 | 9, _) => tensor = false,
            _ => {}
        }
    }
    Ok(tensor)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use proptest::prelude::*;

    fn good() -> Vec<u8> {
        let file =
            concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/good/network_classifier/1/model.onnx");
        std::fs::read(file).unwrap()
    }

    fn check(bytes: &[u8]) -> Option<RefusalKind> {
        scan(bytes).err().map(|finding| finding.check)
    }

    #[test]
    fn a_whole_model_passes_and_every_part_of_it_is_corrupt() {
        let model = good();
        assert_eq!(check(&model), None);
        for length in 0..model.len() {
            assert_eq!(check(&model[..length]), Some(RefusalKind::Corrupt), "cut at {length}");
        }
    }

    #[test]
    fn graphs_nested_without_end_are_corrupt() {
        let field = |number: u8, content: &[u8]| {
            let mut length = content.len();
            let mut bytes = vec![number << 3 | 2];
            while length > 0x7f {
                bytes.push(length as u8 | 0x80);
                length >>= 7;
            }
            bytes.push(length as u8);
            bytes.extend_from_slice(content);
            bytes
        };
        let mut graph = Vec::new();
        for _ in 0..10_000 {
            let attribute = field(6, &graph);
            graph = field(1, &field(5, &attribute));
        }
        assert_eq!(check(&field(7, &graph)), Some(RefusalKind::Corrupt));
    }

    proptest! {
        #[test]
        fn any_bytes_are_judged_without_a_panic(bytes in prop::collection::vec(any::<u8>(), 0..2048)) {
            let _ = scan(&bytes);
        }

        #[test]
        fn a_damaged_model_is_judged_without_a_panic(
            damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..20),
        ) {
            let mut model = good();
            for (place, byte) in damage {
                let place = place.index(model.len());
                model[place] = byte;
            }
            let _ = scan(&model);
        }
    }
}
