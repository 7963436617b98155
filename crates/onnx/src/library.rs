//! Where ONNX Runtime's shared library is looked for.

use std::path::{Path, PathBuf};

/// Names the library's path from outside.
pub(crate) const VARIABLE: &str = "BYSTANDER_ONNXRUNTIME";
const FILE: &str = "libonnxruntime.so";

/// The absolute path of the library, or every place where it isn't.
///
/// A path that was named is the only place looked at: a typing mistake must not fall back to another copy.
pub(crate) fn find(explicit: Option<&Path>) -> Result<PathBuf, Vec<PathBuf>> {
    let named = explicit.map(Path::to_path_buf).or_else(|| std::env::var_os(VARIABLE).map(PathBuf::from));
    match named.filter(|path| !path.as_os_str().is_empty()) {
        Some(path) => first_file(vec![path]),
        None => first_file(usual_places()),
    }
}

fn first_file(places: Vec<PathBuf>) -> Result<PathBuf, Vec<PathBuf>> {
    let found = places.iter().filter(|path| path.is_file()).find_map(|path| path.canonicalize().ok());
    found.ok_or(places)
}

fn usual_places() -> Vec<PathBuf> {
    let mut places = Vec::new();
    if let Some(folder) = std::env::current_exe().ok().as_deref().and_then(Path::parent) {
        places.push(folder.join(FILE));
        places.extend(folder.parent().map(|above| above.join("lib").join(FILE)));
    }
    if let Ok(here) = std::env::current_dir() {
        places.extend(here.ancestors().map(|folder| folder.join("target/onnxruntime").join(FILE)));
    }
    places
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_named_path_is_the_only_place_looked_at() {
        let missing = Path::new("/nowhere/libonnxruntime.so");
        assert_eq!(find(Some(missing)), Err(vec![missing.to_path_buf()]));
    }

    #[test]
    fn a_found_path_is_absolute() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join(FILE);
        std::fs::write(&file, b"").unwrap();
        assert!(find(Some(&file)).unwrap().is_absolute());
    }

    #[test]
    fn a_checkout_is_found_from_the_folders_below_it() {
        let places = usual_places();
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap();
        assert!(places.contains(&root.join("target/onnxruntime").join(FILE)));
    }
}
