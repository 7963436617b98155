//! Who changed which alias, when, from what, to what and why.

use super::{ChangeError, HISTORY};
use crate::loaded::LoadedModel;
use crate::repository::AliasRevision;
use serde::{Deserialize, Serialize};
use std::path::Path;

/// One change of a model's aliases: a line of `aliases.history.jsonl`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AliasChange {
    /// When it was made, RFC 3339.
    pub at: String,
    /// Who made it.
    pub by: String,
    /// What it does.
    pub kind: ChangeKind,
    /// The model.
    pub model: String,
    /// All aliases that it changed, together; none where a model was disabled or enabled.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub moves: Vec<AliasMove>,
    /// The model that was disabled or enabled, as `name@alias` or `name/version`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub switched: Option<String>,
    /// Why.
    pub reason: String,
    /// What the load gate found of the versions that they name from then on.
    pub gate: Vec<CheckedVersion>,
    /// Revision of `aliases.toml` before the change.
    pub before: String,
    /// Its revision after the change.
    pub after: String,
}

/// An alias that names another version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AliasMove {
    /// The alias.
    pub alias: String,
    /// The version that it named before; `None` where there was no such alias.
    pub from: Option<u32>,
    /// The version that it names from then on; `None` where the alias is removed.
    pub to: Option<u32>,
}

impl AliasMove {
    /// The way back.
    #[must_use]
    pub fn reversed(&self) -> Self {
        Self { alias: self.alias.clone(), from: self.to, to: self.from }
    }
}

/// What a change does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChangeKind {
    /// To versions that somebody named.
    Promote,
    /// To the versions from before a promotion.
    Rollback,
    /// A model stops scoring.
    Disable,
    /// A model scores again.
    Enable,
}

/// What the load gate found of a version that passed it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CheckedVersion {
    /// The version.
    pub version: u32,
    /// SHA-256 of the model's file.
    pub sha256: String,
    /// SHA-256 of the contract.
    pub contract_sha256: String,
    /// Number of golden events.
    pub golden_events: usize,
    /// Largest absolute difference to the training library's scores.
    pub largest_difference: f64,
}

impl From<&LoadedModel> for CheckedVersion {
    fn from(model: &LoadedModel) -> Self {
        Self {
            version: model.identity.version,
            sha256: model.identity.sha256.clone(),
            contract_sha256: model.identity.contract_sha256.clone(),
            golden_events: model.golden.cases,
            largest_difference: model.golden.largest_difference,
        }
    }
}

/// All changes that were recorded, the first one first.
#[derive(Debug, Clone, Default)]
pub struct AliasHistory {
    changes: Vec<AliasChange>,
    cut_off: bool,
}

impl AliasHistory {
    /// Reads the history of a repository; without a file it is empty. A last line that a crash cut off is left out: its change
    /// did not take effect.
    ///
    /// # Errors
    /// When the file or a line of it can't be read.
    pub fn read(folder: &Path) -> Result<Self, ChangeError> {
        let path = folder.join(HISTORY);
        let text = match std::fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Self::default()),
            Err(error) => return Err(ChangeError::file(&path, "read", &error)),
        };
        let cut_off = !text.is_empty() && !text.ends_with('\n');
        let mut changes = Vec::new();
        let lines: Vec<&str> = text.lines().collect();
        for (place, line) in lines.iter().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
            match serde_json::from_str(line) {
                Ok(change) => changes.push(change),
                // Cut off now, or by a crash before a later line.
                Err(error) if error.is_eof() => {}
                Err(error) => {
                    let what = format!("line {} of {} can't be read: {error}", place + 1, path.display());
                    return Err(ChangeError::new(
                        what,
                        "correct the line, or move the file away to begin another history",
                    ));
                }
            }
        }
        Ok(Self { changes, cut_off })
    }

    /// The changes, the first one first.
    pub fn changes(&self) -> &[AliasChange] {
        &self.changes
    }

    pub(super) fn is_cut_off(&self) -> bool {
        self.cut_off
    }

    /// The last promotion of a model that was not taken back.
    pub fn last_promotion(&self, model: &str) -> Option<&AliasChange> {
        let mut promotions = Vec::new();
        for change in self.changes.iter().filter(|change| change.model == model) {
            match change.kind {
                ChangeKind::Promote => promotions.push(change),
                ChangeKind::Rollback => drop(promotions.pop()),
                ChangeKind::Disable | ChangeKind::Enable => {}
            }
        }
        promotions.pop()
    }

    /// What is odd about a change, given the revision of `aliases.toml` now: that it never took effect, or that the file was
    /// changed afterwards by something that writes no history.
    pub fn remark(&self, place: usize, now: &AliasRevision) -> Option<&'static str> {
        let change = self.changes.get(place)?;
        let next = self.changes.get(place + 1).map_or_else(|| now.to_string(), |next| next.before.clone());
        if next == change.after {
            None
        } else if next == change.before {
            Some("it did not take effect")
        } else {
            Some("aliases.toml was changed afterwards by other means")
        }
    }
}
