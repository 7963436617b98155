//! Which files are read.

use crate::error::unusable;
use bystander_pipeline::Failure;
use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};

/// What names of data files in a folder end in, before what says how they are compressed; a file that is named itself may
/// be called anything.
const ENDINGS: [&str; 4] = [".parquet", ".jsonl", ".ndjson", ".json"];
const COMPRESSED: [&str; 3] = [".gz", ".zst", ".zstd"];
/// The subfolder of a replay's output that holds comparisons.
pub(super) const COMPARISONS: &str = "comparisons";
/// A replay's journal, by which its output folder is known: the files beside `comparisons` are the run's own.
const JOURNAL: &str = "pieces.jsonl";

/// The files of a folder.
#[derive(Debug, Clone, Default)]
pub(super) struct Found {
    /// Data files in order of their paths.
    pub(super) files: Vec<PathBuf>,
    /// All others, in order of their paths.
    pub(super) left_out: Vec<PathBuf>,
}

/// The file, or all files below the folder. Names that begin with `.` or `_` are left out, as other readers do. Of the
/// output folder of a replay, only the comparisons are looked at.
///
/// # Errors
/// When no data file is found, or a folder can't be read.
pub(super) fn find(path: &Path) -> Result<Found, Failure> {
    let data = fs::metadata(path).map_err(|error| unusable("read", path, &error))?;
    if !data.is_dir() {
        return Ok(Found { files: vec![path.to_owned()], left_out: Vec::new() });
    }
    let mut found = Found::default();
    collect(path, &mut found)?;
    found.files.sort();
    found.left_out.sort();
    if found.files.is_empty() {
        let what = format!("{} holds no .parquet, .jsonl, .ndjson or .json file", path.display());
        return Err(Failure::lasting(what, "name a file, or a folder that has some"));
    }
    Ok(found)
}

fn collect(folder: &Path, found: &mut Found) -> Result<(), Failure> {
    let failed = |error: std::io::Error| unusable("read", folder, &error);
    let inner = folder.join(COMPARISONS);
    if inner.is_dir() && folder.join(JOURNAL).is_file() {
        return collect(&inner, found);
    }
    for entry in fs::read_dir(folder).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let (path, name) = (entry.path(), entry.file_name().to_string_lossy().into_owned());
        let hidden = name.starts_with(['.', '_']);
        if path.is_dir() && !hidden {
            collect(&path, found)?;
        } else if !hidden && is_data(&name) {
            found.files.push(path);
        } else {
            found.left_out.push(path);
        }
    }
    Ok(())
}

fn is_data(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    let plain = COMPRESSED.iter().find_map(|ending| name.strip_suffix(ending)).unwrap_or(&name);
    ENDINGS.iter().any(|ending| plain.ends_with(ending))
}

/// Whether the file is Parquet, by its first bytes.
pub(super) fn is_parquet(path: &Path) -> Result<bool, Failure> {
    let mut magic = Vec::new();
    let read = File::open(path).and_then(|file| file.take(4).read_to_end(&mut magic));
    read.map_err(|error| unusable("read", path, &error))?;
    Ok(magic == b"PAR1")
}
