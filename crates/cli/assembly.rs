//! Models through the gate and streams compiled against them: what must be right before a shard starts.

mod loader;
mod reload;

pub(crate) use reload::{ModelsRefused, try_models};

use crate::config::{self, Config, Overrides, ScoringConfig, Survey};
use crate::exit::Failure;
use crate::logging;
use bystander_core::config::StreamConfig;
use bystander_core::contract::Contract;
use bystander_core::model::ModelIdentity;
use bystander_core::problem::Problem;
use bystander_core::record::StreamId;
use bystander_core::stream::Stream;
use bystander_models::{AliasRevision, Engine, LoadedModel, ModelFormat, Refusal};
use bystander_onnx::{OnnxEngine, Runtime};
use bystander_pipeline::{GenerationModel, ModelGeneration, ScorerOpener, StreamModels};
use bystander_trees::TreeEngine;
use loader::Loader;
use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

/// Everything that shards are built from.
#[derive(Debug, Clone)]
pub(crate) struct Assembly {
    /// Streams by id.
    pub(crate) streams: Vec<Arc<Stream>>,
    /// Each stream's models, in its order, without those that are disabled.
    pub(crate) models: Vec<Vec<Arc<LoadedModel>>>,
    /// The state of `aliases.toml` that named them.
    pub(crate) revision: AliasRevision,
    /// Which models each stream has by its config, in its order, with those that are disabled.
    pub(crate) identities: Vec<Vec<ModelIdentity>>,
    /// The models that are disabled, as the config names them.
    pub(crate) disabled: BTreeSet<String>,
    engines: Vec<Arc<dyn Engine>>,
}

/// Which of a config's streams, and other models than the config's; empty is as the config says.
#[derive(Debug, Default)]
pub(crate) struct Selection<'a> {
    /// Names of streams.
    pub(crate) streams: &'a [String],
    /// Models, as the config names them; each scores the streams of its kind.
    pub(crate) models: &'a [String],
}

/// Reads a config file, starts logging as it says, loads the models and compiles the streams.
///
/// # Errors
/// Everything that is wrong in the file, the models and the streams, at once, as a configuration failure.
pub(crate) fn prepare(file: &Path, overrides: &Overrides) -> Result<(Config, Assembly), Failure> {
    prepare_selected(file, overrides, &Selection::default())
}

/// The same for a selection of streams and models. The assembly's streams are those that are left, counted anew.
///
/// # Errors
/// As [`prepare`]; a stream that the config doesn't have is wrong usage.
pub(crate) fn prepare_selected(
    file: &Path,
    overrides: &Overrides,
    selection: &Selection<'_>,
) -> Result<(Config, Assembly), Failure> {
    let mut survey = config::survey(file, overrides);
    if let (Some(config), true) = (&survey.config, survey.problems.is_empty()) {
        logging::start(&config.log);
    }
    let Survey { scoring, problems, .. } = &mut survey;
    if let Some(scoring) = scoring {
        selection.narrow(&mut scoring.streams)?;
    }
    let assembly = scoring.as_mut().and_then(|scoring| try_assemble(scoring, selection.models, problems));
    match (survey.finish()?, assembly) {
        (config, Some(assembly)) => Ok((config, assembly)),
        (config, None) => Err(Failure::Configuration { file: config.file, problems: Vec::new() }),
    }
}

/// Loads the models and compiles the streams of a config that came with the program.
///
/// # Errors
/// Everything that is wrong, at once, as a configuration failure.
pub(crate) fn assemble(config: &Config) -> Result<Assembly, Failure> {
    let mut problems = Vec::new();
    let assembly = try_assemble(&mut config.scoring(), &[], &mut problems);
    assembly.ok_or_else(|| Failure::Configuration { file: config.file.clone(), problems })
}

impl Selection<'_> {
    fn narrow(&self, streams: &mut Vec<StreamConfig>) -> Result<(), Failure> {
        let known: Vec<_> = streams.iter().filter_map(|stream| stream.name.clone()).collect();
        if let Some(unknown) = self.streams.iter().find(|name| !known.contains(name)) {
            let known = known.join(", ");
            return Err(Failure::Usage(format!("the config has no stream `{unknown}`; it has {known}")));
        }
        if !self.streams.is_empty() {
            streams.retain(|stream| stream.name.as_ref().is_some_and(|name| self.streams.contains(name)));
        }
        Ok(())
    }
}

/// Gives each stream those of `models` that score its kind; a stream without any is left out.
fn assign(
    streams: &mut Vec<StreamConfig>,
    models: &[String],
    loader: &mut Loader,
    problems: &mut Vec<Problem>,
) {
    let mut read = Vec::new();
    for (place, reference) in models.iter().enumerate() {
        let key = format!("--models[{place}]");
        match loader.contract(reference) {
            Some(Ok(contract)) if !streams.iter().any(|stream| stream.kind == Some(contract.kind)) => {
                let what = format!("`{reference}` scores {}", contract.kind.name());
                problems.push(Problem::new(key, what, "choose a stream of that kind"));
            }
            Some(Ok(contract)) => read.push((reference, contract)),
            Some(Err(refusal)) => problems.push(of(&key, refusal)),
            None => {}
        }
    }
    for stream in streams.iter_mut() {
        let own = || read.iter().filter(|(_, contract)| stream.kind == Some(contract.kind));
        let models = own().map(|(reference, _)| (*reference).clone()).collect();
        // Names for fields of models that are left out.
        let named: Vec<_> = stream.fields.keys().cloned().collect();
        let unused = named.into_iter().filter(|name| !own().any(|(_, contract)| contract.names(name)));
        let unused: Vec<_> = unused.collect();
        stream.models = models;
        stream.fields.retain(|name, _| !unused.contains(name));
    }
    if problems.is_empty() {
        streams.retain(|stream| !stream.models.is_empty());
    }
}

/// The kinds of model files that this program runs.
pub(crate) const FORMATS: &[ModelFormat] = &[bystander_onnx::FORMAT];

/// The engines that run models, one for each of [`FORMATS`]. Tree ensembles in ONNX files are run by an engine of their own
/// where it gives the same bits.
pub(crate) fn engines(runtime: Runtime) -> Vec<Arc<dyn Engine>> {
    vec![Arc::new(TreeEngine::new(Arc::new(OnnxEngine::new(runtime))))]
}

/// The assembly, unless anything is wrong; `problems` may hold some of the file's own already.
fn try_assemble(
    config: &mut ScoringConfig,
    models: &[String],
    problems: &mut Vec<Problem>,
) -> Option<Assembly> {
    let mut loader = Loader::open(&config.models, problems);
    if !models.is_empty() {
        assign(&mut config.streams, models, &mut loader, problems);
    }
    compile(config, &mut loader, problems)
}

/// Loads the models that the streams name, and compiles the streams against them.
fn compile(config: &ScoringConfig, loader: &mut Loader, problems: &mut Vec<Problem>) -> Option<Assembly> {
    let (mut streams, mut bound, mut identities) = (Vec::new(), Vec::new(), Vec::new());
    let mut disabled = BTreeSet::new();
    for (index, stream) in config.streams.iter().enumerate() {
        let prefix = format!("streams[{index}]");
        let unread = stream.name.is_none() && stream.topic.is_none();
        if unread && problems.iter().any(|problem| problem.key.starts_with(&prefix)) {
            // The table couldn't be read at all, which was said: what it seems to lack was never looked for.
            continue;
        }
        let (mut models, mut named): (Vec<Arc<LoadedModel>>, Vec<ModelIdentity>) = (Vec::new(), Vec::new());
        for (place, reference) in stream.models.iter().enumerate() {
            if loader.disables(reference) {
                disabled.insert(reference.clone());
                named.extend(loader.identity(reference));
                continue;
            }
            let key = format!("{prefix}.models[{place}]");
            let Some(loaded) = loader.load(reference, stream) else { continue };
            match loaded {
                Ok(model)
                    if models.iter().any(|one| one.identity.to_string() == model.identity.to_string()) =>
                {
                    let what = format!("`{reference}` is {}, which this stream has already", model.identity);
                    problems.push(Problem::new(key, what, "list each version once"));
                }
                Ok(model) => {
                    named.push(model.identity.clone());
                    models.push(model);
                }
                Err(refusal) => problems.push(of(&key, refusal)),
            }
        }
        let contracts: Vec<&Contract> = models.iter().map(|model| &model.contract).collect();
        let key = config.privacy_keys.as_ref().map(|keys| &keys.current);
        match Stream::compile(StreamId(index), stream, &contracts, key) {
            Ok(compiled) => streams.push(Arc::new(compiled)),
            Err(found) => problems.extend(found.into_iter().map(|problem| problem.under(&prefix))),
        }
        bound.push(models);
        identities.push(named);
    }
    let (engines, repository) = loader.parts()?;
    let revision = repository.revision().clone();
    problems.is_empty().then_some(Assembly {
        streams,
        models: bound,
        identities,
        revision,
        disabled,
        engines,
    })
}

fn of(key: &str, refusal: Refusal) -> Problem {
    Problem::new(key, format!("{} refused ({}): {}", refusal.model, refusal.check, refusal.what), refusal.fix)
}

impl Assembly {
    /// What shards score with, as the generation of this number in this process.
    pub(crate) fn generation(&self, number: u64) -> Arc<ModelGeneration> {
        let model = |model: &Arc<LoadedModel>| {
            GenerationModel::new(Arc::new(model.identity.clone()), Arc::clone(model) as Arc<dyn ScorerOpener>)
        };
        let streams = self.streams.iter().zip(&self.models);
        let streams = streams.map(|(stream, models)| {
            StreamModels::new(Arc::clone(stream), models.iter().map(model).collect())
        });
        ModelGeneration::new(number, streams.collect())
    }

    /// Input topics by stream id.
    pub(crate) fn inputs(&self) -> Vec<String> {
        self.streams.iter().map(|stream| stream.topic.clone()).collect()
    }
}
