//! What was counted while joining: nothing is dropped in silence.

use serde::Serialize;

/// Counts of the join.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct DataQuality {
    /// Everything counted, zeros included.
    pub counts: Vec<Count>,
    /// Lines that were no comparison or no outcome, by reason.
    pub malformed: Vec<Count>,
    /// Outcomes by type.
    pub outcomes: Vec<Count>,
    /// How several outcomes of one subject are settled, in plain words.
    pub precedence: Vec<String>,
}

/// One count.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Count {
    /// Stable name.
    pub name: String,
    /// How many.
    pub count: u64,
    /// What it means and what was done.
    pub meaning: String,
}
