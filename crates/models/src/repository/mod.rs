//! The model repository: a tree of models, numeric versions, and aliases that name versions.
//!
//! ```text
//! aliases.toml                 [fraud] champion = 1, challenger = 2
//! fraud/1/model.onnx           or another engine's file
//! fraud/1/contract.toml
//! fraud/1/golden.jsonl
//! fraud/1/README.md
//! ```
//!
//! Opening it reads names only; the files of a version are read by the load gate.

mod aliases;
mod tree;

use crate::engine::ModelFormat;
use crate::promotion::AliasMove;
use crate::refusal::{Refusal, RefusalKind};
use aliases::Aliases;
use bystander_core::text::hex;
use sha2::{Digest as _, Sha256};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::{Path, PathBuf};

/// Models and versions below one folder.
#[derive(Debug, Clone)]
pub struct Repository {
    folder: PathBuf,
    formats: Vec<ModelFormat>,
    models: BTreeMap<String, BTreeSet<u32>>,
    aliases: Aliases,
    revision: AliasRevision,
}

/// Tells one state of `aliases.toml` from another: the beginning of a SHA-256 of its text, or `none` without such a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AliasRevision(String);

/// Hexadecimal digits of a revision.
const REVISION_DIGITS: usize = 12;

impl AliasRevision {
    /// The revision that the file has now. Nothing else of the repository is looked at.
    ///
    /// # Errors
    /// When the file is there and can't be read.
    pub fn of(folder: &Path) -> Result<Self, Refusal> {
        Ok(Self::of_text(aliases::text(folder).map_err(|refusal| *refusal)?.as_deref()))
    }

    pub(crate) fn of_text(text: Option<&str>) -> Self {
        let Some(text) = text else { return Self("none".to_owned()) };
        let mut digits = hex(&Sha256::digest(text));
        digits.truncate(REVISION_DIGITS);
        Self(digits)
    }
}

impl fmt::Display for AliasRevision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// One version of a model, and the alias it was named by.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ModelRef {
    /// Folder name of the model.
    pub name: String,
    /// Folder name of the version.
    pub version: u32,
    /// The alias, if it was named by one.
    pub alias: Option<String>,
}

impl fmt::Display for ModelRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.name, self.version)
    }
}

/// One model as `models list` shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelEntry {
    /// The model's name.
    pub name: String,
    /// Its versions, rising, each with the aliases that name it.
    pub versions: Vec<(u32, Vec<String>)>,
}

impl Repository {
    /// Reads the tree, in which models are files of these formats.
    ///
    /// # Errors
    /// Everything wrong with it at once: version folders that are no numbers, aliases that lead nowhere.
    pub fn open(folder: &Path, formats: &[ModelFormat]) -> Result<Self, Vec<Refusal>> {
        let (repository, refusals) = Self::survey(folder, formats);
        if refusals.is_empty() { Ok(repository) } else { Err(refusals) }
    }

    /// What can be used of a tree, and everything that is wrong with it.
    pub fn survey(folder: &Path, formats: &[ModelFormat]) -> (Self, Vec<Refusal>) {
        // Before the folders: whoever adds a version writes its folder first.
        let text = aliases::text(folder);
        let (models, mut refusals) = tree::read(folder, formats);
        let (text, unreadable) = match text {
            Ok(text) => (text, None),
            Err(refusal) => (None, Some(*refusal)),
        };
        let (aliases, wrong) = aliases::read(text.as_deref(), &models);
        refusals.extend(unreadable.into_iter().chain(wrong));
        let revision = AliasRevision::of_text(text.as_deref());
        (
            Self { folder: folder.to_path_buf(), formats: formats.to_vec(), models, aliases, revision },
            refusals,
        )
    }

    /// The state of `aliases.toml` that its aliases are from.
    pub fn revision(&self) -> &AliasRevision {
        &self.revision
    }

    /// The same as it would be after moves of a model's aliases.
    #[must_use]
    pub fn after(&self, model: &str, moves: &[AliasMove]) -> Self {
        let mut changed = self.clone();
        moves.iter().for_each(|one| changed.aliases.set(model, &one.alias, one.to));
        changed
    }

    /// Whether `aliases.toml` disables the model of this name, or the version that it names now.
    pub fn is_disabled(&self, reference: &str) -> bool {
        self.aliases.is_disabled(reference)
            || self.resolve(reference).is_ok_and(|model| self.aliases.is_disabled(&model.to_string()))
    }

    /// What `aliases.toml` disables, as it is written there.
    pub fn disabled(&self) -> Vec<String> {
        self.aliases.disabled().cloned().collect()
    }

    /// The same as it would be with that model enabled.
    #[must_use]
    pub fn enabling(&self, reference: &str) -> Self {
        let mut changed = self.clone();
        changed.aliases.enable(reference);
        changed
    }

    /// What models are in.
    pub(crate) fn formats(&self) -> &[ModelFormat] {
        &self.formats
    }

    /// All models, by name.
    pub fn list(&self) -> Vec<ModelEntry> {
        let entry = |(name, versions): (&String, &BTreeSet<u32>)| ModelEntry {
            name: name.clone(),
            versions: versions.iter().map(|&version| (version, self.aliases.of(name, version))).collect(),
        };
        self.models.iter().map(entry).collect()
    }

    /// Every version of every model, named by its number.
    pub fn versions(&self) -> Vec<ModelRef> {
        let all = self.models.iter().flat_map(|(name, versions)| versions.iter().map(move |v| (name, *v)));
        all.map(|(name, version)| ModelRef { name: name.clone(), version, alias: None }).collect()
    }

    /// Finds what `name@alias`, `name@version` or `name/version` means.
    ///
    /// # Errors
    /// When there is no such model, version or alias; the message lists those that exist.
    pub fn resolve(&self, reference: &str) -> Result<ModelRef, Refusal> {
        let Some((name, which)) = reference.split_once(['@', '/']) else {
            return Err(Refusal::new(
                reference,
                RefusalKind::UnknownModel,
                format!("`{reference}` names no version"),
                format!("write `{reference}@alias` or `{reference}/1`"),
            ));
        };
        let Some(versions) = self.models.get(name) else {
            return Err(Refusal::new(
                reference,
                RefusalKind::UnknownModel,
                format!("there is no model `{name}` in {}", self.folder.display()),
                format!("models there: {}", names(self.models.keys())),
            ));
        };
        match which.parse::<u32>() {
            Ok(version) if versions.contains(&version) => {
                Ok(ModelRef { name: name.to_owned(), version, alias: None })
            }
            Ok(_) => Err(Refusal::new(
                reference,
                RefusalKind::UnknownModel,
                format!("model `{name}` has no version {which}"),
                format!("versions there: {}", names(versions)),
            )),
            Err(_) if reference.contains('/') => Err(Refusal::new(
                reference,
                RefusalKind::VersionFolder,
                format!("version `{which}` is no number"),
                format!("write `{name}/1`, or `{name}@{which}` for an alias"),
            )),
            Err(_) => self.by_alias(reference, name, which),
        }
    }

    fn by_alias(&self, reference: &str, name: &str, alias: &str) -> Result<ModelRef, Refusal> {
        let unknown = || {
            Refusal::new(
                reference,
                RefusalKind::Alias,
                format!("model `{name}` has no alias `{alias}`"),
                format!("aliases there: {}; add others to aliases.toml", names(self.aliases.names(name))),
            )
        };
        let version = self.aliases.version(name, alias).ok_or_else(unknown)?;
        Ok(ModelRef { name: name.to_owned(), version, alias: Some(alias.to_owned()) })
    }

    /// The folder of a version's files.
    pub fn folder_of(&self, model: &ModelRef) -> PathBuf {
        self.folder.join(&model.name).join(model.version.to_string())
    }
}

/// A comma-separated list for messages; "none" when empty.
fn names<T: fmt::Display>(items: impl IntoIterator<Item = T>) -> String {
    let list: Vec<String> = items.into_iter().map(|item| item.to_string()).collect();
    if list.is_empty() { "none".to_owned() } else { list.join(", ") }
}
