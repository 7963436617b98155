//! The crate from outside: what is scraped, counted and answered.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod browser;
mod catalogue;
mod health;
mod http;
mod observer;
mod page;
mod sample;
mod scrape;
mod status;
