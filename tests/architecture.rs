//! Dependencies point one way: command line → adapters → pipeline → core, and adapters never know each other.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use serde_json::Value;
use std::collections::BTreeSet;
use std::process::Command;

/// What each crate may import, of our own and of those that are one crate's alone.
const RULES: &[(&str, &[&str])] = &[
    ("bystander-core", &[]),
    ("bystander-pipeline", &["bystander-core"]),
    ("bystander-onnx", &["bystander-core", "bystander-pipeline", "ort"]),
    ("bystander-kafka", &["bystander-core", "bystander-pipeline", "rdkafka"]),
    ("bystander-metrics", &["bystander-core", "bystander-pipeline", "prometheus", "axum", "hyper", "tokio"]),
    ("bystander-report", &["bystander-core"]),
    ("bystander-replay", &["bystander-core", "bystander-pipeline"]),
    ("bystander-archive", &["bystander-core", "bystander-pipeline", "arrow", "parquet"]),
    ("bystander-storefront", &["bystander-core"]),
    ("bystander-testkit", &["bystander-core", "bystander-pipeline"]),
    (
        "bystander",
        &[
            "bystander-core",
            "bystander-pipeline",
            "bystander-onnx",
            "bystander-kafka",
            "bystander-metrics",
            "bystander-report",
            "bystander-replay",
            "bystander-archive",
            "bystander-storefront",
            "tokio",
        ],
    ),
];

/// What only the rules above let in: whatever does IO, keeps time, or is an adapter's whole reason.
const GUARDED: &[&str] = &[
    "ort",
    "ort-sys",
    "rdkafka",
    "rdkafka-sys",
    "prometheus",
    "axum",
    "hyper",
    "tower",
    "reqwest",
    "tokio",
    "async-std",
    "smol",
    "mio",
    "futures",
    "rand",
    "chrono",
    "arrow",
    "parquet",
];

/// What these alone may use besides, because they are a test's or the simulator's.
const EXCEPTIONS: &[(&str, &str)] = &[("bystander-storefront", "rand")];

/// A dependency: who, on whom, and whether for tests alone.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Import {
    from: String,
    to: String,
    tests_only: bool,
}

/// Everything in the list that breaks a rule.
fn broken(imports: &[Import]) -> Vec<String> {
    let mut faults = BTreeSet::new();
    for Import { from, to, tests_only } in imports {
        let Some((_, allowed)) = RULES.iter().find(|(name, _)| name == from) else {
            faults.insert(format!("{from} has no rule: add it to tests/architecture.rs"));
            continue;
        };
        let exception = EXCEPTIONS.iter().any(|(who, what)| who == from && what == to);
        let guarded = to.starts_with("bystander") || GUARDED.contains(&to.as_str());
        if guarded && !tests_only && !exception && !allowed.contains(&to.as_str()) {
            faults.insert(format!("{from} must not import {to}"));
        }
    }
    faults.into_iter().collect()
}

fn imports() -> Vec<Import> {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".into());
    let output = Command::new(cargo)
        .args(["metadata", "--no-deps", "--offline", "--format-version", "1"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
    let packages = metadata["packages"].as_array().unwrap();
    let import = |from: &Value, to: &Value| Import {
        from: from["name"].as_str().unwrap().to_owned(),
        to: to["name"].as_str().unwrap().to_owned(),
        tests_only: to["kind"] == "dev",
    };
    packages
        .iter()
        .flat_map(|from| from["dependencies"].as_array().unwrap().iter().map(move |to| import(from, to)))
        .collect()
}

#[test]
fn no_crate_imports_what_it_must_not() {
    let imports = imports();
    assert!(imports.len() > 40, "this is the whole workspace");
    assert_eq!(broken(&imports), Vec::<String>::new());
}

#[test]
fn every_crate_of_the_rules_is_there() {
    let there: BTreeSet<_> = imports().into_iter().map(|import| import.from).collect();
    let ruled = RULES.iter().map(|(name, _)| (*name).to_owned());
    assert!(ruled.collect::<BTreeSet<_>>().is_subset(&there));
}

#[test]
fn adapters_keep_to_their_own_library() {
    for (library, owner) in [
        ("ort", "bystander-onnx"),
        ("rdkafka", "bystander-kafka"),
        ("prometheus", "bystander-metrics"),
        ("axum", "bystander-metrics"),
    ] {
        let owners: BTreeSet<_> =
            imports().into_iter().filter(|import| import.to == library).map(|import| import.from).collect();
        assert_eq!(owners, BTreeSet::from([owner.to_owned()]), "{library}");
    }
}

/// The rules are rules: each of these wrong imports is found.
#[test]
fn a_wrong_import_is_found() {
    let good = imports();
    for (from, to) in [
        ("bystander-core", "bystander-pipeline"),
        ("bystander-core", "tokio"),
        ("bystander-core", "rdkafka"),
        ("bystander-core", "rand"),
        ("bystander-pipeline", "bystander-onnx"),
        ("bystander-pipeline", "tokio"),
        ("bystander-onnx", "bystander-kafka"),
        ("bystander-kafka", "bystander-metrics"),
        ("bystander-metrics", "bystander-kafka"),
        ("bystander-metrics", "rdkafka"),
        ("bystander-kafka", "tokio"),
        ("bystander-storefront", "bystander-pipeline"),
        ("bystander", "bystander-testkit"),
        ("bystander", "rdkafka"),
    ] {
        let wrong = Import { from: from.into(), to: to.into(), tests_only: false };
        let with_it: Vec<_> = good.iter().cloned().chain([wrong.clone()]).collect();
        assert_eq!(broken(&with_it), [format!("{from} must not import {to}")]);
        let in_tests: Vec<_> = good.iter().cloned().chain([Import { tests_only: true, ..wrong }]).collect();
        assert_eq!(broken(&in_tests), Vec::<String>::new(), "tests may");
    }
}
