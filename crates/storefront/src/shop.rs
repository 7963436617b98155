//! The shop as one stream of events in time order.

use std::iter::Peekable;

use jiff::Timestamp;

use crate::catalogue::Catalogue;
use crate::config::{ConfigError, ShopConfig};
use crate::event::{Expected, ShopEvent, ShopTopic, SkipReason, Truth};
use crate::malform::Spoiler;
use crate::orders::{Order, OrderFlow, OrderRecord};
use crate::outcomes::{Outcome, Outstanding};
use crate::quotes::{Quote, QuoteFlow};

/// Yields a shop's orders, quotes and outcomes in time order, until the last dispute is closed.
///
/// Memory is bounded by the number of customers (at most 40,000) and of outcomes not reported yet.
#[derive(Debug)]
pub struct Shop {
    orders: Peekable<OrderFlow>,
    quotes: Peekable<QuoteFlow>,
    outcomes: Outstanding,
    order_spoiler: Spoiler,
    quote_spoiler: Spoiler,
}

impl Shop {
    /// Opens a shop.
    ///
    /// # Errors
    /// Where a field of `config` is out of its range.
    pub fn new(config: &ShopConfig) -> Result<Self, ConfigError> {
        config.validate()?;
        let catalogue = Catalogue::new(config.seed);
        Ok(Self {
            orders: OrderFlow::new(config, catalogue.clone()).peekable(),
            quotes: QuoteFlow::new(config, catalogue).peekable(),
            outcomes: Outstanding::new(config.seed),
            order_spoiler: Spoiler::orders(config.seed, config.malformed),
            quote_spoiler: Spoiler::quotes(config.seed, config.malformed),
        })
    }

    fn next_topic(&mut self) -> Option<ShopTopic> {
        let candidates = [
            (self.orders.peek().map(OrderRecord::millis), ShopTopic::Orders),
            (self.quotes.peek().map(|quote| quote.millis), ShopTopic::Quotes),
            (self.outcomes.next_millis(), ShopTopic::Outcomes),
        ];
        let due = candidates.into_iter().filter_map(|(millis, topic)| Some((millis?, topic)));
        due.min().map(|(_, topic)| topic)
    }

    fn order_event(&mut self, record: &OrderRecord) -> ShopEvent {
        let (key, expected, truth) = match record {
            OrderRecord::Placed(order) => {
                self.outcomes.add_order(order);
                let expected =
                    if order.consent { Expected::Good } else { Expected::Skip(SkipReason::NoConsent) };
                (order.customer_id.clone(), expected, Some(order_truth(order)))
            }
            OrderRecord::Updated { customer_id, .. } => {
                (customer_id.clone(), Expected::Skip(SkipReason::OtherType), None)
            }
        };
        let scored = expected == Expected::Good;
        let (payload, malformation) = self.order_spoiler.spoil(record.bytes(), scored);
        ShopEvent {
            topic: ShopTopic::Orders,
            key,
            time: time(record.millis()),
            payload,
            expected: malformation.map_or(expected, Expected::Malformed),
            truth,
        }
    }

    fn quote_event(&mut self, quote: Quote) -> ShopEvent {
        self.outcomes.add_quote(&quote);
        let (payload, malformation) = self.quote_spoiler.spoil(quote.bytes(), true);
        ShopEvent {
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
        }
    }
}

impl Iterator for Shop {
    type Item = ShopEvent;

    fn next(&mut self) -> Option<ShopEvent> {
        match self.next_topic()? {
            ShopTopic::Orders => {
                let record = self.orders.next()?;
                Some(self.order_event(&record))
            }
            ShopTopic::Quotes => {
                let quote = self.quotes.next()?;
                Some(self.quote_event(quote))
            }
            ShopTopic::Outcomes => self.outcomes.pop().map(outcome_event),
        }
    }
}

fn outcome_event(outcome: Outcome) -> ShopEvent {
    ShopEvent {
        topic: ShopTopic::Outcomes,
        payload: Some(outcome.bytes()),
        time: time(outcome.reported_millis),
        key: outcome.subject_id,
        expected: Expected::Good,
        truth: None,
    }
}

fn order_truth(order: &Order) -> Truth {
    let order_id = order.order_id.clone();
    match order.fraud {
        Some(pattern) => Truth::Fraud { order_id, pattern },
        None => Truth::Legit { order_id },
    }
}

fn time(millis: i64) -> Timestamp {
    Timestamp::from_millisecond(millis).unwrap_or(Timestamp::UNIX_EPOCH)
}
