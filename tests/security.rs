//! SECURITY.md names tests that exist, in the places that it names.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::fs;
use std::path::{Path, PathBuf};

/// What stands in backquotes in a line.
fn quoted(line: &str) -> impl Iterator<Item = &str> {
    line.split('`').skip(1).step_by(2)
}

/// A test's name: words with underscores and nothing else.
fn is_test(word: &str) -> bool {
    word.matches('_').count() >= 3
        && word.bytes().all(|byte| byte.is_ascii_lowercase() || matches!(byte, b'_' | b'0'..=b'9'))
}

/// The sources at a path, or below it.
fn sources(path: &Path) -> Vec<PathBuf> {
    if path.is_file() {
        return vec![path.to_owned()];
    }
    let entries = fs::read_dir(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    entries.flat_map(|entry| sources(&entry.unwrap().path())).collect()
}

fn is_defined(test: &str, sources: &[PathBuf]) -> bool {
    let function = format!("fn {test}(");
    let rust = sources.iter().filter(|path| path.extension().is_some_and(|extension| extension == "rs"));
    rust.into_iter().any(|path| fs::read_to_string(path).unwrap().contains(&function))
}

/// What is wrong in the rows of the table of promises.
fn mistakes(text: &str) -> Vec<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let everywhere =
        [root.join("crates"), root.join("tests")].iter().flat_map(|path| sources(path)).collect::<Vec<_>>();
    let (_, promises) = text.split_once("## Promises").unwrap();
    let (promises, _) = promises.split_once("\n## ").unwrap();
    let rows: Vec<&str> =
        promises.lines().filter(|line| line.starts_with("| ") && line.contains('`')).collect();
    assert!(rows.len() >= 12, "the table is read: {rows:?}");
    let mut mistakes = Vec::new();
    for row in rows {
        let cells: Vec<&str> = row.trim_matches('|').split('|').collect();
        let [_, places, tests] = cells[..] else { panic!("three cells: {row}") };
        let places: Vec<PathBuf> = quoted(places).map(|place| root.join(place)).collect();
        mistakes.extend(
            places
                .iter()
                .filter(|place| !place.exists())
                .map(|place| format!("{} is not there", place.display())),
        );
        let mut found: Vec<PathBuf> =
            places.iter().filter(|place| place.exists()).flat_map(|place| sources(place)).collect();
        if places.iter().any(|place| place.starts_with(root.join("fuzz"))) {
            found.clone_from(&everywhere);
        }
        let named: Vec<&str> = quoted(tests).filter(|word| is_test(word)).collect();
        if named.is_empty() {
            mistakes.push(format!("no test is named in {row}"));
        }
        mistakes.extend(
            named
                .iter()
                .filter(|test| !is_defined(test, &found))
                .map(|test| format!("{test} is not in {places:?}")),
        );
    }
    mistakes
}

#[test]
fn every_test_that_the_security_page_names_exists_where_it_says() {
    let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("SECURITY.md")).unwrap();
    assert_eq!(mistakes(&text), Vec::<String>::new());
    let renamed =
        text.replace("`whatever_things_are_called_text_stays_text`", "`whatever_things_are_called`");
    assert_eq!(mistakes(&renamed).len(), 1, "a test that is gone is noticed");
    let moved = text.replace("`tests/privacy.rs`", "`tests/secrecy.rs`");
    assert!(mistakes(&moved).len() > 1, "and a file that is gone");
}
