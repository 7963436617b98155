//! How restless prices are: changes per item and day, there-and-back moves, different prices at the same time.

use serde::Serialize;

/// A price at a time. What counts as an item is the caller's choice (item × channel × segment, or the item alone).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Quote {
    /// Index of the item.
    pub item: u32,
    /// When, epoch milliseconds.
    pub at_ms: i64,
    /// Minor units.
    pub price: i64,
}

/// Over all items.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Stability {
    /// Items with a quote.
    pub items: u64,
    /// Pairs of an item and a UTC day with a quote.
    pub item_days: u64,
    /// Quotes whose price differs from the item's quote before.
    pub changes: u64,
    /// Changes per item and day.
    pub changes_per_item_day: f64,
    /// The most changes of one item on one day.
    pub most_in_a_day: u64,
    /// Changes that take back the change before: a → b → a.
    pub flip_flops: u64,
    /// Flip-flops ÷ changes; `None` without changes.
    pub flip_flop_share: Option<f64>,
    /// Times (of `together_ms`) at which an item was quoted more than once.
    pub times_with_several: u64,
    /// Of those, the share with more than one price; `None` without such times.
    pub dispersed: Option<f64>,
    /// Mean of (highest − lowest) ÷ lowest over those times, where the lowest is above 0; `None` without such times.
    pub mean_dispersion: Option<f64>,
}

const DAY_MS: i64 = 86_400_000;

/// Follows each item through time; sorts `quotes` in place. Quotes whose times fall into one span of `together_ms`
/// (at least 1) count as simultaneous. `None` without quotes.
pub fn stability(quotes: &mut [Quote], together_ms: i64) -> Option<Stability> {
    quotes.sort_unstable();
    let together = together_ms.max(1);
    let mut found = Stability {
        items: 0,
        item_days: 0,
        changes: 0,
        changes_per_item_day: 0.0,
        most_in_a_day: 0,
        flip_flops: 0,
        flip_flop_share: None,
        times_with_several: 0,
        dispersed: None,
        mean_dispersion: None,
    };
    let (mut several_prices, mut dispersion, mut comparable) = (0_u64, 0.0, 0_u64);
    for item in quotes.chunk_by(|a, b| a.item == b.item) {
        found.items += 1;
        let (mut before, mut earlier) = (None, None);
        for day in item.chunk_by(|a, b| a.at_ms.div_euclid(DAY_MS) == b.at_ms.div_euclid(DAY_MS)) {
            found.item_days += 1;
            let mut today = 0;
            for quote in day {
                if before.is_some_and(|before| before != quote.price) {
                    today += 1;
                    found.flip_flops += u64::from(earlier == Some(quote.price));
                    earlier = before;
                }
                before = Some(quote.price);
            }
            found.changes += today;
            found.most_in_a_day = found.most_in_a_day.max(today);
        }
        let at_once = item.chunk_by(|a, b| a.at_ms.div_euclid(together) == b.at_ms.div_euclid(together));
        for quotes in at_once.filter(|quotes| quotes.len() > 1) {
            let prices = quotes.iter().map(|quote| quote.price);
            let (low, high) =
                prices.fold((i64::MAX, i64::MIN), |(low, high), price| (low.min(price), high.max(price)));
            found.times_with_several += 1;
            several_prices += u64::from(low < high);
            if low > 0 {
                comparable += 1;
                dispersion += (high as f64 - low as f64) / low as f64;
            }
        }
    }
    let share = |part: f64, whole: u64| (whole > 0).then(|| part / whole as f64);
    found.changes_per_item_day = share(found.changes as f64, found.item_days)?;
    found.flip_flop_share = share(found.flip_flops as f64, found.changes);
    found.dispersed = share(several_prices as f64, found.times_with_several);
    found.mean_dispersion = share(dispersion, comparable);
    Some(found)
}
