//! The crate from outside: what is scraped, counted and answered.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod amounts;
mod browser;
mod catalogue;
mod clients;
mod drift;
mod findings;
mod generations;
mod health;
mod http;
mod observer;
mod outages;
mod page;
mod report;
mod sample;
mod scrape;
mod status;
