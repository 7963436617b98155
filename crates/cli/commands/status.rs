//! `bystander status`: positions, lag and accounts, read from the clusters themselves.

use super::skip::describe_gap;
use crate::args::{OutputFormat, StatusArgs};
use crate::exit::Failure;
use crate::logging::print;
use crate::service::job;
use crate::{config, logging};
use bystander_core::checkpoint::{AgreedConfig, Checkpoint, DeclaredGap, Totals};
use bystander_core::time::Rfc3339;
use bystander_kafka::live::LiveClient;
use bystander_kafka::{ChangedInput, changed_inputs, read_checkpoints};
use bystander_pipeline::Stop;
use serde::Serialize;

/// One input partition's account.
#[derive(Debug, Serialize)]
struct Account {
    topic: String,
    partition: i32,
    shard: Option<i32>,
    next_offset: Option<i64>,
    /// The high watermark.
    end_offset: i64,
    /// Offsets between the next one and the high watermark; `None` when the job has not begun there, or the position is in
    /// another log.
    lag: Option<i64>,
    /// Offsets that wait behind an open transaction of a producer.
    blocked: i64,
    totals: Totals,
    /// Why it is not read on; `None` while it is.
    halted: Option<String>,
    /// How many logs it was read from before its present one.
    former_logs: usize,
    /// Offsets that persons left out; they count in the totals' `gap_offsets`.
    declared_gaps: Vec<DeclaredGap>,
    /// Whether `read = compared + dead_lettered + skipped`.
    balanced: bool,
}

#[derive(Debug, Serialize)]
struct Status {
    job: String,
    shards: Option<i32>,
    /// The config that the job's instances agreed on; `None` in a job of an earlier version.
    config: Option<AgreedConfig>,
    partitions: Vec<Account>,
    totals: Totals,
    lag: i64,
    /// Offsets that wait behind open transactions.
    blocked: i64,
    balanced: bool,
}

pub(crate) fn run(args: &StatusArgs) -> Result<(), Failure> {
    let config = config::load(&args.config.config, &args.config.overrides())?;
    logging::start(&config.log);
    let inputs: Vec<String> = config.streams.iter().filter_map(|stream| stream.topic.clone()).collect();
    config.live.reach().map_err(Failure::other)?;
    config.shadow.reach().map_err(Failure::other)?;
    let job = job(&config, inputs)?;
    let client = LiveClient::new(job.live(), job.status()).map_err(Failure::other)?;
    let ends = LiveClient::of_high_watermarks(job.live(), job.status()).map_err(Failure::other)?;
    let checkpoints = read_checkpoints(&config.shadow, &Stop::default()).map_err(Failure::other)?;
    let changed = changed_inputs(&client, job.inputs(), checkpoints.values()).map_err(Failure::other)?;
    let mut partitions = Vec::new();
    for topic in job.inputs() {
        for partition in 0..client.partitions(topic).map_err(Failure::other)? {
            let (_, stable) = client.watermarks(topic, partition).map_err(Failure::other)?;
            let (_, end) = ends.watermarks(topic, partition).map_err(Failure::other)?;
            let checkpoint = checkpoints.get(&(topic.to_owned(), partition));
            let mut account = account(topic, partition, (stable, end), checkpoint);
            let place = |changed: &&ChangedInput| {
                (changed.checkpoint.topic.as_str(), changed.checkpoint.partition) == (topic, partition)
            };
            if let Some(changed) = changed.iter().find(place) {
                account.halted = Some(changed.reason.to_string());
                account.lag = None;
            }
            partitions.push(account);
        }
    }
    let mut totals = Totals::default();
    partitions.iter().for_each(|account| totals.add(&account.totals));
    let status = Status {
        job: config.job,
        shards: checkpoints.values().map(|checkpoint| checkpoint.shards).max(),
        // As every other place shows it.
        config: AgreedConfig::among(checkpoints.values()).map(|agreed| AgreedConfig {
            hash: agreed.shown().to_owned(),
            rules: None,
            ..agreed.clone()
        }),
        lag: partitions.iter().filter_map(|account| account.lag).sum(),
        blocked: partitions.iter().map(|account| account.blocked).sum(),
        balanced: partitions.iter().all(|account| account.balanced),
        partitions,
        totals,
    };
    match args.output {
        OutputFormat::Json => print(serde_json::to_string_pretty(&status).map_err(Failure::other)?),
        OutputFormat::Text => table(&status),
    }
    Ok(())
}

fn account(
    topic: &str,
    partition: i32,
    (stable_offset, end_offset): (i64, i64),
    checkpoint: Option<&Checkpoint>,
) -> Account {
    let totals = checkpoint.map(|checkpoint| checkpoint.totals.clone()).unwrap_or_default();
    let next_offset = checkpoint.map(|checkpoint| checkpoint.next_offset);
    Account {
        topic: topic.to_owned(),
        partition,
        shard: checkpoint.map(|checkpoint| checkpoint.shard),
        next_offset,
        end_offset,
        lag: next_offset.map(|next| (end_offset - next).max(0)),
        // The end was asked for after the last stable offset.
        blocked: (end_offset - stable_offset).max(0),
        halted: None,
        former_logs: checkpoint.map_or(0, |checkpoint| checkpoint.log.generation()),
        declared_gaps: checkpoint.map(|checkpoint| checkpoint.log.declared_gaps.clone()).unwrap_or_default(),
        balanced: totals.balanced(),
        totals,
    }
}

/// Which config the job runs with, and how an instance with a former one is known.
fn describe_config(agreed: &AgreedConfig) -> String {
    let since = format!("config {} since {}", agreed.shown(), Rfc3339(agreed.since_ms));
    if agreed.number < 2 {
        return since;
    }
    format!(
        "{since}; an instance that started before and takes no shards has an older one: restart it with this one"
    )
}

fn table(status: &Status) {
    let width = status.partitions.iter().map(|account| account.topic.len()).max().unwrap_or(5).max(5);
    print(format_args!(
        "{:width$}  part shard       next        end      lag       read   compared  dead     skipped  books",
        "topic"
    ));
    for account in &status.partitions {
        let number = |value: Option<i64>| value.map_or_else(|| "-".to_owned(), |value| value.to_string());
        let totals = &account.totals;
        print(format_args!(
            "{:width$} {:5} {:>5} {:>10} {:>10} {:>8} {:>10} {:>10} {:>5} {:>11}  {}",
            account.topic,
            account.partition,
            number(account.shard.map(i64::from)),
            number(account.next_offset),
            account.end_offset,
            number(account.lag),
            totals.read,
            totals.compared,
            totals.dead_lettered,
            totals.skipped_total(),
            match (&account.halted, account.balanced) {
                (Some(_), _) => "HALTED",
                (None, true) => "balanced",
                (None, false) => "NOT BALANCED",
            },
        ));
    }
    let totals = &status.totals;
    let reasons: Vec<_> =
        totals.skipped.iter().map(|(reason, count)| format!("{} {count}", reason.name())).collect();
    print(format_args!(
        "job {}: read {} = compared {} + dead letters {} + skipped {} ({}); lag {}; never read {}",
        status.job,
        totals.read,
        totals.compared,
        totals.dead_lettered,
        totals.skipped_total(),
        reasons.join(", "),
        status.lag,
        totals.gap_offsets,
    ));
    if let Some(config) = &status.config {
        print(describe_config(config));
    }
    if status.blocked > 0 {
        print(format_args!(
            "{} offsets wait behind open transactions of producers; if it doesn't pass, see BystanderTransactionHangs in \
             the runbook",
            status.blocked
        ));
    }
    for Account { topic, partition, halted, former_logs, declared_gaps, .. } in &status.partitions {
        for gap in declared_gaps {
            print(describe_gap(topic, *partition, gap));
        }
        if let Some(reason) = halted {
            print(format_args!(
                "topic {topic} partition {partition} is halted: {reason}; `bystander resume --accept-recreated` shows \
                 how it can go on, and a new job name starts over"
            ));
        }
        if *former_logs > 0 {
            print(format_args!(
                "topic {topic} partition {partition} was read from {former_logs} other log(s) before; what they held \
                 after the last position is unknown"
            ));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_config_that_followed_another_says_which_instances_have_the_former_one() {
        let config =
            |number| AgreedConfig { number, hash: "3f2a91bc07de".to_owned(), since_ms: 0, rules: None };
        assert_eq!(describe_config(&config(1)), "config 3f2a91bc07de since 1970-01-01T00:00:00.000Z");
        let second = describe_config(&config(2));
        assert!(
            second.contains("started before and takes no shards has an older one: restart it"),
            "{second}"
        );
    }
}
