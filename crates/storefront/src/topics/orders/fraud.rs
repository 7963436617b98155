//! Fraud patterns: how often they strike, and what each changes about an ordinary order.

use super::{Address, Card, Order, OrderFlow};
use crate::customers::{Customer, Method};
use crate::dice::Dice;
use crate::event::FraudPattern;
use crate::money::draw_abroad;

/// Attackers' devices and addresses are numbered from here, out of the customers' way.
const ATTACKERS: u64 = 1 << 48;

/// A run of orders by one attacker. Account takeover and friendly fraud are campaigns of one order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Campaign {
    pub(super) pattern: FraudPattern,
    number: u64,
}

impl Campaign {
    /// The time to the attacker's next order.
    pub(super) fn gap_millis(self, dice: &mut Dice) -> i64 {
        let mean = match self.pattern {
            FraudPattern::CardTesting => 25_000.0,
            _ => 400_000.0,
        };
        1 + dice.exponential(mean) as i64
    }

    fn attacker(self) -> u64 {
        ATTACKERS + self.number
    }
}

/// Whether a campaign begins with the arrival at `millis`, and of how many orders it consists.
pub(super) fn draw_campaign(dice: &mut Dice, millis: i64, number: u64) -> Option<(Campaign, u64)> {
    // Attackers keep their hours, so the quiet ones have the larger share of fraud.
    let night = matches!(millis / 3_600_000 % 24, 0..=5);
    let busier = if night { 3.0 } else { 1.0 };
    let draw = dice.unit();
    let chances = [
        (FraudPattern::CardTesting, 0.000_45 * busier),
        (FraudPattern::NewAccountBurst, 0.001_1 * busier),
        (FraudPattern::AccountTakeover, 0.005_5 * busier),
        (FraudPattern::Friendly, 0.004_5),
    ];
    let mut below = 0.0;
    for (pattern, chance) in chances {
        below += chance;
        if draw < below {
            let size = match pattern {
                FraudPattern::CardTesting => 6 + dice.below(28) as u64,
                FraudPattern::NewAccountBurst => 2 + dice.below(8) as u64,
                FraudPattern::AccountTakeover | FraudPattern::Friendly => 1,
            };
            return Some((Campaign { pattern, number }, size));
        }
    }
    None
}

impl OrderFlow {
    pub(super) fn fraudulent(&mut self, millis: i64, campaign: Campaign) -> Order {
        let mut order = match campaign.pattern {
            FraudPattern::CardTesting => self.card_testing(millis, campaign),
            FraudPattern::NewAccountBurst => self.new_account(millis, campaign),
            FraudPattern::AccountTakeover => self.takeover(millis, campaign),
            FraudPattern::Friendly => self.friendly(millis),
        };
        order.fraud = Some(campaign.pattern);
        order
    }

    fn new_fraudster(&mut self, created_millis: i64) -> Customer {
        let mut customer = self.customers.draw_new(created_millis, &self.catalogue, &mut self.dice);
        customer.method = Method::Card;
        customer
    }

    fn card_testing(&mut self, millis: i64, campaign: Campaign) -> Order {
        let age = self.dice.log_normal(90_000.0, 1.3);
        let customer = self.new_fraudster(millis - age as i64);
        let mut order = self.order_of(&customer, millis);
        let item = self.catalogue.draw_cheap_item(&mut self.dice);
        order.lines = vec![self.line_of(item, order.currency, 1)];
        order.card = stolen_card(&customer, &mut self.dice, 0.55);
        self.use_attackers_device(&mut order, campaign);
        if self.dice.chance(0.6) {
            order.ip_country = Some(draw_abroad(customer.home, &mut self.dice));
        }
        self.charge(&mut order, 0.02);
        order
    }

    fn new_account(&mut self, millis: i64, campaign: Campaign) -> Order {
        let age = self.dice.log_normal(120_000.0, 0.9);
        let customer = self.new_fraudster(millis - age as i64);
        let mut order = self.order_of(&customer, millis);
        self.fill_with_resale_goods(&mut order, 1.6);
        order.card = stolen_card(&customer, &mut self.dice, 0.25);
        self.use_attackers_device(&mut order, campaign);
        if self.dice.chance(0.45) {
            self.ship_to_attacker(&mut order, campaign);
        }
        if self.dice.chance(0.35) {
            order.ip_country = Some(draw_abroad(customer.home, &mut self.dice));
        }
        self.charge(&mut order, 0.5);
        order
    }

    fn takeover(&mut self, millis: i64, campaign: Campaign) -> Order {
        let customer = self.customers.draw_known(&mut self.dice);
        let mut order = self.order_of(&customer, millis);
        self.fill_with_resale_goods(&mut order, 1.9);
        self.use_attackers_device(&mut order, campaign);
        if self.dice.chance(0.55) {
            order.ip_country = Some(draw_abroad(customer.home, &mut self.dice));
        }
        if self.dice.chance(0.5) {
            self.ship_to_attacker(&mut order, campaign);
        }
        // The card is stored in the account: the address matches, the security code isn't asked for.
        if order.method == Method::Card && self.dice.chance(0.5) {
            order.card.cvv = self.dice.pick(&[None, Some("P"), Some("U")]);
        }
        self.charge(&mut order, 0.1);
        order
    }

    fn friendly(&mut self, millis: i64) -> Order {
        let mut order = self.ordinary(millis);
        if self.dice.chance(0.5) {
            self.fill_with_resale_goods(&mut order, 1.2);
            self.charge(&mut order, 0.22);
        }
        order
    }

    fn fill_with_resale_goods(&mut self, order: &mut Order, purse: f64) {
        let category = self.catalogue.draw_resale_category(&mut self.dice);
        let count = self.dice.weighted(&[(1, 0.6), (2, 0.3), (3, 0.1)]);
        order.lines = (0..count).map(|_| self.line(category, order.currency, purse)).collect();
        if let Some(line) = order.lines.first_mut() {
            line.quantity = self.dice.weighted(&[(1, 0.55), (2, 0.25), (3, 0.12), (5, 0.08)]);
        }
    }

    /// Replaces the device, which has no known owner, and most often one that the shop can name.
    fn use_attackers_device(&mut self, order: &mut Order, campaign: Campaign) {
        order.device = campaign.attacker();
        let hidden = self.dice.chance(0.10);
        order.device_id = (!hidden).then(|| self.identifiers.id("dev_", campaign.attacker()));
    }

    fn ship_to_attacker(&mut self, order: &mut Order, campaign: Campaign) {
        let country = draw_abroad(order.billing.country, &mut self.dice);
        let postal_code = Some(self.identifiers.postal_code(campaign.attacker()));
        if order.shipping.is_some() {
            order.shipping = Some(Address { country, postal_code });
        }
    }
}

/// A card of someone else: `unknown` is how often the fraudster lacks the security code.
fn stolen_card(customer: &Customer, dice: &mut Dice, unknown: f64) -> Card {
    let country = if dice.chance(0.35) { draw_abroad(customer.home, dice) } else { customer.home };
    let avs = dice.weighted(&[
        (Some("Y"), 0.28),
        (Some("A"), 0.08),
        (Some("Z"), 0.14),
        (Some("N"), 0.32),
        (Some("U"), 0.14),
        (None, 0.04),
    ]);
    let cvv = if dice.chance(unknown) { "N" } else { dice.pick(&["M", "M", "M", "P", "U"]) };
    Card { country: Some(country), avs, cvv: Some(cvv) }
}
