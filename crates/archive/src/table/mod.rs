//! Comparisons as a Parquet table.
//!
//! Times are UTC timestamps of milliseconds, money is int64 in minor units of `currency`. `segments` is a map of
//! texts; `features` is a map to `{number, text}`, of which one is set, or none where the value was missing.

mod arrays;
mod columns;
mod json;
mod nested;
mod read;
mod records;
mod write;

pub(crate) use columns::{COLUMNS, Cell, Column, Of};
pub use read::UnreadColumns;
pub(crate) use read::{for_each, for_each_json};
pub(crate) use write::write;
