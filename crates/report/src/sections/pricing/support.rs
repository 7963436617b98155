//! Whether the data can tell anything about demand at the model's prices.

use super::uplift;
use super::view::{Quote, QuoteView};
use crate::document::{Figure, Population, Support};
use crate::sections::context::MoneyByCurrency;
use crate::stats::intervals::proportion;
use crate::stats::pricing::support::{Offered, support};
use std::collections::HashMap;

pub(crate) fn section(view: &QuoteView<'_>) -> Support {
    let stream = view.chosen.joined.stream;
    let key = |event: u32| Some((stream.item.index(event)?, stream.currency(event)));
    let mut ranges: HashMap<_, (f64, f64)> = HashMap::new();
    for quote in &view.quotes {
        if let Some(key) = key(quote.event) {
            let range = ranges.entry(key).or_insert((quote.live, quote.live));
            *range = (range.0.min(quote.live), range.1.max(quote.live));
        }
    }
    let range = |quote: &Quote| key(quote.event).and_then(|key| ranges.get(&key)).copied();
    let mut outside = MoneyByCurrency::default();
    let offers = view.quotes.iter().map(|quote| {
        let range = range(quote);
        if range.is_some_and(|(low, high)| quote.shadow < low || high < quote.shadow) {
            outside.add(stream.money(quote.event));
        }
        let range = range.map(|(low, high)| (low as i64, high as i64));
        Offered { shadow: quote.shadow as i64, range, weight: 1.0 }
    });
    let found = support(offers);
    let items: std::collections::HashSet<u32> = ranges.keys().map(|(item, _)| *item).collect();
    let varied = ranges.iter().filter(|(_, (low, high))| low < high).map(|((item, _), _)| *item);
    let varied: std::collections::HashSet<u32> = varied.collect();
    let inside = if found.with_history == 0 {
        Figure::refused("quotes name no item: bind `item` to know its price range")
    } else {
        Figure::of(
            proportion(found.inside, found.with_history, view.confidence()),
            found.with_history,
            Population::Quotes,
        )
        .noted("range of the item's live prices in this window, by currency")
    };
    Support {
        inside,
        items: items.len() as u64,
        items_with_history: varied.len() as u64,
        outside: outside.amounts(&view.chosen.context),
        explored: uplift::explored(view),
        uplift: uplift::section(view),
    }
}
