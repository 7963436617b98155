//! Price quotes: the market, the live pricer, and how customers answer to price.

mod demand;
mod json;
mod line;
mod market;
mod pricer;

use crate::catalogue::{Catalogue, Category};
use crate::config::{CurrencyMix, ShopConfig};
use crate::dice::{Dice, Identifiers, Stream};
use crate::money::Currency;
use crate::rhythm::{Arrivals, Rhythm};
use crate::topics::{ShopTopic, TopicFacts};
pub(crate) use demand::Demand;
pub(super) use line::QuoteLine as TopicLine;
use market::Market;

/// `price.quoted`.
pub(super) const FACTS: TopicFacts = TopicFacts {
    name: "shop.price-quotes",
    file: "price-quotes.jsonl",
    events: "price quotes",
    kind: Some("prices"),
    records: 5_000,
};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Channel {
    Web,
    App,
    Marketplace,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Segment {
    New,
    Returning,
    Loyal,
    Business,
}

impl Channel {
    fn name(self) -> &'static str {
        match self {
            Self::Web => "web",
            Self::App => "app",
            Self::Marketplace => "marketplace",
        }
    }
}

impl Segment {
    fn name(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Returning => "returning",
            Self::Loyal => "loyal",
            Self::Business => "business",
        }
    }
}

/// A served quote with everything that is known about it, the customer's demand included.
#[derive(Debug, Clone)]
pub(crate) struct Quote {
    pub(crate) quote_id: String,
    pub(crate) sku: String,
    pub(crate) category: Category,
    channel: Channel,
    segment: Option<Segment>,
    pub(crate) quantity: i64,
    pub(crate) currency: Currency,
    pub(crate) list_price_amount: i64,
    pub(crate) price_amount: i64,
    /// The chance with which the live pricer serves a price this close.
    pub(crate) propensity: f64,
    previous_price_amount: Option<i64>,
    cost_amount: i64,
    competitor_price_amounts: Vec<i64>,
    stock: Option<i64>,
    pub(crate) millis: i64,
    pub(crate) demand: Demand,
}

impl Quote {
    pub(crate) fn bytes(&self) -> Vec<u8> {
        json::quoted(self)
    }

    /// Served price by list price.
    pub(crate) fn ratio(&self) -> f64 {
        self.price_amount as f64 / self.list_price_amount as f64
    }
}

/// Yields the asked number of quotes in time order.
#[derive(Debug)]
pub(crate) struct QuoteFlow {
    dice: Dice,
    identifiers: Identifiers,
    catalogue: Catalogue,
    market: Market,
    arrivals: Arrivals,
    currencies: CurrencyMix,
    left: u64,
    quotes: u64,
}

impl QuoteFlow {
    pub(crate) fn new(config: &ShopConfig, catalogue: Catalogue) -> Self {
        let mut dice = Dice::new(config.seed, Stream::QUOTES);
        Self {
            market: Market::new(&catalogue, &mut dice),
            identifiers: Identifiers::new(config.seed),
            catalogue,
            arrivals: Arrivals::new(Rhythm::of(config)),
            currencies: config.currencies,
            left: config.records.of(ShopTopic::Quotes),
            quotes: 0,
            dice,
        }
    }

    /// An item that is priced dynamically: a gift card's price is what it says.
    fn draw_item(&mut self) -> usize {
        loop {
            let category = self.catalogue.draw_category(&mut self.dice);
            if category != Category::GiftCards {
                return self.catalogue.draw_item(category, &mut self.dice);
            }
        }
    }

    fn quote(&mut self, millis: i64) -> Quote {
        let number = self.draw_item();
        let item = &self.catalogue.items[number];
        let dice = &mut self.dice;
        let currency = Currency::draw(&self.currencies, dice);
        let offer = self.market.offer(number, item, currency, dice);
        let channel =
            dice.weighted(&[(Channel::Web, 0.55), (Channel::App, 0.30), (Channel::Marketplace, 0.15)]);
        let segment = dice.weighted(&[
            (Segment::New, 0.30),
            (Segment::Returning, 0.40),
            (Segment::Loyal, 0.20),
            (Segment::Business, 0.10),
        ]);
        self.quotes += 1;
        let quantity = dice.weighted(&[(1, 0.85), (2, 0.10), (3, 0.03), (10, 0.02)]);
        Quote {
            quote_id: self.identifiers.id("quo_", self.quotes),
            sku: item.sku.clone(),
            category: item.category,
            channel,
            segment: (!dice.chance(0.05)).then_some(segment),
            quantity,
            currency,
            list_price_amount: offer.list_price_amount,
            price_amount: offer.price_amount,
            propensity: offer.propensity,
            previous_price_amount: offer.previous_price_amount,
            cost_amount: currency.minor_units(item.cost_euros),
            stock: (!dice.chance(0.02)).then_some(offer.stock),
            millis,
            demand: Demand::new(item.category, channel, segment, offer.market_ratio),
            competitor_price_amounts: offer.competitor_price_amounts,
        }
    }
}

impl Iterator for QuoteFlow {
    type Item = Quote;

    fn next(&mut self) -> Option<Quote> {
        if self.left == 0 {
            return None;
        }
        let millis = self.arrivals.next(self.left, &mut self.dice);
        self.left -= 1;
        Some(self.quote(millis))
    }
}
