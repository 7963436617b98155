//! The shard's run loop, and the seams it runs between: [`Source`], [`Scorer`], [`Sink`], [`Observer`].

mod accounting;
mod alone;
mod backoff;
mod batch_processor;
mod clock;
mod encode;
mod failure;
mod files;
mod generation;
mod ledger;
mod letters;
mod observer;
mod scorer;
mod shard;
mod sink;
mod source;
mod stop;
mod stream_pipeline;

pub use accounting::AccountingError;
pub use alone::this_process;
pub use backoff::{Backoff, sleep_unless};
pub use clock::{Clock, SystemClock};
pub use failure::{Failure, Retriable};
pub use files::replace;
pub use generation::{
    GenerationModel, GenerationSlot, ModelGeneration, OpenError, OpenGeneration, ScorerOpener, StreamModels,
};
pub use ledger::{Fate, Ledger, OutOfOrder};
pub use observer::{Observer, TransactionEnd};
pub use scorer::{ScoreError, Scorer};
pub use shard::{EndOffsets, Ended, Shard, ShardConfig, ShardError, ShardSettings};
pub use sink::{Message, MessageHeader, Output, Sink, SinkError, Transaction};
pub use source::{Polled, Progress, SeenLog, Source, Unreadable, UnreadableBatch};
pub use stop::{Stop, StopMode};
