//! The crate from outside: what is scraped, counted and answered.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod amounts;
mod catalogue;
mod drift;
mod health;
mod http;
mod observer;
mod report;
mod scrape;
