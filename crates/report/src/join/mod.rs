//! Comparisons and outcomes, joined by subject: compact columns that are filled row by row, in any order.
//!
//! An event is a subject (an order, a quote) of one stream, whatever number of models scored it and in however many
//! runs. [`Dataset`] holds events, the runs' scores and decisions, and the outcomes; `Joined` says what is
//! known of each event as of a time. Texts of subjects are kept as 128-bit hashes, but for samples.

mod column;
mod counts;
mod dataset;
mod events;
mod features;
mod intern;
mod joined;
mod key;
mod outcomes;
mod reasons;
mod resolve;
mod run;
mod sample;

pub use counts::RowCounts;
pub use dataset::Dataset;
pub use reasons::DisputeReasons;
pub use resolve::{Sale, State};

pub(crate) use events::{Segment, Stream};
pub(crate) use features::{FeatureSample, SAMPLED_PER_WEEK};
pub(crate) use joined::{Joined, JoinedStream};
pub(crate) use outcomes::OutcomeRow;
pub(crate) use resolve::PRECEDENCE;
pub(crate) use run::{Kept, NO_ACTION, Range, RuleTally, Run, action};

#[cfg(test)]
mod tests;
