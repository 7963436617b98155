//! The forms of the report, from reports that were made by hand.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod browser;
mod headline;
mod html;
mod json;
mod sample;
mod schema;
mod terminal;
