//! Comparisons and outcomes, read back from files of any size a piece at a time.

mod comparisons;
mod files;
mod outcomes;

pub use comparisons::ComparisonFiles;
pub use outcomes::OutcomeFiles;

/// What reading found beside the records that it gave.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ReadBack {
    /// Files read.
    pub files: usize,
    /// Records given.
    pub records: u64,
    /// Records of other times than asked for.
    pub outside: u64,
    /// Lines or rows that are no such record.
    pub malformed: u64,
    /// The first of them: `file:line` (or row), and what is wrong.
    pub examples: Vec<String>,
}

/// How many examples of malformed lines are kept.
const EXAMPLES: usize = 5;

impl ReadBack {
    fn malformed(&mut self, place: impl FnOnce() -> String) {
        self.malformed += 1;
        if self.examples.len() < EXAMPLES {
            self.examples.push(place());
        }
    }
}
