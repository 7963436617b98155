//! Changes of `aliases.toml`: one at a time, each with a line of history before it takes effect.
#![allow(clippy::unwrap_used, clippy::panic)]

use bystander_models::AliasRevision;
use bystander_models::promotion::{
    AliasChange, AliasHistory, AliasMove, ChangeKind, CheckedVersion, LockedAliases,
};
use std::fs;
use std::path::Path;
use tempfile::TempDir;

const FIRST: &str = "[fraud]\nchampion = 1 # since May\n";

fn repository() -> TempDir {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("aliases.toml"), FIRST).unwrap();
    folder
}

fn change(kind: ChangeKind, from: u32, to: u32) -> AliasChange {
    let gate = CheckedVersion {
        version: to,
        sha256: "a".repeat(64),
        contract_sha256: "b".repeat(64),
        golden_events: 40,
        largest_difference: 1e-7,
    };
    AliasChange {
        at: "2026-12-01T00:00:00.000Z".to_owned(),
        by: "ann".to_owned(),
        kind,
        model: "fraud".to_owned(),
        moves: vec![AliasMove { alias: "champion".to_owned(), from: Some(from), to: Some(to) }],
        switched: None,
        reason: "retrained".to_owned(),
        gate: vec![gate],
        before: String::new(),
        after: String::new(),
    }
}

fn apply(folder: &Path, kind: ChangeKind, from: u32, to: u32) -> bool {
    LockedAliases::lock(folder).unwrap().apply(change(kind, from, to)).is_ok()
}

fn history(folder: &Path) -> AliasHistory {
    AliasHistory::read(folder).unwrap()
}

#[test]
fn a_change_replaces_the_number_and_leaves_a_line_that_names_both_revisions() {
    let folder = repository();
    let before = AliasRevision::of(folder.path()).unwrap();
    assert!(apply(folder.path(), ChangeKind::Promote, 1, 3));
    let text = fs::read_to_string(folder.path().join("aliases.toml")).unwrap();
    assert_eq!(text, FIRST.replace("= 1", "= 3"));
    let (history, now) = (history(folder.path()), AliasRevision::of(folder.path()).unwrap());
    let [line] = history.changes() else { panic!("{history:?}") };
    assert_eq!((line.before.clone(), line.after.clone()), (before.to_string(), now.to_string()));
    assert_eq!((line.moves[0].from, line.moves[0].to, line.by.as_str()), (Some(1), Some(3), "ann"));
    assert_eq!(history.remark(0, &now), None);
}

#[test]
fn of_many_who_promote_from_the_same_version_at_once_exactly_one_does() {
    let folder = repository();
    let promoters: Vec<_> = (2..10)
        .map(|to| {
            let folder = folder.path().to_owned();
            std::thread::spawn(move || apply(&folder, ChangeKind::Promote, 1, to))
        })
        .collect();
    let done = promoters.into_iter().map(|one| one.join().unwrap());
    assert_eq!(done.filter(|done| *done).count(), 1);
    assert_eq!(history(folder.path()).changes().len(), 1);
}

#[test]
fn rollbacks_go_back_through_the_promotions_one_by_one() {
    let folder = repository();
    let former = || history(folder.path()).last_promotion("fraud").map(|last| last.moves[0].reversed().to);
    assert_eq!(former(), None);
    assert!(
        apply(folder.path(), ChangeKind::Promote, 1, 2) && apply(folder.path(), ChangeKind::Promote, 2, 3)
    );
    assert_eq!(former(), Some(Some(2)));
    assert!(apply(folder.path(), ChangeKind::Rollback, 3, 2));
    assert_eq!(former(), Some(Some(1)));
    assert!(apply(folder.path(), ChangeKind::Rollback, 2, 1));
    assert_eq!(former(), None);
    assert!(apply(folder.path(), ChangeKind::Promote, 1, 3));
    assert_eq!(former(), Some(Some(1)));
    assert!(history(folder.path()).last_promotion("pricing").is_none());
}

#[test]
fn a_change_that_a_crash_kept_from_taking_effect_is_told_and_so_is_one_by_other_means() {
    let folder = repository();
    assert!(apply(folder.path(), ChangeKind::Promote, 1, 2));
    // As if the process had ended between the two files.
    fs::write(folder.path().join("aliases.toml"), FIRST).unwrap();
    let now = AliasRevision::of(folder.path()).unwrap();
    assert_eq!(history(folder.path()).remark(0, &now), Some("it did not take effect"));
    fs::write(folder.path().join("aliases.toml"), "[fraud]\nchampion = 5\n").unwrap();
    let now = AliasRevision::of(folder.path()).unwrap();
    let remark = history(folder.path()).remark(0, &now);
    assert_eq!(remark, Some("aliases.toml was changed afterwards by other means"));
}

#[test]
fn a_line_that_a_crash_cut_off_is_left_out_and_the_next_one_begins_on_its_own() {
    let folder = repository();
    assert!(apply(folder.path(), ChangeKind::Promote, 1, 2));
    let file = folder.path().join("aliases.history.jsonl");
    let whole = fs::read_to_string(&file).unwrap();
    fs::write(&file, format!("{whole}{}", &whole[..whole.len() / 2])).unwrap();
    assert_eq!(history(folder.path()).changes().len(), 1);
    assert!(apply(folder.path(), ChangeKind::Promote, 2, 3));
    assert_eq!(history(folder.path()).changes().len(), 2);
    fs::write(&file, "{\"at\": 5}\n").unwrap();
    let error = AliasHistory::read(folder.path()).unwrap_err().to_string();
    assert!(error.contains("line 1") && error.contains("can't be read"), "{error}");
}
