//! A shard from poll to commit, between seams in memory.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod accounts;
mod alone;
mod audit;
mod control;
mod delivery;
mod generations;
mod letters;
mod models;
mod mutants;
mod sameness;
mod world;
