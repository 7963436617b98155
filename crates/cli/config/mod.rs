//! Configuration in two stages: the file as written (`read`), and what the service is built from (`resolve`).

mod env;
mod keys;
mod raw;
mod read;
mod redact;
mod resolve;
#[cfg(test)]
mod tests;

pub(crate) use read::Overrides;
pub(crate) use resolve::{Config, LogFormat, LogSettings};

use crate::exit::Failure;
use bystander_core::problem::Problem;
use std::path::Path;

/// Reads and resolves a config file.
///
/// # Errors
/// Everything that is wrong in it, at once.
pub(crate) fn load(file: &Path, overrides: &Overrides) -> Result<Config, Failure> {
    let mut problems = Vec::new();
    let raw = read::read(file, overrides, &mut problems);
    finish(file, raw, problems)
}

/// The same for a text that comes with the program; `lookup` fills its variables in.
///
/// # Errors
/// Everything that is wrong in it.
pub(crate) fn load_text(
    name: &str,
    text: &str,
    lookup: &dyn Fn(&str) -> Option<String>,
) -> Result<Config, Failure> {
    let mut problems = Vec::new();
    let raw = read::parse_text(text, std::iter::empty(), lookup, &Overrides::default(), &mut problems);
    finish(Path::new(name), raw, problems)
}

fn finish(file: &Path, raw: Option<raw::RawConfig>, mut problems: Vec<Problem>) -> Result<Config, Failure> {
    match raw.and_then(|raw| resolve::resolve(file, raw, &mut problems)) {
        Some(config) if problems.is_empty() => Ok(config),
        _ => Err(Failure::Configuration { file: file.to_owned(), problems }),
    }
}
