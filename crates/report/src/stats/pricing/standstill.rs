//! Items whose cost stands still for much longer than it ever did before: what a feed that has stopped looks like.
//!
//! An item whose cost changed k times in the window has k stretches of one cost before the last one. The last one is
//! out of the ordinary when it is [`FACTOR`] times as long as the longest of them. If changes came at random at a
//! steady rate, that would be so for ∏ j ÷ (j + 3), j = 1 … k, of the items: 5 % at k = 3, and fewer with more changes.

use serde::Serialize;

/// Changes an item needs to be followed.
pub const LEAST_CHANGES: usize = 3;
/// So many times the longest earlier stretch.
pub const FACTOR: i64 = 3;

/// The cost of an item at a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Costed {
    /// Index of the item.
    pub item: u32,
    /// When, epoch milliseconds.
    pub at_ms: i64,
    /// Minor units of one currency.
    pub cost: i64,
}

/// Over all items.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Standstill {
    /// Items whose cost changed at least [`LEAST_CHANGES`] times.
    pub followed: u64,
    /// Of them those that stood still at the end.
    pub still: u64,
}

/// Follows each item from its first to its last quote; sorts `costs` in place.
pub fn standstill(costs: &mut [Costed]) -> Standstill {
    costs.sort_unstable();
    let mut found = Standstill::default();
    for item in costs.chunk_by(|a, b| a.item == b.item) {
        let (first, last) = (item[0].at_ms, item[item.len() - 1].at_ms);
        let changes: Vec<i64> =
            item.windows(2).filter(|pair| pair[0].cost != pair[1].cost).map(|pair| pair[1].at_ms).collect();
        let Some(latest) = changes.last().filter(|_| changes.len() >= LEAST_CHANGES) else { continue };
        let starts = std::iter::once(&first).chain(&changes);
        let longest = starts.zip(&changes).map(|(start, end)| end - start).max().unwrap_or(0);
        found.followed += 1;
        found.still += u64::from(last - latest > longest.saturating_mul(FACTOR));
    }
    found
}
