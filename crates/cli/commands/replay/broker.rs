//! The live cluster as a replay's input: ranges looked up, pieces read. No group, nothing committed.

use super::ReplayContext;
use super::request::{self, Target};
use crate::args::ReplayArgs;
use crate::assembly::Assembly;
use crate::config::Config;
use crate::exit::Failure;
use crate::service::isolation;
use bystander_core::record::StreamId;
use bystander_kafka::live::{LiveClient, LiveStatus, RangeReader, Sampler};
use bystander_kafka::{Checkpoints, FetchSizes, LiveSettings, read_checkpoints};
use bystander_pipeline as pipeline;
use bystander_pipeline::{Polled, Source, Stop};
use bystander_replay::{Account, Bound, Extent, Input, Piece, PieceSource, Plan};
use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

/// Every chosen partition's range, and the cluster's own id.
pub(super) fn inputs(
    args: &ReplayArgs,
    config: &Config,
    assembly: &Assembly,
    range: request::Range,
    target: &Target,
) -> Result<(Vec<Input>, Option<String>), Failure> {
    isolation::admit(config, &Arc::default())?;
    let client = LiveClient::new(&config.live, &Arc::default()).map_err(Failure::other)?;
    // Without an end, verification ends where the live run stands: what comes after can't be recorded yet.
    let reached = match target {
        Target::Verify if !range.to_given => {
            Some(read_checkpoints(&config.shadow, &Stop::default()).map_err(Failure::other)?)
        }
        _ => None,
    };
    let mut sampler =
        Sampler::open(&config.live, &assembly.inputs(), &Arc::default()).map_err(Failure::other)?;
    let mut inputs = Vec::new();
    for stream in &assembly.streams {
        let partitions = chosen(args, &client, &stream.topic)?;
        let lookup = Lookup { client: &client, topic: &stream.topic, partitions: &partitions };
        let from = lookup.first_at(range.from, -1)?;
        let lateness = i64::try_from(config.replay.lateness.as_millis()).unwrap_or(i64::MAX);
        let past = range.to.time().map(|time| time.saturating_add(lateness));
        let to = lookup.first_at(range.to, lateness)?;
        for (index, &partition) in partitions.iter().enumerate() {
            let (low, high) = client.watermarks(&stream.topic, partition).map_err(Failure::other)?;
            let high = match &reached {
                Some(reached) => high.min(next_of(reached, &stream.topic, partition)),
                None => high,
            };
            let place = (stream.name.as_str(), stream.topic.as_str(), partition);
            let candidate = to.get(index).copied().flatten().unwrap_or(high);
            let past = match past {
                Some(past) => {
                    Some(end_before(&mut sampler, (stream.id, partition), candidate.max(low)..high, past)?)
                }
                None => None,
            };
            let found = (from.get(index).copied().flatten(), past);
            let account = Account::resolve(place, (range.from, range.to), Extent { low, high }, found);
            let mut input = Input::partition(account);
            describe(&mut input, &mut sampler, stream.id, partition);
            inputs.push(input);
        }
    }
    Ok((inputs, Some(client.cluster_id().map_err(Failure::other)?)))
}

fn next_of(reached: &Checkpoints, topic: &str, partition: i32) -> i64 {
    reached.get(&(topic.to_owned(), partition)).map_or(0, |checkpoint| checkpoint.next_offset)
}

fn chosen(args: &ReplayArgs, client: &LiveClient, topic: &str) -> Result<Vec<i32>, Failure> {
    let count = client.partitions(topic).map_err(Failure::other)?;
    if let Some(unknown) = args.partition.iter().find(|partition| !(0..count).contains(*partition)) {
        return Err(Failure::Usage(format!(
            "topic {topic} has no partition {unknown}; it has 0 to {}",
            count - 1
        )));
    }
    Ok((0..count)
        .filter(|partition| args.partition.is_empty() || args.partition.contains(partition))
        .collect())
}

struct Lookup<'a> {
    client: &'a LiveClient,
    topic: &'a str,
    partitions: &'a [i32],
}

impl Lookup<'_> {
    /// The first offset of each partition at or after a time, so many milliseconds later; empty where `bound` is no
    /// time.
    ///
    /// A range begins at what is found a millisecond before it: where records share a time, a broker may answer with
    /// one behind the first of them (it scans from the offset that its index has for that very time).
    fn first_at(&self, bound: Bound, later: i64) -> Result<Vec<Option<i64>>, Failure> {
        let Some(time) = bound.time() else { return Ok(Vec::new()) };
        let time = time.saturating_add(later);
        let wanted: Vec<_> = self.partitions.iter().map(|&partition| (self.topic, partition, time)).collect();
        self.client.first_at(&wanted).map_err(Failure::other)
    }
}

/// Offsets within which the end of a range of times is searched.
const NEAR: i64 = 1_000;

/// An offset from which on records are of `past` or later, out of `range`.
///
/// The broker's answer, `range.start`, is only a candidate: a single record with a clock ahead of its time, or the
/// marker that ends a transaction of old events, makes it too early. So a hundred records behind it must be late
/// enough, all of them; otherwise such a place is searched by halves. What it costs is reading too much, never too
/// little.
fn end_before(
    sampler: &mut Sampler,
    (stream, partition): (StreamId, i32),
    range: Range<i64>,
    past: i64,
) -> Result<i64, Failure> {
    let Range { start: candidate, end: high } = range;
    let mut late =
        |offset: i64| sampler.begins_after(stream, partition, offset..high, past).map_err(Failure::other);
    if candidate >= high || late(candidate)? {
        return Ok(candidate.min(high));
    }
    let (mut early, mut end) = (candidate, high);
    while end - early > NEAR {
        let middle = early + (end - early) / 2;
        if late(middle)? {
            end = middle;
        } else {
            early = middle;
        }
    }
    Ok(end)
}

/// Adds what a plan shows beside the range; a plan without it is as good.
fn describe(input: &mut Input, sampler: &mut Sampler, stream: StreamId, partition: i32) {
    if input.span() == 0 {
        return;
    }
    match sampler.sample(stream, partition, input.start..input.end) {
        Ok(sample) => {
            input.first_ms = sample.first_ms;
            input.last_ms = sample.last_ms;
            let each = sample.mean_bytes().zip(sample.density());
            input.bytes = each.map(|(bytes, density)| (bytes * density * input.span() as f64) as u64);
        }
        Err(error) => {
            tracing::warn!(input = input.label, %error, "times and sizes are not in the plan");
        }
    }
}

/// Pieces of the live cluster's partitions.
pub(super) struct BrokerPieces {
    reader: RangeReader,
    inputs: Vec<String>,
}

impl BrokerPieces {
    pub(super) fn open(context: &ReplayContext<'_>) -> Result<Self, pipeline::Failure> {
        let status: Arc<LiveStatus> = Arc::default();
        let inputs = context.assembly.inputs();
        let reader = RangeReader::open(&settings(context), &inputs, &status)?;
        Ok(Self { reader, inputs })
    }
}

/// What is fetched ahead must be small where the rate is limited.
fn settings(context: &ReplayContext<'_>) -> LiveSettings {
    let live = context.config.live.clone();
    match context.bytes_per_second {
        Some(rate) => LiveSettings { fetch: FetchSizes::for_rate(rate as u64, context.workers), ..live },
        // A replay may use more memory than a shard that runs for months beside others.
        None => LiveSettings {
            fetch: FetchSizes { queued: 16 << 20, response: 4 << 20, partition: 4 << 20 },
            ..live
        },
    }
}

impl Source for BrokerPieces {
    fn poll(&mut self, timeout: Duration) -> Result<Polled<'_>, pipeline::Failure> {
        self.reader.poll(timeout)
    }
}

impl PieceSource for BrokerPieces {
    fn assign(&mut self, plan: &Plan, piece: &Piece) -> Result<(), pipeline::Failure> {
        let account = &plan.inputs[piece.input].accounts[0];
        let stream = self.inputs.iter().position(|topic| *topic == account.topic).map_or(usize::MAX, |at| at);
        self.reader.assign(StreamId(stream), account.partition, piece.start..piece.end)
    }

    fn bytes_received(&mut self) -> Option<u64> {
        Some(self.reader.bytes_received())
    }
}
