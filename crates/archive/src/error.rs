//! What went wrong with a file, and what to do.

use bystander_pipeline::Failure;
use std::io;
use std::path::Path;

/// A file can't be read or written; `verb` is what couldn't be done to `path`. Trying again without a change won't help.
pub(crate) fn unusable(verb: &str, path: &Path, error: &io::Error) -> Failure {
    Failure::lasting(format!("can't {verb} {}: {error}", path.display()), fix(error.kind()))
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
