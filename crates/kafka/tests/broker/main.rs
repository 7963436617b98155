//! What the crate promises, on a real broker; inputs are fed and outputs read by the Java client.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stderr)]

mod access;
mod alone;
mod delivery;
mod describe;
mod feed;
mod hung;
mod late;
mod leaving;
mod live;
mod logs;
mod outages;
mod ranges;
mod rate;
mod raw;
mod recorded;
mod shards;
mod topics;
mod truncation;
mod unreadable;
mod waiting;
mod world;
