//! Models by the names that a config gives them, each version loaded once.

use super::{Assembly, FORMATS, engines, of};
use crate::config::{ModelSettings, ScoringConfig};
use bystander_core::config::StreamConfig;
use bystander_core::contract::Contract;
use bystander_core::model::ModelIdentity;
use bystander_core::problem::Problem;
use bystander_models::{Engine, LoadedModel, ModelRef, Refusal, Repository, gate};
use bystander_onnx::Runtime;
use std::collections::BTreeMap;
use std::sync::Arc;

/// How refusals name what is wrong with the aliases as a whole.
const ALIASES: &str = "aliases.toml";

/// A model version, and how the golden events' times are read.
type Key = (String, u32, String);

/// Loads each model once.
pub(super) struct Loader {
    engines: Option<Vec<Arc<dyn Engine>>>,
    repository: Option<Repository>,
    /// What is wrong with the repository; those who open it strictly have said it.
    wrong: Vec<Refusal>,
    loaded: BTreeMap<Key, Arc<LoadedModel>>,
    /// The first model that was refused, and a word for why.
    refused: Option<(String, &'static str)>,
}

impl Loader {
    /// For a start: nothing may be wrong with the repository.
    pub(super) fn open(settings: &ModelSettings, problems: &mut Vec<Problem>) -> Self {
        let engines = Self::engines(settings, problems);
        let repository = Repository::open(&settings.repository, FORMATS)
            .map_err(|refusals| {
                // If the folder is missing, a relative path may have been resolved from an unexpected folder.
                let origin = if settings.repository.exists() { "" } else { &settings.origin };
                problems.extend(refusals.into_iter().map(|refusal| {
                    let problem = of("models.repository", refusal);
                    Problem { fix: format!("{}{origin}", problem.fix), ..problem }
                }));
            })
            .ok();
        Self { engines, repository, wrong: Vec::new(), loaded: BTreeMap::new(), refused: None }
    }

    /// For this repository, with what is wrong with it left aside.
    pub(super) fn of(settings: &ModelSettings, repository: Repository, problems: &mut Vec<Problem>) -> Self {
        let engines = Self::engines(settings, problems);
        let (repository, wrong) = (Some(repository), Vec::new());
        Self { engines, repository, wrong, loaded: BTreeMap::new(), refused: None }
    }

    fn engines(settings: &ModelSettings, problems: &mut Vec<Problem>) -> Option<Vec<Arc<dyn Engine>>> {
        let runtime = Runtime::open(settings.runtime.as_deref());
        runtime
            .map_err(|error| {
                problems.push(Problem::new("models.runtime", error.to_string(), "see the line above"));
            })
            .map(engines)
            .ok()
    }

    /// For a process that runs, with the versions that it has: what is wrong with other models, such as a copy that is not
    /// finished, is no reason to refuse those that the config names.
    pub(super) fn again(assembly: &Assembly, config: &ScoringConfig) -> Self {
        let (repository, wrong) = Repository::survey(&config.models.repository, FORMATS);
        let mut loaded = BTreeMap::new();
        for (stream, models) in config.streams.iter().zip(&assembly.models) {
            loaded.extend(models.iter().map(|model| {
                let identity = &model.identity;
                ((identity.name.clone(), identity.version, times(stream)), Arc::clone(model))
            }));
        }
        let (engines, repository) = (Some(assembly.engines.clone()), Some(repository));
        Self { engines, repository, wrong, loaded, refused: None }
    }

    /// The engines and the repository; `None` where one of them is missing, which is among the problems.
    pub(super) fn parts(&self) -> Option<(Vec<Arc<dyn Engine>>, &Repository)> {
        let (engines, repository) = self.engines.as_ref().zip(self.repository.as_ref())?;
        Some((engines.clone(), repository))
    }

    /// Whether a model is not to be loaded, whatever state it is in.
    pub(super) fn disables(&self, reference: &str) -> bool {
        self.repository.as_ref().is_some_and(|repository| repository.is_disabled(reference))
    }

    /// Which version a disabled model is, where its files can be read.
    pub(super) fn identity(&self, reference: &str) -> Option<ModelIdentity> {
        let repository = self.repository.as_ref()?;
        let model = repository.resolve(reference).ok()?;
        gate::contract(repository, &model).ok().map(|(identity, _)| identity)
    }

    /// What is wrong with `aliases.toml` itself.
    pub(super) fn wrong_aliases(&self) -> impl Iterator<Item = &Refusal> {
        self.wrong.iter().filter(|refusal| refusal.model == ALIASES)
    }

    /// The first model that was refused, and a word for why.
    pub(super) fn refused(&mut self) -> Option<(String, &'static str)> {
        self.refused.take()
    }

    /// `None` where runtime or repository are missing, which is among the problems.
    pub(super) fn load(
        &mut self,
        reference: &str,
        stream: &StreamConfig,
    ) -> Option<Result<Arc<LoadedModel>, Refusal>> {
        let (engines, repository) = self.engines.as_ref().zip(self.repository.as_ref())?;
        let model = self.resolve(repository, reference);
        let loaded = model.and_then(|model| {
            let key = (model.name.clone(), model.version, times(stream));
            match self.loaded.get(&key) {
                Some(known) if known.identity.alias == model.alias => Ok((key, Arc::clone(known))),
                // Rolling back to a version that is still loaded takes no time.
                Some(known) => Ok((key, Arc::new(known.named_by(model.alias)))),
                None => Ok((key, Arc::new(gate::load(engines, repository, &model, Some(stream))?))),
            }
        });
        Some(match loaded {
            Ok((key, model)) => {
                self.loaded.insert(key, Arc::clone(&model));
                Ok(model)
            }
            Err(refusal) => {
                let word = refusal.check.name();
                self.refused.get_or_insert_with(|| (refusal.model.clone(), word));
                Err(refusal)
            }
        })
    }

    fn resolve(&self, repository: &Repository, reference: &str) -> Result<ModelRef, Refusal> {
        repository.resolve(reference).map_err(|unknown| {
            let (name, _) = reference.split_once(['@', '/']).unwrap_or((reference, ""));
            let about = |refusal: &&Refusal| [reference, name, ALIASES].contains(&refusal.model.as_str());
            // What is wrong with the repository explains why the name leads nowhere.
            self.wrong.iter().find(about).cloned().unwrap_or(unknown)
        })
    }

    /// The same for the contract alone.
    pub(super) fn contract(&self, reference: &str) -> Option<Result<Contract, Refusal>> {
        let repository = self.engines.as_ref().and(self.repository.as_ref())?;
        let read = |model| gate::contract(repository, &model).map(|(_, contract)| contract);
        Some(repository.resolve(reference).and_then(read))
    }
}

fn times(stream: &StreamConfig) -> String {
    format!("{:?}", stream.times())
}
