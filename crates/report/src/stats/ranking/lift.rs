//! What the most suspicious part of the cases holds.

use super::{Ranked, Step, Totals};
use crate::stats::cases::share;
use serde::Serialize;

/// The top of a ranking against all of it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Lift {
    /// Part of all weight that is looked at, from the highest score.
    pub fraction: f64,
    /// Share of the frauds found in it: the cumulative gain.
    pub gain: f64,
    /// Gain ÷ fraction: how many times as many frauds as at random.
    pub lift: f64,
}

/// Lift in the top `fraction` of the weight, above 0 and up to 1. Of cases tied at the cut, the share that fits
/// is taken, which is what a random order among them gives on average. `None` without a fraud, or for another
/// fraction.
pub fn lift(ranked: &Ranked, fraction: f64) -> Option<Lift> {
    if !(fraction > 0.0 && fraction <= 1.0) {
        return None;
    }
    let totals = ranked.totals();
    let room = fraction * totals.count();
    let mut before = Totals::default();
    let mut found = totals.positive.count;
    for Step { above, .. } in ranked.steps() {
        if above.count() >= room {
            let part = (room - before.count()) / (above.count() - before.count());
            found = before.positive.count + part * (above.positive.count - before.positive.count);
            break;
        }
        before = above;
    }
    let gain = share(found, totals.positive.count)?.min(1.0);
    Some(Lift { fraction, gain, lift: share(gain, fraction)? })
}
