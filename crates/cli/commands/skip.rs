//! `bystander skip`: leaves out offsets that a shard can't pass, on a person's word.

use crate::args::SkipArgs;
use crate::exit::Failure;
use crate::logging::print;
use crate::service::job;
use crate::{config, logging};
use bystander_core::checkpoint::{Checkpoint, DeclaredGap};
use bystander_core::time::Rfc3339;
use bystander_kafka::live::LiveClient;
use bystander_kafka::{Job, SkipPlan, SkipRequest, changed_inputs, plan_skip, read_checkpoints, skip};
use bystander_pipeline::Stop;

pub(crate) fn run(args: &SkipArgs) -> Result<(), Failure> {
    let config = config::load(&args.config.config, &args.config.overrides())?;
    logging::start(&config.log);
    let inputs: Vec<String> = config.streams.iter().filter_map(|stream| stream.topic.clone()).collect();
    if !inputs.contains(&args.topic) {
        let what = format!(
            "topic {} is not an input of this config; its inputs are {}",
            args.topic,
            inputs.join(", ")
        );
        return Err(Failure::Usage(what));
    }
    let job = job(&config, inputs)?;
    let request = request(args, &job)?;
    let checkpoints = read_checkpoints(&config.shadow, &Stop::default()).map_err(Failure::other)?;
    let Some(checkpoint) = checkpoints.get(&(request.topic.clone(), request.partition)) else {
        return Err(Failure::Usage(format!(
            "topic {} partition {} has no position yet; name a partition that `bystander status` shows with one",
            request.topic, request.partition
        )));
    };
    if let SkipPlan::Booked(gap) = plan_skip(checkpoint, &request).map_err(Failure::other)? {
        print(format_args!("nothing to do: {}", describe_gap(&request.topic, request.partition, &gap)));
        return Ok(());
    }
    refuse_changed(&job, checkpoint)?;
    print(describe(&request));
    if !args.execute {
        print("nothing was done; --execute does it");
        return Ok(());
    }
    let booked = skip(&job, &request, &Stop::default()).map_err(Failure::other)?;
    print(format_args!(
        "done; offset {} is next, and a shard that runs starts again there by itself",
        booked.next_offset
    ));
    Ok(())
}

fn request(args: &SkipArgs, job: &Job) -> Result<SkipRequest, Failure> {
    let ends = LiveClient::of_high_watermarks(job.live(), job.status()).map_err(Failure::other)?;
    let (_, end) = ends.watermarks(&args.topic, args.partition).map_err(Failure::other)?;
    let (topic, partition, first) = (args.topic.clone(), args.partition, args.from);
    let (last, reason) = (args.to.unwrap_or(first), args.reason.clone());
    Ok(SkipRequest { topic, partition, first, last, reason, end })
}

/// Offsets of another log than the checkpoint's mean other records.
fn refuse_changed(job: &Job, checkpoint: &Checkpoint) -> Result<(), Failure> {
    let client = LiveClient::new(job.live(), job.status()).map_err(Failure::other)?;
    let topic = [checkpoint.topic.clone()];
    let changed = changed_inputs(&client, &topic, [checkpoint]).map_err(Failure::other)?;
    match changed.first() {
        None => Ok(()),
        Some(changed) => Err(Failure::other(format!(
            "topic {} partition {} is another log than the position's: {}; `bystander resume --accept-recreated` shows \
             how it can go on",
            checkpoint.topic, checkpoint.partition, changed.reason
        ))),
    }
}

fn describe(request: &SkipRequest) -> String {
    let SkipRequest { topic, partition, first, last, reason, end } = request;
    format!(
        "topic {topic} partition {partition}: {} are left out and counted as a gap, because: {reason}. Reading goes on at \
         offset {}; the partition ends at {end}.",
        offsets(*first, *last),
        last + 1,
    )
}

/// What was booked of a gap, in words.
pub(crate) fn describe_gap(topic: &str, partition: i32, gap: &DeclaredGap) -> String {
    format!(
        "topic {topic} partition {partition}: {} were left out by a person at {}: {}",
        offsets(gap.first_offset, gap.last_offset),
        Rfc3339(gap.booked_ms),
        gap.reason
    )
}

fn offsets(first: i64, last: i64) -> String {
    format!("offsets {first} to {last} ({})", last + 1 - first)
}
