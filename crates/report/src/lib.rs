//! What the shadow models would have meant: comparisons joined with outcomes, statistics, gates, the report.

pub mod document;
pub mod stats;
