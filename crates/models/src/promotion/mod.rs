//! Changing which versions the aliases of a model name: one atomic change of `aliases.toml`, with a line of history for each.
//!
//! Nothing here decides: the caller has put the version through the load gate, and says who changes what and why.

mod edit;
mod history;

pub use history::{AliasChange, AliasHistory, AliasMove, ChangeKind, CheckedVersion};

use crate::repository::AliasRevision;
use bystander_pipeline::replace;
use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::path::{Path, PathBuf};

const ALIASES: &str = "aliases.toml";
const HISTORY: &str = "aliases.history.jsonl";
/// Hidden, so that it is never taken for a model.
const LOCK: &str = ".aliases.lock";

/// Why an alias wasn't changed.
#[derive(Debug, thiserror::Error)]
#[error("{what}; {fix}")]
pub struct ChangeError {
    /// What happened.
    pub what: String,
    /// What to do.
    pub fix: String,
}

impl ChangeError {
    fn new(what: impl Into<String>, fix: impl Into<String>) -> Self {
        Self { what: what.into(), fix: fix.into() }
    }

    fn file(path: &Path, doing: &str, error: &std::io::Error) -> Self {
        let fix = "make the folder of the model repository writable for this user, or run this where it is";
        Self::new(format!("{} can't be {doing}: {error}", path.display()), fix)
    }
}

/// The aliases of a repository, held by one process at a time for as long as this exists.
#[derive(Debug)]
pub struct LockedAliases {
    folder: PathBuf,
    text: Option<String>,
    history: AliasHistory,
    /// Unlocked when it is closed, however the process ends.
    _lock: File,
}

impl LockedAliases {
    /// Waits for its turn, then reads the aliases and their history.
    ///
    /// # Errors
    /// When the folder can't be written, or a file can't be read.
    pub fn lock(folder: &Path) -> Result<Self, ChangeError> {
        let path = folder.join(LOCK);
        let lock = OpenOptions::new().create(true).truncate(false).write(true).open(&path);
        let lock = lock.and_then(|lock| lock.lock().map(|()| lock));
        let lock = lock.map_err(|error| ChangeError::file(&path, "locked", &error))?;
        let text = match std::fs::read_to_string(folder.join(ALIASES)) {
            Ok(text) => Some(text),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
            Err(error) => return Err(ChangeError::file(&folder.join(ALIASES), "read", &error)),
        };
        let history = AliasHistory::read(folder)?;
        Ok(Self { folder: folder.to_path_buf(), text, history, _lock: lock })
    }

    /// The revision of `aliases.toml`.
    pub fn revision(&self) -> AliasRevision {
        AliasRevision::of_text(self.text.as_deref())
    }

    /// Carries a change out: its line is in the history before it takes effect, so that nothing takes effect without one.
    ///
    /// # Errors
    /// When an alias names another version than the change is from, or a file can't be written. The aliases are then as they
    /// were.
    pub fn apply(self, mut change: AliasChange) -> Result<AliasRevision, ChangeError> {
        let text = self.text.as_deref().unwrap_or_default();
        for AliasMove { alias, from, .. } in &change.moves {
            let now = edit::version(text, &change.model, alias)?;
            if now != *from {
                let named = now.map_or_else(|| "no version".to_owned(), |now| format!("version {now}"));
                return Err(ChangeError::new(
                    format!("{}@{alias} names {named} by now", change.model),
                    "it was changed meanwhile: look at `bystander models history`, then decide again",
                ));
            }
        }
        let newer = match &change.switched {
            Some(reference) => edit::switch(text, reference, change.kind == ChangeKind::Disable)?,
            None => edit::set(text, &change.model, &change.moves)?,
        };
        let revision = AliasRevision::of_text(Some(&newer));
        change.before = self.revision().to_string();
        change.after = revision.to_string();
        self.append(&change)?;
        let path = self.folder.join(ALIASES);
        replace(&path, |file| file.write_all(newer.as_bytes()))
            .map_err(|error| ChangeError::file(&path, "written", &error))?;
        Ok(revision)
    }

    /// Adds a line, and ends one that an earlier process left incomplete.
    fn append(&self, change: &AliasChange) -> Result<(), ChangeError> {
        let path = self.folder.join(HISTORY);
        let write = || {
            let mut line = if self.history.is_cut_off() { "\n".to_owned() } else { String::new() };
            line.push_str(&serde_json::to_string(change)?);
            line.push('\n');
            let mut file = OpenOptions::new().create(true).append(true).open(&path)?;
            file.write_all(line.as_bytes())?;
            file.sync_all()
        };
        write().map_err(|error| ChangeError::file(&path, "written", &error))
    }
}
