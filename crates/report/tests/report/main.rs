//! The report from rows to document: joins, counts, sections, gates.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout, missing_docs)]

mod accounts;
mod common;
mod coverage;
mod edges;
mod gates;
mod join;
mod price_worlds;
mod prices;
mod regimes;
mod shop;
mod simulator;
mod uplift;
