//! The market around each item.

use super::pricer::Pricer;
use crate::catalogue::{Catalogue, Item};
use crate::dice::Dice;
use crate::money::Currency;

/// The state of one item.
#[derive(Debug, Clone)]
struct Place {
    /// Competitors' prices as shares of the list price.
    competitors: Vec<f64>,
    stock: i64,
    /// The last served price as a share of the list price.
    previous: Option<f64>,
}

/// Every item's place in the market, one per item of the catalogue.
#[derive(Debug)]
pub(super) struct Market {
    places: Vec<Place>,
}

/// What is offered at one moment. Amounts are minor units of the asked currency.
pub(super) struct Offer {
    pub(super) list_price_amount: i64,
    pub(super) price_amount: i64,
    pub(super) propensity: f64,
    pub(super) previous_price_amount: Option<i64>,
    pub(super) competitor_price_amounts: Vec<i64>,
    pub(super) stock: i64,
    /// What customers compare with, as a share of the list price.
    pub(super) market_ratio: f64,
}

impl Market {
    pub(super) fn new(catalogue: &Catalogue, dice: &mut Dice) -> Self {
        let place = |_: &Item| {
            let count = dice.below(5);
            let usual = dice.normal(0.95, 0.05);
            let competitors = (0..count).map(|_| usual + dice.normal(0.0, 0.05)).collect();
            Place { competitors, stock: 5 + dice.exponential(150.0) as i64, previous: None }
        };
        Self { places: catalogue.items.iter().map(place).collect() }
    }

    pub(super) fn offer(&mut self, number: usize, item: &Item, currency: Currency, dice: &mut Dice) -> Offer {
        let place = &mut self.places[number];
        place.drift(dice);
        let list_price_amount = currency.price_point(currency.minor_units(item.list_price_euros));
        let amount = |ratio: f64| ((list_price_amount as f64 * ratio).round() as i64).max(1);
        // A crawler sees a competitor's price most of the time.
        let visible: Vec<f64> = place.competitors.iter().copied().filter(|_| !dice.chance(0.08)).collect();
        let market_ratio = market_ratio(&visible);
        let cost_ratio = item.cost_euros / item.list_price_euros;
        let pricer = Pricer::new(market_ratio, cost_ratio, place.stock);
        let price_amount = currency.price_point(amount(pricer.draw(dice)));
        let previous = place.previous.replace(price_amount as f64 / list_price_amount as f64);
        Offer {
            list_price_amount,
            price_amount,
            propensity: pricer.propensity(price_amount, list_price_amount, currency),
            previous_price_amount: previous.map(amount).filter(|_| !dice.chance(0.03)),
            competitor_price_amounts: visible.iter().map(|ratio| amount(*ratio)).collect(),
            stock: place.stock,
            market_ratio,
        }
    }
}

impl Place {
    /// Competitors move a little and drift back to 95 % of the list price; stock sells and is refilled.
    fn drift(&mut self, dice: &mut Dice) {
        for ratio in &mut self.competitors {
            *ratio = (*ratio + 0.004 * (0.95 - *ratio) + dice.normal(0.0, 0.006)).clamp(0.65, 1.25);
        }
        if dice.chance(0.3) {
            self.stock -= 1;
        }
        if self.stock <= 0 {
            self.stock = 20 + dice.exponential(150.0) as i64;
        }
    }
}

/// Customers look at the list price for a third, at the competitors for the rest.
fn market_ratio(visible: &[f64]) -> f64 {
    if visible.is_empty() {
        return 0.98;
    }
    let mean = visible.iter().sum::<f64>() / visible.len() as f64;
    mean * 0.65 + 0.35
}
