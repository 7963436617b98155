//! The shop's price quotes as events.

use std::iter::Peekable;

use super::QuoteFlow;
use crate::catalogue::Catalogue;
use crate::config::ShopConfig;
use crate::dice::{Dice, Stream};
use crate::event::{Expected, ShopEvent, Truth};
use crate::malform::{SpoiledFields, Spoiler};
use crate::outcomes::Outstanding;
use crate::shop::{Line, time};
use crate::topics::ShopTopic;

const FIELDS: SpoiledFields = SpoiledFields {
    id: "quote_id",
    time: "quoted_at",
    amount: "price_amount",
    required: &["quote_id", "price_amount", "currency", "quoted_at"],
};

#[derive(Debug)]
pub(crate) struct QuoteLine {
    quotes: Peekable<QuoteFlow>,
    spoiler: Spoiler,
}

impl QuoteLine {
    pub(crate) fn new(config: &ShopConfig, catalogue: &Catalogue) -> Self {
        Self {
            quotes: QuoteFlow::new(config, catalogue.clone()).peekable(),
            spoiler: Spoiler::new(
                Dice::new(config.seed, Stream::MALFORMED_QUOTES),
                config.malformed,
                &FIELDS,
            ),
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
