//! Replay: exactly the asked range, whatever happens, equal to what the live run decided, and harmless.
//!
//! The compiled binary on a real broker, judged by another client. A tenth of the full size by default;
//! `BYSTANDER_FULL=1` for all of it, `BYSTANDER_TEST_SEED` for other moments.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stderr)]

mod events;
mod files;
mod folder;
mod harmless;
mod kills;
mod paced;
mod ranges;
mod refusals;
mod retention;
#[path = "../support/mod.rs"]
mod support;
mod verification;
