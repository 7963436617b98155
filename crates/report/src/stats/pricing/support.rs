//! Support: how many of the shadow's prices customers have ever seen for the item.

use serde::Serialize;

/// A shadow price, and the lowest and highest price the item has been sold at before.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Offered {
    /// Shadow price, minor units.
    pub shadow: i64,
    /// The item's historical range; `None` without history.
    pub range: Option<(i64, i64)>,
    /// What it weighs, for example the quantity; 1 for quotes.
    pub weight: f64,
}

/// How much of the shadow stands on known ground.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Support {
    /// Quotes whose item has a history.
    pub with_history: u64,
    /// Quotes whose item has none.
    pub without_history: u64,
    /// Of those with a history, the shadow price lies in the range.
    pub inside: u64,
    /// Below the range.
    pub below: u64,
    /// Above the range.
    pub above: u64,
    /// inside ÷ with history; `None` without any.
    pub inside_share: Option<f64>,
    /// The same by weight; `None` where the weights sum to nothing.
    pub inside_weight_share: Option<f64>,
}

/// Counts. Weights that are negative or not finite count as 0.
pub fn support(offers: impl IntoIterator<Item = Offered>) -> Support {
    let (mut with, mut without, mut below, mut above) = (0_u64, 0_u64, 0_u64, 0_u64);
    let (mut weight_all, mut weight_inside) = (0.0, 0.0);
    for offer in offers {
        let Some((low, high)) = offer.range else {
            without += 1;
            continue;
        };
        let weight = if (0.0..=1e15).contains(&offer.weight) { offer.weight } else { 0.0 };
        with += 1;
        weight_all += weight;
        if offer.shadow < low {
            below += 1;
        } else if offer.shadow > high {
            above += 1;
        } else {
            weight_inside += weight;
        }
    }
    let inside = with - below - above;
    Support {
        with_history: with,
        without_history: without,
        inside,
        below,
        above,
        inside_share: (with > 0).then(|| inside as f64 / with as f64),
        inside_weight_share: (weight_all > 0.0).then(|| weight_inside / weight_all),
    }
}
