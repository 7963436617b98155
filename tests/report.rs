//! The report as its users run it: from a replayed archive and a file of outcomes to a page, a verdict and an exit code.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use serde_json::{Value, json};
use std::fs;
use std::path::Path;
use std::process::{Command, Output};
use std::sync::OnceLock;
use tempfile::TempDir;

const CONFIG: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/deploy/local/bystander.toml");

fn bystander(words: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_bystander")).args(words).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// A shop's archive, replayed once for all tests: `shop/` and `run/`.
fn world() -> &'static Path {
    static WORLD: OnceLock<TempDir> = OnceLock::new();
    let folder = WORLD.get_or_init(|| {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name).display().to_string();
        let words =
            ["simulate", "--orders", "8000", "--quotes", "2000", "--days", "90", "--seed", "9", "--out"];
        assert!(bystander(&[&words[..], &[&path("shop")]].concat()).status.success());
        let orders = path("shop/orders.jsonl");
        let words = ["replay", "-c", CONFIG, "--stream", "orders", "--input", &orders, "--out", &path("run")];
        let output = bystander(&words);
        assert!(output.status.success(), "{}", text(&output.stderr));
        folder
    });
    folder.path()
}

/// Reports on the world as of a day, with further words.
fn report(outcomes: &Path, as_of: &str, further: &[&str]) -> Output {
    let (run, outcomes) = (world().join("run").display().to_string(), outcomes.display().to_string());
    let words = ["report", "-c", CONFIG, "--comparisons", &run, "--outcomes", &outcomes, "--as-of", as_of];
    bystander(&[&words[..], further].concat())
}

fn outcomes() -> std::path::PathBuf {
    world().join("shop/outcomes.jsonl")
}

fn parsed(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {}", text(&output.stderr)))
}

#[test]
fn an_archive_and_a_file_of_outcomes_become_a_page_a_document_and_a_summary() {
    let folder = tempfile::tempdir().unwrap();
    let (html, document) = (folder.path().join("r.html"), folder.path().join("r.json"));
    let words = ["--html", html.to_str().unwrap(), "--json", document.to_str().unwrap()];
    let output = report(&outcomes(), "2026-12-01", &words);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let said = text(&output.stdout);
    assert!(said.contains("fraud@champion") && said.contains("catches "), "{said}");
    assert!(!said.contains("NaN") && said.lines().all(|line| line.chars().count() <= 80), "{said}");
    let page = fs::read_to_string(&html).unwrap();
    assert!(page.starts_with("<!DOCTYPE html>") && page.contains("<svg") && !page.contains("NaN"));
    assert!(!page.contains("<script") && !page.contains("http-equiv"), "nothing runs, nothing is fetched");
    let document: Value = serde_json::from_slice(&fs::read(&document).unwrap()).unwrap();
    assert_eq!(document["schema"], 5);
    let printed = parsed(&report(&outcomes(), "2026-12-01", &["--output", "json"]));
    assert_eq!(document, printed, "the same rows give the same report");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2, "nothing half-written is left");
}

#[test]
fn what_was_known_on_a_day_is_less_than_what_is_known_later() {
    let known = |as_of: &str| {
        let said = text(&report(&outcomes(), as_of, &[]).stdout);
        let said = said.split_whitespace().collect::<Vec<_>>().join(" ");
        let (before, _) = said.split_once(" are known to be fraud").unwrap_or_else(|| panic!("{said}"));
        before.rsplit(' ').next().unwrap().replace(',', "").parse::<u64>().unwrap()
    };
    let (early, late) = (known("2026-02-15"), known("2026-12-01"));
    assert!(0 < early && early < late, "{early} {late}");
}

#[test]
fn a_gate_that_is_not_met_ends_with_3_one_on_hold_with_4_and_one_that_is_met_with_0() {
    let folder = tempfile::tempdir().unwrap();
    let gates = folder.path().join("gates.toml");
    let write = |bound: f64| {
        let gate = format!(
            "[[gates]]\nname = \"ranks well\"\nmodel = \"fraud@champion\"\nmetric = \"auc\"\nbound = {bound}\n\
             direction = \"higher\"\nmin_labels = 20\npopulation = \"live_accepted\"\nhorizon = 2026-11-01T00:00:00Z\n"
        );
        fs::write(&gates, gate).unwrap();
        report(&outcomes(), "2026-12-01", &["--gates", gates.to_str().unwrap()])
    };
    let met = write(0.6);
    assert_eq!(met.status.code(), Some(0), "{}{}", text(&met.stdout), text(&met.stderr));
    let missed = write(0.999);
    assert_eq!(missed.status.code(), Some(3), "{}{}", text(&missed.stdout), text(&missed.stderr));
    assert!(text(&missed.stderr).contains("gates not met: ranks well"));
    let text_of = fs::read_to_string(&gates).unwrap();
    fs::write(&gates, text_of.replace("min_labels = 20", "min_labels = 1000000")).unwrap();
    let held = report(&outcomes(), "2026-12-01", &["--gates", gates.to_str().unwrap()]);
    assert_eq!(held.status.code(), Some(4), "{}{}", text(&held.stdout), text(&held.stderr));
    assert!(text(&held.stderr).contains("gates on hold, the evidence says neither yet: ranks well"));
}

/// A version that the config doesn't bind: its contract is found by its bytes, and what isn't found is said.
#[test]
fn a_replayed_models_own_thresholds_are_used_while_the_repository_holds_its_very_bytes() {
    let folder = tempfile::tempdir().unwrap();
    let (models, run) = (folder.path().join("models"), folder.path().join("run"));
    copy(&Path::new(env!("CARGO_MANIFEST_DIR")).join("models"), &models);
    let own = models.join("fraud/7");
    copy(&models.join("fraud/1"), &own);
    let contract = fs::read_to_string(own.join("contract.toml")).unwrap();
    let lines = contract.lines().map(|line| match line.split_once('=') {
        Some(("reject ", _)) => "reject = 0.8125",
        Some(("review ", _)) => "review = 0.4375",
        _ => line,
    });
    fs::write(own.join("contract.toml"), lines.collect::<Vec<_>>().join("\n")).unwrap();
    let bystander = |words: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_bystander"));
        command.env("BYSTANDER__MODELS__REPOSITORY", &models).args(words).output().unwrap()
    };
    let orders = world().join("shop/orders.jsonl").display().to_string();
    let run = run.to_str().unwrap();
    let words = [
        "replay", "-c", CONFIG, "--stream", "orders", "--input", &orders, "--models", "fraud/7", "--out", run,
    ];
    let output = bystander(&words);
    assert!(output.status.success(), "{}", text(&output.stderr));
    let outcomes = outcomes().display().to_string();
    let report = || {
        let words =
            ["report", "-c", CONFIG, "--comparisons", run, "--outcomes", &outcomes, "--output", "json"];
        let report = parsed(&bystander(&[&words[..], &["--as-of", "2026-12-01"]].concat()));
        let threshold =
            report["fraud"][0]["models"][0]["thresholds"]["points"][0]["threshold"].as_f64().unwrap();
        let contract = report["header"]["models"][0]["contract"].as_str().unwrap().to_owned();
        (threshold, contract, report["fraud"][0]["models"][0]["drift"].to_string())
    };
    let (threshold, contract, drift) = report();
    assert_eq!(threshold, 0.8125);
    assert!(contract.contains("those of its folder"), "{contract}");
    assert!(drift.contains("the model's frozen reference"), "{drift}");
    // Other bytes under the same number.
    fs::copy(models.join("fraud/2/model.onnx"), own.join("model.onnx")).unwrap();
    let (threshold, contract, drift) = report();
    assert!(threshold > 0.8125, "the lowest score that was rejected: {threshold}");
    assert!(contract.contains("fraud/7 is another model"), "{contract}");
    assert!(drift.contains("aren't known") && drift.contains("fraud/7 is another model"), "{drift}");
    fs::remove_dir_all(&own).unwrap();
    assert!(report().1.contains("the model repository has no fraud/7"));
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

#[test]
fn malformed_and_foreign_outcomes_are_counted_and_never_swallowed() {
    let folder = tempfile::tempdir().unwrap();
    let mixed = folder.path().join("outcomes.jsonl");
    let sound = fs::read_to_string(outcomes()).unwrap();
    let order = sound.lines().find(|line| line.contains("ord_")).unwrap();
    let stranger = order.replace("ord_", "nobody_").replace("out_", "out_x");
    fs::write(&mixed, format!("{sound}not json\n{{\"type\":\"dispute_lost\"}}\n{stranger}\n")).unwrap();
    let output = report(&mixed, "2026-12-01", &["--output", "json"]);
    assert!(text(&output.stderr).contains("malformed=2"), "{}", text(&output.stderr));
    let data = &parsed(&output)["data"];
    let reasons: Vec<_> =
        data["malformed"].as_array().unwrap().iter().map(|one| (&one["name"], &one["count"])).collect();
    assert_eq!(
        reasons,
        [(&json!("missing_field at /subject_id"), &json!(1)), (&json!("not_json"), &json!(1))]
    );
    let counted = |name: &str| {
        let counts = data["counts"].as_array().unwrap();
        counts.iter().find(|one| one["name"] == name).unwrap()["count"].as_u64().unwrap()
    };
    assert_eq!(counted("malformed_outcomes"), 2);
    assert!(counted("orphan_outcomes") >= 1, "{data}");
    let said = text(&report(&mixed, "2026-12-01", &[]).stdout);
    for counted in
        ["2 malformed outcomes", "1 for missing_field at /subject_id", "orphan outcomes", "added up only at"]
    {
        assert!(said.contains(counted), "{counted} is missing in\n{said}");
    }
    fs::write(&mixed, "not json\n").unwrap();
    let none = report(&mixed, "2026-12-01", &[]);
    assert_eq!(none.status.code(), Some(1), "no outcome at all is no report");
    let said = text(&none.stderr);
    assert!(said.contains("none of 1 outcomes could be read: 1 not_json; first"), "{said}");
    assert!(said.contains("outcomes.jsonl:1: not_json; look at the line"), "{said}");
}

#[test]
fn wrong_usage_is_one_clear_line() {
    let folder = tempfile::tempdir().unwrap();
    let gates = folder.path().join("gates.toml");
    fs::write(&gates, "[[gates]]\nname = \"a\"\nmodel = \"fraud@champion\"\nmetric = \"recal\"\n").unwrap();
    let gates = gates.to_str().unwrap();
    let missing = folder.path().join("missing/r.html");
    for (further, code, says) in [
        (&["--gates", gates][..], 2, "line 4"),
        (&["--gates", "no-such-gates.toml"], 2, "no-such-gates.toml can't be read"),
        (&["--from", "yesterday"], 2, "`yesterday` is not a time"),
        (&["--html", missing.to_str().unwrap()], 1, "can't be written"),
    ] {
        let output = report(&outcomes(), "2026-12-01", further);
        assert_eq!(output.status.code(), Some(code), "{further:?}: {}", text(&output.stderr));
        assert!(text(&output.stderr).contains(says), "{further:?}: {}", text(&output.stderr));
    }
}
