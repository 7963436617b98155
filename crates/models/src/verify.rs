//! The gate over a whole repository, for people and for CI.

use crate::engine::Engine;
use crate::gate;
use crate::loaded::LoadedModel;
use crate::refusal::Refusal;
use crate::repository::{ModelRef, Repository};
use bystander_core::config::StreamConfig;
use std::path::Path;
use std::sync::Arc;

/// What the gate says of one version, or of one thing wrong with the tree.
#[derive(Debug, Clone)]
pub struct VersionCheck {
    /// The model, as `name/version`; for the tree's own mistakes what they are about.
    pub model: String,
    /// The version as it would serve, or why it may not.
    pub outcome: Result<LoadedModel, Refusal>,
}

/// Puts every version below `folder` through the gate; mistakes of the tree itself come first. `stream_of` gives the stream that
/// a version is bound to, as which its golden events are read.
pub fn verify_directory<'s>(
    engines: &[Arc<dyn Engine>],
    folder: &Path,
    stream_of: impl Fn(&ModelRef) -> Option<&'s StreamConfig>,
) -> Vec<VersionCheck> {
    let formats: Vec<_> = engines.iter().map(|engine| engine.format()).collect();
    let (repository, refusals) = Repository::survey(folder, &formats);
    let of_the_tree = refusals
        .into_iter()
        .map(|refusal| VersionCheck { model: refusal.model.clone(), outcome: Err(refusal) });
    let of_versions = repository.versions().into_iter().map(|model| VersionCheck {
        model: model.to_string(),
        outcome: gate::load(engines, &repository, &model, stream_of(&model)),
    });
    of_the_tree.chain(of_versions).collect()
}
