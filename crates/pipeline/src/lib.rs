//! The shard's run loop, and the seams it runs between: [`Source`], [`Scorer`], [`Sink`], [`Observer`].

mod alone;
mod clock;
mod desk;
mod encode;
mod lane;
mod ledger;
mod observer;
mod scorer;
mod shard;
mod sink;
mod source;
mod stop;

pub use alone::this_process;
pub use clock::{Clock, SystemClock};
pub use lane::{Lane, LaneModel};
pub use ledger::{Fate, Ledger, OutOfOrder};
pub use observer::{Observer, TransactionEnd};
pub use scorer::{ScoreError, Scorer};
pub use shard::{Ended, Ends, Shard, ShardError, ShardOrders, ShardSettings};
pub use sink::{Header, Message, Output, Sink, SinkError, Transaction};
pub use source::{Polled, Progress, SeenLog, Source, SourceError, Unreadable, UnreadableBatch};
pub use stop::{Stop, StopMode};
