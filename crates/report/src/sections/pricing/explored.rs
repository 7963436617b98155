//! Quotes whose price live drew at random, and what they tell about the model's price.

use super::view::{Quote, QuoteView};
use crate::join::Sale;
use crate::stats::pricing::off_policy::Logged;
use crate::stats::pricing::response::{Offer, cross_fitted};
use std::collections::HashMap;

/// A quote whose price was drawn with a known chance, and what it brought in.
#[derive(Debug, Clone, Copy)]
pub(super) struct Explored {
    pub(super) quote: Quote,
    propensity: f64,
    /// Live served a price within the tolerance of the model's.
    pub(super) matched: bool,
    asked: f64,
    bought: f64,
    pub(super) cost: Option<f64>,
    customer: Option<u32>,
    /// The item's mean live price.
    usual: f64,
}

/// What a quote says about demand at another price than the one it was served.
pub(super) enum Evidence {
    /// Its price was drawn at random, with a known chance of less than 1, and it is old enough.
    Explored(Explored),
    /// Live could have served no other price: the chance is 1.
    Certain,
    /// No chance is logged.
    NoPropensity,
    /// No quantity is bound, or it is 0.
    NoQuantity,
    /// It may yet be bought. The young quotes of which news came already are not like the others.
    Young,
    /// The comparison does not say whether live came within the tolerance of the model's price.
    NoAgreement,
}

impl Evidence {
    pub(super) fn of(view: &QuoteView<'_>, quote: &Quote, usual: f64) -> Self {
        let (joined, context) = (view.chosen.joined, view.chosen.context);
        let stream = joined.stream;
        let age = context.joined.as_of_ms - stream.occurred_at_ms.get(quote.event);
        if age < context.settings.sale_window_ms {
            return Self::Young;
        }
        let Some(asked) = stream.quantity.number(quote.event).filter(|asked| *asked > 0.0) else {
            return Self::NoQuantity;
        };
        let matched = match view.chosen.run.agrees.get(quote.event) {
            agrees @ (0 | 1) => agrees == 1,
            _ => return Self::NoAgreement,
        };
        let propensity = match stream.live_propensity.number(quote.event) {
            None => return Self::NoPropensity,
            Some(1.0) => return Self::Certain,
            Some(propensity) => propensity,
        };
        let sold = joined.sales[quote.event as usize] == Sale::Purchased;
        Self::Explored(Explored {
            quote: *quote,
            propensity,
            matched,
            asked,
            bought: if sold { joined.bought(quote.event).unwrap_or(asked) } else { 0.0 },
            cost: stream.cost(quote.event).map(|cost| cost as f64),
            customer: stream.customer.index(quote.event),
            usual,
        })
    }
}

/// Mean live price by item and currency. Items that aren't named are one.
pub(super) struct UsualPrices(HashMap<(Option<u32>, Option<u8>), Mean>);

/// Sum and count.
#[derive(Debug, Default)]
struct Mean(f64, f64);

impl UsualPrices {
    pub(super) fn of(view: &QuoteView<'_>) -> Self {
        let mut means: HashMap<_, Mean> = HashMap::new();
        for quote in &view.quotes {
            let mean = means.entry(Self::key(view, quote)).or_default();
            *mean = Mean(mean.0 + quote.live, mean.1 + 1.0);
        }
        Self(means)
    }

    pub(super) fn get(&self, view: &QuoteView<'_>, quote: &Quote) -> Option<f64> {
        self.0.get(&Self::key(view, quote)).map(|Mean(sum, n)| sum / n)
    }

    fn key(view: &QuoteView<'_>, quote: &Quote) -> (Option<u32>, Option<u8>) {
        let stream = view.chosen.joined.stream;
        (stream.item.index(quote.event), stream.currency(quote.event))
    }
}

/// Rewards where one item sold at `price` earns `earns`, beside a guess by how purchases answer to price.
pub(super) fn log(rows: &[Explored], clusters: &[u32], earns: impl Fn(&Explored, f64) -> f64) -> Vec<Logged> {
    let offer = |(row, cluster): (&Explored, &u32)| Offer {
        log_price: (row.quote.live / row.usual).ln(),
        bought: row.bought / row.asked,
        cluster: *cluster,
    };
    let responses = cross_fitted(&rows.iter().zip(clusters).map(offer).collect::<Vec<_>>());
    let logged = |(row, cluster): (&Explored, &u32)| {
        let response = responses[*cluster as usize % 2];
        let guess = |price: f64| row.asked * earns(row, price) * response.at((price / row.usual).ln());
        Logged {
            propensity: row.propensity,
            shadow: f64::from(u8::from(row.matched)),
            reward: row.bought * earns(row, row.quote.live),
            stake: row.asked * row.quote.shadow,
            guess: (guess(row.quote.live), guess(row.quote.shadow)),
            cluster: *cluster,
            customer: row.customer,
        }
    };
    rows.iter().zip(clusters).map(logged).collect()
}
