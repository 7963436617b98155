//! `bystander models`: what the repository holds, what the load gate says of it, and which version an alias names.

mod aliases;
mod diff;

use crate::args::{ModelsArgs, ModelsCommand, ModelsFix, ModelsTarget, OutputFormat};
use crate::assembly;
use crate::config::{self, Config};
use crate::exit::Failure;
use crate::logging;
use crate::logging::print;
use bystander_core::config::StreamConfig;
use bystander_models::{ModelRef, Refusal, Repository, verify_directory};
use bystander_onnx::{Runtime, mend};
use serde_json::json;
use std::path::PathBuf;

pub(crate) fn run(args: &ModelsArgs) -> Result<(), Failure> {
    match &args.command {
        ModelsCommand::List(target) => list(target),
        ModelsCommand::Verify(target) => verify(target),
        ModelsCommand::Fix(args) => fix(args),
        ModelsCommand::Promote(args) => aliases::promote(args),
        ModelsCommand::Rollback(args) => aliases::rollback(args),
        ModelsCommand::Disable(args) => aliases::disable(args),
        ModelsCommand::Enable(args) => aliases::enable(args),
        ModelsCommand::History(args) => aliases::history(args),
        ModelsCommand::Diff(args) => diff::run(args),
    }
}

/// What to look at.
struct Target {
    folder: PathBuf,
    /// The runtime's place where a config names it.
    runtime: Option<PathBuf>,
    streams: Vec<StreamConfig>,
}

fn target(target: &ModelsTarget) -> Result<Target, Failure> {
    if let Some(folder) = &target.directory {
        return Ok(Target { folder: folder.clone(), runtime: None, streams: Vec::new() });
    }
    let Config { models, log, streams, .. } =
        config::load(&target.config.config, &target.config.overrides())?;
    logging::start(&log);
    Ok(Target { folder: models.repository, runtime: models.runtime, streams })
}

impl Target {
    /// The first stream that names a version, by number or by alias: golden events are written as its events are.
    fn stream_of(&self, repository: &Repository, model: &ModelRef) -> Option<&StreamConfig> {
        let is = |reference: &String| {
            repository
                .resolve(reference)
                .is_ok_and(|one| (&one.name, one.version) == (&model.name, model.version))
        };
        self.streams.iter().find(|stream| stream.models.iter().any(is))
    }
}

fn list(args: &ModelsTarget) -> Result<(), Failure> {
    let Target { folder, .. } = target(args)?;
    let repository = Repository::open(&folder, assembly::FORMATS).map_err(|refusals| lines(&refusals))?;
    for entry in repository.list() {
        for (version, aliases) in entry.versions {
            match args.output {
                OutputFormat::Json => {
                    print(json!({ "name": entry.name, "version": version, "aliases": aliases }));
                }
                OutputFormat::Text => {
                    print(format!("{}/{version}  {}", entry.name, aliases.join(", ")).trim_end());
                }
            }
        }
    }
    Ok(())
}

fn verify(args: &ModelsTarget) -> Result<(), Failure> {
    let target = target(args)?;
    let folder = &target.folder;
    let runtime = Runtime::open(target.runtime.as_deref()).map_err(Failure::other)?;
    let (repository, _) = Repository::survey(folder, assembly::FORMATS);
    let verdicts =
        verify_directory(&assembly::engines(runtime), folder, |model| target.stream_of(&repository, model));
    let mut refused = 0;
    for verdict in &verdicts {
        match (&verdict.outcome, args.output) {
            (Ok(model), OutputFormat::Json) => print(json!({
                "model": verdict.model, "ok": true, "sha256": model.identity.sha256,
                "golden": model.golden.cases, "largest_difference": model.golden.largest_difference,
                "engine": model.identity.engine, "engine_reason": model.engine_reason,
            })),
            (Ok(model), OutputFormat::Text) => print(format_args!(
                "{}  ok  {} golden events, largest difference {:.1e}, batches {}, sha256 {}, engine {}{}",
                verdict.model,
                model.golden.cases,
                model.golden.largest_difference,
                model.batching,
                model.identity.sha256,
                model.identity.engine,
                model.engine_reason.as_ref().map_or_else(String::new, |reason| format!(" ({reason})")),
            )),
            (Err(refusal), format) => {
                refused += 1;
                match format {
                    OutputFormat::Json => print(json!({
                        "model": verdict.model, "ok": false, "check": refusal.check.name(),
                        "what": refusal.what, "fix": refusal.fix,
                    })),
                    OutputFormat::Text => print(refusal),
                }
            }
        }
    }
    match (refused, verdicts.len()) {
        (0, 0) => Err(Failure::Other(format!("{} holds no model", folder.display()))),
        (0, _) => Ok(()),
        (refused, _) => Err(Failure::Other(format!("{refused} refused in {}", folder.display()))),
    }
}

/// Mends a model into another file, and says what was done.
fn fix(args: &ModelsFix) -> Result<(), Failure> {
    let shown = args.model.display();
    let model = std::fs::read(&args.model)
        .map_err(|error| Failure::Usage(format!("{shown} can't be read: {error}; name an .onnx file")))?;
    let mended = mend(&shown.to_string(), &model).map_err(Failure::other)?;
    if mended.done.is_empty() {
        print(format_args!("{shown}: nothing to fix, no file was written"));
        mended.left.iter().for_each(print);
        return Ok(());
    }
    let out = args.out.clone().unwrap_or_else(|| args.model.with_extension("fixed.onnx"));
    let written = out.display();
    if out.canonicalize().is_ok_and(|out| args.model.canonicalize().is_ok_and(|model| out == model)) {
        return Err(Failure::Usage(format!(
            "--out names {shown} itself, which is left as it is; name another file"
        )));
    }
    std::fs::write(&out, &mended.bytes).map_err(|error| {
        Failure::Other(format!("{written} can't be written: {error}; choose another with --out"))
    })?;
    mended.done.iter().chain(&mended.left).for_each(print);
    print(format_args!(
        "wrote {written}: put it in the version's folder as model.onnx, then run `bystander models verify`"
    ));
    Ok(())
}

fn lines(refusals: &[Refusal]) -> Failure {
    Failure::Other(refusals.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))
}
