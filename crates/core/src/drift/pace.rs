//! How much is counted.

/// Most rows of a model that one shard counts in a second: all of a stream of fewer, so that a quiet one misses nothing,
/// and a sample of a busier one. Counting then costs less than a thousandth of a core, whatever comes in.
pub const ROWS_PER_SECOND: usize = 1_000;

/// What is left of a second's rows.
#[derive(Debug, Clone, Copy)]
pub struct RowQuota {
    second: i64,
    left: usize,
}

impl Default for RowQuota {
    fn default() -> Self {
        Self { second: i64::MIN, left: 0 }
    }
}

impl RowQuota {
    /// How many of `rows` to count at a time, epoch milliseconds.
    pub fn take(&mut self, now_ms: i64, rows: usize) -> usize {
        let second = now_ms.div_euclid(1_000);
        if second != self.second {
            *self = Self { second, left: ROWS_PER_SECOND };
        }
        let taken = rows.min(self.left);
        self.left -= taken;
        taken
    }
}
