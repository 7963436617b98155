//! The live cluster as a replay's input: ranges looked up, pieces read. No group, nothing committed.

use super::Ground;
use super::request::{Range, Target};
use crate::args::ReplayArgs;
use crate::assembly::Assembly;
use crate::config::Config;
use crate::exit::Failure;
use bystander_core::record::StreamId;
use bystander_kafka::live::{LiveClient, LiveStatus, RangeReader, Sampler};
use bystander_kafka::{Checkpoints, FetchSizes, LiveSettings, read_checkpoints};
use bystander_pipeline::{Polled, Source, SourceError, Stop};
use bystander_replay::{Account, Bound, Extent, Input, Piece, PieceSource, Plan, ReplayError};
use std::sync::Arc;
use std::time::Duration;

/// Every chosen partition's range, and the cluster's own id.
pub(super) fn inputs(
    args: &ReplayArgs,
    config: &Config,
    assembly: &Assembly,
    range: Range,
    target: &Target,
) -> Result<(Vec<Input>, Option<String>), Failure> {
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
        let from = lookup.first_at(range.from, Duration::ZERO)?;
        let to = lookup.first_at(range.to, config.replay.lateness)?;
        for (index, &partition) in partitions.iter().enumerate() {
            let (low, high) = client.watermarks(&stream.topic, partition).map_err(Failure::other)?;
            let high = match &reached {
                Some(reached) => high.min(next_of(reached, &stream.topic, partition)),
                None => high,
            };
            let place = (stream.name.as_str(), stream.topic.as_str(), partition);
            let found = (from.get(index).copied().flatten(), to.get(index).copied().flatten());
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
    /// The first offset of each partition at or after a time, so much later; empty where `bound` is no time.
    ///
    /// No record before it has that time or a later one. After it there may still be earlier ones: a range ends
    /// where records are `later` than its end, and what is not asked for is left out by each record's own time.
    fn first_at(&self, bound: Bound, later: Duration) -> Result<Vec<Option<i64>>, Failure> {
        let Some(time) = bound.time() else { return Ok(Vec::new()) };
        let later = i64::try_from(later.as_millis()).unwrap_or(i64::MAX);
        let time = time.saturating_add(later);
        let wanted: Vec<_> = self.partitions.iter().map(|&partition| (self.topic, partition, time)).collect();
        self.client.first_at(&wanted).map_err(Failure::other)
    }
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
    pub(super) fn open(ground: &Ground<'_>) -> Result<Self, ReplayError> {
        let status: Arc<LiveStatus> = Arc::default();
        let inputs = ground.assembly.inputs();
        let reader = RangeReader::open(&settings(ground), &inputs, &status).map_err(of)?;
        Ok(Self { reader, inputs })
    }
}

/// What is fetched ahead must be small where the rate is limited.
fn settings(ground: &Ground<'_>) -> LiveSettings {
    let live = ground.config.live.clone();
    match ground.bytes_per_second {
        Some(rate) => LiveSettings { fetch: FetchSizes::for_rate(rate as u64, ground.workers), ..live },
        // A replay may use more memory than a shard that runs for months beside others.
        None => LiveSettings {
            fetch: FetchSizes { queued: 16 << 20, response: 4 << 20, partition: 4 << 20 },
            ..live
        },
    }
}

pub(super) fn of(failure: bystander_kafka::Failure) -> ReplayError {
    ReplayError { what: failure.what, fix: failure.fix, retriable: failure.retriable }
}

impl Source for BrokerPieces {
    fn poll(&mut self, timeout: Duration) -> Result<Polled<'_>, SourceError> {
        self.reader.poll(timeout)
    }
}

impl PieceSource for BrokerPieces {
    fn assign(&mut self, plan: &Plan, piece: &Piece) -> Result<(), ReplayError> {
        let account = &plan.inputs[piece.input].accounts[0];
        let stream = self.inputs.iter().position(|topic| *topic == account.topic).map_or(usize::MAX, |at| at);
        self.reader.assign(StreamId(stream), account.partition, piece.start..piece.end).map_err(of)
    }

    fn bytes_received(&mut self) -> Option<u64> {
        Some(self.reader.bytes_received())
    }
}
