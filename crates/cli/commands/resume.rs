//! `bystander resume`: goes on in an input log, or with a config, that is another one than before, on a person's word.

use crate::args::{ResumeArgs, ResumeFrom};
use crate::assembly;
use crate::config::Config;
use crate::config_hash::config_hash;
use crate::exit::Failure;
use crate::logging::print;
use crate::service::job;
use crate::{config, logging};
use bystander_core::checkpoint::{AgreedConfig, LogChange};
use bystander_core::time::Rfc3339;
use bystander_kafka::live::LiveClient;
use bystander_kafka::{ChangedInput, accept_config, changed_inputs, read_checkpoints, resume};
use bystander_pipeline::Stop;
use std::fs;
use std::path::Path;
use std::time::{Duration, SystemTime};

pub(crate) fn run(args: &ResumeArgs) -> Result<(), Failure> {
    if args.accept_config { accept_this_config(args) } else { accept_recreated(args) }
}

/// Makes the config the job's.
fn accept_this_config(args: &ResumeArgs) -> Result<(), Failure> {
    let (config, assembly) = assembly::prepare(&args.config.config, &args.config.overrides())?;
    let own = config_hash(&config, &assembly);
    let job = job(&config, assembly.inputs())?.with_config(own.clone());
    let stop = Stop::default();
    let known = read_checkpoints(&config.shadow, &stop).map_err(Failure::other)?;
    if known.is_empty() {
        print(format_args!(
            "job {} has no checkpoints yet: its first instance brings its config in",
            config.job
        ));
        return Ok(());
    }
    match AgreedConfig::among(known.values()) {
        Some(agreed) if agreed.is(&own) => {
            print(format_args!("job {} runs with this config already: {}", config.job, own.rules));
            return Ok(());
        }
        Some(agreed) => print_change(&config, agreed, &own.rules),
        None => {
            print(format_args!(
                "the checkpoints of job {} name no config yet; this one is {}",
                config.job, own.rules
            ));
        }
    }
    if !args.execute {
        print("nothing was done; --execute does it");
        return Ok(());
    }
    accept_config(&job, &stop).map_err(Failure::other)?;
    print("done; instances with this config take the shards by themselves");
    Ok(())
}

/// What accepting this config would change, and whether it looks like a step back.
fn print_change(config: &Config, agreed: &AgreedConfig, own: &str) {
    let file = config.file.display();
    print(format_args!(
        "job {} has run with config {} since {}; {file} is {own}. Shards that run with another config stop, and instances \
         with this one take them over where the last commit ended; totals go on",
        config.job,
        agreed.shown(),
        Rfc3339(agreed.since_ms),
    ));
    if is_older(&config.file, agreed.since_ms) {
        print(format_args!(
            "warning: {file} was last written before that: if it is a former config, this takes the job back"
        ));
    }
}

/// Whether a file was last written before that time (epoch milliseconds), where that is known.
fn is_older(file: &Path, since_ms: i64) -> bool {
    let Ok(written) = fs::metadata(file).and_then(|about| about.modified()) else { return false };
    let since = u64::try_from(since_ms).unwrap_or(0);
    written < SystemTime::UNIX_EPOCH + Duration::from_millis(since)
}

/// Goes on in logs that are other ones.
fn accept_recreated(args: &ResumeArgs) -> Result<(), Failure> {
    let config = config::load(&args.config.config, &args.config.overrides())?;
    logging::start(&config.log);
    let inputs: Vec<String> = config.streams.iter().filter_map(|stream| stream.topic.clone()).collect();
    if let Some(unknown) = args.topic.iter().find(|topic| !inputs.contains(topic)) {
        let what =
            format!("topic {unknown} is not an input of this config; its inputs are {}", inputs.join(", "));
        return Err(Failure::Usage(what));
    }
    let job = job(&config, inputs)?;
    let client = LiveClient::new(job.live(), job.status()).map_err(Failure::other)?;
    let checkpoints = read_checkpoints(&config.shadow, &Stop::default()).map_err(Failure::other)?;
    let changed = changed_inputs(&client, job.inputs(), checkpoints.values()).map_err(Failure::other)?;
    let wanted: Vec<_> = changed.into_iter().filter(|changed| chosen(args, changed)).collect();
    if wanted.is_empty() {
        print("no partition waits for a decision: the inputs are those that the checkpoints belong to");
        return Ok(());
    }
    let accepted = wanted.into_iter().map(|changed| Ok((args.offset(&changed)?, changed)));
    let accepted = accepted.collect::<Result<Vec<_>, Failure>>()?;
    for (from, changed) in &accepted {
        print(describe(changed, *from));
    }
    if !args.execute {
        print("nothing was done; --execute does it");
        return Ok(());
    }
    let accepted: Vec<_> = accepted.into_iter().map(|(from, changed)| (changed, from)).collect();
    resume(&job, &accepted, &Stop::default()).map_err(Failure::other)?;
    print("done; shards that run start again there by themselves");
    Ok(())
}

fn chosen(args: &ResumeArgs, changed: &ChangedInput) -> bool {
    let checkpoint = &changed.checkpoint;
    (args.topic.is_empty() || args.topic.contains(&checkpoint.topic))
        && (args.partition.is_empty() || args.partition.contains(&checkpoint.partition))
}

impl ResumeArgs {
    /// Where a partition goes on.
    fn offset(&self, changed: &ChangedInput) -> Result<i64, Failure> {
        let ChangedInput { oldest, end, .. } = *changed;
        let place = format!("topic {} partition {}", changed.checkpoint.topic, changed.checkpoint.partition);
        match (self.from, changed.reason) {
            (Some(ResumeFrom::Beginning), _) | (None, LogChange::Recreated) => Ok(oldest),
            (Some(ResumeFrom::End), _) => Ok(end),
            (Some(ResumeFrom::Offset(offset)), _) if (oldest..=end).contains(&offset) => Ok(offset),
            (Some(ResumeFrom::Offset(offset)), _) => Err(Failure::Usage(format!(
                "{place} has no offset {offset}: it holds {oldest} to {end}; give --from one of these"
            ))),
            (None, LogChange::Truncated | LogChange::Replaced) => Err(Failure::Usage(format!(
                "{place} still holds some of the records that were read, and how many can't be told ({}). Its log \
                 goes from offset {oldest} to {end}, and {} was next: give --from an offset (an earlier one scores \
                 records twice, a later one leaves some out), beginning or end",
                changed.reason, changed.checkpoint.next_offset
            ))),
        }
    }
}

fn describe(changed: &ChangedInput, from: i64) -> String {
    let ChangedInput { checkpoint, reason, since_ms, oldest, end, .. } = changed;
    let since =
        since_ms.map_or_else(|| "seen just now".to_owned(), |since| format!("since {}", Rfc3339(since)));
    let left_out = match from - oldest {
        0 => String::new(),
        skipped => format!(", which leaves out {skipped}"),
    };
    format!(
        "topic {} partition {}: {reason} ({since}). Offset {} was next in the former log; what it held from there on \
         stays unknown. Reading goes on at offset {from} of the log as it is now ({oldest} to {end}){left_out}; \
         totals go on.",
        checkpoint.topic, checkpoint.partition, checkpoint.next_offset,
    )
}
