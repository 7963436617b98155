//! One name is one public type in the whole workspace.

use super::sources_below;
use std::collections::BTreeMap;
use std::path::Path;

/// Names that two public types share, and why that doesn't mislead. Every other name is one type's, in the whole workspace.
const SHARED_NAMES: &[(&str, &[&str])] = &[
    (
        "a figure as the report computes it (`stats`) and as it writes it (`document`)",
        &[
            "Calibration",
            "CurvePoint",
            "Drift",
            "OperatingPoint",
            "Ranking",
            "ReliabilityBin",
            "Repricing",
            "Stability",
            "Support",
            "SwapCell",
            "SwapSets",
            "Test",
        ],
    ),
    ("the entry of a receipt that names a model, in a replay's receipt and in a report's", &["ModelReceipt"]),
];

/// The public types that a source text declares.
fn public_types(source: &str) -> Vec<&str> {
    source.lines().filter_map(public_type).collect()
}

fn public_type(line: &str) -> Option<&str> {
    let after = line.trim_start().strip_prefix("pub ")?;
    let what = ["struct ", "enum ", "trait ", "type ", "union "];
    let name = what.iter().find_map(|what| after.strip_prefix(what))?;
    let end = name.find(|letter: char| !letter.is_alphanumeric() && letter != '_')?;
    name.get(..end)
}

/// Names of more than one public type, each with the files that declare it.
fn shared_names(sources: &[(String, String)]) -> BTreeMap<&str, Vec<&str>> {
    let mut places: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (path, source) in sources {
        for name in public_types(source) {
            places.entry(name).or_default().push(path);
        }
    }
    places.retain(|_, paths| paths.len() > 1);
    places
}

#[test]
fn no_two_public_types_share_a_name() {
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).join("crates");
    let sources: Vec<_> = std::fs::read_dir(&crates)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|folder| !folder.ends_with("testkit") && folder.join("src").is_dir())
        .flat_map(|folder| sources_below(&folder.join("src")))
        .collect();
    assert!(
        sources.iter().flat_map(|(_, source)| public_types(source)).count() > 500,
        "this is the whole workspace"
    );
    let mut shared = shared_names(&sources);
    for name in SHARED_NAMES.iter().flat_map(|(_, names)| *names) {
        assert!(shared.remove(name).is_some(), "{name} is one type's by now: take it off the list");
    }
    assert!(shared.is_empty(), "rename one of each: {shared:#?}");
}

#[test]
fn a_shared_name_is_found() {
    let source = |path: &str, text: &str| (path.to_owned(), text.to_owned());
    let sources = [
        source("a.rs", "/// One.\npub struct Verdict<'a>(&'a str);\npub(crate) enum Refusal {\n    A,\n}"),
        source("b.rs", "mod inner {\n    pub enum Verdict {}\n    pub type Refusal = ();\n}"),
    ];
    assert_eq!(shared_names(&sources), BTreeMap::from([("Verdict", vec!["a.rs", "b.rs"])]));
}
