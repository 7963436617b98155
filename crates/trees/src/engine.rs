//! An engine that runs tree ensembles itself and leaves everything else to another engine.

use crate::ensemble::Ensemble;
use crate::extract::{Extracted, Parts, extract};
use crate::kernel::{Kernel, Method};
use crate::number::Number;
use crate::probe::{Draw, Extent};
use crate::program::Program;
use crate::proof;
use crate::session::{KeptSession, Scoring, TreeSession};
use crate::unfit::Unfit;
use bystander_core::contract::Contract;
use bystander_models::{CheckFailure, Engine, EngineChoice, EngineIdentity, ModelFormat, Session};
use parking_lot::Mutex;
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::sync::{Arc, Weak};

/// The name in identities.
const NAME: &str = "trees";
/// Verdicts that are kept, so that each shard need not compare again.
const KEPT_VERDICTS: usize = 64;
/// Drawn rows on which methods are timed.
const TIMED_ROWS: usize = 64;

/// Runs the tree ensembles among another engine's models.
#[derive(Debug)]
pub struct TreeEngine {
    inner: Arc<dyn Engine>,
    /// The only method to use, for those who compare methods.
    method: Option<String>,
    verdicts: Mutex<HashMap<[u8; 32], Kept>>,
}

/// What runs one model under one contract, and why.
#[derive(Debug)]
struct Verdict {
    /// None: the other engine.
    scoring: Option<Scoring>,
    choice: EngineChoice,
}

/// What is kept of a verdict. A program lives as long as a session has it, so that a version that no shard scores with
/// leaves memory; what was compared is then made again.
#[derive(Debug)]
struct Kept {
    recipe: Option<Recipe>,
    choice: EngineChoice,
}

/// How a program was made, and where it is while there are sessions.
#[derive(Debug)]
enum Recipe {
    F32(Method, usize, Weak<Program<f32>>),
    F64(Method, usize, Weak<Program<f64>>),
}

impl Recipe {
    fn of(scoring: &Scoring) -> Self {
        match scoring {
            Scoring::F32(program) => Self::F32(program.method(), program.few(), Arc::downgrade(program)),
            Scoring::F64(program) => Self::F64(program.method(), program.few(), Arc::downgrade(program)),
        }
    }

    fn scoring(&self, model: &[u8], contract: &Contract) -> Option<Scoring> {
        match self {
            Self::F32(_, _, program) if program.strong_count() > 0 => program.upgrade().map(Scoring::F32),
            Self::F64(_, _, program) if program.strong_count() > 0 => program.upgrade().map(Scoring::F64),
            Self::F32(method, few, _) | Self::F64(method, few, _) => {
                Some(match extract(model, contract).ok()? {
                    Extracted::F32(parts) => Scoring::F32(Arc::new(Program::again(&parts, *method, *few))),
                    Extracted::F64(parts) => Scoring::F64(Arc::new(Program::again(&parts, *method, *few))),
                })
            }
        }
    }
}

impl TreeEngine {
    /// An engine for the tree ensembles among the models that `inner` runs.
    pub fn new(inner: Arc<dyn Engine>) -> Self {
        Self { inner, method: None, verdicts: Mutex::default() }
    }

    /// The same with one of [`methods`] instead of the fastest, for benches and tests. Models that it doesn't fit are
    /// left to `inner`.
    #[must_use]
    pub fn with_method(inner: Arc<dyn Engine>, method: &str) -> Self {
        Self { method: Some(method.to_owned()), ..Self::new(inner) }
    }

    fn kept(&self, reason: impl Into<String>) -> Verdict {
        let choice = EngineChoice { identity: self.inner.identity(), reason: reason.into() };
        Verdict { scoring: None, choice }
    }

    /// Compares the trees with an open session of the other engine.
    fn judge(&self, model: &[u8], contract: &Contract, session: &mut dyn Session) -> Verdict {
        if contract.engine.as_deref() == Some(self.inner.format().engine) {
            return self.kept("the contract names it");
        }
        let proven = extract(model, contract).and_then(|extracted| match extracted {
            Extracted::F32(parts) => self.proven(&parts, session, contract, Scoring::F32),
            Extracted::F64(parts) => self.proven(&parts, session, contract, Scoring::F64),
        });
        match proven {
            Ok((scoring, extent, method)) => {
                let inner = self.inner.identity();
                let identity = EngineIdentity {
                    name: NAME,
                    version: format!("{} as {inner}", env!("CARGO_PKG_VERSION")),
                };
                let Extent { rows, nodes, of } = extent;
                let reason =
                    format!("same bits on {rows} rows, for {nodes} of {of} thresholds; method {method}");
                Verdict { scoring: Some(scoring), choice: EngineChoice { identity, reason } }
            }
            Err(unfit) => self.kept(unfit.to_string()),
        }
    }
}

impl Engine for TreeEngine {
    fn format(&self) -> ModelFormat {
        self.inner.format()
    }

    fn identity(&self) -> EngineIdentity {
        self.inner.identity()
    }

    fn inspect(&self, model: &[u8]) -> Result<(), CheckFailure> {
        self.inner.inspect(model)
    }

    fn open(&self, name: &str, model: &[u8], contract: &Contract) -> Result<Box<dyn Session>, CheckFailure> {
        let key = key(model, contract);
        if let Some((scoring, choice)) = self.recall(key, model, contract) {
            return Ok(match scoring {
                Some(scoring) => Box::new(TreeSession::new(scoring, choice)),
                None => Box::new(KeptSession::new(self.inner.open(name, model, contract)?, choice)),
            });
        }
        let mut session = self.inner.open(name, model, contract)?;
        let verdict = self.judge(model, contract, &mut *session);
        self.remember(key, &verdict);
        let Verdict { scoring, choice } = verdict;
        Ok(match scoring {
            Some(scoring) => Box::new(TreeSession::new(scoring, choice)),
            None => Box::new(KeptSession::new(session, choice)),
        })
    }
}

impl TreeEngine {
    fn proven<T: Number>(
        &self,
        parts: &Parts<T>,
        session: &mut dyn Session,
        contract: &Contract,
        scoring: fn(Arc<Program<T>>) -> Scoring,
    ) -> Result<(Scoring, Extent, String), Unfit> {
        let width = contract.features.len();
        if parts.ensemble.width > width || width == 0 {
            return Err(Unfit::new("its trees read more columns than the contract has features"));
        }
        let mut draw = Draw::new(&parts.ensemble, contract);
        let rows: Vec<T> = (0..TIMED_ROWS).flat_map(|_| draw.row()).collect();
        let program = match &self.method {
            None => Program::fastest(parts, &rows, width),
            Some(name) => Program::named(parts, name)
                .ok_or_else(|| Unfit::new(format!("no method `{name}` fits it")))?,
        };
        let extent = proof::compare(&program, parts, session, contract)?;
        let method = program.method().to_string();
        Ok((scoring(Arc::new(program)), extent, method))
    }

    fn remember(&self, key: [u8; 32], verdict: &Verdict) {
        let recipe = verdict.scoring.as_ref().map(Recipe::of);
        let mut verdicts = self.verdicts.lock();
        if verdicts.len() >= KEPT_VERDICTS {
            verdicts.clear();
        }
        verdicts.insert(key, Kept { recipe, choice: verdict.choice.clone() });
    }

    /// What runs a model that was judged before.
    fn recall(
        &self,
        key: [u8; 32],
        model: &[u8],
        contract: &Contract,
    ) -> Option<(Option<Scoring>, EngineChoice)> {
        let mut verdicts = self.verdicts.lock();
        let Kept { recipe, choice } = verdicts.get_mut(&key)?;
        let Some(made) = recipe else { return Some((None, choice.clone())) };
        let scoring = made.scoring(model, contract)?;
        *made = Recipe::of(&scoring);
        Some((Some(scoring), choice.clone()))
    }
}

/// The names of the methods that this processor has.
pub fn methods() -> Vec<String> {
    let methods = Kernel::<f32>::methods(&Ensemble { trees: Vec::new(), slots: 0, width: 0 });
    methods.iter().map(ToString::to_string).collect()
}

/// The same for the same bytes under the same contract.
fn key(model: &[u8], contract: &Contract) -> [u8; 32] {
    let mut hash = Sha256::new();
    hash.update(model);
    hash.update(format!("{contract:?}"));
    hash.finalize().into()
}
