//! Reading a version's files, bounded.

use crate::refusal::{CheckFailure, RefusalKind};
use std::fs::File;
use std::io::Read;
use std::path::Path;

/// The bytes of a regular file of at most `limit` bytes.
pub(crate) fn read(folder: &Path, name: &str, limit: u64) -> Result<Vec<u8>, CheckFailure> {
    let path = folder.join(name);
    let missing = |reason: String| {
        CheckFailure::new(RefusalKind::MissingFile, format!("{name} {reason}"), fix_for_missing(name))
    };
    let metadata = path.metadata().map_err(|error| missing(describe(&error)))?;
    if !metadata.is_file() {
        return Err(missing("is no regular file".to_owned()));
    }
    let mut bytes = Vec::new();
    // One byte more than allowed, so that a file that grew since is seen too.
    let file = File::open(&path).map_err(|error| missing(describe(&error)))?;
    file.take(limit + 1).read_to_end(&mut bytes).map_err(|error| missing(describe(&error)))?;
    if bytes.len() as u64 > limit {
        let what = format!("{name} is larger than {limit} bytes");
        return Err(CheckFailure::new(
            RefusalKind::TooLarge,
            what,
            "export a smaller model or shorten the file",
        ));
    }
    Ok(bytes)
}

/// The text of such a file.
pub(crate) fn read_text(folder: &Path, name: &str, limit: u64) -> Result<String, CheckFailure> {
    String::from_utf8(read(folder, name, limit)?).map_err(|error| {
        let check = if name == "contract.toml" { RefusalKind::Contract } else { RefusalKind::GoldenInvalid };
        let what = format!("{name} is no UTF-8 text from byte {} on", error.utf8_error().valid_up_to());
        CheckFailure::new(check, what, "save it as UTF-8")
    })
}

fn describe(error: &std::io::Error) -> String {
    match error.kind() {
        std::io::ErrorKind::NotFound => "is missing".to_owned(),
        _ => format!("can't be read: {error}"),
    }
}

pub(super) fn fix_for_missing(name: &str) -> &'static str {
    match name {
        "contract.toml" => "write the contract that binds event fields to the model's inputs",
        "golden.jsonl" => {
            "write events with the training library's own scores there, one JSON object per line"
        }
        _ => "put the exported model there under this name",
    }
}
