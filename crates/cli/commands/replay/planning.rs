//! The plan: every range pinned to offsets, before anything is read.

use super::request::{Range, Target};
use super::{Question, VERSION, broker, files, request};
use crate::args::ReplayArgs;
use crate::assembly::Assembly;
use crate::config::Config;
use crate::exit::Failure;
use bystander_replay::{Input, Plan, TimeWindow};

/// Offsets or lines that are scored and published together. Results of a piece are held in memory until then;
/// a kill loses at most one per worker.
const PIECE: i64 = 100_000;
/// The same for topics, where a piece is one transaction.
const TRANSACTION: i64 = 5_000;
/// Slow replays are published so often.
const SECONDS: f64 = 60.0;
/// The same for topics, whose readers are nearer.
const TRANSACTION_SECONDS: f64 = 10.0;

pub(super) fn plan(
    args: &ReplayArgs,
    config: &Config,
    assembly: &Assembly,
    range: Range,
    target: &Target,
    question: Question,
) -> Result<Plan, Failure> {
    let (inputs, cluster_id) = if args.input.is_empty() {
        broker::inputs(args, config, assembly, range, target)?
    } else {
        if *target == Target::Verify {
            return Err(Failure::Usage("--verify reads the live cluster's events: leave --input out".into()));
        }
        (files::inputs(args, assembly, range)?, None)
    };
    if inputs.is_empty() {
        return Err(Failure::Usage("nothing is asked for: no partition of these streams was chosen".into()));
    }
    let mut plan = Plan {
        schema: 1,
        run: String::new(),
        version: VERSION.to_owned(),
        config_sha256: question.config_sha256,
        cluster: config.cluster.clone(),
        cluster_id,
        models: question.models,
        window: TimeWindow::of(range.from, range.to),
        piece_size: piece_size(args, target, &inputs)?,
        inputs,
        output: target.name(),
    };
    plan.run = plan.name();
    Ok(plan)
}

/// As large as memory and a transaction's time allow at the asked pace.
fn piece_size(args: &ReplayArgs, target: &Target, inputs: &[Input]) -> Result<i64, Failure> {
    if let Some(size) = args.piece_size {
        return Ok(size);
    }
    let (most, seconds) = match target {
        Target::Topic(_) => (TRANSACTION, TRANSACTION_SECONDS),
        _ => (PIECE, SECONDS),
    };
    let records: u64 = inputs.iter().map(Input::span).sum();
    let bytes: Option<u64> = inputs.iter().map(|input| input.bytes).sum();
    let each = bytes.map(|bytes| bytes as f64 / records.max(1) as f64).filter(|each| *each > 0.0);
    let limit = |rate: Option<f64>| rate.filter(|rate| *rate > 0.0);
    let by_bytes = limit(args.bytes_per_second).zip(each).map(|(rate, each)| rate / each);
    // Slower inputs than the fastest one take longer for a piece, which is then written later.
    let speed = request::pace(args)?.speed;
    let by_speed = speed.and_then(|speed| Some(fastest(inputs)? * speed));
    let slowest = limit(args.rate).into_iter().chain(by_bytes).chain(by_speed).reduce(f64::min);
    Ok(slowest.map_or(most, |rate| ((rate * seconds) as i64).clamp(1, most)))
}

/// Records in a second of event time, of the input that has the most.
fn fastest(inputs: &[Input]) -> Option<f64> {
    let density = |input: &Input| {
        let seconds = (input.last_ms? - input.first_ms?).max(1) as f64 / 1e3;
        Some(input.span() as f64 / seconds)
    };
    inputs.iter().filter_map(density).reduce(f64::max)
}
