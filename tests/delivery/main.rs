//! Every input record becomes exactly its comparisons, one dead letter or one counted skip, whatever happens.
//!
//! The compiled binary on a real broker, judged by another client. A tenth of the full size by default;
//! `BYSTANDER_FULL=1` for all of it, `BYSTANDER_TEST_SEED` for other moments.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stderr)]

mod accounts;
mod brokers;
mod configs;
mod endings;
mod growth;
mod kills;
mod logs;
mod moves;
mod promotions;
mod records;
mod rolling;
mod shares;
mod skip;
#[path = "../support/mod.rs"]
mod support;
mod transport;
mod upgrade;
