//! Looks after `aliases.toml`: when it names other versions, they are loaded beside those that score, and the shards change to
//! them. A version that can't be used changes nothing.

use super::active_models::NotExchanged;
use super::shard::ShardContext;
use crate::assembly::{Assembly, ModelsRefused};
use crate::config::ScoringConfig;
use bystander_core::time::Rfc3339;
use bystander_metrics::ModelChange;
use bystander_metrics::status::RefusedModels;
use bystander_models::AliasRevision;
use bystander_pipeline::{Backoff, Clock as _, SystemClock};
use parking_lot::Mutex;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// How soon an end and a wish to look at once are noticed, and how soon replaced models are closed.
const SLICE: Duration = Duration::from_millis(100);
/// Waits before the same state of the file is tried again after a refusal: what was wrong may lie elsewhere, such as a
/// model's file that was still being copied.
const AGAIN: Backoff = Backoff::new(Duration::from_secs(30), Duration::from_secs(600));

/// How long [`ModelWatch::end`] waits: a call of a model at the gate ends before that.
const PATIENCE: Duration = Duration::from_secs(12);

/// Watches until it is told to end.
pub(crate) struct ModelWatch {
    shared: Arc<Shared>,
    thread: JoinHandle<()>,
}

#[derive(Default)]
struct Shared {
    look_now: AtomicBool,
    ended: AtomicBool,
    refused: Mutex<Option<RefusedModels>>,
    disabled: Mutex<Vec<String>>,
}

impl ModelWatch {
    /// Starts to look every `models.refresh`.
    ///
    /// # Errors
    /// When no thread can be started.
    pub(crate) fn start(
        context: &Arc<ShardContext>,
        assembly: &Assembly,
        config: ScoringConfig,
    ) -> std::io::Result<Self> {
        let shared = Arc::new(Shared { disabled: Mutex::new(disabled(assembly)), ..Shared::default() });
        let watched = Watched {
            context: Arc::clone(context),
            shared: Arc::clone(&shared),
            seen: assembly.revision.clone(),
            assembly: assembly.clone(),
            config,
            retry: None,
            backoff: AGAIN,
            number: context.models.current().number(),
        };
        let thread =
            std::thread::Builder::new().name("model-watch".to_owned()).spawn(move || watched.run())?;
        Ok(Self { shared, thread })
    }

    /// Makes it look at once, and try again what was refused.
    pub(crate) fn look_now(&self) {
        self.shared.look_now.store(true, Ordering::Relaxed);
    }

    /// Tells it to end. What it is loading is not used any more.
    pub(crate) fn end(&self) {
        self.shared.ended.store(true, Ordering::Relaxed);
    }

    /// Waits for its end, so that the engine isn't taken down while it loads a model. Only a gate that takes long is left behind.
    pub(crate) fn wait(&self) {
        let until = Instant::now() + PATIENCE;
        while !self.thread.is_finished() && Instant::now() < until {
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// The config's models that are disabled.
    pub(crate) fn disabled(&self) -> Vec<String> {
        self.shared.disabled.lock().clone()
    }

    /// What the aliases name and is not used; `None` while they name what scores.
    pub(crate) fn refused(&self) -> Option<RefusedModels> {
        self.shared.refused.lock().clone()
    }
}

struct Watched {
    context: Arc<ShardContext>,
    shared: Arc<Shared>,
    /// What scores.
    assembly: Assembly,
    config: ScoringConfig,
    /// The state of the aliases that was last tried.
    seen: AliasRevision,
    /// When that is tried again, after a refusal.
    retry: Option<Instant>,
    backoff: Backoff,
    /// Of the newest generation.
    number: u64,
}

impl Watched {
    fn run(mut self) {
        let mut due = Instant::now() + self.config.models.refresh;
        while !self.ended() {
            let asked = self.shared.look_now.swap(false, Ordering::Relaxed);
            if asked || Instant::now() >= due {
                due = Instant::now() + self.config.models.refresh;
                // A watch that had ended would leave the former models for ever, and nobody would know.
                if catch_unwind(AssertUnwindSafe(|| self.look(asked))).is_err() {
                    self.refuse(&panicked());
                }
            }
            self.context.models.close_retired();
            std::thread::sleep(SLICE);
        }
    }

    fn ended(&self) -> bool {
        self.shared.ended.load(Ordering::Relaxed)
    }

    fn look(&mut self, asked: bool) {
        let revision = match AliasRevision::of(&self.config.models.repository) {
            Ok(revision) => revision,
            // Also when it can't be read for a moment, which is tried at the next look.
            Err(refusal) => return tracing::warn!(error = %refusal, "the aliases can't be looked at"),
        };
        let again = self.retry.is_some_and(|at| asked || Instant::now() >= at);
        if revision == self.seen && !again {
            return;
        }
        if revision != self.seen {
            self.backoff.reset();
        }
        self.seen = revision;
        match self.adopt() {
            _ if self.ended() => {}
            Ok(changed) => self.adopted(changed),
            Err(refused) => self.refuse(&refused),
        }
    }

    /// Loads what the aliases name now, and changes the shards to it; tells whether that is anything else than before.
    fn adopt(&mut self) -> Result<bool, ModelsRefused> {
        let newer = self.assembly.reload(&self.config)?;
        if self.ended() {
            return Ok(false);
        }
        let changed = !newer.has_models_of(&self.assembly);
        if changed {
            self.number += 1;
            let generation = newer.generation(self.number);
            self.context.models.exchange(&generation).map_err(not_exchanged)?;
        }
        // The file may have changed once more since its revision was taken.
        self.seen = newer.revision.clone();
        self.assembly = newer;
        Ok(changed)
    }

    fn adopted(&mut self, changed: bool) {
        self.retry = None;
        *self.shared.refused.lock() = None;
        *self.shared.disabled.lock() = disabled(&self.assembly);
        if changed {
            self.context.catalogue.model_change(ModelChange::Adopted);
            let models: Vec<_> = self.assembly.models.iter().flatten().collect();
            let models: Vec<_> = models.iter().map(|model| model.identity.to_string()).collect();
            tracing::info!(revision = %self.seen, generation = self.number, models = models.join(" "), "the models changed");
        }
    }

    fn refuse(&mut self, refused: &ModelsRefused) {
        let wait = self.backoff.wait();
        self.retry = Some(Instant::now() + wait);
        let catalogue = &self.context.catalogue;
        catalogue.load_failure(&refused.model, refused.reason);
        catalogue.model_change(ModelChange::Refused);
        tracing::error!(revision = %self.seen, error = %refused, ?wait, "models are refused; the former ones go on scoring");
        let mut shown = self.shared.refused.lock();
        let since =
            shown.as_ref().map_or_else(|| Rfc3339(SystemClock::default().now_ms()), |shown| shown.since);
        *shown = Some(RefusedModels { model: refused.model.clone(), reason: refused.to_string(), since });
    }
}

fn disabled(assembly: &Assembly) -> Vec<String> {
    assembly.disabled.iter().cloned().collect()
}

fn not_exchanged(error: NotExchanged) -> ModelsRefused {
    let problem =
        |key: &str, what, fix| vec![bystander_core::problem::Problem { key: key.to_owned(), what, fix }];
    match error {
        NotExchanged::Open(error) => ModelsRefused {
            problems: problem(&error.model, error.what, error.fix),
            model: error.model,
            reason: error.reason,
        },
        NotExchanged::Offer(failure) => ModelsRefused {
            model: String::new(),
            reason: "exchange",
            problems: problem("models", failure.what, failure.fix),
        },
    }
}

fn panicked() -> ModelsRefused {
    let (what, fix) = ("the check of the models panicked", "report this with the message in the log");
    let problems = vec![bystander_core::problem::Problem::new("models", what, fix)];
    ModelsRefused { model: String::new(), reason: "panic", problems }
}
