//! Tallies of the last while.

use super::{DriftPlan, Tally};
use std::time::Duration;

/// Parts of a window: it forgets a part at a time.
pub const SLOTS: usize = 12;

/// A rolling window: the part of time that runs, and the eleven before it. It holds one tally per part, whatever
/// comes in: 8 bytes × 12 × (1 + Σ (bins + 2)) over the score and the features, some 30 kB for a model of 26.
///
/// Time is epoch milliseconds. It need not come in order, as long as nothing comes a whole window late; a clock that
/// was wrong for a while leaves nothing behind.
#[derive(Debug, Clone)]
pub struct Window {
    slots: Box<[Slot]>,
    slot_ms: i64,
    empty: Tally,
}

#[derive(Debug, Clone)]
struct Slot {
    /// Which part of time it is about: its place since the epoch.
    number: i64,
    tally: Tally,
}

impl Window {
    /// An empty window of that length for a plan's tallies.
    pub fn new(plan: &DriftPlan, length: Duration) -> Self {
        let slot_ms = i64::try_from(length.as_millis() / SLOTS as u128).unwrap_or(i64::MAX).max(1);
        let empty = plan.tally();
        let slots = vec![Slot { number: i64::MIN, tally: empty.clone() }; SLOTS];
        Self { slots: slots.into(), slot_ms, empty }
    }

    /// Adds what was counted at a time.
    pub fn add(&mut self, now_ms: i64, tally: &Tally) {
        let number = now_ms.div_euclid(self.slot_ms);
        let slot = &mut self.slots[number.rem_euclid(SLOTS as i64) as usize];
        if slot.number != number {
            slot.number = number;
            slot.tally.clear();
        }
        slot.tally.add(tally);
    }

    /// The sum over the window that ends at a time.
    pub fn total(&self, now_ms: i64) -> Tally {
        let now = now_ms.div_euclid(self.slot_ms);
        let mut total = self.empty.clone();
        let within = |slot: &&Slot| (now.saturating_sub(SLOTS as i64) < slot.number) && slot.number <= now;
        self.slots.iter().filter(within).for_each(|slot| total.add(&slot.tally));
        total
    }
}
