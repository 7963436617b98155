//! What is deployed beside the binary: dashboards, rules, alerts, images and the chart, held to what the binary exports.
//!
//! What needs promtool, Python or helm is left out where they can't be had, and `tests/summary.sh` says so.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stderr)]

mod alerts;
mod catalogue;
mod chart;
mod generated;
mod images;
mod linter;
mod live;
mod local;
mod matrix;
mod outages;
mod parts;
mod promtool;
mod secured;
mod server;
mod shipped;
mod simulated;
#[path = "../support/mod.rs"]
mod support;
mod told;
