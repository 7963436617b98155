//! The report from rows to document: joins, counts, sections, gates.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout, missing_docs)]

mod accounts;
mod common;
mod coverage;
mod curves;
mod declines;
mod direction;
mod edges;
mod gates;
mod join;
mod order;
mod pairs;
mod populations;
mod price_worlds;
mod prices;
mod reasons;
mod regimes;
mod shop;
mod simulator;
mod uplift;
mod young;
