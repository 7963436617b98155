//! What the shadow models would have meant: comparisons joined with outcomes, statistics, gates, the report.

pub mod document;
pub mod gates;
pub mod join;
pub mod kinds;
pub mod render;
pub mod sections;
pub mod stats;

pub use document::Report;
pub use gates::Gates;
pub use join::{Dataset, RowCounts};
pub use sections::ReportSettings;
