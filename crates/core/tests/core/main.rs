//! The core's promises, from bytes to decisions, without models or brokers.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod bad_events;
mod bad_input_table;
mod canonical;
mod card_numbers;
mod cloud_events;
mod decoding;
mod features;
mod fed;
mod kept;
mod large_ids;
mod mistakes;
mod money;
mod orders;
mod outcome_mistakes;
mod outcome_properties;
mod outcomes;
mod pointers;
mod prices;
mod privacy;
mod records;
mod roundtrip;
mod shapes;
mod time;
mod totals;
mod world;
mod written_forms;
