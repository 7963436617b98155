//! Events and comparisons in files.
//!
//! In: event files as a [`Source`](bystander_pipeline::Source) ([`EventReader`]), after a [`survey`] for the plan. Out:
//! a [`Sink`](bystander_pipeline::Sink) that publishes piece by piece ([`PieceWriter`]), as Parquet or JSON lines. Back
//! in: comparisons ([`ComparisonFiles`]) and outcomes ([`OutcomeFiles`]) for reports. Memory doesn't grow with the size
//! of files.

mod day;
mod error;
mod events;
mod lines;
mod output;
mod reading;
mod rows;
mod table;
mod text;

pub use events::{EventFile, EventForm, EventPartition, EventReader, EventStream, survey};
pub use output::{Format, OutputFile, OutputFolder, PieceTransaction, PieceWriter, ScoredPiece};
pub use reading::{ComparisonFiles, OutcomeFiles, ReadBack};
pub use table::UnreadColumns;
