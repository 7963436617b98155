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
use std::path::Path;

/// Reads and resolves a config file.
///
/// # Errors
/// Everything that is wrong in it, at once.
pub(crate) fn load(file: &Path, overrides: &Overrides) -> Result<Config, Failure> {
    let mut problems = Vec::new();
    let config =
        read::read(file, overrides, &mut problems).map(|raw| resolve::resolve(file, raw, &mut problems));
    match config {
        Some(Some(config)) if problems.is_empty() => Ok(config),
        _ => Err(Failure::Configuration { file: file.to_owned(), problems }),
    }
}
