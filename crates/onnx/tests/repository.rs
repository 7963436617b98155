//! What is a model, what is a version, and what a reference means.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use bystander_models::repository::ModelEntry;
use bystander_models::{ModelRef, Refusal, RefusalKind, Repository, verify_directory};
use bystander_onnx::FORMAT;
use common::{Broken, engine, fixtures};
use std::path::Path;
use tempfile::TempDir;

/// A repository of empty files: names are all that opening it reads.
fn tree(files: &[&str], aliases: &str) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for file in files {
        let path = folder.path().join(file);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, "").unwrap();
    }
    std::fs::write(folder.path().join("aliases.toml"), aliases).unwrap();
    folder
}

fn usual() -> TempDir {
    let files = ["fraud/1/model.onnx", "fraud/2/model.onnx", "pricing/1/model.onnx"];
    tree(&files, "[fraud]\nchampion = 1\nchallenger = 2\n\n[pricing]\nchampion = 1\n")
}

fn model(name: &str, version: u32, alias: Option<&str>) -> ModelRef {
    ModelRef { name: name.into(), version, alias: alias.map(str::to_owned) }
}

fn only_refusal(folder: &Path) -> Refusal {
    let mut refusals = Repository::open(folder, &[FORMAT]).map(drop).expect_err("refused");
    assert_eq!(refusals.len(), 1, "{refusals:?}");
    refusals.remove(0)
}

#[test]
fn a_reference_is_an_alias_a_version_or_a_path() {
    let folder = usual();
    let repository = Repository::open(folder.path(), &[FORMAT]).unwrap();
    assert_eq!(repository.resolve("fraud@challenger").unwrap(), model("fraud", 2, Some("challenger")));
    assert_eq!(repository.resolve("fraud@2").unwrap(), model("fraud", 2, None));
    assert_eq!(repository.resolve("fraud/1").unwrap(), model("fraud", 1, None));
}

#[test]
fn a_reference_that_leads_nowhere_lists_what_there_is() {
    let folder = usual();
    let repository = Repository::open(folder.path(), &[FORMAT]).unwrap();
    let table = [
        ("fraud@canary", RefusalKind::Alias, "has no alias `canary`", "aliases there: challenger, champion"),
        ("fraud/3", RefusalKind::UnknownModel, "has no version 3", "versions there: 1, 2"),
        ("fraud@3", RefusalKind::UnknownModel, "has no version 3", "versions there: 1, 2"),
        ("returns@champion", RefusalKind::UnknownModel, "no model `returns`", "models there: fraud, pricing"),
        ("fraud", RefusalKind::UnknownModel, "names no version", "write `fraud@alias` or `fraud/1`"),
        ("fraud/champion", RefusalKind::VersionFolder, "`champion` is no number", "`fraud@champion`"),
    ];
    for (reference, check, what, fix) in table {
        let refusal = repository.resolve(reference).unwrap_err();
        assert_eq!(refusal.check, check, "{refusal}");
        assert!(refusal.what.contains(what) && refusal.fix.contains(fix), "{refusal}");
    }
}

#[test]
fn the_list_has_every_version_with_its_aliases() {
    let folder = usual();
    let list = Repository::open(folder.path(), &[FORMAT]).unwrap().list();
    let fraud = vec![(1, vec!["champion".to_owned()]), (2, vec!["challenger".to_owned()])];
    let pricing = vec![(1, vec!["champion".to_owned()])];
    let entry = |name: &str, versions| ModelEntry { name: name.into(), versions };
    assert_eq!(list, [entry("fraud", fraud), entry("pricing", pricing)]);
}

#[test]
fn training_code_and_hidden_folders_are_no_models() {
    let folder =
        tree(&["fraud/1/model.onnx", "train/fraud.py", "train/data/a.csv", ".git/1/x", "README.md"], "");
    let names: Vec<String> = Repository::open(folder.path(), &[FORMAT])
        .unwrap()
        .list()
        .into_iter()
        .map(|entry| entry.name)
        .collect();
    assert_eq!(names, ["fraud"]);
}

#[test]
fn a_repository_without_aliases_has_none() {
    let folder = usual();
    std::fs::remove_file(folder.path().join("aliases.toml")).unwrap();
    let refusal = Repository::open(folder.path(), &[FORMAT]).unwrap().resolve("fraud@champion").unwrap_err();
    assert!(refusal.fix.contains("aliases there: none"), "{refusal}");
}

#[test]
fn a_version_folder_that_is_no_number_is_refused() {
    for name in ["v2", "latest", "02", "0", "-1", "1.0"] {
        let folder = tree(&["fraud/1/model.onnx", &format!("fraud/{name}/model.onnx")], "");
        let refusal = only_refusal(folder.path());
        assert_eq!(refusal.check, RefusalKind::VersionFolder, "{refusal}");
        assert_eq!(refusal.model, format!("fraud/{name}"));
        assert!(refusal.fix.contains("name version folders 1, 2, 3"), "{refusal}");
    }
}

#[test]
fn model_files_outside_a_version_folder_are_refused() {
    let folder = tree(&["fraud/model.onnx"], "");
    let refusal = only_refusal(folder.path());
    assert_eq!(refusal.check, RefusalKind::VersionFolder);
    assert!(refusal.fix.contains("move them into fraud/1/"), "{refusal}");
}

#[test]
fn an_alias_that_leads_nowhere_is_refused() {
    let table = [
        ("[fraud]\nchampion = 3\n", "names version 3".replace("names", "name"), "existing version: 1"),
        ("[returns]\nchampion = 1\n", "names model `returns`".to_owned(), "models there: fraud"),
        ("[fraud]\n2 = 1\n", "could be taken for a version".to_owned(), "use a word"),
        ("[fraud]\nchampion = \"one\"\n", "can't be read".to_owned(), "`[fraud]`"),
        ("[fraud\n", "can't be read".to_owned(), "`[fraud]`"),
    ];
    for (aliases, what, fix) in table {
        let folder = tree(&["fraud/1/model.onnx"], aliases);
        let refusal = only_refusal(folder.path());
        assert_eq!(refusal.check, RefusalKind::Alias, "{refusal}");
        assert!(refusal.what.contains(&what) && refusal.fix.contains(fix), "{refusal}");
        assert!(!refusal.to_string().contains('\n'));
    }
}

#[test]
fn a_repository_that_is_not_there_is_refused() {
    let refusal = only_refusal(Path::new("/nowhere/models"));
    assert_eq!(refusal.check, RefusalKind::MissingFile);
    assert!(refusal.fix.contains("models.repository"), "{refusal}");
}

#[test]
fn all_mistakes_of_a_tree_come_at_once() {
    let folder =
        tree(&["fraud/1/model.onnx", "fraud/new/x", "pricing/v1/model.onnx"], "[fraud]\nchampion = 9\n");
    let refusals = Repository::open(folder.path(), &[FORMAT]).map(drop).unwrap_err();
    let models: Vec<&str> = refusals.iter().map(|refusal| refusal.model.as_str()).collect();
    assert_eq!(models, ["fraud/new", "pricing/v1", "fraud@champion"]);
}

#[test]
fn verifying_a_directory_tells_mistakes_of_the_tree_and_the_verdict_on_every_version() {
    let broken = Broken::copy_of("lightgbm_classifier");
    let second = broken.root().join("lightgbm_classifier/2");
    std::fs::create_dir(&second).unwrap();
    std::fs::write(second.join("model.onnx"), "no model").unwrap();
    std::fs::write(broken.root().join("aliases.toml"), "[lightgbm_classifier]\nchampion = 7\n").unwrap();
    let verdicts = verify_directory(&[engine()], broken.root(), |_| None);
    let told: Vec<(&str, Option<RefusalKind>)> = verdicts
        .iter()
        .map(|verdict| (verdict.model.as_str(), verdict.outcome.as_ref().err().map(|refusal| refusal.check)))
        .collect();
    let expected = [
        ("lightgbm_classifier@champion", Some(RefusalKind::Alias)),
        ("lightgbm_classifier/1", None),
        ("lightgbm_classifier/2", Some(RefusalKind::MissingFile)),
    ];
    assert_eq!(told, expected);
}

#[test]
fn an_alias_stays_with_the_identity_and_the_hash_is_of_the_file() {
    let loaded = common::load_good("lightgbm_classifier@champion");
    assert_eq!(loaded.identity.alias.as_deref(), Some("champion"));
    assert!(loaded.identity.engine.starts_with("onnxruntime 1."), "{}", loaded.identity.engine);
    let file = fixtures().join("good/lightgbm_classifier/1/model.onnx");
    let sum = std::process::Command::new("sha256sum").arg(file).output().unwrap();
    assert!(String::from_utf8(sum.stdout).unwrap().starts_with(&loaded.identity.sha256));
}
