//! The models that the aliases name now, for a process that runs already.

use super::loader::Loader;
use super::{Assembly, compile, of};
use crate::config::ScoringConfig;
use bystander_core::problem::Problem;
use bystander_models::{LoadedModel, Repository};
use std::fmt;
use std::sync::Arc;

/// Why models are not taken over. The former ones go on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ModelsRefused {
    /// The model that was refused first, as `name/version` where both are known.
    pub(crate) model: String,
    /// A word for why, for metrics.
    pub(crate) reason: &'static str,
    /// What is wrong, in the order of the config.
    pub(crate) problems: Vec<Problem>,
}

/// The models of the stream that the first problem is about, as the config names them.
fn models_of_first(config: &ScoringConfig, problems: &[Problem]) -> String {
    let about = |place: usize| {
        problems.first().is_some_and(|first| first.key.starts_with(&format!("streams[{place}]")))
    };
    let mut streams = config.streams.iter().enumerate().filter(|(place, _)| about(*place));
    streams.next().map_or_else(String::new, |(_, stream)| stream.models.join(", "))
}

/// A model that fits its own contract but not the stream that it is to score.
const UNBOUND: &str = "stream";

impl fmt::Display for ModelsRefused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, Problem { key, what, fix, .. }) in self.problems.iter().enumerate() {
            write!(f, "{}{key}: {what}; {fix}", if place == 0 { "" } else { ". " })?;
        }
        Ok(())
    }
}

/// What a config would score with, if its repository were this one.
///
/// # Errors
/// When a model is refused, or doesn't fit its stream.
pub(crate) fn try_models(config: &ScoringConfig, repository: Repository) -> Result<Assembly, ModelsRefused> {
    let mut problems = Vec::new();
    let loader = Loader::of(&config.models, repository, &mut problems);
    finish(config, loader, problems)
}

fn finish(
    config: &ScoringConfig,
    mut loader: Loader,
    mut problems: Vec<Problem>,
) -> Result<Assembly, ModelsRefused> {
    if let Some(assembly) = compile(config, &mut loader, &mut problems) {
        return Ok(assembly);
    }
    if problems.iter().any(|problem| problem.key == "models.repository") {
        return Err(ModelsRefused { model: "aliases.toml".to_owned(), reason: "alias", problems });
    }
    let (model, reason) = loader.refused().unwrap_or_else(|| (models_of_first(config, &problems), UNBOUND));
    Err(ModelsRefused { model, reason, problems })
}

impl Assembly {
    /// The same streams with the models that their aliases name now. Versions that are loaded already are not loaded again:
    /// a version's files never change.
    ///
    /// # Errors
    /// When a model is refused, or doesn't fit its stream.
    pub(crate) fn reload(&self, config: &ScoringConfig) -> Result<Self, ModelsRefused> {
        let loader = Loader::again(self, config);
        let wrong = loader.wrong_aliases().cloned().map(|refusal| of("models.repository", refusal)).collect();
        finish(config, loader, wrong)
    }

    /// Whether both have the same models in the same places.
    pub(crate) fn has_models_of(&self, other: &Self) -> bool {
        let same = |one: &Vec<Arc<LoadedModel>>, other: &Vec<Arc<LoadedModel>>| {
            one.iter().map(|model| &model.identity).eq(other.iter().map(|model| &model.identity))
        };
        self.models.len() == other.models.len()
            && self.models.iter().zip(&other.models).all(|(a, b)| same(a, b))
    }
}
