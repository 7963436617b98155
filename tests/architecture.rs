//! Dependencies point one way: command line → adapters → pipeline → core, and adapters never know each other.
//! No two public types share a name.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "architecture/names.rs"]
mod names;

use serde_json::Value;
use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

/// What each crate may import, of our own and of those that are one crate's alone.
const RULES: &[(&str, &[&str])] = &[
    ("bystander-core", &[]),
    ("bystander-pipeline", &["bystander-core"]),
    ("bystander-models", &["bystander-core", "bystander-pipeline"]),
    ("bystander-onnx", &["bystander-core", "bystander-models", "bystander-pipeline", "ort"]),
    ("bystander-trees", &["bystander-core", "bystander-models"]),
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
            "bystander-models",
            "bystander-onnx",
            "bystander-trees",
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
    "parquet",
];

/// Families of crates that one rule covers: `arrow` stands for `arrow-array`, `arrow-schema` and all others of that name.
const FAMILIES: &[&str] = &["arrow"];

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
        let name = family(to);
        let guarded = to.starts_with("bystander") || GUARDED.contains(&name) || FAMILIES.contains(&name);
        if guarded && !tests_only && !exception && !allowed.contains(&name) {
            faults.insert(format!("{from} must not import {to}"));
        }
    }
    faults.into_iter().collect()
}

/// The name under which a rule lists a crate.
fn family(name: &str) -> &str {
    let member = |family: &&&str| name.strip_prefix(**family).is_some_and(|rest| rest.starts_with('-'));
    FAMILIES.iter().find(member).copied().unwrap_or(name)
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
        ("bystander-onnx", "bystander-trees"),
        ("bystander-trees", "bystander-onnx"),
        ("bystander-kafka", "bystander-metrics"),
        ("bystander-metrics", "bystander-kafka"),
        ("bystander-metrics", "rdkafka"),
        ("bystander-kafka", "tokio"),
        ("bystander-storefront", "bystander-pipeline"),
        ("bystander", "bystander-testkit"),
        ("bystander", "rdkafka"),
        ("bystander-replay", "arrow-array"),
        ("bystander-core", "arrow-schema"),
        ("bystander-report", "parquet"),
    ] {
        let wrong = Import { from: from.into(), to: to.into(), tests_only: false };
        let with_it: Vec<_> = good.iter().cloned().chain([wrong.clone()]).collect();
        assert_eq!(broken(&with_it), [format!("{from} must not import {to}")]);
        let in_tests: Vec<_> = good.iter().cloned().chain([Import { tests_only: true, ..wrong }]).collect();
        assert_eq!(broken(&in_tests), Vec::<String>::new(), "tests may");
    }
}

/// The modules of the core crate, each of which may use only those before it.
const CORE_ORDER: &[&str] = &[
    "problem",
    "text",
    "kind",
    "record",
    "rejection",
    "decision",
    "input",
    "model",
    "run",
    "time",
    "extract",
    "privacy",
    "money",
    "contract",
    "scored",
    "features",
    "drift",
    "config",
    "kinds",
    "dead_letter",
    "checkpoint",
    "batch",
    "stream",
    "golden",
    "outcome",
    "comparison",
];

/// The modules that a source text names, tests and comments left out.
fn modules_used(source: &str) -> BTreeSet<String> {
    let source = source.split("\n#[cfg(test)]").next().unwrap_or_default();
    let code = source.lines().map(|line| line.split("//").next().unwrap_or_default());
    let code = code.collect::<Vec<_>>().join("\n");
    let mut used = BTreeSet::new();
    for after in code.split("crate::").skip(1) {
        let names: Vec<&str> = match after.strip_prefix('{') {
            Some(list) => list.split(['}', ';']).next().unwrap_or_default().split(',').collect(),
            None => vec![after],
        };
        for name in names {
            let name = name.trim_start();
            let end = name.find(|letter: char| !letter.is_alphanumeric() && letter != '_');
            used.insert(name[..end.unwrap_or(name.len())].to_owned());
        }
    }
    used.remove("");
    used
}

/// Every use that runs against the order, as `module uses module`.
fn against_the_order(sources: &[(String, String)]) -> Vec<String> {
    let place = |module: &str| CORE_ORDER.iter().position(|one| *one == module);
    let mut faults = BTreeSet::new();
    for (module, source) in sources {
        let Some(own) = place(module) else {
            faults.insert(format!("{module} has no place: add it to CORE_ORDER"));
            continue;
        };
        for used in modules_used(source) {
            match place(&used) {
                Some(other) if other <= own => {}
                _ => drop(faults.insert(format!("{module} uses {used}"))),
            }
        }
    }
    faults.into_iter().collect()
}

/// Lines of code that name a producer, or what makes one.
fn producers(source: &str) -> Vec<&str> {
    let code = |line: &&str| !line.trim_start().starts_with("//");
    source.lines().filter(code).filter(|line| line.to_lowercase().contains("produc")).collect()
}

#[test]
fn code_for_the_live_cluster_names_no_producer() {
    let live = Path::new(env!("CARGO_MANIFEST_DIR")).join("crates/kafka/src/live");
    let sources = sources_below(&live);
    assert!(sources.len() > 15, "this is the whole live side");
    for (path, source) in &sources {
        assert_eq!(producers(source), Vec::<&str>::new(), "{path}");
    }
    assert_eq!(producers("// A producer\nuse rdkafka::producer::BaseProducer;").len(), 1, "one is found");
}

fn sources_below(folder: &Path) -> Vec<(String, String)> {
    let mut sources = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources.extend(sources_below(&path));
        } else {
            let source = std::fs::read_to_string(&path).unwrap();
            sources.push((path.display().to_string(), source));
        }
    }
    sources
}

/// All of the core's source texts, with the module that each belongs to.
fn core_sources() -> Vec<(String, String)> {
    fn visit(folder: &Path, module: Option<&str>, sources: &mut Vec<(String, String)>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let stem = path.file_stem().unwrap().to_str().unwrap().to_owned();
            if path.is_dir() {
                visit(&path, Some(module.unwrap_or(&stem)), sources);
            } else if module.is_some() || stem != "lib" {
                let source = std::fs::read_to_string(&path).unwrap();
                sources.push((module.unwrap_or(&stem).to_owned(), source));
            }
        }
    }
    let mut sources = Vec::new();
    visit(&Path::new(env!("CARGO_MANIFEST_DIR")).join("crates/core/src"), None, &mut sources);
    sources
}

#[test]
fn the_modules_of_the_core_use_only_those_before_them() {
    let sources = core_sources();
    assert!(sources.len() > 60, "this is the whole crate");
    assert_eq!(against_the_order(&sources), Vec::<String>::new());
    let there: BTreeSet<&str> = sources.iter().map(|(module, _)| module.as_str()).collect();
    assert_eq!(there, CORE_ORDER.iter().copied().collect(), "each place in the order is a module");
}

/// The order is an order: each of these wrong uses is found.
#[test]
fn a_use_against_the_order_is_found() {
    let found = |module: &str, source: &str| against_the_order(&[(module.to_owned(), source.to_owned())]);
    assert_eq!(found("time", "use crate::extract::Slot;"), ["time uses extract"]);
    assert_eq!(found("contract", "fn f(kind: crate::kinds::Facts) {}"), ["contract uses kinds"]);
    assert_eq!(
        found("kinds", "use crate::{\n    money::Currency,\n    stream::Stream,\n};"),
        ["kinds uses stream"]
    );
    assert_eq!(found("stream", "use crate::comparison::{self, Comparison};"), ["stream uses comparison"]);
    assert_eq!(found("elsewhere", ""), ["elsewhere has no place: add it to CORE_ORDER"]);
    assert_eq!(found("stream", "use crate::kinds::Facts; // crate::comparison"), Vec::<String>::new());
    assert_eq!(
        found("time", "mod a;\n#[cfg(test)]\nmod tests { use crate::extract::Slot; }"),
        Vec::<String>::new()
    );
}
