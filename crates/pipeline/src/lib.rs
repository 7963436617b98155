//! The shard's run loop, and the seams it runs between: [`Source`], [`Scorer`], [`Sink`], [`Observer`].

mod observer;
mod scorer;
mod sink;
mod source;

pub use observer::{Observer, TransactionEnd};
pub use scorer::{ScoreError, Scorer};
pub use sink::{Header, Message, Output, Sink, SinkError, Transaction};
pub use source::{Polled, Progress, Source, SourceError};
