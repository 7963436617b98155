//! Replay: a bounded range of history through the same shard pipeline as the live run.
//!
//! A [`Plan`] pins what is read to numbers. It is cut into [`Piece`]s, each scored by one
//! [`Shard`](bystander_pipeline::Shard) run and published whole or not at all; a [`Journal`] remembers the
//! pieces that are done. So a run that was killed goes on where it stood, pieces are the unit of parallel
//! work, and what comes out is a function of events and models alone.

mod bound;
mod digest;
mod folder;
mod journal;
mod letters;
mod pace;
mod piece;
mod plan;
mod receipt;
mod schedule;
mod seams;
mod tally;
mod verify;
mod window;
mod work;

pub use bound::{Bound, BoundError, Extent};
pub use digest::Digest;
pub use folder::{Opened, RunFolder};
pub use journal::{Journal, PieceAccount, PieceDone, PublishedFile};
pub use letters::{CodeCount, LetterPlace};
pub use pace::{Pace, Pacer};
pub use piece::{Piece, cut};
pub use plan::{Account, Form, Input, ModelReceipt, Plan, TimeWindow};
pub use receipt::{AccountReceipt, Receipt};
pub use seams::{PieceSink, PieceSource, WorkerFactory};
pub use verify::{ComparedRow, Difference, RecordedRow, RecordedRows, Rows, Verification, Verifier};
pub use work::{ReplayProgress, Work, work};
