//! How restless the prices are: the model's beside live's own.

use super::view::{Quote, QuoteView};
use crate::document::{Figure, Population, Stability};
use crate::stats::bootstrap::totals::Totals;
use crate::stats::intervals::mean;
use bystander_core::time::DAY_MS;

const HOUR_MS: i64 = 3_600_000;

/// Sums of one item's prices of one maker.
#[derive(Debug, Clone, Copy, Default)]
struct Restless {
    changes: f64,
    flips: f64,
    days: f64,
}

pub(crate) fn section(view: &QuoteView<'_>) -> Stability {
    let items = by_item(view);
    let why = "quotes name no item: bind `item` to follow prices over time";
    if items.is_empty() {
        let refused = || Figure::refused(why);
        return Stability {
            changes_per_item_day: refused(),
            live_changes_per_item_day: refused(),
            flip_flops: refused(),
            live_flip_flops: refused(),
            dispersion: refused(),
            live_dispersion: refused(),
        };
    }
    let model: Vec<Restless> = items.iter().map(|item| restless(view, item, |quote| quote.shadow)).collect();
    let live: Vec<Restless> = items.iter().map(|item| restless(view, item, |quote| quote.live)).collect();
    let changes = |all: &[Restless]| ratio(view, all, |one| [one.changes, one.days]);
    let flips = |all: &[Restless]| ratio(view, all, |one| [one.flips, one.changes]);
    Stability {
        changes_per_item_day: changes(&model),
        live_changes_per_item_day: changes(&live),
        flip_flops: flips(&model),
        live_flip_flops: flips(&live),
        dispersion: dispersion(view, &items, |quote| quote.shadow),
        live_dispersion: dispersion(view, &items, |quote| quote.live),
    }
}

/// Quotes of each item and currency, in the order of time.
fn by_item(view: &QuoteView<'_>) -> Vec<Vec<Quote>> {
    let stream = view.chosen.joined.stream;
    let key = |quote: &Quote| Some((stream.item.index(quote.event)?, stream.currency(quote.event)));
    let mut quotes: Vec<_> = view.quotes.iter().filter_map(|quote| Some((key(quote)?, *quote))).collect();
    quotes.sort_by_key(|(key, quote)| (*key, stream.occurred_at_ms.get(quote.event), quote.event));
    quotes.chunk_by(|a, b| a.0 == b.0).map(|item| item.iter().map(|(_, quote)| *quote).collect()).collect()
}

fn restless(view: &QuoteView<'_>, quotes: &[Quote], price: impl Fn(&Quote) -> f64) -> Restless {
    let mut found = Restless::default();
    let (mut day_before, mut direction) = (None, 0.0);
    for quote in quotes {
        let day = view.chosen.joined.stream.occurred_at_ms.get(quote.event).div_euclid(DAY_MS);
        found.days += f64::from(u8::from(day_before != Some(day)));
        day_before = Some(day);
    }
    for pair in quotes.windows(2) {
        let change = price(&pair[1]) - price(&pair[0]);
        if change != 0.0 {
            found.changes += 1.0;
            found.flips += f64::from(u8::from(direction * change.signum() < 0.0));
            direction = change.signum();
        }
    }
    found
}

/// Ratio of two sums over items, items drawn with replacement.
fn ratio(view: &QuoteView<'_>, items: &[Restless], of: impl Fn(&Restless) -> [f64; 2]) -> Figure {
    let (above, below) = items.iter().map(&of).fold((0.0, 0.0), |sum, [a, b]| (sum.0 + a, sum.1 + b));
    if below == 0.0 {
        return Figure::refused("no price of any item changed");
    }
    let figure = Figure::new(above / below, below as u64, Population::Quotes);
    let cluster: Vec<u32> = (0..items.len() as u32).collect();
    let resampled = Totals::of(&cluster, items.len(), |item| of(&items[item]))
        .and_then(|totals| totals.ratio(&view.chosen.context.plan()));
    match resampled {
        Ok(resampled) => figure.with(resampled.interval(0)),
        Err(refusal) => figure.noted(format!("no interval: {refusal}")),
    }
}

/// Mean coefficient of variation of the prices of one item within an hour, where it was quoted more than once.
fn dispersion(view: &QuoteView<'_>, items: &[Vec<Quote>], price: impl Fn(&Quote) -> f64) -> Figure {
    let hour = |quote: &Quote| view.chosen.joined.stream.occurred_at_ms.get(quote.event).div_euclid(HOUR_MS);
    let groups = items.iter().flat_map(|item| item.chunk_by(|a, b| hour(a) == hour(b)));
    let variation = |quotes: &[Quote]| {
        let n = quotes.len() as f64;
        let mean = quotes.iter().map(&price).sum::<f64>() / n;
        let squares: f64 = quotes.iter().map(|quote| (price(quote) - mean).powi(2)).sum();
        (squares / (n - 1.0)).sqrt() / mean
    };
    let found: Vec<f64> = groups.filter(|quotes| quotes.len() > 1).map(variation).collect();
    if found.is_empty() {
        return Figure::refused("no item was quoted twice within an hour");
    }
    let average = found.iter().sum::<f64>() / found.len() as f64;
    Figure::new(average, found.len() as u64, Population::Quotes).with(mean(&found, view.confidence()))
}
