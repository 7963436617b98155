//! A seeded simulator of a shop: orders, price quotes, the live decisions on them, and the outcomes
//! that turn up minutes to months later.
//!
//! [`Shop`] is an iterator over [`ShopEvent`]s in time order. The same [`ShopConfig`] gives the same
//! bytes, and the orders don't depend on how many quotes are asked for, nor the quotes on the orders:
//! each part of the world draws from a random stream of its own.
//!
//! What really happened (fraud or not, how a customer answers to price) is in [`Truth`] only, never in
//! an event. A model can learn it from the outcomes, as a shop would have to.
//!
//! This crate does no network IO; [`write_jsonl`] is its only contact with the file system.

mod catalogue;
mod config;
mod customers;
mod dice;
mod event;
mod malform;
mod money;
mod outcomes;
mod rhythm;
mod shop;
mod topics;
mod write;

pub use config::{ConfigError, CurrencyMix, DayRhythm, ShopConfig};
pub use event::{EventPayload, Expected, ExpectedSkip, FraudPattern, Malformation, ShopEvent, Truth};
pub use shop::Shop;
pub use topics::{ShopRecords, ShopTopic};
pub use write::{TopicCount, WriteError, Written, write_jsonl};
