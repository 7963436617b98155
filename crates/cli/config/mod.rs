//! Configuration in two stages: the file as written (`read`), and what the service is built from (`resolve`).

mod env;
mod followups;
mod keys;
mod lines;
mod raw;
mod read;
mod redact;
mod resolve;
#[cfg(test)]
mod tests;

pub(crate) use lines::line_of;
pub(crate) use read::Overrides;
pub(crate) use resolve::{
    Config, CostSettings, HttpSettings, IsolationMode, LogFormat, LogSettings, ModelSettings, ScoringConfig,
    duration,
};

use crate::exit::Failure;
use bystander_core::problem::Problem;
use std::path::{Path, PathBuf};

/// Reads and resolves a config file.
///
/// # Errors
/// Everything that is wrong in it, at once.
pub(crate) fn load(file: &Path, overrides: &Overrides) -> Result<Config, Failure> {
    survey(file, overrides).finish()
}

/// Reads and resolves a config file as far as that goes, so that models and streams can be looked at as well
/// before anything is said.
pub(crate) fn survey(file: &Path, overrides: &Overrides) -> Survey {
    let mut problems = Vec::new();
    let raw = read::read(file, overrides, &mut problems);
    Survey::new(file, raw, problems)
}

/// What can be said of a config file.
pub(crate) struct Survey {
    pub(crate) file: PathBuf,
    /// Nothing where something is missing that cannot be done without.
    pub(crate) config: Option<Config>,
    /// What models and streams are made from, mistakes elsewhere or not.
    pub(crate) scoring: Option<ScoringConfig>,
    pub(crate) problems: Vec<Problem>,
}

impl Survey {
    fn new(file: &Path, raw: Option<raw::RawConfig>, mut problems: Vec<Problem>) -> Self {
        let resolved = raw.map(|raw| resolve::resolve(file, raw, &mut problems));
        let problems = followups::without(problems);
        let (config, scoring) = resolved.map_or((None, None), |(config, scoring)| (config, Some(scoring)));
        Self { file: file.to_owned(), config, scoring, problems }
    }

    /// The config, if nothing is wrong.
    ///
    /// # Errors
    /// Everything that is wrong.
    pub(crate) fn finish(self) -> Result<Config, Failure> {
        match self.config {
            Some(config) if self.problems.is_empty() => Ok(config),
            // What models and streams have been found to lack was added since.
            _ => Err(Failure::Configuration { file: self.file, problems: followups::without(self.problems) }),
        }
    }
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
    Survey::new(Path::new(name), raw, problems).finish()
}
