//! Events and comparisons in files: what holds of them whatever happens while they are written or read.

#![allow(clippy::print_stdout, clippy::print_stderr, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod events;
mod faults;
mod kept;
mod memory;
mod outcomes;
mod outputs;
mod readers;
mod reading;
mod world;
