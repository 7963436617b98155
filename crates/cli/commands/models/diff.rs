//! `bystander models diff`: how two versions of a model differ, by their contracts and the hashes of their files.

use crate::args::ModelsDiff;
use crate::assembly::FORMATS;
use crate::config;
use crate::exit::Failure;
use crate::logging::print;
use bystander_core::text::hex;
use bystander_models::{ModelRef, Repository};
use sha2::{Digest as _, Sha256};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// Files of a version whose bytes are compared.
const OTHER_FILES: [&str; 1] = ["golden.jsonl"];

pub(super) fn run(args: &ModelsDiff) -> Result<(), Failure> {
    let folder = match &args.repository.repository {
        Some(folder) => folder.clone(),
        None => {
            let given = &args.repository.config;
            config::load(&given.config, &given.overrides())?.models.repository
        }
    };
    let (repository, _) = Repository::survey(&folder, FORMATS);
    let version =
        |version: u32| repository.resolve(&format!("{}/{version}", args.model)).map_err(Failure::other);
    let folder = |model: &ModelRef| repository.folder_of(model);
    let (from, to) = (folder(&version(args.from)?), folder(&version(args.to)?));
    let mut differs = false;
    for file in FORMATS.iter().map(|format| format.file).chain(OTHER_FILES) {
        let (before, after) = (digest(&from.join(file))?, digest(&to.join(file))?);
        if before != after {
            differs = true;
            print(format_args!("{file}: {before} -> {after}"));
        }
    }
    for line in differences(&contract(&from)?, &contract(&to)?) {
        differs = true;
        print(line);
    }
    if !differs {
        print("the two versions have the same files");
    }
    Ok(())
}

/// The first digits of a file's SHA-256.
fn digest(file: &Path) -> Result<String, Failure> {
    match std::fs::read(file) {
        Ok(bytes) => Ok(hex(&Sha256::digest(&bytes))[..12].to_owned()),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok("none".to_owned()),
        Err(error) => Err(unreadable(file, &error)),
    }
}

/// The values of a contract by key. Tables of a list go by their name, so that a feature that moved is the same one.
fn contract(folder: &Path) -> Result<BTreeMap<String, String>, Failure> {
    let file = folder.join("contract.toml");
    let text = std::fs::read_to_string(&file).map_err(|error| unreadable(&file, &error))?;
    let value: toml::Table = toml::from_str(&text).map_err(|error| unreadable(&file, &error.message()))?;
    let mut values = BTreeMap::new();
    flatten("", &toml::Value::Table(value), &mut values);
    Ok(values)
}

fn flatten(key: &str, value: &toml::Value, values: &mut BTreeMap<String, String>) {
    let below = |name: &str| if key.is_empty() { name.to_owned() } else { format!("{key}.{name}") };
    match value {
        toml::Value::Table(table) => {
            table.iter().for_each(|(name, value)| flatten(&below(name), value, values));
        }
        toml::Value::Array(list) if list.iter().any(toml::Value::is_table) => {
            for (place, value) in list.iter().enumerate() {
                let name = value.get("name").and_then(toml::Value::as_str).map(str::to_owned);
                let name = name.unwrap_or_else(|| place.to_string());
                flatten(&format!("{key}[{name}]"), value, values);
            }
            let names = list.iter().filter_map(|value| value.get("name")).map(ToString::to_string);
            values.insert(format!("{key} in order"), names.collect::<Vec<_>>().join(", "));
        }
        plain => drop(values.insert(key.to_owned(), plain.to_string())),
    }
}

fn differences(before: &BTreeMap<String, String>, after: &BTreeMap<String, String>) -> Vec<String> {
    let keys: BTreeSet<_> = before.keys().chain(after.keys()).collect();
    let changed = keys.into_iter().filter(|key| before.get(*key) != after.get(*key));
    let line = |key: &String| match (before.get(key), after.get(key)) {
        (Some(before), Some(after)) => format!("{key}: {} -> {}", short(before), short(after)),
        (Some(before), None) => format!("{key}: {} -> absent", short(before)),
        (None, Some(after)) => format!("{key}: absent -> {}", short(after)),
        (None, None) => key.clone(),
    };
    changed.map(line).collect()
}

/// Distributions and vocabularies can be long.
fn short(text: &str) -> String {
    const MOST: usize = 80;
    if text.chars().count() <= MOST {
        return text.to_owned();
    }
    let begin: String = text.chars().take(MOST).collect();
    format!("{begin}…")
}

fn unreadable(file: &Path, error: &dyn std::fmt::Display) -> Failure {
    Failure::Other(format!("{} can't be read: {error}; `bystander models verify` says more", file.display()))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn values(text: &str) -> BTreeMap<String, String> {
        let mut values = BTreeMap::new();
        flatten("", &toml::Value::Table(toml::from_str(text).unwrap()), &mut values);
        values
    }

    #[test]
    fn features_are_compared_by_name_and_their_order_by_itself() {
        let one = "[policy]\nreject = 0.3\n[[features]]\nname = \"a\"\nmissing = \"nan\"\n[[features]]\nname = \"b\"\n";
        let other = "[policy]\nreject = 0.4\n[[features]]\nname = \"b\"\n[[features]]\nname = \"a\"\nmissing = \"reject\"\n";
        let expected = [
            "features in order: \"a\", \"b\" -> \"b\", \"a\"",
            "features[a].missing: \"nan\" -> \"reject\"",
            "policy.reject: 0.3 -> 0.4",
        ];
        assert_eq!(differences(&values(one), &values(other)), expected);
        assert!(differences(&values(one), &values(one)).is_empty());
    }
}
