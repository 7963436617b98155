//! Files as shops have them, through the program: what can't be read is an error that says where to look.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use serde_json::Value;
use std::fs;
use std::path::Path;
use std::process::{Command, Output};

const CONFIG: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/deploy/local/bystander.toml");

fn bystander(words: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_bystander")).args(words).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Some orders of the simulator, a line each; all of them with consent.
fn orders(folder: &Path) -> Vec<String> {
    let shop = folder.join("shop").display().to_string();
    let made = bystander(&["simulate", "--orders", "30", "--quotes", "0", "--seed", "3", "--out", &shop]);
    assert!(made.status.success(), "{}", text(&made.stderr));
    let text = fs::read_to_string(folder.join("shop/orders.jsonl")).unwrap();
    text.lines().map(|line| line.replace("\"analytics\":false", "\"analytics\":true")).collect()
}

/// Replays a file into a new folder.
fn replay(folder: &Path, input: &Path, config: &str) -> (Output, Value) {
    let out = folder.join(format!("{}-run", input.file_name().unwrap().to_string_lossy()));
    let (input, shown) = (input.display().to_string(), out.display().to_string());
    let words = [
        "replay", "-c", config, "--stream", "orders", "--format", "jsonl", "--input", &input, "--out", &shown,
    ];
    let output = bystander(&words);
    let receipt =
        fs::read(out.join("receipt.json")).map_or(Value::Null, |json| serde_json::from_slice(&json).unwrap());
    (output, receipt)
}

#[test]
fn a_replay_of_which_nothing_can_be_read_fails_with_the_codes_the_line_and_the_fix() {
    let folder = tempfile::tempdir().unwrap();
    let lines = orders(folder.path());
    let file = folder.path().join("wrong.jsonl");
    let wrong: Vec<_> = lines.iter().map(|line| line.replace("\"order_id\"", "\"number\"")).collect();
    fs::write(&file, format!("<orders>\n\n{}\n", wrong.join("\n"))).unwrap();
    let (output, receipt) = replay(folder.path(), &file, CONFIG);
    assert_eq!(output.status.code(), Some(1));
    let (said, shown) = (text(&output.stderr), text(&output.stdout));
    assert!(said.contains("none of 31 records could be read: 30 missing_field (schema), first"), "{said}");
    assert!(said.contains("wrong.jsonl:3 at /order_id; the pointer leads nowhere"), "{said}");
    assert!(
        shown.contains("1 not_json (decode), first") && shown.contains("wrong.jsonl:1; look at the line"),
        "{shown}"
    );
    assert_eq!(receipt["dead_letters"][0]["count"], 30);
    assert_eq!(receipt["totals"]["read"], 31, "the receipt is written all the same");
}

#[test]
fn a_replay_below_the_share_that_the_config_asks_for_fails_and_one_above_it_lists_its_codes() {
    let folder = tempfile::tempdir().unwrap();
    let lines = orders(folder.path());
    let file = folder.path().join("some.jsonl");
    let wrong = lines[9].replace("\"order_id\"", "\"number\"");
    fs::write(&file, format!("{}\n{wrong}\n", lines[..9].join("\n"))).unwrap();
    let strict = |share: &str| {
        let path = Path::new(CONFIG).with_file_name(format!(".strict-{}-{share}.toml", std::process::id()));
        fs::write(
            &path,
            format!("{}\n[replay]\nmin_readable = {share}\n", fs::read_to_string(CONFIG).unwrap()),
        )
        .unwrap();
        path
    };
    let (few, enough) = (strict("0.95"), strict("0.85"));
    let (refused, _) = replay(folder.path(), &file, few.to_str().unwrap());
    fs::remove_dir_all(folder.path().join("some.jsonl-run")).unwrap();
    let (passed, receipt) = replay(folder.path(), &file, enough.to_str().unwrap());
    [few, enough].iter().for_each(|path| fs::remove_file(path).unwrap());
    assert_eq!(refused.status.code(), Some(1), "{}", text(&refused.stderr));
    let said = text(&refused.stderr);
    assert!(said.contains("9 of 10 records could be read, less than replay.min_readable = 0.95"), "{said}");
    assert_eq!(passed.status.code(), Some(0), "{}", text(&passed.stderr));
    assert_eq!(receipt["dead_letters"][0]["code"], "missing_field");
    assert!(text(&passed.stdout).contains("1 missing_field (schema), first"), "{}", text(&passed.stdout));
}

#[test]
fn a_report_on_files_that_hold_no_comparison_fails_and_names_the_first_line() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("events.jsonl");
    fs::write(&file, orders(folder.path()).join("\n")).unwrap();
    let output =
        bystander(&["report", "-c", CONFIG, "--comparisons", file.to_str().unwrap(), "--outcomes", CONFIG]);
    assert_eq!(output.status.code(), Some(1), "{}", text(&output.stdout));
    let said = text(&output.stderr);
    assert!(said.contains("0 of 30 comparisons could be read, first wrong one:"), "{said}");
    assert!(said.contains("events.jsonl:1") && said.contains("--comparisons"), "{said}");
}

#[test]
fn an_array_of_events_gives_the_digest_of_its_lines() {
    let folder = tempfile::tempdir().unwrap();
    let lines = orders(folder.path());
    let (one, other) = (folder.path().join("lines.jsonl"), folder.path().join("array.json"));
    fs::write(&one, lines.join("\n")).unwrap();
    fs::write(&other, format!("[\n{}\n]", lines.join(",\n"))).unwrap();
    let digest = |file: &Path| {
        let (output, receipt) = replay(folder.path(), file, CONFIG);
        assert!(output.status.success(), "{}", text(&output.stderr));
        (receipt["comparisons"].clone(), receipt["totals"].clone())
    };
    assert_eq!(digest(&one), digest(&other));
}

#[test]
fn models_fix_writes_a_model_without_zipmap_beside_the_given_one_and_leaves_that_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let given =
        concat!(env!("CARGO_MANIFEST_DIR"), "/crates/onnx/tests/fixtures/bad/zipmap/fraud/1/model.onnx");
    let model = folder.path().join("model.onnx");
    fs::copy(given, &model).unwrap();
    let fixed = folder.path().join("model.fixed.onnx");
    let (model, fixed) = (model.to_str().unwrap(), fixed.to_str().unwrap());
    let onto_itself = bystander(&["models", "fix", model, "--out", model]);
    assert_eq!(onto_itself.status.code(), Some(2), "{}", text(&onto_itself.stdout));
    assert!(text(&onto_itself.stderr).contains("name another file"), "{}", text(&onto_itself.stderr));
    let done = bystander(&["models", "fix", model]);
    assert!(done.status.success(), "{}", text(&done.stderr));
    assert!(text(&done.stdout).contains("ZipMap was taken out"), "{}", text(&done.stdout));
    assert_eq!(fs::read(model).unwrap(), fs::read(given).unwrap());
    let again = bystander(&["models", "fix", fixed]);
    assert!(text(&again.stdout).contains("nothing to fix, no file was written"), "{}", text(&again.stdout));
    let other = bystander(&["models", "fix", CONFIG]);
    assert_eq!(other.status.code(), Some(1));
    assert!(text(&other.stderr).contains("not a whole ONNX model"), "{}", text(&other.stderr));
}
