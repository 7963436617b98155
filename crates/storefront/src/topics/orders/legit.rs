//! Orders of honest customers.

use super::{Card, Line, Order, OrderFlow};
use crate::catalogue::Category;
use crate::customers::{Customer, Method};
use crate::dice::Dice;
use crate::money::{Country, Currency, draw_abroad};
use crate::topics::orders::rules::Decision;

/// Share of ordinary orders from accounts made for the purpose, minutes before.
const SIGN_UPS: f64 = 0.08;
/// Share of customers who refuse analytics.
const NO_CONSENT: f64 = 0.01;
/// Orders from this total on, in euros, ship for free.
const FREE_SHIPPING: f64 = 60.0;

impl OrderFlow {
    pub(super) fn ordinary(&mut self, millis: i64) -> Order {
        let customer = if self.dice.chance(SIGN_UPS) {
            let age = self.dice.log_normal(240_000.0, 1.1).min(7_200_000.0);
            self.customers.sign_up(millis - age as i64, &self.catalogue, &mut self.dice)
        } else {
            self.customers.draw_known(&mut self.dice)
        };
        self.order_of(&customer, millis)
    }

    /// An order as this customer would place it. Fraud patterns start from it and change what gives
    /// them away.
    pub(super) fn order_of(&mut self, customer: &Customer, millis: i64) -> Order {
        let lines = self.basket(customer);
        let device = customer.number * 8 + self.dice.below(customer.devices as usize) as u64;
        let away = self.dice.chance(0.045);
        let ip = if away { draw_abroad(customer.home, &mut self.dice) } else { customer.home };
        let gift = self.dice.chance(0.022);
        let ship_to = if gift { draw_abroad(customer.home, &mut self.dice) } else { customer.home };
        let unknown = self.dice.chance(0.02);
        let billing = self.address(customer.home, customer.number, unknown);
        let place = if gift { customer.number ^ 1 << 40 } else { customer.number };
        let nowhere = self.dice.chance(0.03);
        let shipping = self.address(ship_to, place, nowhere);
        let digital = lines.iter().all(|line| line.category == Category::GiftCards);
        let account_created_millis = (!customer.guest).then_some(customer.created_millis);
        let mut order = Order {
            order_id: self.order_id(),
            customer_id: self.customer_id(customer),
            session_id: self.identifiers.id("ses_", self.orders),
            millis,
            currency: customer.currency,
            lines,
            shipping_amount: 0,
            discount_amount: None,
            method: customer.method,
            card: draw_card(customer.method, customer.home, &mut self.dice),
            email_hash: (!self.dice.chance(0.005)).then(|| self.identifiers.hash(customer.number)),
            ip_country: (!self.dice.chance(0.01)).then_some(ip),
            device_id: (!self.dice.chance(0.02)).then(|| self.identifiers.id("dev_", device)),
            device,
            billing,
            shipping: (!digital).then_some(shipping),
            account_created_millis,
            consent: !self.dice.chance(NO_CONSENT),
            decision: Decision::default(),
            fraud: None,
        };
        self.charge(&mut order, 0.22);
        order
    }

    /// Sets shipping and discount after the lines have changed.
    pub(super) fn charge(&mut self, order: &mut Order, discounted: f64) {
        let subtotal = order.subtotal_amount();
        let free = order.shipping.is_none() || order.currency.euros(subtotal) >= FREE_SHIPPING;
        order.shipping_amount = if free { 0 } else { shipping_fee(order.currency) };
        let rate =
            if self.dice.chance(discounted) { self.dice.pick(&[0.05, 0.10, 0.10, 0.15, 0.20]) } else { 0.0 };
        let discount = (subtotal as f64 * rate).floor() as i64;
        // Old clients leave the field out where there is no discount.
        order.discount_amount = (discount > 0 || !self.dice.chance(0.12)).then_some(discount);
    }

    fn basket(&mut self, customer: &Customer) -> Vec<Line> {
        let count = self.dice.weighted(&[(1, 0.52), (2, 0.26), (3, 0.13), (4, 0.06), (6, 0.03)]);
        (0..count)
            .map(|_| {
                let loyal = self.dice.chance(0.4);
                let category =
                    if loyal { customer.favourite } else { self.catalogue.draw_category(&mut self.dice) };
                self.line(category, customer.currency, customer.purse)
            })
            .collect()
    }

    /// A line of `category`; `purse` moves the choice up or down the price range.
    pub(super) fn line(&mut self, category: Category, currency: Currency, purse: f64) -> Line {
        let one = self.catalogue.draw_item(category, &mut self.dice);
        let other = self.catalogue.draw_item(category, &mut self.dice);
        let price = |item: usize| self.catalogue.items[item].list_price_euros;
        let (cheaper, dearer) = if price(one) <= price(other) { (one, other) } else { (other, one) };
        let item = if self.dice.chance((0.5 * purse).min(0.95)) { dearer } else { cheaper };
        let quantity = self.dice.weighted(&[(1, 0.82), (2, 0.13), (3, 0.035), (5, 0.015)]);
        self.line_of(item, currency, quantity)
    }

    pub(super) fn line_of(&mut self, item: usize, currency: Currency, quantity: i64) -> Line {
        let item = &self.catalogue.items[item];
        let price = currency.minor_units(item.list_price_euros * self.dice.between(0.9, 1.0));
        Line {
            sku: item.sku.clone(),
            category: item.category,
            quantity,
            unit_price_amount: currency.price_point(price),
        }
    }
}

fn shipping_fee(currency: Currency) -> i64 {
    currency.price_point(currency.minor_units(4.95))
}

/// What the payment provider says about an honest customer's card.
fn draw_card(method: Method, home: Country, dice: &mut Dice) -> Card {
    let foreign = dice.chance(0.03);
    let country = if foreign { draw_abroad(home, dice) } else { home };
    let avs = dice.weighted(&[
        (Some("Y"), 0.76),
        (Some("A"), 0.05),
        (Some("Z"), 0.06),
        (Some("N"), 0.05),
        (Some("U"), 0.05),
        (None, 0.03),
    ]);
    let cvv = dice.weighted(&[
        (Some("M"), 0.90),
        (Some("N"), 0.02),
        (Some("P"), 0.03),
        (Some("U"), 0.02),
        (None, 0.03),
    ]);
    match method {
        Method::Card => Card { country: Some(country), avs, cvv },
        Method::ApplePay => Card { country: Some(country), avs: None, cvv: None },
        _ => Card::default(),
    }
}
