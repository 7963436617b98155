//! Every refusal's advice is followed, word by word, until the model loads: no advice leads back to an earlier refusal.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use bystander_models::Refusal;
use common::graphs::{TYPES, model, version};
use std::collections::BTreeSet;

#[derive(Debug, Clone)]
struct Feature {
    name: String,
    field: String,
    source: &'static str,
    missing: String,
    element: Option<String>,
}

/// A contract as its author has it so far.
#[derive(Debug, Clone)]
struct Contract {
    /// Name and type of the matrix; `None` for columns.
    matrix: Option<(String, String)>,
    features: Vec<Feature>,
    output: String,
    column: Option<usize>,
}

impl Contract {
    fn text(&self) -> String {
        let input = match &self.matrix {
            Some((name, element)) => format!("layout = \"matrix\"\nname = \"{name}\"\ntype = \"{element}\""),
            None => "layout = \"columns\"".to_owned(),
        };
        let features = self.features.iter().map(|one| {
            let element =
                one.element.iter().map(|element| format!("type = \"{element}\"\n")).collect::<String>();
            format!(
                "[[features]]\nname = \"{}\"\nfield = \"/{}\"\nsource = \"{}\"\nmissing = {}\n{element}",
                one.name, one.field, one.source, one.missing
            )
        });
        let column = self.column.map_or(String::new(), |column| format!("column = {column}\n"));
        format!(
            "schema = 1\nkind = \"orders\"\n[input]\n{input}\n{}[output]\nname = \"{}\"\n{column}[policy]\nreview = 0.6\nreject = 0.9\n",
            features.collect::<String>(),
            self.output
        )
    }

    /// Does what the refusal says.
    fn follow(&mut self, refusal: &Refusal) {
        let (what, fix) = (refusal.what.as_str(), refusal.fix.as_str());
        let quoted: Vec<&str> = fix.split('"').skip(1).step_by(2).collect();
        if fix.starts_with("set input.layout = \"matrix\"") {
            self.matrix = Some((quoted[1].to_owned(), quoted[2].to_owned()));
            self.features.iter_mut().for_each(|one| one.element = None);
        } else if fix.starts_with("set input.layout = \"columns\"")
            || fix.starts_with("list one feature for each input")
        {
            self.matrix = None;
            let names = fix.rsplit("name and type: ").next().unwrap().split(", ");
            for (one, pair) in self.features.iter_mut().zip(names) {
                one.name = pair.split('`').nth(1).unwrap().to_owned();
                one.element = Some(pair.split('"').nth(1).unwrap().to_owned());
            }
        } else if fix.starts_with("set input.name = ") {
            self.matrix.as_mut().unwrap().0 = quoted[0].to_owned();
        } else if fix.starts_with("set input.type to ") {
            self.matrix.as_mut().unwrap().1 = quoted[0].to_owned();
        } else if fix.starts_with("set type of feature ") {
            let name = fix.split('`').nth(1).unwrap();
            let one = self.features.iter_mut().find(|one| one.name == name).unwrap();
            one.element = Some(quoted[0].to_owned());
        } else if fix.starts_with("set output.name to one of ") {
            self.output = fix.split('`').nth(1).unwrap().to_owned();
        } else if fix.starts_with("remove output.column") {
            self.column = None;
        } else if fix.starts_with("set output.column to a number below ") {
            self.column = Some(0);
        } else {
            self.follow_in_feature(what, fix);
        }
    }

    /// Advice about `features[n].key`.
    fn follow_in_feature(&mut self, what: &str, fix: &str) {
        let place = what.split("features[").nth(1).and_then(|rest| rest.split(']').next());
        let place: usize =
            place.and_then(|number| number.parse().ok()).unwrap_or_else(|| panic!("{what}; {fix}"));
        let one = &mut self.features[place];
        if fix.starts_with("write \"reject\"") {
            one.missing = "\"reject\"".to_owned();
        } else if fix.starts_with("remove it: input.type says it") {
            one.element = None;
        } else if fix.starts_with("add float16, float32") {
            one.element = Some("float32".to_owned());
        } else {
            panic!("no author could follow this: {what}; {fix}");
        }
    }
}

/// What an author may have written first for this graph.
fn first_tries(source: &'static str) -> Vec<Contract> {
    let mut tries = Vec::new();
    for matrix in [None, Some(("x", "float32")), Some(("features", "int64")), Some(("a", "float64"))] {
        for (names, element) in
            [(["a", "b"], None), (["p", "q"], Some("float32")), (["a", "b"], Some("int64"))]
        {
            // One set of the other keys for each, in turn: all combinations would take a minute.
            let rest =
                [("\"nan\"", "score", None), ("0", "scores", Some(1)), ("\"reject\"", "score", Some(3))];
            let (missing, output, column) = rest[(tries.len() + tries.len() / 3) % 3];
            let feature = |(name, field): (&str, &str)| Feature {
                name: name.to_owned(),
                field: field.to_owned(),
                source,
                missing: missing.to_owned(),
                element: element.map(str::to_owned),
            };
            tries.push(Contract {
                matrix: matrix.map(|(name, element)| (name.to_owned(), element.to_owned())),
                features: names.into_iter().zip(["a", "b"]).map(feature).collect(),
                output: output.to_owned(),
                column,
            });
        }
    }
    tries
}

#[test]
fn advice_on_any_contract_leads_to_a_model_that_loads_and_never_back() {
    for (name, element, _) in TYPES {
        let source = if name == "bool" { "boolean" } else { "number" };
        let graphs = [model(&["x"], element, 2), model(&["x"], element, 0), model(&["a", "b"], element, 1)];
        for (graph, first) in
            graphs.iter().flat_map(|graph| first_tries(source).into_iter().map(move |one| (graph, one)))
        {
            let (mut contract, mut said) = (first.clone(), BTreeSet::new());
            while let Err(refusal) = version(graph, &contract.text()).1 {
                assert!(
                    said.insert(refusal.to_string()),
                    "{name}: a circle from {first:?}\n{said:#?}\nback to {refusal}"
                );
                contract.follow(&refusal);
            }
        }
    }
}
