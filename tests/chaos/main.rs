//! Faults by a seeded schedule, alone and two at a time, over running instances with load; judged at the end by another
//! client. What each fault is expected to do stands in `docs/chaos.md`.
//!
//! `BYSTANDER_CHAOS_SEED` gives another schedule, `BYSTANDER_CHAOS_MINUTES` a longer one, `BYSTANDER_CHAOS_KILLS` more kills.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stderr)]

mod clock;
mod faults;
mod feeder;
mod injection;
mod instances;
mod kills;
mod recovery;
mod rights;
mod seeded;
#[path = "../support/mod.rs"]
mod support;
mod topics;
mod verdict;
mod world;
