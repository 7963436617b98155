//! The live pricer, which varies its prices at random and knows with what chance it serves which.

use crate::dice::Dice;
use crate::money::Currency;

/// Share of quotes whose price is drawn from a wide range, to learn how demand answers.
const EXPLORED: f64 = 0.25;
/// Deviation of the other prices around the wanted one.
const JITTER: f64 = 0.02;
/// Prices within this share of the served one count as the same when its chance is told.
const CLOSE: f64 = 0.02;

/// What one quote's price is drawn from, as shares of the list price. It follows the market down, never below cost plus
/// a little, dearer when stock is low, and explores now and then.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pricer {
    wanted: f64,
    least: f64,
    explored: (f64, f64),
}

impl Pricer {
    pub(super) fn new(market_ratio: f64, cost_ratio: f64, stock: i64) -> Self {
        let scarce = if stock < 10 { 0.04 } else { 0.0 };
        Self {
            wanted: market_ratio - 0.01 + scarce,
            least: cost_ratio * 1.05,
            explored: ((cost_ratio * 1.02).min(1.0), 1.12),
        }
    }

    pub(super) fn draw(&self, dice: &mut Dice) -> f64 {
        if dice.chance(EXPLORED) {
            return dice.between(self.explored.0, self.explored.1);
        }
        (self.wanted + dice.normal(0.0, JITTER)).max(self.least)
    }

    /// The chance with which [`draw`](Self::draw) leads to a price point within two percent of `price`, minor units.
    pub(super) fn propensity(&self, price: i64, list_price: i64, currency: Currency) -> f64 {
        let (lowest, highest) = amounts(price, currency);
        // An amount is a rounded share of the list price, and at least 1.
        let ratio = |amount: f64| amount / list_price as f64;
        let low = if lowest <= 1 { f64::NEG_INFINITY } else { ratio(lowest as f64 - 0.5) };
        self.below(ratio(highest as f64 + 0.5)) - self.below(low)
    }

    /// The chance of a share below `ratio`.
    fn below(&self, ratio: f64) -> f64 {
        let (low, high) = self.explored;
        let explored = ((ratio - low) / (high - low)).clamp(0.0, 1.0);
        let followed =
            if ratio <= self.least { 0.0 } else { sum_of_twelve((ratio - self.wanted) / JITTER + 6.0) };
        EXPLORED * explored + (1.0 - EXPLORED) * followed
    }
}

/// The lowest and the highest amount whose price point is close to `price`, itself a price point.
fn amounts(price: i64, currency: Currency) -> (i64, i64) {
    let close = (price as f64 * CLOSE).floor() as i64;
    let near = |amount: &i64| (currency.price_point(*amount) - price).abs() <= close;
    // Price points rise with amounts and lie less than a step away.
    let reach = close + 60;
    let mut amounts = ((price - reach).max(1)..=price + reach).filter(near);
    let lowest = amounts.next().unwrap_or(price);
    (lowest, amounts.next_back().unwrap_or(lowest))
}

/// The chance that twelve uniform draws sum to less than `x` (Irwin 1927, Hall 1927): what [`Dice::normal`] draws.
fn sum_of_twelve(x: f64) -> f64 {
    // The terms cancel badly above the middle, which is as far from the other end.
    if x > 6.0 {
        return 1.0 - sum_of_twelve(12.0 - x);
    }
    let (mut sum, mut choose, mut sign) = (0.0, 1.0, 1.0);
    for k in 0..12 {
        let left = x - f64::from(k);
        if left <= 0.0 {
            break;
        }
        sum += sign * choose * left.powi(12);
        choose *= f64::from(12 - k) / f64::from(k + 1);
        sign = -sign;
    }
    sum / 479_001_600.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dice::Stream;
    use std::collections::BTreeMap;

    #[test]
    fn it_explores_but_keeps_its_margin() {
        let mut dice = Dice::new(2, Stream::QUOTES);
        let pricer = Pricer::new(0.95, 0.6, 50);
        let ratios: Vec<_> = (0..2_000).map(|_| pricer.draw(&mut dice)).collect();
        assert!(ratios.iter().all(|ratio| *ratio >= 0.6));
        assert!(ratios.iter().filter(|ratio| **ratio < 0.8).count() > 100);
        assert!(ratios.iter().filter(|ratio| **ratio > 1.05).count() > 20);
    }

    #[test]
    fn a_price_comes_about_as_often_as_its_propensity_says() {
        let mut dice = Dice::new(3, Stream::QUOTES);
        let draws = 200_000;
        for (market, cost, stock, list, currency) in [
            (0.95, 0.6, 50, 1_999, Currency::Eur),
            (0.99, 0.93, 4, 64_949, Currency::Usd),
            (0.9, 0.5, 50, 437, Currency::Gbp),
            (0.97, 0.7, 50, 3_230, Currency::Jpy),
        ] {
            let pricer = Pricer::new(market, cost, stock);
            let mut served: BTreeMap<i64, u32> = BTreeMap::new();
            for _ in 0..draws {
                let amount = ((list as f64 * pricer.draw(&mut dice)).round() as i64).max(1);
                *served.entry(currency.price_point(amount)).or_default() += 1;
            }
            for price in served.keys().copied() {
                let close = (price as f64 * CLOSE).floor() as i64;
                let near: u32 = served.range(price - close..=price + close).map(|(_, count)| count).sum();
                let (said, seen) =
                    (pricer.propensity(price, list, currency), f64::from(near) / f64::from(draws));
                let error = (said * (1.0 - said) / f64::from(draws)).sqrt();
                assert!(said > 0.0 && said <= 1.0, "{said} of {price}");
                assert!((said - seen).abs() < 5.0 * error + 1e-5, "{price} of {list}: {said}, seen {seen}");
            }
        }
    }

    #[test]
    fn the_sum_of_twelve_draws_is_distributed_as_known() {
        assert!((sum_of_twelve(6.0) - 0.5).abs() < 1e-12);
        assert!((sum_of_twelve(1.0) - 1.0 / 479_001_600.0).abs() < 1e-18);
        for x in [0.5, 2.0, 4.5, 5.9] {
            assert!((sum_of_twelve(x) + sum_of_twelve(12.0 - x) - 1.0).abs() < 1e-12);
        }
        assert_eq!((sum_of_twelve(-1.0), sum_of_twelve(13.0)), (0.0, 1.0));
    }
}
