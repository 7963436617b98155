//! Where a replay's results go: files in the run's folder, or topics of the run's own.

use super::bench::Bench;
use super::request::Target;
use super::topic::{self, Writers};
use super::{ReplayContext, files};
use crate::args::ReplayFormat;
use crate::exit::Failure;
use bystander_archive::{Format, OutputFolder, PieceTransaction, PieceWriter};
use bystander_pipeline as pipeline;
use bystander_pipeline::{Ended, Sink, SinkError};
use bystander_replay::{Journal, Pacer, Piece, PieceSink, Plan, PublishedFile, RunFolder};
use std::sync::Arc;

/// Works the plan off into the target.
pub(super) fn work(
    context: &ReplayContext<'_>,
    pacer: Pacer,
    folder: &RunFolder,
    journal: &mut Journal,
) -> Result<Ended, Failure> {
    match context.target {
        Target::Files(format) => {
            let format = match format {
                ReplayFormat::Parquet => Format::Parquet,
                ReplayFormat::Jsonl => Format::JsonLines,
            };
            let out = Arc::new(OutputFolder::open(folder.path()).map_err(Failure::other)?);
            let sink = |_| Ok(FilePiecesSink(PieceWriter::new(Arc::clone(&out), format)));
            context.work(pacer, &Bench { context, sink }, journal)
        }
        Target::Topic(name) => {
            let settings = topic::settings(context.config, &context.plan.run, name)?;
            let writers = topic::ensure(context, &settings, context.workers)?;
            let context = &ReplayContext { workers: context.workers.min(writers), ..*context };
            let writers = Writers::open(&settings, context.workers, !pacer.is_free(), context.stop)?;
            context.work(pacer, &Bench { context, sink: |worker| writers.sink(worker) }, journal)
        }
        Target::Verify => Err(Failure::Usage("verification writes nothing".into())),
    }
}

/// Files, piece by piece.
struct FilePiecesSink(PieceWriter);

impl Sink for FilePiecesSink {
    type Transaction<'a> = PieceTransaction<'a>;

    fn begin(&mut self) -> Result<PieceTransaction<'_>, SinkError> {
        self.0.begin()
    }
}

impl PieceSink for FilePiecesSink {
    fn start(&mut self, plan: &Plan, piece: &Piece) -> Result<(), pipeline::Failure> {
        self.0.start(files::named(plan, piece));
        Ok(())
    }

    fn publish(&mut self) -> Result<Vec<PublishedFile>, pipeline::Failure> {
        let files = self.0.publish().map_err(resumable)?;
        let file = |file: bystander_archive::OutputFile| PublishedFile {
            path: file.path,
            rows: file.rows,
            bytes: file.bytes,
            sha256: file.sha256,
        };
        Ok(files.into_iter().map(file).collect())
    }
}

/// A run whose output can't be written is finished once it can.
fn resumable(mut error: pipeline::Failure) -> pipeline::Failure {
    error.fix.push_str("; finish the run with --resume");
    error
}
