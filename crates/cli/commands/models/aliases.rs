//! `bystander models promote`, `rollback`, `disable`, `enable` and `history`.

use super::lines;
use crate::args::{
    ChangeArgs, ModelsHistory, ModelsPromote, ModelsRollback, ModelsSwitch, OutputFormat, RepositoryArgs,
};
use crate::assembly::{self, FORMATS};
use crate::config::{self, Config};
use crate::exit::Failure;
use crate::logging::{self, print};
use bystander_core::time::Rfc3339;
use bystander_models::promotion::{
    AliasChange, AliasHistory, AliasMove, ChangeKind, CheckedVersion, LockedAliases,
};
use bystander_models::{AliasRevision, LoadedModel, ModelRef, Repository, gate};
use bystander_onnx::Runtime;
use bystander_pipeline::{Clock as _, SystemClock};
use serde_json::json;
use std::path::{Path, PathBuf};
use std::sync::Arc;

pub(super) fn promote(args: &ModelsPromote) -> Result<(), Failure> {
    let place = Place::of(&args.change.repository)?;
    let (repository, _) = Repository::survey(&place.folder, FORMATS);
    let model = &args.model;
    let mut moves = Vec::new();
    for (alias, to) in &args.aliases {
        repository.resolve(&format!("{model}/{to}")).map_err(Failure::other)?;
        if moves.iter().any(|one: &AliasMove| one.alias == *alias) {
            return Err(Failure::Usage(format!("alias {alias} is named twice; name one version for it")));
        }
        let from = repository.resolve(&format!("{model}@{alias}")).ok().map(|named| named.version);
        if from == Some(*to) {
            print(format_args!("{model}@{alias} names version {to} already"));
        } else {
            moves.push(AliasMove { alias: alias.clone(), from, to: Some(*to) });
        }
    }
    place.change(&repository, (ChangeKind::Promote, model, moves), &args.change)
}

pub(super) fn rollback(args: &ModelsRollback) -> Result<(), Failure> {
    let model = &args.model;
    let place = Place::of(&args.change.repository)?;
    let history = AliasHistory::read(&place.folder).map_err(Failure::other)?;
    let promotion = history.last_promotion(model).ok_or_else(|| {
        Failure::Other(format!(
            "the history has no promotion of {model} to take back; name the version: `bystander models promote {model} \
             ALIAS=VERSION`"
        ))
    })?;
    print(format_args!("takes back: {}", described(promotion, None)));
    let (repository, _) = Repository::survey(&place.folder, FORMATS);
    let moves = promotion.moves.iter().map(AliasMove::reversed).collect();
    place.change(&repository, (ChangeKind::Rollback, model, moves), &args.change)
}

pub(super) fn disable(args: &ModelsSwitch) -> Result<(), Failure> {
    Place::of(&args.change.repository)?.switch(ChangeKind::Disable, &args.model, &args.change)
}

pub(super) fn enable(args: &ModelsSwitch) -> Result<(), Failure> {
    Place::of(&args.change.repository)?.switch(ChangeKind::Enable, &args.model, &args.change)
}

/// A repository, and the config that scores with it, unless the repository was named by itself.
struct Place {
    folder: PathBuf,
    config: Option<Config>,
}

impl Place {
    fn of(args: &RepositoryArgs) -> Result<Self, Failure> {
        if let Some(folder) = &args.repository {
            return Ok(Self { folder: folder.clone(), config: None });
        }
        let config = config::load(&args.config.config, &args.config.overrides())?;
        logging::start(&config.log);
        Ok(Self { folder: config.models.repository.clone(), config: Some(config) })
    }

    fn change(
        &self,
        repository: &Repository,
        (kind, model, moves): (ChangeKind, &str, Vec<AliasMove>),
        args: &ChangeArgs,
    ) -> Result<(), Failure> {
        if moves.is_empty() {
            return Ok(());
        }
        let checked = self.checked(&repository.after(model, &moves), model, &moves)?;
        moves.iter().for_each(|one| print(format_args!("{model}@{}", arrow(one))));
        for model in &checked {
            print(format_args!(
                "{} passes the load gate: {} golden events, largest difference {:.1e}",
                model.identity, model.golden.cases, model.golden.largest_difference
            ));
        }
        if !args.execute {
            let revision = repository.revision();
            print(format_args!("aliases.toml has revision {revision}; nothing was done; --execute does it"));
            return Ok(());
        }
        self.apply((kind, model, moves, None), &checked, args)
    }

    /// Stops a model, or lets it score again.
    fn switch(&self, kind: ChangeKind, reference: &str, args: &ChangeArgs) -> Result<(), Failure> {
        let (repository, _) = Repository::survey(&self.folder, FORMATS);
        let disabled = repository.disabled().iter().any(|one| one == reference);
        let word = if kind == ChangeKind::Disable { "disabled" } else { "enabled" };
        if disabled == (kind == ChangeKind::Disable) {
            print(format_args!("{reference} is {word} already"));
            return Ok(());
        }
        let model = repository.resolve(reference).map_err(Failure::other)?;
        let checked = match kind {
            ChangeKind::Enable => {
                vec![self.loaded(&repository.enabling(reference), &model, &[reference.to_owned()])?]
            }
            // A model is stopped whatever state it is in.
            _ => Vec::new(),
        };
        print(format_args!("{reference}, which is {model} now, is to be {word}"));
        if !args.execute {
            let revision = repository.revision();
            print(format_args!("aliases.toml has revision {revision}; nothing was done; --execute does it"));
            return Ok(());
        }
        self.apply((kind, &model.name, Vec::new(), Some(reference.to_owned())), &checked, args)
    }

    fn apply(
        &self,
        (kind, model, moves, switched): (ChangeKind, &str, Vec<AliasMove>, Option<String>),
        checked: &[Arc<LoadedModel>],
        args: &ChangeArgs,
    ) -> Result<(), Failure> {
        let aliases = LockedAliases::lock(&self.folder).map_err(Failure::other)?;
        let now = aliases.revision().to_string();
        if let Some(wanted) = args.if_revision.as_ref().filter(|wanted| **wanted != now) {
            return Err(Failure::Other(format!(
                "aliases.toml has revision {now}, not {wanted}: it was changed; look at `bystander models history`"
            )));
        }
        let change = AliasChange {
            at: Rfc3339(SystemClock::default().now_ms()).to_string(),
            by: args.by.clone().or_else(user).unwrap_or_else(|| "unknown".to_owned()),
            kind,
            model: model.to_owned(),
            moves,
            switched,
            reason: args.reason.clone(),
            gate: checked.iter().map(|model| CheckedVersion::from(&**model)).collect(),
            before: String::new(),
            after: String::new(),
        };
        let revision = aliases.apply(change).map_err(Failure::other)?;
        print(format_args!(
            "done; aliases.toml has revision {revision}; running instances adopt it within models.refresh"
        ));
        Ok(())
    }

    /// The versions that the moved aliases name, once they have passed the gate and fit the streams that score with them.
    fn checked(
        &self,
        repository: &Repository,
        model: &str,
        moves: &[AliasMove],
    ) -> Result<Vec<Arc<LoadedModel>>, Failure> {
        let there = moves.iter().filter(|one| one.to.is_some());
        let named: Vec<String> = there.map(|one| format!("{model}@{}", one.alias)).collect();
        let of = |reference: &String| {
            let model = repository.resolve(reference).map_err(Failure::other)?;
            self.loaded(repository, &model, &named)
        };
        named.iter().map(of).collect()
    }

    /// A version that has passed the gate. Where a stream scores with one of these names, all of the config must fit.
    fn loaded(
        &self,
        repository: &Repository,
        model: &ModelRef,
        named: &[String],
    ) -> Result<Arc<LoadedModel>, Failure> {
        let scores = |config: &&Config| {
            config.streams.iter().flat_map(|stream| &stream.models).any(|one| named.contains(one))
        };
        if let Some(config) = self.config.as_ref().filter(scores) {
            let assembly =
                assembly::try_models(&config.scoring(), repository.clone()).map_err(Failure::other)?;
            let same = |one: &Arc<LoadedModel>| {
                (&one.identity.name, one.identity.version) == (&model.name, model.version)
            };
            if let Some(loaded) = assembly.models.into_iter().flatten().find(same) {
                return Ok(loaded);
            }
        }
        let runtime = self.config.as_ref().and_then(|config| config.models.runtime.as_deref());
        let engines = assembly::engines(Runtime::open(runtime).map_err(Failure::other)?);
        gate::load(&engines, repository, model, None).map(Arc::new).map_err(Failure::other)
    }
}

/// `champion: version 1 -> version 3`
fn arrow(one: &AliasMove) -> String {
    let version =
        |version: Option<u32>| version.map_or_else(|| "no version".to_owned(), |of| format!("version {of}"));
    format!("{}: {} -> {}", one.alias, version(one.from), version(one.to))
}

fn user() -> Option<String> {
    ["USER", "LOGNAME"].into_iter().find_map(|name| std::env::var(name).ok().filter(|name| !name.is_empty()))
}

pub(super) fn history(args: &ModelsHistory) -> Result<(), Failure> {
    let Place { folder, .. } = Place::of(&args.repository)?;
    let history = AliasHistory::read(&folder).map_err(Failure::other)?;
    let now = AliasRevision::of(&folder).map_err(|refusal| lines(&[refusal]))?;
    let of_model = |change: &AliasChange| args.model.as_ref().is_none_or(|model| *model == change.model);
    let chosen = history.changes().iter().enumerate().filter(|(_, change)| of_model(change));
    for (place, change) in chosen {
        let remark = history.remark(place, &now);
        match args.output {
            OutputFormat::Json => {
                let mut line = json!(change);
                line["remark"] = json!(remark);
                print(line);
            }
            OutputFormat::Text => print(described(change, remark)),
        }
    }
    if matches!(args.output, OutputFormat::Text) {
        print_now(&folder, &now, args.model.as_deref());
    }
    Ok(())
}

fn described(change: &AliasChange, remark: Option<&str>) -> String {
    let AliasChange { at, by, model, moves, reason, after, .. } = change;
    let moves = moves.iter().map(arrow).collect::<Vec<_>>().join(", ");
    let switched = change.switched.as_deref().unwrap_or_default();
    let what = match change.kind {
        ChangeKind::Promote => moves,
        ChangeKind::Rollback => format!("{moves} (rollback)"),
        ChangeKind::Disable => format!("{switched} disabled"),
        ChangeKind::Enable => format!("{switched} enabled"),
    };
    let remark = remark.map_or_else(String::new, |remark| format!("; {remark}"));
    format!("{at}  {model}  {what}  by {by}: {reason}  [revision {after}{remark}]")
}

fn print_now(folder: &Path, now: &AliasRevision, model: Option<&str>) {
    let (repository, _) = Repository::survey(folder, FORMATS);
    let mut named = Vec::new();
    for entry in repository.list().into_iter().filter(|entry| model.is_none_or(|model| model == entry.name)) {
        for (version, aliases) in entry.versions {
            named.extend(aliases.into_iter().map(|alias| format!("{}@{alias} = {version}", entry.name)));
        }
    }
    print(format_args!("now: revision {now}: {}", named.join(", ")));
    let disabled = repository.disabled();
    if !disabled.is_empty() {
        print(format_args!("disabled: {}", disabled.join(", ")));
    }
}
