//! Reading the folders: which are models, and which of their folders are versions.

use crate::engine::ModelFormat;
use crate::refusal::{Refusal, RefusalKind};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// Versions by model.
pub(crate) type Models = BTreeMap<String, BTreeSet<u32>>;

/// What every version has, beside its model.
const VERSION_FILES: [&str; 2] = ["contract.toml", "golden.jsonl"];

/// All models below `folder`, and what is wrong with them.
///
/// A folder is a model when it, or a folder in it, holds a model's files, or when a folder in it is a number;
/// so training code may live beside the models. Names that start with a dot are left alone.
pub(crate) fn read(folder: &Path, formats: &[ModelFormat]) -> (Models, Vec<Refusal>) {
    let (mut models, mut refusals) = (Models::new(), Vec::new());
    match folders(folder) {
        Err(error) => refusals.push(Refusal::new(
            folder.display().to_string(),
            RefusalKind::MissingFile,
            format!("the model repository can't be read: {error}"),
            "set `models.repository` to a readable folder",
        )),
        Ok(names) => {
            for name in names {
                match read_model(folder, &name, formats) {
                    Ok(None) => {}
                    Ok(Some(versions)) => drop(models.insert(name, versions)),
                    Err((versions, wrong)) => {
                        refusals.extend(wrong);
                        models.insert(name, versions);
                    }
                }
            }
        }
    }
    (models, refusals)
}

type Broken = (BTreeSet<u32>, Vec<Refusal>);

fn read_model(
    repository: &Path,
    name: &str,
    formats: &[ModelFormat],
) -> Result<Option<BTreeSet<u32>>, Broken> {
    let folder = repository.join(name);
    let refuse =
        |model: String, what: String, fix: String| Refusal::new(model, RefusalKind::VersionFolder, what, fix);
    let children = folders(&folder).map_err(|error| {
        let what = format!("the folder can't be read: {error}");
        (BTreeSet::new(), vec![refuse(name.to_owned(), what, "make it readable".to_owned())])
    })?;
    let stray = holds_model_files(&folder, formats);
    let is_model = stray
        || children
            .iter()
            .any(|child| number(child).is_some() || holds_model_files(&folder.join(child), formats));
    if !is_model {
        return Ok(None);
    }
    let mut wrong = Vec::new();
    if !name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte)) {
        let what = "the model's name has other characters than letters, digits, `-`, `_` and `.`";
        wrong.push(refuse(name.to_owned(), what.to_owned(), "rename the folder".to_owned()));
    }
    if stray {
        let what = "model files lie outside a version folder".to_owned();
        wrong.push(refuse(name.to_owned(), what, format!("move them into {name}/1/")));
    }
    for child in children.iter().filter(|child| number(child).is_none()) {
        let what = format!("version folder `{child}` is no number from 1 up");
        let fix = "name version folders 1, 2, 3 … and give them names by aliases.toml".to_owned();
        wrong.push(refuse(format!("{name}/{child}"), what, fix));
    }
    let versions = children.iter().filter_map(|child| number(child)).collect();
    if wrong.is_empty() { Ok(Some(versions)) } else { Err((versions, wrong)) }
}

/// A version number, written the only way: no sign, no leading zero.
fn number(name: &str) -> Option<u32> {
    name.parse::<u32>().ok().filter(|version| *version > 0 && version.to_string() == name)
}

fn holds_model_files(folder: &Path, formats: &[ModelFormat]) -> bool {
    let models = formats.iter().map(|format| format.file);
    models.chain(VERSION_FILES).any(|file| folder.join(file).symlink_metadata().is_ok())
}

/// Names of the folders in a folder, sorted, hidden ones left out.
fn folders(folder: &Path) -> std::io::Result<BTreeSet<String>> {
    let mut names = BTreeSet::new();
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if !name.starts_with('.') && entry.path().is_dir() {
            names.insert(name);
        }
    }
    Ok(names)
}
