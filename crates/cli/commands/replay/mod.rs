//! `bystander replay`: a range of history through any models, without touching the live run.

mod bench;
mod broker;
mod files;
mod planning;
mod recorded;
mod request;
mod show;
mod sinks;
mod topic;

use crate::args::{OutputFormat, ReplayArgs};
use crate::assembly::{Assembly, Selection, prepare_selected};
use crate::config::Config;
use crate::exit::Failure;
use crate::logging::print;
use crate::signals;
use bystander_core::run::{Mode, RunLabels};
use bystander_core::text::hex;
use bystander_pipeline as pipeline;
use bystander_pipeline::{Clock, Ended, OpenGeneration, Stop, StopMode, SystemClock};
use bystander_replay::{
    Journal, ModelReceipt, Opened, Pacer, Plan, Receipt, ReplayProgress, RunFolder, Verification, Work,
    WorkerFactory,
};
use parking_lot::Mutex;
use request::Target;
use sha2::{Digest as _, Sha256};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// How long a piece that fails in passing is tried again.
const PATIENCE: Duration = Duration::from_secs(300);

pub(crate) fn run(args: &ReplayArgs) -> Result<(), Failure> {
    let pace = request::pace(args)?;
    let began_ms = SystemClock::default().now_ms();
    let range = request::range(args, began_ms)?;
    let opened = match &args.resume {
        Some(run) => Some(RunFolder::resume(&request::resumed(run)).map_err(|error| usage(&error))?),
        None => None,
    };
    let chosen = Chosen::new(args, opened.as_ref().map(|opened| &opened.plan));
    let selection = Selection { streams: &chosen.streams, models: &chosen.models };
    let (mut config, assembly) = prepare_selected(&args.config.config, &args.config.overrides(), &selection)?;
    config.live.client_id = format!("bystander-{}-replay", config.job);
    let question = Question::new(&args.config.config, &config, &assembly)?;
    let (plan, target) = match &opened {
        Some(opened) => {
            question.is_that_of(&opened.plan)?;
            let target = Target::of(&opened.plan.output).ok_or_else(|| {
                Failure::Other(format!("the plan writes {}, which isn't known", opened.plan.output))
            })?;
            (opened.plan.clone(), target)
        }
        None => {
            let target = request::target(args);
            (planning::plan(args, &config, &assembly, range, &target, question)?, target)
        }
    };
    if let Target::Topic(name) = &target {
        topic::settings(&config, &plan.run, name)?;
    }
    let verifies = target == Target::Verify;
    let folder = match &opened {
        Some(opened) => opened.folder.path().to_owned(),
        None => request::folder(args, &plan.run),
    };
    if opened.is_none() && !verifies {
        RunFolder::may_begin(&folder, &plan).map_err(|error| usage(&error))?;
    }
    let shown = show::plan(&plan, (!verifies).then_some(&*folder));
    if args.dry_run {
        match args.output {
            OutputFormat::Json => print(serde_json::to_string_pretty(&plan).map_err(Failure::other)?),
            OutputFormat::Text => print(shown),
        }
        return Ok(());
    }
    tracing::info!("the plan\n{shown}");
    if plan.span() > config.replay.confirm_above && !args.execute && opened.is_none() {
        return Err(Failure::Usage(format!(
            "{} offsets or lines are more than replay.confirm_above ({}): look at the plan, then add --execute",
            plan.span(),
            config.replay.confirm_above
        )));
    }
    let stop = Stop::default();
    let told = stop.clone();
    signals::watch(move || told.request(StopMode::Abort))?;
    let pacer = Pacer::new(pace, &stop);
    let context = ReplayContext {
        config: &config,
        assembly: &assembly,
        plan: &plan,
        target: &target,
        stop: &stop,
        workers: workers(args, &plan),
        whole_inputs: pace.speed.is_some() || !matches!(target, Target::Files(_)),
        bytes_per_second: pace.bytes,
    };
    if verifies {
        return verify(&context, args, pacer);
    }
    let opened = match opened {
        Some(opened) => opened,
        None => RunFolder::begin(&folder, plan.clone()).map_err(|error| failed(&error))?,
    };
    write(&context, args, pacer, opened, began_ms)
}

/// Everything that workers are equipped from.
pub(super) struct ReplayContext<'g> {
    config: &'g Config,
    assembly: &'g Assembly,
    plan: &'g Plan,
    target: &'g Target,
    stop: &'g Stop,
    workers: usize,
    /// Whether an input's pieces must be done in order by one worker.
    whole_inputs: bool,
    bytes_per_second: Option<f64>,
}

/// One worker per core; where event time is played, one per input, so that none waits for another.
fn workers(args: &ReplayArgs, plan: &Plan) -> usize {
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    match args.workers {
        Some(workers) => workers.into(),
        None if args.speed.is_some() => plan.inputs.len().max(1),
        None => cores,
    }
}

impl ReplayContext<'_> {
    fn models(&self) -> Result<OpenGeneration, pipeline::Failure> {
        let opened = self.assembly.generation(1).open();
        opened.map_err(|error| pipeline::Failure::lasting(error.what, error.fix))
    }

    /// Works the plan off, showing how far it is.
    fn work<W: WorkerFactory>(
        &self,
        pacer: Pacer,
        factory: &W,
        journal: &mut Journal,
    ) -> Result<Ended, Failure> {
        let streams: Vec<_> = self.assembly.streams.iter().map(|stream| stream.name.clone()).collect();
        let (run_id, cluster) = (self.plan.run.clone(), self.plan.cluster.clone());
        let work = Work {
            plan: self.plan,
            streams: &streams,
            labels: RunLabels { mode: Mode::Replay, run_id, cluster },
            settings: self.config.shard,
            workers: self.workers,
            whole_inputs: self.whole_inputs,
            pacer,
            stop: self.stop.clone(),
            patience: PATIENCE,
        };
        let (progress, done) = (ReplayProgress::default(), AtomicBool::new(false));
        std::thread::scope(|scope| {
            scope.spawn(|| show::progress(self.plan, &progress, &done));
            let ended = bystander_replay::work(&work, factory, journal, &progress);
            done.store(true, Ordering::Relaxed);
            ended.map_err(|error| failed(&error))
        })
    }
}

/// Replays into files or a topic, and leaves a receipt.
fn write(
    context: &ReplayContext<'_>,
    args: &ReplayArgs,
    pacer: Pacer,
    opened: Opened,
    began_ms: i64,
) -> Result<(), Failure> {
    let Opened { folder, plan, mut journal } = opened;
    let ended = sinks::work(context, pacer, &folder, &mut journal)?;
    if ended == Ended::Stopped {
        let folder = folder.path().display();
        return Err(Failure::Other(format!("stopped; finish it with --resume {folder}")));
    }
    let receipt = Receipt::new(&plan, journal.done(), (began_ms, SystemClock::default().now_ms()));
    let path = folder.finish(&receipt).map_err(|error| failed(&error))?;
    match args.output {
        OutputFormat::Json => print(serde_json::to_string_pretty(&receipt).map_err(Failure::other)?),
        OutputFormat::Text => show::receipt(&receipt, &plan.inputs, &path),
    }
    match show::unreadable(&receipt, &plan.inputs, context.config.replay.min_readable) {
        Some(what) => Err(Failure::Other(what)),
        None => Ok(()),
    }
}

/// Replays beside what was recorded.
fn verify(context: &ReplayContext<'_>, args: &ReplayArgs, pacer: Pacer) -> Result<(), Failure> {
    let found = Arc::new(Mutex::new(Verification::default()));
    let ended = recorded::work(context, pacer, &found)?;
    if ended == Ended::Stopped {
        return Err(Failure::Other("stopped before everything was compared".into()));
    }
    let found = found.lock();
    match args.output {
        OutputFormat::Json => print(serde_json::to_string_pretty(&*found).map_err(Failure::other)?),
        OutputFormat::Text => show::verification(&found),
    }
    if found.is_identical() { Ok(()) } else { Err(Failure::NotMet("verification found differences".into())) }
}

/// Streams and models, from the command line or from a plan that is gone on with.
struct Chosen {
    streams: Vec<String>,
    models: Vec<String>,
}

impl Chosen {
    fn new(args: &ReplayArgs, plan: Option<&Plan>) -> Self {
        let Some(plan) = plan else {
            return Self { streams: args.stream.clone(), models: args.models.clone() };
        };
        let mut chosen = Self { streams: Vec::new(), models: Vec::new() };
        for ModelReceipt { stream, name, version, alias, .. } in &plan.models {
            let model = match alias {
                Some(alias) => format!("{name}@{alias}"),
                None => format!("{name}/{version}"),
            };
            for (list, one) in [(&mut chosen.streams, stream.clone()), (&mut chosen.models, model)] {
                if !list.contains(&one) {
                    list.push(one);
                }
            }
        }
        chosen
    }
}

/// What decisions come from, beside the events.
pub(super) struct Question {
    config_sha256: String,
    models: Vec<ModelReceipt>,
}

impl Question {
    fn new(file: &Path, config: &Config, assembly: &Assembly) -> Result<Self, Failure> {
        let text = std::fs::read(file)
            .map_err(|error| Failure::Other(format!("{} can't be read: {error}", config.file.display())))?;
        let config_sha256 = hex(&Sha256::digest(&text));
        let streams = assembly.streams.iter().zip(&assembly.models);
        let models = streams.flat_map(|(stream, models)| {
            models.iter().map(|model| ModelReceipt {
                stream: stream.name.clone(),
                name: model.identity.name.clone(),
                version: model.identity.version,
                alias: model.identity.alias.clone(),
                sha256: model.identity.sha256.clone(),
                contract_sha256: model.identity.contract_sha256.clone(),
                engine: Some(model.identity.engine.clone()),
            })
        });
        Ok(Self { config_sha256, models: models.collect() })
    }

    /// A run that is gone on with must give what it would have given.
    fn is_that_of(&self, plan: &Plan) -> Result<(), Failure> {
        let changed = if plan.version != VERSION {
            Some(format!("it was begun by version {}, this is {VERSION}", plan.version))
        } else if plan.config_sha256 != self.config_sha256 {
            Some("the config file changed since it was begun".into())
        } else {
            let changed = self.models.iter().zip(&plan.models).find(|(now, then)| !now.scores_as(then));
            changed.map(|(now, _)| format!("{}/{} changed since it was begun", now.name, now.version))
        };
        match changed {
            None => Ok(()),
            Some(what) => Err(Failure::Other(format!(
                "{} can't be finished: {what}; restore that, or start a new run in another folder",
                plan.run
            ))),
        }
    }
}

pub(super) const VERSION: &str = env!("CARGO_PKG_VERSION");

fn failed(error: &pipeline::Failure) -> Failure {
    Failure::Other(error.to_string())
}

fn usage(error: &pipeline::Failure) -> Failure {
    Failure::Usage(error.to_string())
}
