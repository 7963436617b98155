//! The shop's price quotes as events.

use std::iter::Peekable;

use super::QuoteFlow;
use crate::catalogue::Catalogue;
use crate::config::ShopConfig;
use crate::event::{Expected, ShopEvent, ShopTopic, Truth};
use crate::malform::Spoiler;
use crate::outcomes::Outstanding;
use crate::shop::{Line, time};

#[derive(Debug)]
pub(crate) struct QuoteLine {
    quotes: Peekable<QuoteFlow>,
    spoiler: Spoiler,
}

impl QuoteLine {
    pub(crate) fn new(config: &ShopConfig, catalogue: &Catalogue) -> Self {
        Self {
            quotes: QuoteFlow::new(config, catalogue.clone()).peekable(),
            spoiler: Spoiler::quotes(config.seed, config.malformed),
        }
    }
}

impl Line for QuoteLine {
    fn next_millis(&mut self) -> Option<i64> {
        self.quotes.peek().map(|quote| quote.millis)
    }

    fn next_event(&mut self, outcomes: &mut Outstanding) -> Option<ShopEvent> {
        let quote = self.quotes.next()?;
        outcomes.add_quote(&quote);
        let (payload, malformation) = self.spoiler.spoil(quote.bytes(), true);
        Some(ShopEvent {
            topic: ShopTopic::Quotes,
            key: quote.sku,
            time: time(quote.millis),
            payload,
            expected: malformation.map_or(Expected::Good, Expected::Malformed),
            truth: Some(Truth::Demand {
                quote_id: quote.quote_id,
                intercept: quote.demand.intercept,
                slope: quote.demand.slope,
            }),
        })
    }
}
