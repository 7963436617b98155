//! `bystander check`: everything that must be right before the service starts, without starting it.

use crate::args::CheckArgs;
use crate::assembly;
use crate::config::{Config, IsolationMode};
use crate::config_hash::config_hash;
use crate::exit::Failure;
use crate::logging::print;
use crate::service::{isolation, job};
use crate::units;
use bystander_core::checkpoint::{AgreedConfig, ConfigHash};
use bystander_core::problem::Problem;
use bystander_kafka::live::{LiveClient, Right, words};
use bystander_kafka::{CONFIG_FIX, ShadowTopic, ShadowTopics, read_checkpoints};
use bystander_pipeline::Stop;

pub(crate) fn run(args: &CheckArgs) -> Result<(), Failure> {
    let (config, assembly) = assembly::prepare(&args.config.config, &args.config.overrides())?;
    let hash = config_hash(&config, &assembly);
    print(format_args!("config: {} is sound, its hash is {}", config.file.display(), hash.rules));
    for (stream, models) in assembly.streams.iter().zip(&assembly.models) {
        for model in models {
            print(format_args!(
                "model: {} scores {} with {} golden events met, largest difference {:.1e}",
                model.identity, stream.name, model.golden.cases, model.golden.largest_difference
            ));
        }
    }
    for stream in &config.streams {
        // A fixed currency is the only one that occurs; a field may hold any.
        let fixed = stream.currency.as_deref().filter(|code| !code.starts_with('/'));
        let unsettled =
            units::unsettled(stream, |code| fixed.is_none_or(|one| one.eq_ignore_ascii_case(code)));
        if !unsettled.is_empty() {
            let name = stream.name.as_deref().unwrap_or_default();
            print(format_args!(
                "note: {name} reads minor units with the decimals of ISO 4217; if they are a payment provider's, set exponents \
                 for {}",
                unsettled.join(", ")
            ));
        }
    }
    if args.offline {
        print("clusters: left alone (--offline)");
        return Ok(());
    }
    let warnings = [config.live.warnings(), config.shadow.warnings()].concat();
    warnings.iter().for_each(|warning| print(format_args!("warning: {warning}")));
    let mut problems = Vec::new();
    // A cluster that lets nobody in would fail each of the questions below in turn, without the reason.
    match config.live.reach() {
        Ok(()) => {
            check_live(&config, assembly.inputs(), &mut problems);
            check_rights(&config, &mut problems);
        }
        Err(failure) => problems.push(Problem::new("live", failure.what, failure.fix)),
    }
    match config.shadow.reach() {
        Ok(()) => {
            check_shadow(&config, &mut problems);
            check_agreement(&config, &hash);
        }
        Err(failure) => problems.push(Problem::new("shadow", failure.what, failure.fix)),
    }
    if problems.is_empty() {
        print("ready: `bystander run` can start");
        return Ok(());
    }
    Err(Failure::Configuration { file: config.file, problems })
}

/// Every input must be there, and readable with this principal.
fn check_live(config: &Config, inputs: Vec<String>, problems: &mut Vec<Problem>) {
    let made = job(config, inputs)
        .and_then(|job| Ok((LiveClient::new(job.live(), job.status()).map_err(Failure::other)?, job)));
    let (client, job) = match made {
        Ok(made) => made,
        Err(failure) => return problems.push(Problem::new("live", failure.to_string(), "check [live]")),
    };
    for (index, topic) in job.inputs().iter().enumerate() {
        let looked = client.partitions(topic).and_then(|partitions| {
            let ends = (0..partitions).map(|partition| client.watermarks(topic, partition));
            let kept = ends.map(|ends| ends.map(|(low, high)| high - low)).sum::<Result<i64, _>>()?;
            client.try_reading(topic)?;
            Ok((partitions, kept))
        });
        match looked {
            Ok((partitions, kept)) => {
                print(format_args!("input: {topic} has {partitions} partitions, {kept} offsets kept"));
            }
            Err(failure) => {
                problems.push(Problem::new(format!("streams[{index}].topic"), failure.what, failure.fix));
            }
        }
    }
}

/// What the live principal may do, as the brokers say: a line for each topic that is read, and for the cluster.
fn check_rights(config: &Config, problems: &mut Vec<Problem>) {
    let mode = match config.isolation {
        IsolationMode::Enforce => "enforce",
        IsolationMode::Warn => "warn",
    };
    let rights = match isolation::rights(config, &std::sync::Arc::default()) {
        Ok(rights) => rights,
        Err(failure) => return problems.push(Problem::new("live.isolation", failure.what, failure.fix)),
    };
    print(format_args!("rights of the live principal (isolation = {mode}):"));
    let width = rights.0.iter().map(|right| right.to_string().len()).max().unwrap_or_default();
    for right in &rights.0 {
        print(format_args!("  {:width$}  {}", right.to_string(), allowed(right)));
    }
    match (rights.excess(), config.isolation) {
        (Some(excess), IsolationMode::Enforce) => {
            let what = format!("the live principal may do more than read: {excess}");
            problems.push(Problem::new("live.isolation", what, isolation::FIX));
        }
        (Some(_), IsolationMode::Warn) => {
            print(
                "warning: the live principal may do more than read; with live.isolation = \"enforce\" nothing starts",
            );
        }
        (None, _) => {}
    }
}

/// Operations that are allowed, and a verdict.
fn allowed(right: &Right) -> String {
    let Some(operations) = &right.operations else {
        return "not told: the brokers are older than 2.3".to_owned();
    };
    let names: Vec<_> = operations.iter().copied().map(words).collect();
    let names = if names.is_empty() { "nothing".to_owned() } else { names.join(", ") };
    let changes: Vec<_> = right.changes().into_iter().map(words).collect();
    match changes.is_empty() {
        true => format!("{names}: reads only"),
        false => format!("{names}: TOO MUCH ({})", changes.join(", ")),
    }
}

fn check_shadow(config: &Config, problems: &mut Vec<Problem>) {
    let topics = match ShadowTopics::new(&config.shadow) {
        Ok(topics) => topics,
        Err(failure) => return problems.push(Problem::new("shadow", failure.what, failure.fix)),
    };
    let shadow = &config.shadow;
    let shards = config.topics.shards;
    let mut look = |key: &str, topic: &ShadowTopic, wanted: Option<i32>| {
        let key = format!("shadow.{key}");
        match topics.partitions(topic) {
            Ok(None) => {
                let fix = "run `bystander init --execute`";
                problems.push(Problem::new(key, format!("topic {topic} is missing"), fix));
            }
            Ok(Some(found)) if wanted.is_some_and(|wanted| wanted > found) => {
                let what = format!("topic {topic} has {found} partitions, but shards = {shards}");
                problems.push(Problem::new(
                    key,
                    what,
                    "run `bystander init --execute`, or lower shadow.shards",
                ));
            }
            Ok(Some(found)) => print(format_args!("shadow: {topic} has {found} partitions")),
            Err(failure) => problems.push(Problem::new(key, failure.what, failure.fix)),
        }
    };
    look("comparisons", &shadow.comparisons, None);
    look("dead_letters", &shadow.dead_letters, None);
    look("checkpoints", &shadow.checkpoints, Some(shards));
    match topics.risks() {
        Ok(risks) => problems.extend(risks.iter().map(|risk| {
            Problem::new(
                "shadow",
                risk.to_string(),
                "otherwise positions or comparisons are lost after a while",
            )
        })),
        // Running doesn't need it.
        Err(failure) if !failure.is_retriable() => {
            print(format_args!("shadow: {}, so they are not checked; {}", failure.what, failure.fix));
        }
        Err(failure) => problems.push(Problem::new("shadow", failure.what, failure.fix)),
    }
}

/// Whether the job runs with this config. A different one is not an error here: it may be the next one. Checkpoints
/// that can't be read are told by what was looked at before.
fn check_agreement(config: &Config, own: &ConfigHash) {
    let Ok(known) = read_checkpoints(&config.shadow, &Stop::default()) else { return };
    match AgreedConfig::among(known.values()) {
        Some(agreed) if !agreed.is(own) => print(format_args!(
            "warning: job {} runs with another config, {}: an instance with this one takes no shards; {CONFIG_FIX}",
            config.job,
            agreed.shown()
        )),
        Some(_) => print(format_args!("config: job {} runs with this one", config.job)),
        None => {}
    }
}
