//! How restless the prices are: the model's beside live's own.

use super::view::{Quote, QuoteView};
use crate::document::{Figure, Population, Stability};
use crate::stats::bootstrap::totals::ClusterTotals;
use crate::stats::pricing::stability as stats;

const HOUR_MS: i64 = 3_600_000;

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
    let of = |price: fn(&Quote) -> f64| items.iter().filter_map(|item| restless(view, item, price)).collect();
    let (model, live): (Vec<stats::Stability>, Vec<stats::Stability>) =
        (of(|quote| quote.shadow), of(|quote| quote.live));
    let changes =
        |all: &[stats::Stability]| ratio(view, all, |one| [one.changes as f64, one.item_days as f64]);
    let flips =
        |all: &[stats::Stability]| ratio(view, all, |one| [one.flip_flops as f64, one.changes as f64]);
    let dispersion = |all: &[stats::Stability]| {
        ratio(view, all, |one| {
            let times = one.times_with_several as f64;
            [one.mean_dispersion.unwrap_or(0.0) * times, times]
        })
    };
    Stability {
        changes_per_item_day: changes(&model),
        live_changes_per_item_day: changes(&live),
        flip_flops: flips(&model),
        live_flip_flops: explored(view, flips(&live)),
        dispersion: dispersion(&model),
        live_dispersion: dispersion(&live),
    }
}

/// Says where live's own randomising is among the causes.
fn explored(view: &QuoteView<'_>, figure: Figure) -> Figure {
    let stream = view.chosen.joined.stream;
    let drawn = |quote: &Quote| stream.live_propensity.number(quote.event).is_some_and(|chance| chance < 1.0);
    match view.quotes.iter().any(drawn) {
        true => figure.noted("live draws some of its prices at random, which takes changes back by chance"),
        false => figure,
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

/// One item's prices over time.
fn restless(
    view: &QuoteView<'_>,
    quotes: &[Quote],
    price: impl Fn(&Quote) -> f64,
) -> Option<stats::Stability> {
    let at = |event| view.chosen.joined.stream.occurred_at_ms.get(event);
    let quote = |quote: &Quote| stats::Quote { item: 0, at_ms: at(quote.event), price: price(quote) as i64 };
    stats::stability(&mut quotes.iter().map(quote).collect::<Vec<_>>(), HOUR_MS)
}

/// Ratio of two sums over items, items drawn with replacement.
fn ratio(
    view: &QuoteView<'_>,
    items: &[stats::Stability],
    of: impl Fn(&stats::Stability) -> [f64; 2],
) -> Figure {
    let (above, below) = items.iter().map(&of).fold((0.0, 0.0), |sum, [a, b]| (sum.0 + a, sum.1 + b));
    if below == 0.0 {
        return Figure::refused("no price of any item changed, or no item was quoted twice within an hour");
    }
    let figure = Figure::new(above / below, below as u64, Population::Quotes);
    let cluster: Vec<u32> = (0..items.len() as u32).collect();
    let resampled = ClusterTotals::of(&cluster, items.len(), |item| of(&items[item]))
        .and_then(|totals| totals.ratio(&view.chosen.context.plan()));
    match resampled {
        Ok(resampled) => figure.with(resampled.interval(0)),
        Err(refusal) => figure.noted(format!("no interval: {refusal}")),
    }
}
