//! What workers are equipped with: a source of either kind, and any sink.

use super::ReplayContext;
use super::broker::BrokerPieces;
use super::files::FilePieces;
use bystander_pipeline as pipeline;
use bystander_pipeline::{OpenGeneration, Polled, Source};
use bystander_replay::{Form, Piece, PieceSink, PieceSource, Plan, WorkerFactory};
use std::time::Duration;

/// A source of either kind.
pub(super) enum AnyPieces {
    Broker(Box<BrokerPieces>),
    Files(Box<FilePieces>),
}

impl Source for AnyPieces {
    fn poll(&mut self, timeout: Duration) -> Result<Polled<'_>, pipeline::Failure> {
        match self {
            Self::Broker(pieces) => pieces.poll(timeout),
            Self::Files(pieces) => pieces.poll(timeout),
        }
    }
}

impl PieceSource for AnyPieces {
    fn assign(&mut self, plan: &Plan, piece: &Piece) -> Result<(), pipeline::Failure> {
        match self {
            Self::Broker(pieces) => pieces.assign(plan, piece),
            Self::Files(pieces) => pieces.assign(plan, piece),
        }
    }

    fn bytes_received(&mut self) -> Option<u64> {
        match self {
            Self::Broker(pieces) => pieces.bytes_received(),
            Self::Files(_) => None,
        }
    }
}

/// Sources as the plan has them, sinks as `sink` makes them.
pub(super) struct Bench<'g, F> {
    pub(super) context: &'g ReplayContext<'g>,
    pub(super) sink: F,
}

impl<K: PieceSink, F: Fn(usize) -> Result<K, pipeline::Failure> + Sync> WorkerFactory for Bench<'_, F> {
    type Source = AnyPieces;
    type Sink = K;

    fn source(&self, _: usize) -> Result<AnyPieces, pipeline::Failure> {
        let from_files = self.context.plan.inputs.iter().any(|input| input.form == Form::File);
        if from_files {
            return Ok(AnyPieces::Files(Box::new(FilePieces::new(self.context))));
        }
        BrokerPieces::open(self.context).map(|pieces| AnyPieces::Broker(Box::new(pieces)))
    }

    fn sink(&self, worker: usize) -> Result<K, pipeline::Failure> {
        (self.sink)(worker)
    }

    fn models(&self) -> Result<OpenGeneration, pipeline::Failure> {
        self.context.models()
    }
}
