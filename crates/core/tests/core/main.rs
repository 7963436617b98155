//! The core's promises, from bytes to decisions, without models or brokers.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod bad_events;
mod bad_input_table;
mod cloud_events;
mod decoding;
mod features;
mod mistakes;
mod money;
mod orders;
mod pointers;
mod prices;
mod privacy;
mod records;
mod time;
mod totals;
mod world;
