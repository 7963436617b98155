//! The live cluster, read only: consumers that are assigned explicitly, join no group and commit nothing.
//!
//! Nothing in here can write: there is no other kind of client than a consumer, and none of its calls that
//! store or commit positions is used. What was really sent is checked at run time as well, see
//! [`LiveStatus::isolation`], and what brokers allow its principal is asked of them, see [`LiveClient::rights`].

mod allowance;
mod arrived;
mod client;
mod identity;
mod lineage;
mod lookups;
mod piece;
mod ranges;
mod reader;
mod reading;
mod rights;
mod sample;
mod scratch;
mod share;
mod status;
mod trial;
mod unreadable;
mod upkeep;
mod watch;
mod wire;

pub use client::LiveClient;
pub use ranges::RangeReader;
pub(crate) use ranges::Step;
pub use reader::LiveReader;
pub use rights::{Right, Rights, is_one_principal, words};
pub use sample::{RangeSample, Sampler};
pub use share::Share;
pub use status::{Blocked, LiveStatus, PartitionStatus};
pub use watch::InputWatch;
