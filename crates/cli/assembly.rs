//! Models through the gate and streams compiled against them: what must be right before a shard starts.

use crate::config::{self, Config, Overrides, ScoringConfig, Survey};
use crate::exit::Failure;
use crate::logging;
use bystander_core::contract::Contract;
use bystander_core::problem::Problem;
use bystander_core::record::StreamId;
use bystander_core::stream::Stream;
use bystander_onnx::{LoadedModel, Refusal, Repository, Runtime, gate};
use bystander_pipeline::{Lane, LaneModel};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

/// Everything that shards are built from.
#[derive(Debug, Clone)]
pub(crate) struct Assembly {
    /// Streams by id.
    pub(crate) streams: Vec<Arc<Stream>>,
    /// Each stream's models, in its order.
    pub(crate) models: Vec<Vec<Arc<LoadedModel>>>,
}

/// A model version and the alias it goes by.
type Key = (String, u32, Option<String>);

/// Reads a config file, starts logging as it says, loads the models and compiles the streams.
///
/// # Errors
/// Everything that is wrong in the file, the models and the streams, at once, as a configuration failure.
pub(crate) fn prepare(file: &Path, overrides: &Overrides) -> Result<(Config, Assembly), Failure> {
    let mut survey = config::survey(file, overrides);
    if let (Some(config), true) = (&survey.config, survey.problems.is_empty()) {
        logging::start(&config.log);
    }
    let Survey { scoring, problems, .. } = &mut survey;
    let assembly = scoring.as_ref().and_then(|scoring| try_assemble(scoring, problems));
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
    let assembly = try_assemble(&config.scoring(), &mut problems);
    assembly.ok_or_else(|| Failure::Configuration { file: config.file.clone(), problems })
}

/// The assembly, unless anything is wrong; `problems` may hold some of the file's own already.
fn try_assemble(config: &ScoringConfig, problems: &mut Vec<Problem>) -> Option<Assembly> {
    let runtime = Runtime::open(config.models.runtime.as_deref())
        .map_err(|error| {
            problems.push(Problem::new("models.runtime", error.to_string(), "see the line above"));
        })
        .ok();
    let folder = &config.models.repository;
    let repository = Repository::open(folder)
        .map_err(|refusals| {
            problems.extend(refusals.into_iter().map(|refusal| of("models.repository", refusal)));
        })
        .ok();
    let mut loaded = BTreeMap::new();
    let mut assembly = Assembly { streams: Vec::new(), models: Vec::new() };
    for (index, stream) in config.streams.iter().enumerate() {
        let prefix = format!("streams[{index}]");
        let unread = stream.name.is_none() && stream.topic.is_none();
        if unread && problems.iter().any(|problem| problem.key.starts_with(&prefix)) {
            // The table couldn't be read at all, which was said: what it seems to lack was never looked for.
            continue;
        }
        let mut models: Vec<Arc<LoadedModel>> = Vec::new();
        for (place, reference) in stream.models.iter().enumerate() {
            let key = format!("{prefix}.models[{place}]");
            let (Some(runtime), Some(repository)) = (&runtime, &repository) else { continue };
            match load(runtime, repository, reference, &mut loaded) {
                Ok(model)
                    if models.iter().any(|one| one.identity.to_string() == model.identity.to_string()) =>
                {
                    let what = format!("`{reference}` is {}, which this stream has already", model.identity);
                    problems.push(Problem::new(key, what, "list each version once"));
                }
                Ok(model) => models.push(model),
                Err(refusal) => problems.push(of(&key, refusal)),
            }
        }
        let contracts: Vec<&Contract> = models.iter().map(|model| &model.contract).collect();
        match Stream::compile(StreamId(index), stream, &contracts, config.privacy_key.as_ref()) {
            Ok(compiled) => assembly.streams.push(Arc::new(compiled)),
            Err(found) => problems.extend(found.into_iter().map(|problem| problem.under(&prefix))),
        }
        assembly.models.push(models);
    }
    problems.is_empty().then_some(assembly)
}

fn of(key: &str, refusal: Refusal) -> Problem {
    Problem::new(key, format!("{} refused ({}): {}", refusal.model, refusal.check, refusal.what), refusal.fix)
}

fn load(
    runtime: &Runtime,
    repository: &Repository,
    reference: &str,
    loaded: &mut BTreeMap<Key, Arc<LoadedModel>>,
) -> Result<Arc<LoadedModel>, Refusal> {
    let model = repository.resolve(reference)?;
    let key = (model.name.clone(), model.version, model.alias.clone());
    if let Some(known) = loaded.get(&key) {
        return Ok(Arc::clone(known));
    }
    let fresh = Arc::new(gate::load(runtime, repository, &model)?);
    loaded.insert(key, Arc::clone(&fresh));
    Ok(fresh)
}

impl Assembly {
    /// Lanes for one shard, each model with a session of its own.
    ///
    /// # Errors
    /// When a session can't be made again.
    pub(crate) fn lanes(&self) -> Result<Vec<Lane>, Refusal> {
        let lane = |(stream, models): (&Arc<Stream>, &Vec<Arc<LoadedModel>>)| {
            let models = models.iter().map(|model| {
                let scorer = Box::new(model.scorer()?);
                Ok(LaneModel::new(Arc::new(model.identity.clone()), scorer))
            });
            Ok(Lane::new(Arc::clone(stream), models.collect::<Result<_, Refusal>>()?))
        };
        self.streams.iter().zip(&self.models).map(lane).collect()
    }

    /// Input topics by stream id.
    pub(crate) fn inputs(&self) -> Vec<String> {
        self.streams.iter().map(|stream| stream.topic.clone()).collect()
    }
}
