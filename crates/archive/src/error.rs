//! What went wrong with a file, and what to do.

use bystander_pipeline::{SinkError, SourceError};
use std::io;
use std::path::Path;

/// A file can't be read or written. Trying again without a change won't help.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what}; {fix}")]
pub struct ArchiveError {
    /// What happened, with the file and, where there is one, the line.
    pub what: String,
    /// What to do.
    pub fix: String,
}

impl ArchiveError {
    pub(crate) fn new(what: impl Into<String>, fix: impl Into<String>) -> Self {
        Self { what: what.into(), fix: fix.into() }
    }

    /// `verb` is what couldn't be done to `path`.
    pub(crate) fn io(verb: &str, path: &Path, error: &io::Error) -> Self {
        Self::new(format!("can't {verb} {}: {error}", path.display()), fix(error.kind()))
    }
}

fn fix(kind: io::ErrorKind) -> &'static str {
    use io::ErrorKind as Kind;
    match kind {
        Kind::StorageFull | Kind::QuotaExceeded => {
            "free space there or choose another folder, then start again"
        }
        Kind::FileTooLarge => "raise the limit on file sizes (ulimit -f), then start again",
        Kind::PermissionDenied => "let this user read and write there, or choose another path",
        Kind::ReadOnlyFilesystem => "choose a folder that can be written to",
        Kind::NotFound => "check the path",
        Kind::NotADirectory | Kind::AlreadyExists => "choose a path that is a folder",
        Kind::IsADirectory => "name the file itself",
        _ => "see what the system says about this disk or file, then start again",
    }
}

impl From<ArchiveError> for SinkError {
    fn from(error: ArchiveError) -> Self {
        Self::Failed { what: error.what, fix: error.fix, retriable: false }
    }
}

impl From<ArchiveError> for SourceError {
    fn from(error: ArchiveError) -> Self {
        Self { what: error.what, fix: error.fix, retriable: false }
    }
}
