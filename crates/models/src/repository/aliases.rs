//! `aliases.toml`: names for versions, one table per model.

use super::names;
use super::tree::Models;
use crate::refusal::{Refusal, RefusalKind};
use std::collections::BTreeMap;
use std::path::Path;

const FILE: &str = "aliases.toml";

/// Versions by model and alias; every one of them exists.
#[derive(Debug, Clone, Default)]
pub(crate) struct Aliases(BTreeMap<String, BTreeMap<String, u32>>);

impl Aliases {
    pub(crate) fn version(&self, model: &str, alias: &str) -> Option<u32> {
        self.0.get(model)?.get(alias).copied()
    }

    pub(crate) fn set(&mut self, model: &str, alias: &str, version: Option<u32>) {
        let aliases = self.0.entry(model.to_owned()).or_default();
        match version {
            Some(version) => drop(aliases.insert(alias.to_owned(), version)),
            None => drop(aliases.remove(alias)),
        }
    }

    pub(crate) fn names(&self, model: &str) -> impl Iterator<Item = &String> {
        self.0.get(model).into_iter().flat_map(BTreeMap::keys)
    }

    /// The aliases of one version.
    pub(crate) fn of(&self, model: &str, version: u32) -> Vec<String> {
        let all = self.0.get(model).into_iter().flatten();
        all.filter(|(_, named)| **named == version).map(|(alias, _)| alias.clone()).collect()
    }
}

/// The aliases that lead somewhere, and a refusal for each other one. No text means no aliases.
pub(crate) fn read(text: Option<&str>, models: &Models) -> (Aliases, Vec<Refusal>) {
    let mut aliases = Aliases::default();
    let tables = match text.map_or_else(|| Ok(BTreeMap::new()), parse) {
        Ok(tables) => tables,
        Err(refusal) => return (aliases, vec![*refusal]),
    };
    let mut refusals = Vec::new();
    for (model, table) in tables {
        for (alias, version) in table {
            match check(&model, &alias, version, models) {
                Ok(()) => drop(aliases.0.entry(model.clone()).or_default().insert(alias, version)),
                Err(refusal) => refusals.push(*refusal),
            }
        }
    }
    (aliases, refusals)
}

/// Its text; `None` where there is no such file.
pub(crate) fn text(repository: &Path) -> Result<Option<String>, Box<Refusal>> {
    match std::fs::read_to_string(repository.join(FILE)) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(refuse(format!("{FILE} can't be read: {error}"), "make it readable UTF-8 text")),
    }
}

fn parse(text: &str) -> Result<BTreeMap<String, BTreeMap<String, u32>>, Box<Refusal>> {
    toml::from_str(text).map_err(|error| {
        let what = format!("{FILE} can't be read: {}", error.message());
        refuse(what, "write one table per model, such as `[fraud]` and below it `champion = 1`")
    })
}

fn refuse(what: String, fix: &str) -> Box<Refusal> {
    Box::new(Refusal::new(FILE, RefusalKind::Alias, what, fix))
}

fn check(model: &str, alias: &str, version: u32, models: &Models) -> Result<(), Box<Refusal>> {
    let refuse = |what: String, fix: String| {
        Err(Box::new(Refusal::new(format!("{model}@{alias}"), RefusalKind::Alias, what, fix)))
    };
    let sound = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    if alias.is_empty() || alias.bytes().all(|byte| byte.is_ascii_digit()) || !alias.bytes().all(sound) {
        let what = format!("{FILE} has an alias `{alias}`, which could be taken for a version");
        return refuse(what, "use a word of letters, digits, `-` and `_` that is no number".to_owned());
    }
    match models.get(model) {
        None => refuse(
            format!("{FILE} names model `{model}`, which isn't there"),
            format!("remove the table or add the model; models there: {}", names(models.keys())),
        ),
        Some(versions) if !versions.contains(&version) => refuse(
            format!("{FILE} lets `{alias}` name version {version}, which isn't there"),
            format!("name an existing version: {}", names(versions)),
        ),
        Some(_) => Ok(()),
    }
}
