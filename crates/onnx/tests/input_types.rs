//! Models whose inputs are integers, booleans or half floats, and advice that leads to its end.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use bystander_core::input::ModelInput;
use bystander_models::RefusalKind;
use bystander_onnx::mend;
use bystander_pipeline::Scorer;
use common::graphs::{TYPES, grouped_model, model, version};
use common::{fixtures, load};
use std::fs;

fn contract(input: &str, feature: &str) -> String {
    let one = |name: &str| format!("[[features]]\nname = \"{name}\"\nfield = \"/{name}\"\n{feature}\n");
    format!(
        "schema = 1\nkind = \"orders\"\n[input]\n{input}\n{}{}[output]\nname = \"score\"\n[policy]\nreview = 0.6\nreject = 0.9\n",
        one("a"),
        one("b")
    )
}

#[test]
fn a_matrix_and_columns_of_every_type_are_fed_as_the_graph_wants_them() {
    for (name, element, missing) in TYPES {
        let source = if name == "bool" { "boolean" } else { "number" };
        let feature = format!("source = \"{source}\"\nmissing = {missing}");
        let input = format!("layout = \"matrix\"\nname = \"x\"\ntype = \"{name}\"");
        let (_, loaded) = version(&model(&["x"], element, 2), &contract(&input, &feature));
        let loaded = loaded.unwrap_or_else(|refusal| panic!("{name}: {refusal}"));
        assert!(loaded.golden.largest_difference < 1e-6, "{name}");
        let feature = format!("{feature}\ntype = \"{name}\"");
        let (_, loaded) =
            version(&model(&["a", "b"], element, 1), &contract("layout = \"columns\"", &feature));
        assert_eq!(loaded.unwrap_or_else(|refusal| panic!("{name}: {refusal}")).golden.cases, 3, "{name}");
    }
}

/// A contract of columns a, b and c; `input` is a line of the first two.
fn of_three(input: &str, element: &str) -> String {
    let one = |name: &str, input: &str| {
        format!(
            "[[features]]\nname = \"{name}\"\nfield = \"/{name}\"\nsource = \"number\"\nmissing = 0\ntype = \"{element}\"\n{input}\n"
        )
    };
    let features = [one("a", input), one("b", input), one("c", "")].concat();
    format!(
        "schema = 1\nkind = \"orders\"\n[input]\nlayout = \"columns\"\n{features}[output]\nname = \"score\"\n[policy]\n\
         review = 0.6\nreject = 0.9\n"
    )
}

/// Two columns in one input beside a third column in another, as pipelines over groups of columns are exported.
#[test]
fn a_group_of_columns_is_fed_as_one_input_and_the_refusal_says_how() {
    let refusal =
        |graph: &[u8], contract: &str| version(graph, contract).1.map(|loaded| loaded.identity).unwrap_err();
    let numbers = "input = \"numbers\"";
    for (name, element, _) in TYPES.iter().filter(|(name, ..)| *name != "bool") {
        let graph = grouped_model(&[("numbers", 2), ("c", 1)], *element);
        let refused = refusal(&graph, &of_three("", name));
        assert_eq!(refused.check, RefusalKind::InputShape, "{refused}");
        let advice = format!("each with input = \"numbers\" and type = \"{name}\"");
        assert!(refused.fix.contains(&advice), "{refused}");
        let loaded = version(&graph, &of_three(numbers, name)).1;
        assert_eq!(loaded.unwrap_or_else(|refusal| panic!("{name}: {refusal}")).golden.cases, 3, "{name}");
    }
    let refused = refusal(&grouped_model(&[("numbers", 3), ("c", 1)], 1), &of_three(numbers, "float32"));
    assert!(refused.what.contains("takes 3 columns, and 2 features name it"), "{refused}");
}

#[test]
fn a_batch_of_integers_scores_as_its_rows_do_one_by_one() {
    let input = "layout = \"matrix\"\nname = \"x\"\ntype = \"int64\"";
    let (_folder, loaded) =
        version(&model(&["x"], 7, 2), &contract(input, "source = \"number\"\nmissing = 0"));
    let loaded = loaded.unwrap();
    let mut rows = bystander_core::golden::InputBuilder::new(&loaded.contract, None).unwrap();
    for event in ["{\"a\": 3, \"b\": -5}", "{\"a\": -1, \"b\": 2}", "{}"] {
        rows.push(event.as_bytes()).unwrap();
    }
    let mut scorer = loaded.scorer().unwrap();
    let mut score = |input: &ModelInput| {
        let mut scores = Vec::new();
        scorer.score(input, &mut scores).unwrap();
        scores
    };
    let single: Vec<_> = (0..3).flat_map(|row| score(&rows.input().slice(row..row + 1))).collect();
    assert_eq!(score(rows.input()), single);
}

/// Each refusal's advice is followed, word by word, until the model loads.
#[test]
fn advice_on_input_types_leads_to_a_model_that_loads() {
    for (name, element, missing) in TYPES {
        let graph = model(&["x"], element, 2);
        let mut said = if name == "float32" { "float64" } else { "float32" }.to_owned();
        let mut steps = Vec::new();
        loop {
            let input = format!("layout = \"matrix\"\nname = \"x\"\ntype = \"{said}\"");
            let missing = if said == name { missing } else { "\"nan\"" };
            let feature = format!("source = \"decimal\"\nmissing = {missing}");
            let Err(refusal) = version(&graph, &contract(&input, &feature)).1 else { break };
            assert!(!steps.contains(&refusal.to_string()) && steps.len() < 3, "{name}: {steps:?}");
            assert_eq!(refusal.check, RefusalKind::InputType, "{refusal}");
            said = refusal.fix.split('"').nth(1).unwrap_or_else(|| panic!("{refusal}")).to_owned();
            steps.push(refusal.to_string());
        }
        assert_eq!((said.as_str(), steps.len()), (name, 1), "{steps:?}");
    }
}

#[test]
fn a_model_with_zipmap_loads_after_models_fix_and_the_step_that_it_names() {
    let place = fixtures().join("bad/zipmap/fraud/1");
    let read = |name: &str| fs::read(place.join(name)).unwrap();
    let refused = load(&fixtures().join("bad/zipmap"), "fraud/1").map(|loaded| loaded.identity).unwrap_err();
    assert!(refused.fix.contains("`bystander models fix model.onnx`"), "{refused}");
    let mended = mend("model.onnx", &read("model.onnx")).unwrap();
    assert!(
        mended.done[0].contains("ZipMap was taken out") && mended.done[0].contains("output.column"),
        "{:?}",
        mended.done
    );
    assert_eq!(
        mend("model.onnx", &mended.bytes).unwrap().done,
        Vec::<String>::new(),
        "nothing is left to fix"
    );
    let folder = tempfile::tempdir().unwrap();
    let own = folder.path().join("fraud/1");
    fs::create_dir_all(&own).unwrap();
    fs::write(own.join("model.onnx"), &mended.bytes).unwrap();
    fs::write(own.join("contract.toml"), with_column(&String::from_utf8(read("contract.toml")).unwrap()))
        .unwrap();
    fs::write(own.join("golden.jsonl"), read("golden.jsonl")).unwrap();
    load(folder.path(), "fraud/1").unwrap_or_else(|refusal| panic!("{refusal}"));
}

/// The contract with the column that the fix asks for.
fn with_column(contract: &str) -> String {
    let lines = contract.lines().filter(|line| !line.starts_with("column"));
    let lines = lines
        .map(|line| if line == "[output]" { "[output]\ncolumn = 1".to_owned() } else { line.to_owned() });
    lines.collect::<Vec<_>>().join("\n")
}
