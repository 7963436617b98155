//! Who buys. The pool is bounded: a newly made account takes the place of an old one.

use crate::catalogue::{Catalogue, Category};
use crate::config::{CurrencyMix, ShopConfig};
use crate::dice::{Dice, Stream};
use crate::money::{Country, Currency};
use crate::topics::ShopTopic;

const DAY: f64 = 86_400_000.0;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Method {
    Card,
    Paypal,
    ApplePay,
    Klarna,
    BankTransfer,
}

impl Method {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Card => "card",
            Self::Paypal => "paypal",
            Self::ApplePay => "apple_pay",
            Self::Klarna => "klarna",
            Self::BankTransfer => "bank_transfer",
        }
    }
}

#[derive(Debug, Clone)]
pub(crate) struct Customer {
    /// Ids, devices and addresses derive from it.
    pub(crate) number: u64,
    pub(crate) created_millis: i64,
    pub(crate) currency: Currency,
    pub(crate) home: Country,
    pub(crate) method: Method,
    pub(crate) devices: u64,
    /// What the customer spends, as a factor on the usual basket.
    pub(crate) purse: f64,
    pub(crate) favourite: Category,
    /// Checks out without an account: the event has no account age.
    pub(crate) guest: bool,
}

#[derive(Debug, Clone)]
pub(crate) struct Customers {
    pool: Vec<Customer>,
    currencies: CurrencyMix,
    next_number: u64,
}

impl Customers {
    pub(crate) fn new(config: &ShopConfig, catalogue: &Catalogue) -> Self {
        let mut dice = Dice::new(config.seed, Stream::CUSTOMERS);
        let size = (config.records.of(ShopTopic::Orders) / 6).clamp(200, 40_000);
        let mut customers = Self { pool: Vec::new(), currencies: config.currencies, next_number: 0 };
        let start = config.start.as_millisecond();
        for _ in 0..size {
            let age = dice.exponential(420.0 * DAY).min(3_000.0 * DAY);
            let customer = customers.draw_new(start - age as i64, catalogue, &mut dice);
            customers.pool.push(customer);
        }
        customers
    }

    pub(crate) fn draw_known(&self, dice: &mut Dice) -> Customer {
        self.pool[dice.below(self.pool.len())].clone()
    }

    /// Someone who signs up now and stays.
    pub(crate) fn sign_up(
        &mut self,
        created_millis: i64,
        catalogue: &Catalogue,
        dice: &mut Dice,
    ) -> Customer {
        let customer = self.draw_new(created_millis, catalogue, dice);
        let place = dice.below(self.pool.len());
        self.pool[place] = customer.clone();
        customer
    }

    /// Someone of whom nothing is known yet and who is not added to the pool.
    pub(crate) fn draw_new(
        &mut self,
        created_millis: i64,
        catalogue: &Catalogue,
        dice: &mut Dice,
    ) -> Customer {
        let currency = Currency::draw(&self.currencies, dice);
        let number = self.next_number;
        self.next_number += 1;
        Customer {
            number,
            created_millis,
            currency,
            home: currency.draw_home(dice),
            method: dice.weighted(&[
                (Method::Card, 0.62),
                (Method::Paypal, 0.16),
                (Method::ApplePay, 0.10),
                (Method::Klarna, 0.08),
                (Method::BankTransfer, 0.04),
            ]),
            devices: dice.weighted(&[(1, 0.5), (2, 0.35), (3, 0.15)]),
            purse: dice.log_normal(1.0, 0.35),
            favourite: catalogue.draw_category(dice),
            guest: dice.chance(0.04),
        }
    }
}
