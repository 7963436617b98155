//! What a replay left in its folder.

use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// An event by topic, partition and offset.
pub(crate) type Place = (String, i64, i64);

/// All files below a folder, relative to it, in order.
pub(crate) fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(one) = folders.pop() {
        let Ok(entries) = fs::read_dir(&one) else { continue };
        for entry in entries.map(|entry| entry.unwrap().path()) {
            if entry.is_dir() {
                folders.push(entry);
            } else {
                found.push(entry.strip_prefix(folder).unwrap().to_owned());
            }
        }
    }
    found.sort();
    found
}

/// The result files and their bytes.
pub(crate) fn results(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let results = |path: &PathBuf| path.starts_with("comparisons") || path.starts_with("dead-letters");
    let read = |path: PathBuf| (path.clone(), fs::read(folder.join(path)).unwrap());
    files(folder).into_iter().filter(results).map(read).collect()
}

/// Pieces that are done, by the run's journal.
pub(crate) fn pieces(folder: &Path) -> usize {
    fs::read_to_string(folder.join("pieces.jsonl")).map_or(0, |text| text.lines().count())
}

pub(crate) fn receipt(folder: &Path) -> Value {
    serde_json::from_slice(&fs::read(folder.join("receipt.json")).unwrap()).unwrap()
}

fn lines(folder: &Path, below: &str, ending: &str) -> Vec<Value> {
    let mut values = Vec::new();
    for path in files(folder).into_iter().filter(|path| path.starts_with(below)) {
        let name = path.display().to_string();
        assert!(name.ends_with(ending), "{name}");
        let bytes = fs::read(folder.join(&path)).unwrap();
        let text = if ending.ends_with(".zst") { zstd::decode_all(&bytes[..]).unwrap() } else { bytes };
        let text = String::from_utf8(text).unwrap();
        values.extend(text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()));
    }
    values
}

fn place(source: &Value) -> Place {
    let number = |name: &str| source[name].as_i64().unwrap();
    (source["topic"].as_str().unwrap().to_owned(), number("partition"), number("offset"))
}

/// What became of each event: the models that compared it, each once.
pub(crate) fn comparisons(folder: &Path) -> BTreeMap<Place, BTreeSet<String>> {
    let mut found: BTreeMap<_, BTreeSet<_>> = BTreeMap::new();
    for comparison in lines(folder, "comparisons", ".jsonl.zst") {
        assert_eq!((&comparison["mode"], &comparison["scored_at"]), (&Value::from("replay"), &Value::Null));
        let model =
            format!("{}/{}", comparison["model"]["name"].as_str().unwrap(), comparison["model"]["version"]);
        let fresh = found.entry(place(&comparison["source"])).or_default().insert(model);
        assert!(fresh, "twice: {comparison}");
    }
    found
}

/// Events that became a dead letter, each once.
pub(crate) fn dead_letters(folder: &Path) -> BTreeSet<Place> {
    let mut found = BTreeSet::new();
    for letter in lines(folder, "dead-letters", ".jsonl") {
        assert!(found.insert(place(&letter["source"])), "twice: {letter}");
    }
    found
}
