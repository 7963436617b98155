//! `aliases.toml`: names for versions, one table per model.

use super::names;
use super::tree::Models;
use crate::refusal::{Refusal, RefusalKind};
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

const FILE: &str = "aliases.toml";

/// Versions by model and alias, every one of which exists, and the models that are disabled.
#[derive(Debug, Clone, Default)]
pub(crate) struct Aliases {
    named: BTreeMap<String, BTreeMap<String, u32>>,
    /// As they are written: `name@alias` or `name/version`.
    disabled: BTreeSet<String>,
}

/// The file as it is written.
#[derive(Deserialize)]
struct Written {
    #[serde(default)]
    disabled: BTreeSet<String>,
    #[serde(flatten)]
    models: BTreeMap<String, BTreeMap<String, u32>>,
}

impl Aliases {
    pub(crate) fn version(&self, model: &str, alias: &str) -> Option<u32> {
        self.named.get(model)?.get(alias).copied()
    }

    pub(crate) fn set(&mut self, model: &str, alias: &str, version: Option<u32>) {
        let aliases = self.named.entry(model.to_owned()).or_default();
        match version {
            Some(version) => drop(aliases.insert(alias.to_owned(), version)),
            None => drop(aliases.remove(alias)),
        }
    }

    pub(crate) fn is_disabled(&self, reference: &str) -> bool {
        self.disabled.contains(reference)
    }

    pub(crate) fn disabled(&self) -> impl Iterator<Item = &String> {
        self.disabled.iter()
    }

    pub(crate) fn enable(&mut self, reference: &str) {
        self.disabled.remove(reference);
    }

    fn leads_somewhere(&self, reference: &str, models: &Models) -> bool {
        let named = |(model, alias): (&str, &str)| self.version(model, alias).is_some();
        let numbered = |(model, version): (&str, &str)| {
            version.parse().is_ok_and(|version| models.get(model).is_some_and(|all| all.contains(&version)))
        };
        reference.split_once('@').is_some_and(named) || reference.split_once(['@', '/']).is_some_and(numbered)
    }

    pub(crate) fn names(&self, model: &str) -> impl Iterator<Item = &String> {
        self.named.get(model).into_iter().flat_map(BTreeMap::keys)
    }

    /// The aliases of one version.
    pub(crate) fn of(&self, model: &str, version: u32) -> Vec<String> {
        let all = self.named.get(model).into_iter().flatten();
        all.filter(|(_, named)| **named == version).map(|(alias, _)| alias.clone()).collect()
    }
}

/// The aliases that lead somewhere, and a refusal for each other one. No text means no aliases.
pub(crate) fn read(text: Option<&str>, models: &Models) -> (Aliases, Vec<Refusal>) {
    let mut aliases = Aliases::default();
    let Some(text) = text else { return (aliases, Vec::new()) };
    let Written { disabled, models: tables } = match parse(text) {
        Ok(written) => written,
        Err(refusal) => return (aliases, vec![*refusal]),
    };
    let mut refusals = Vec::new();
    for (model, table) in tables {
        for (alias, version) in table {
            match check(&model, &alias, version, models) {
                Ok(()) => drop(aliases.named.entry(model.clone()).or_default().insert(alias, version)),
                Err(refusal) => refusals.push(*refusal),
            }
        }
    }
    for reference in &disabled {
        // One that leads nowhere disables nothing, while somebody relies on it.
        if !aliases.leads_somewhere(reference, models) {
            let what = format!("{FILE} disables `{reference}`, which isn't there");
            refusals.push(*refuse(what, "write it as the config does, such as \"fraud@challenger\""));
        }
    }
    aliases.disabled = disabled;
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

fn parse(text: &str) -> Result<Written, Box<Refusal>> {
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
