//! One model's view of a stream of quotes.

use crate::sections::context::Chosen;

/// A model's quotes that have a live price, in the order of the events.
pub(crate) struct QuoteView<'a> {
    pub(crate) chosen: Chosen<'a>,
    pub(crate) quotes: Vec<Quote>,
    /// Quotes it priced, with or without a live price.
    pub(crate) events: Vec<u32>,
}

/// Prices of one quote, minor units, both above zero.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Quote {
    pub(crate) event: u32,
    pub(crate) live: f64,
    pub(crate) shadow: f64,
}

impl Quote {
    pub(crate) fn relative(&self) -> f64 {
        self.shadow / self.live - 1.0
    }

    pub(crate) fn log_ratio(&self) -> f64 {
        (self.shadow / self.live).ln()
    }
}

impl<'a> QuoteView<'a> {
    pub(crate) fn new(chosen: Chosen<'a>) -> Self {
        let events: Vec<u32> = chosen.events().collect();
        let quote = |event: &u32| {
            let live = chosen.joined.stream.live_number.amount(*event).filter(|price| *price > 0)?;
            let shadow = chosen.run.number.amount(*event)?;
            Some(Quote { event: *event, live: live as f64, shadow: shadow as f64 })
        };
        let quotes = events.iter().filter_map(quote).collect();
        Self { chosen, quotes, events }
    }

    pub(crate) fn confidence(&self) -> f64 {
        self.chosen.context.confidence()
    }

    pub(crate) fn n(&self) -> u64 {
        self.quotes.len() as u64
    }

    /// Code of the quote's currency; quotes without one stand under an empty code.
    pub(crate) fn currency(&self, event: u32) -> &'a str {
        self.chosen.joined.stream.currency(event).map_or("", |index| self.chosen.context.currency(index))
    }

    /// Quotes by currency.
    pub(crate) fn by_currency(&self) -> Vec<(&'a str, Vec<Quote>)> {
        let mut found: Vec<(&str, Vec<Quote>)> = Vec::new();
        for quote in &self.quotes {
            let currency = self.currency(quote.event);
            match found.iter_mut().find(|(one, _)| *one == currency) {
                Some((_, quotes)) => quotes.push(*quote),
                None => found.push((currency, vec![*quote])),
            }
        }
        found.sort_by_key(|(currency, _)| *currency);
        found
    }

    /// Items numbered from 0 without gaps, and how many: prices of one item hang together. A quote without an item is
    /// one of its own.
    pub(crate) fn clusters(&self, quotes: &[Quote]) -> (Vec<u32>, usize) {
        let items = &self.chosen.joined.stream.item;
        let most = quotes.iter().filter_map(|quote| items.index(quote.event)).max();
        let mut number = vec![u32::MAX; most.map_or(0, |most| most as usize + 1)];
        let mut next = 0;
        let mut clusters = Vec::with_capacity(quotes.len());
        for quote in quotes {
            let slot = items.index(quote.event).map(|item| &mut number[item as usize]);
            clusters.push(match slot {
                Some(number) if *number != u32::MAX => *number,
                slot => {
                    if let Some(number) = slot {
                        *number = next;
                    }
                    next += 1;
                    next - 1
                }
            });
        }
        (clusters, next as usize)
    }
}
