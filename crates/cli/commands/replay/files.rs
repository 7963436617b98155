//! Files as a replay's input: surveyed once for the plan, then read by pieces of lines.

use super::ReplayContext;
use super::request::Range;
use crate::args::ReplayArgs;
use crate::assembly::Assembly;
use crate::exit::Failure;
use bystander_archive::{EventFile, EventForm, EventPartition, EventReader, EventStream, survey};
use bystander_pipeline as pipeline;
use bystander_pipeline::{Polled, Source};
use bystander_replay::{Account, Bound, Extent, Form, Input, Piece, PieceSource, Plan};
use std::path::Path;
use std::time::Duration;

/// Every file's lines.
pub(super) fn inputs(args: &ReplayArgs, assembly: &Assembly, range: Range) -> Result<Vec<Input>, Failure> {
    let surveyed = survey(&args.input, &streams(assembly)).map_err(Failure::other)?;
    let mut inputs = Vec::new();
    for file in &surveyed {
        if file.form == EventForm::JsonLines && (range.from.time().is_some() || range.to.time().is_some()) {
            let file = file.path.display();
            return Err(Failure::Usage(format!(
                "{file}: lines without a record's time can't be chosen by time; leave --from and --to out, or use \
                 kcat -J dumps"
            )));
        }
        for (topic, count) in &file.foreign {
            tracing::warn!(file = %file.path.display(), topic, count, "lines of a topic that no stream reads are left out");
        }
        let chosen = |partition: &&EventPartition| {
            args.partition.is_empty() || args.partition.contains(&partition.partition)
        };
        let partitions: Vec<_> = file.partitions.iter().filter(chosen).collect();
        if !partitions.is_empty() {
            inputs.push(input(file, assembly, &partitions, range));
        }
    }
    Ok(inputs)
}

fn input(file: &EventFile, assembly: &Assembly, partitions: &[&EventPartition], range: Range) -> Input {
    let accounts = partitions.iter().map(|one| {
        let extent = Extent { low: one.start, high: one.end };
        let place = (assembly.streams[one.stream.0].name.as_str(), one.topic.as_str(), one.partition);
        // A dump isn't ordered by time: all of it is read, and each record's own time decides.
        let all = |bound: Bound, all: Bound| if bound.time().is_some() { all } else { bound };
        let bounds = (all(range.from, Bound::Beginning), all(range.to, Bound::End));
        let account = Account::resolve(place, bounds, extent, (None, None));
        // What a dump doesn't hold was not lost.
        Account { low: account.start, ..account }
    });
    Input {
        label: format!("{}#{}", file.path.display(), file.number),
        form: Form::File,
        start: 0,
        end: i64::try_from(file.lines).unwrap_or(i64::MAX),
        accounts: accounts.collect(),
        bytes: Some(file.bytes),
        first_ms: partitions.iter().filter_map(|one| one.first_ms).min(),
        last_ms: partitions.iter().filter_map(|one| one.last_ms).max(),
    }
}

fn streams(assembly: &Assembly) -> Vec<EventStream> {
    let stream = |stream: &std::sync::Arc<bystander_core::stream::Stream>| EventStream {
        id: stream.id,
        topic: stream.topic.clone(),
    };
    assembly.streams.iter().map(stream).collect()
}

/// What a piece's files are named by.
pub(super) fn named(plan: &Plan, piece: &Piece) -> bystander_archive::ScoredPiece {
    let input = &plan.inputs[piece.input];
    match (input.form, input.accounts.first()) {
        (Form::Partition, Some(Account { topic, partition, .. })) => {
            bystander_archive::ScoredPiece::Partition {
                topic: topic.clone(),
                partition: *partition,
                start: piece.start,
            }
        }
        _ => bystander_archive::ScoredPiece::File,
    }
}

/// Pieces of files.
pub(super) struct FilePieces {
    reader: EventReader,
}

impl FilePieces {
    pub(super) fn new(context: &ReplayContext<'_>) -> Self {
        Self { reader: EventReader::new(streams(context.assembly)) }
    }
}

impl Source for FilePieces {
    fn poll(&mut self, timeout: Duration) -> Result<Polled<'_>, pipeline::Failure> {
        self.reader.poll(timeout)
    }
}

impl PieceSource for FilePieces {
    fn assign(&mut self, plan: &Plan, piece: &Piece) -> Result<(), pipeline::Failure> {
        let label = &plan.inputs[piece.input].label;
        let (path, number) = label.rsplit_once('#').unwrap_or((label, "0"));
        let lines = u64::try_from(piece.start).unwrap_or(0)..u64::try_from(piece.end).unwrap_or(0);
        let number = number.parse().unwrap_or(0);
        self.reader.assign(Path::new(path), number, lines)
    }
}
