//! Everything that must not score is refused, with its own reason and one line that holds the fix.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use bystander_models::gate::{self, FileLimits};
use bystander_models::{Refusal, RefusalKind, Repository};
use bystander_onnx::FORMAT;
use common::{Broken, engine, fixtures, load};

/// The reason, a part of what is wrong, and a part of the fix; all on one line.
fn assert_refused(refusal: &Refusal, check: RefusalKind, what: &str, fix: &str) {
    assert_eq!(refusal.check, check, "{refusal}");
    assert!(refusal.what.contains(what), "{refusal}");
    assert!(refusal.fix.contains(fix), "{refusal}");
    let line = refusal.to_string();
    assert!(!line.contains('\n'), "one line: {line}");
    assert!(
        line.contains(check.name()) && line.contains(&refusal.what) && line.contains(&refusal.fix),
        "{line}"
    );
}

fn refusal_of_fixture(name: &str) -> Refusal {
    let folder = fixtures().join("bad").join(name);
    load(&folder, "fraud/1").map(|loaded| loaded.identity).expect_err(name)
}

#[test]
fn models_broken_in_their_graph_are_refused() {
    use RefusalKind::*;
    let table = [
        ("external_data", ExternalData, "are kept in another file", "save_as_external_data=False"),
        (
            "custom_domain",
            CustomDomain,
            "`BiasGelu` is of the custom domain `com.microsoft`",
            "standard operators",
        ),
        ("custom_domain_in_branch", CustomDomain, "`BiasGelu`", "standard operators"),
        ("custom_domain_in_function", CustomDomain, "`BiasGelu`", "standard operators"),
        ("zipmap", ZipMap, "ZipMap", "`bystander models fix model.onnx`"),
        ("fixed_batch", FixedBatch, "`input` takes exactly 1 rows", "`dynamic_axes={'input': {0: 'batch'}}`"),
        ("fixed_width", InputShape, "`input` has 6 columns, the contract 7 features", "list the features"),
        ("float16_input", InputType, "the contract says float32", "set input.type to \"float16\""),
        ("sequence_output", Output, "output `output` is no tensor", "tensors as inputs and outputs"),
        ("unknown_operator", Session, "Sigmoidal", "export it anew"),
        ("random", NotReproducible, "scored twice gives different scores", "remove random operators"),
    ];
    for (name, check, what, fix) in table {
        assert_refused(&refusal_of_fixture(name), check, what, fix);
    }
    let folders = std::fs::read_dir(fixtures().join("bad")).unwrap().count();
    assert_eq!(folders, table.len(), "every broken fixture is in the table");
}

#[test]
fn a_model_cut_off_anywhere_is_refused() {
    let broken = Broken::copy_of("lightgbm_classifier");
    let whole = std::fs::read(broken.file("model.onnx")).unwrap();
    for length in [0, 1, 7, 100, whole.len() / 2, whole.len() - 20, whole.len() - 1] {
        let refusal = broken.write("model.onnx", &whole[..length]).refusal();
        assert_refused(&refusal, RefusalKind::Corrupt, "cut off, damaged or another kind", "copy it again");
    }
}

#[test]
fn a_text_file_in_the_models_place_is_refused() {
    let broken = Broken::copy_of("lightgbm_classifier");
    for text in
        ["version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9\n", "<html></html>", "\n\n\n"]
    {
        let refusal = broken.write("model.onnx", text).refusal();
        assert_refused(&refusal, RefusalKind::Corrupt, "no whole ONNX model", "copy it again");
    }
}

#[test]
fn a_missing_file_is_refused_by_name() {
    for (name, fix) in [
        ("model.onnx", "put the exported model there"),
        ("contract.toml", "write the contract"),
        ("golden.jsonl", "training library's own scores"),
    ] {
        let broken = Broken::copy_of("lightgbm_classifier");
        std::fs::remove_file(broken.file(name)).unwrap();
        let what = format!("{name} is missing");
        assert_refused(&broken.refusal(), RefusalKind::MissingFile, &what, fix);
    }
}

#[test]
fn a_folder_in_the_models_place_is_refused() {
    let broken = Broken::copy_of("lightgbm_classifier");
    std::fs::remove_file(broken.file("model.onnx")).unwrap();
    std::fs::create_dir(broken.file("model.onnx")).unwrap();
    assert_refused(
        &broken.refusal(),
        RefusalKind::MissingFile,
        "is no regular file",
        "put the exported model",
    );
}

#[test]
fn a_model_above_the_size_limit_is_refused() {
    let folder = fixtures().join("good");
    let repository = Repository::open(&folder, &[FORMAT]).unwrap();
    let model = repository.resolve("lightgbm_classifier/1").unwrap();
    let size = repository.folder_of(&model).join("model.onnx").metadata().unwrap().len();
    let limited = |model_bytes| {
        let limits = FileLimits { model: model_bytes, ..FileLimits::default() };
        gate::load_within(&[engine()], &repository, &model, None, &limits)
    };
    assert!(limited(size).is_ok());
    let refusal = limited(size - 1).map(|loaded| loaded.identity).unwrap_err();
    assert_refused(&refusal, RefusalKind::TooLarge, "model.onnx is larger than", "export a smaller model");
}

#[test]
fn names_types_and_widths_that_differ_from_the_graph_are_refused() {
    use RefusalKind::*;
    let seven = "[[features]]\nname = \"lines\"\nsource = \"length\"\nfield = \"/lines\"\nmissing = 0\n";
    let table = [
        (
            "name = \"input\"",
            "name = \"features\"",
            InputName,
            "input is `input`",
            "set input.name = \"input\"",
        ),
        (
            "type = \"float32\"",
            "type = \"float64\"",
            InputType,
            "says float64",
            "set input.type to \"float32\"",
        ),
        (seven, "", InputShape, "has 7 columns, the contract 6 features", "list the features"),
        ("\"probabilities\"", "\"scores\"", Output, "`scores` is not among", "`label`, `probabilities`"),
        ("\"probabilities\"", "\"label\"", Output, "not a float or double tensor", "not of labels"),
        ("column = 1\n", "", Output, "has 2 columns and the contract names none", "set output.column"),
        ("column = 1\n", "column = 2\n", Output, "there is no column 2", "a number below 2"),
    ];
    for (from, to, check, what, fix) in table {
        let broken = Broken::copy_of("lightgbm_classifier");
        assert_refused(&broken.replace("contract.toml", from, to).refusal(), check, what, fix);
    }
}

#[test]
fn columns_that_differ_from_the_graph_are_refused() {
    use RefusalKind::*;
    let vip = "[[features]]\nname = \"vip\"\nsource = \"boolean\"\nfield = \"/vip\"\nmissing = false\ntype = \"bool\"\n";
    let table = [
        (
            "name = \"amount\"",
            "name = \"total\"",
            InputName,
            "`total` is not an input of the graph",
            "list one feature for each input, each with its name and type: `amount` \"float64\"",
        ),
        (vip, "", InputName, "the graph's input `vip` has no feature", "add a feature named `vip`"),
        (
            "type = \"int64\"",
            "type = \"float64\"",
            InputType,
            "`quantity`",
            "type of feature `quantity` to \"int64\"",
        ),
    ];
    for (from, to, check, what, fix) in table {
        let broken = Broken::copy_of("sklearn_columns");
        assert_refused(&broken.replace("contract.toml", from, to).refusal(), check, what, fix);
    }
}

#[test]
fn a_layout_that_the_graph_does_not_have_is_refused() {
    let contract_of =
        |model: &str| std::fs::read(fixtures().join("good").join(model).join("1/contract.toml")).unwrap();
    let matrix = Broken::copy_of("sklearn_columns");
    let refusal = matrix.write("contract.toml", contract_of("lightgbm_classifier")).refusal();
    assert_refused(&refusal, RefusalKind::InputName, "not one matrix", "set input.layout = \"columns\"");
    let columns = Broken::copy_of("lightgbm_classifier");
    let refusal = columns.write("contract.toml", contract_of("sklearn_columns")).refusal();
    assert_refused(
        &refusal,
        RefusalKind::InputName,
        "the graph has one input `input`",
        "set input.layout = \"matrix\", input.name = \"input\" and input.type = \"float32\"",
    );
}

#[test]
fn a_contract_that_can_not_be_right_is_refused() {
    let table = [
        ("[policy]", "colour = \"red\"\n[policy]", "colour", "rename or remove this key"),
        ("field = \"/amount\"", "filed = \"/amount\"", "unknown field `filed`", "rename or remove this key"),
        ("schema = 1", "schema = 2\nnew_key = 1", "schema 2, which isn't known", "schema = 1"),
        ("schema = 1", "schema = ", "line 1", "correct, rename or remove this key"),
        ("reject = 0.8", "reject = 0.4", "policy", "set review to at most reject"),
        ("[policy]\nreview = 0.5\nreject = 0.8", "", "policy: a model for orders needs", "add [policy]"),
        ("tolerance = 1e-6", "tolerance = -1.0", "golden.tolerance", "write one such as 1e-6"),
        ("name = \"quantity\"", "name = \"amount\"", "`amount` is listed twice", "its own name"),
        ("unknown = -1\n", "", "vocabulary", "go with source = \"category\""),
        ("from = \"/customer_since\"\n", "", "has no from", "name it"),
        ("field = \"/amount\"", "field = \"amount\"", "field", "RFC 6901"),
    ];
    for (from, to, what, fix) in table {
        let broken = Broken::copy_of("lightgbm_classifier");
        let refusal = broken.replace("contract.toml", from, to).refusal();
        assert_refused(&refusal, RefusalKind::Contract, what, fix);
        assert!(refusal.what.starts_with("contract.toml"), "{refusal}");
    }
}

/// Drift is looked for only where the reference is one, so a mistake in it must not pass in silence.
#[test]
fn a_reference_that_is_no_distribution_is_refused_with_its_place() {
    let table = [
        (
            "score]\nedges = [0.5]\nshares = [0.5]",
            "score.shares: 1 shares stand for 2 bins",
            "one more than there are",
        ),
        ("score]\nedges = [0.5]\nshares = [0.5, 0.6]", "score.shares: they sum to 1.1", "sum to 1"),
        (
            "score]\nedges = [0.5]\nshares = [1.5, -0.5]",
            "score.shares: 1.5 is not a valid share",
            "from 0 to 1",
        ),
        (
            "score]\nedges = [0.5, 0.5]\nshares = [0.5, 0.25, 0.25]",
            "score.edges: 0.5 is followed by 0.5",
            "above",
        ),
        ("score]\nedges = [inf]\nshares = [0.5, 0.5]", "score.edges: an edge is not a finite", "are open"),
        (
            "score]\nvalues = [\"a\"]\nshares = [1.0]",
            "score.values: a number stands where a word",
            "inner `edges`",
        ),
        (
            "features.amount]\nshares = [1.0]\nmissing = 2.0",
            "amount.missing: 2 is not a valid share",
            "0 to 1",
        ),
        (
            "features.category]\nedges = [0.5]\nshares = [0.5, 0.5]",
            "category.edges: words have no bins",
            "`values`",
        ),
        ("features.category]\nvalues = [\"a\", \"a\"]\nshares = [0.5, 0.5]", "is listed twice", "each once"),
        ("features.amuont]\nshares = [1.0]", "features.amuont: no feature has this name", "as the feature"),
    ];
    for (reference, what, fix) in table {
        let broken = Broken::copy_of("lightgbm_classifier");
        let contract = std::fs::read_to_string(broken.file("contract.toml")).unwrap();
        let refusal =
            broken.write("contract.toml", format!("{contract}\n[reference.{reference}\n")).refusal();
        assert_refused(&refusal, RefusalKind::Contract, what, fix);
        assert!(refusal.what.starts_with("contract.toml: reference."), "{refusal}");
    }
    let sound = Broken::copy_of("lightgbm_classifier");
    let contract = std::fs::read_to_string(sound.file("contract.toml")).unwrap();
    let reference =
        "[reference.score]\nedges = [0.1]\nshares = [0.9, 0.1]\n[reference.features.amount]\nshares = [1.0]";
    sound.write("contract.toml", format!("{contract}\n{reference}\n"));
    assert!(sound.load().is_ok(), "a constant has one bin and no edge");
}

#[test]
fn a_golden_event_off_by_more_than_the_tolerance_is_refused_with_its_figures() {
    let broken = Broken::copy_of("lightgbm_classifier");
    let text = std::fs::read_to_string(broken.file("golden.jsonl")).unwrap();
    let mut lines: Vec<serde_json::Value> =
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let right = lines[4]["score"].as_f64().unwrap();
    lines[4]["score"] = serde_json::json!(right + 2e-6);
    let changed: String = lines.iter().map(|line| format!("{line}\n")).collect();
    let refusal = broken.write("golden.jsonl", changed).refusal();
    let what = format!("golden.jsonl line 5 (event 4): expected {}, got ", right + 2e-6);
    assert_refused(&refusal, RefusalKind::GoldenMismatch, &what, "floor them to float32");
    assert!(refusal.what.ends_with("tolerance 0.000001; 1 of 40 golden events are off"), "{refusal}");
}

#[test]
fn golden_events_scored_with_another_version_are_refused() {
    let broken = Broken::copy_of("lightgbm_classifier");
    let other = fixtures().join("good/xgboost_classifier/1/golden.jsonl");
    let refusal = broken.write("golden.jsonl", std::fs::read(other).unwrap()).refusal();
    assert_refused(
        &refusal,
        RefusalKind::GoldenMismatch,
        "of 40 golden events are off",
        "floor them to float32",
    );
}

#[test]
fn golden_events_that_say_nothing_are_refused() {
    let table = [
        ("", "holds no event", "one JSON object per line"),
        ("\n  \n", "holds no event", "one JSON object per line"),
        ("{\"case\": \"a\", \"event\": {}, \"score\": 0.5", "line 1 can't be read", "write {\"case\""),
        ("{\"case\": \"a\", \"event\": {}, \"score\": \"0.5\"}", "line 1 can't be read", "write {\"case\""),
        ("{\"case\": \"a\", \"event\": {}}", "missing field `score`", "write {\"case\""),
        ("{\"case\": \"a\", \"event\": {}, \"score\": 1, \"x\": 2}", "unknown field `x`", "write {\"case\""),
        (
            "{\"case\": \"a\", \"event\": {}, \"score\": 0.5}",
            "(a): the event makes no row: missing_field at",
            "correct",
        ),
    ];
    for (text, what, fix) in table {
        let refusal = Broken::copy_of("lightgbm_classifier").write("golden.jsonl", text).refusal();
        assert_refused(&refusal, RefusalKind::GoldenInvalid, what, fix);
    }
}

#[test]
fn a_score_that_is_no_number_is_refused() {
    let broken = Broken::copy_of("network_classifier");
    let refusal = broken.replace("contract.toml", "missing = 0\n", "missing = \"nan\"\n").refusal();
    assert_refused(&refusal, RefusalKind::GoldenMismatch, "got NaN", "floor them to float32");
}

#[test]
fn files_that_are_no_text_are_refused() {
    let broken = Broken::copy_of("lightgbm_classifier");
    let refusal = broken.write("contract.toml", b"\xff\xfe").refusal();
    assert_refused(&refusal, RefusalKind::Contract, "no UTF-8", "save it as UTF-8");
}
