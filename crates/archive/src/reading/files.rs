//! Which files are read.

use crate::error::ArchiveError;
use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};

/// What names of data files in a folder end in; a file that is named itself may be called anything.
const ENDINGS: [&str; 7] =
    [".parquet", ".jsonl", ".jsonl.gz", ".jsonl.zst", ".ndjson", ".ndjson.gz", ".ndjson.zst"];

/// The file, or all data files below the folder, in order of their paths. Names that begin with `.` or `_` are left
/// out, as other readers do.
///
/// # Errors
/// When there is nothing there, or it can't be read.
pub(super) fn find(path: &Path) -> Result<Vec<PathBuf>, ArchiveError> {
    let data = fs::metadata(path).map_err(|error| ArchiveError::io("read", path, &error))?;
    if !data.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let mut files = Vec::new();
    collect(path, &mut files)?;
    files.sort();
    if files.is_empty() {
        let what = format!("{} holds no .parquet or .jsonl file", path.display());
        return Err(ArchiveError::new(what, "name a file, or a folder that has some"));
    }
    Ok(files)
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> Result<(), ArchiveError> {
    let failed = |error: std::io::Error| ArchiveError::io("read", folder, &error);
    for entry in fs::read_dir(folder).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let (path, name) = (entry.path(), entry.file_name().to_string_lossy().into_owned());
        if name.starts_with(['.', '_']) {
            continue;
        }
        if path.is_dir() {
            collect(&path, files)?;
        } else if ENDINGS.iter().any(|ending| name.ends_with(ending)) {
            files.push(path);
        }
    }
    Ok(())
}

/// Whether the file is Parquet, by its first bytes.
pub(super) fn is_parquet(path: &Path) -> Result<bool, ArchiveError> {
    let mut magic = Vec::new();
    let read = File::open(path).and_then(|file| file.take(4).read_to_end(&mut magic));
    read.map_err(|error| ArchiveError::io("read", path, &error))?;
    Ok(magic == b"PAR1")
}
