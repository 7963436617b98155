//! The seams to where pieces come from and where they go.

use crate::journal::PublishedFile;
use crate::piece::Piece;
use crate::plan::Plan;
use bystander_pipeline::{Failure, OpenGeneration, Sink, Source};

/// A source that moves from piece to piece.
pub trait PieceSource: Source {
    /// Goes to a piece. Afterwards it gives the piece's records and no others, says
    /// [`Reached`](bystander_pipeline::Polled::Reached) where nothing more comes, and then stays idle.
    ///
    /// # Errors
    /// When it can't be read.
    fn assign(&mut self, plan: &Plan, piece: &Piece) -> Result<(), Failure>;

    /// Bytes that came over the wire so far, where there is one: what pacing by bytes goes by.
    fn bytes_received(&mut self) -> Option<u64> {
        None
    }
}

/// A sink that publishes piece by piece.
pub trait PieceSink: Sink {
    /// Begins a piece; what an unfinished one left is thrown away.
    ///
    /// # Errors
    /// When nothing can be written.
    fn start(&mut self, plan: &Plan, piece: &Piece) -> Result<(), Failure>;

    /// Makes what was committed since [`start`](Self::start) visible, all of it; gives the files that hold it.
    ///
    /// # Errors
    /// When it can't be; the piece is then done again.
    fn publish(&mut self) -> Result<Vec<PublishedFile>, Failure>;
}

/// What workers are equipped from. Each has its own source, sink and sessions.
pub trait WorkerFactory: Sync {
    /// Where records come from.
    type Source: PieceSource;
    /// Where results go.
    type Sink: PieceSink;

    /// A source for one worker.
    ///
    /// # Errors
    /// When it can't be opened.
    fn source(&self, worker: usize) -> Result<Self::Source, Failure>;

    /// A sink for one worker.
    ///
    /// # Errors
    /// When it can't be opened.
    fn sink(&self, worker: usize) -> Result<Self::Sink, Failure>;

    /// What one worker scores with.
    ///
    /// # Errors
    /// When a model can't be opened.
    fn models(&self) -> Result<OpenGeneration, Failure>;
}
