//! Orders: who places them, which are fraud, what the live rules decide.

mod fraud;
mod json;
mod legit;
mod line;
mod rules;

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};

use crate::catalogue::{Catalogue, Category};
use crate::config::{DayRhythm, ShopConfig};
use crate::customers::{Customer, Customers, Method};
use crate::dice::{Dice, Identifiers, Stream};
use crate::event::FraudPattern;
use crate::money::{Country, Currency};
use crate::rhythm::{Arrivals, Rhythm};
use crate::topics::{ShopTopic, TopicFacts};
use fraud::Campaign;
pub(super) use line::OrderLine as TopicLine;
use rules::Rules;
pub(crate) use rules::{Action, Decision};

/// `order.placed`, and some `order.updated` and `order.cancelled`.
pub(super) const FACTS: TopicFacts = TopicFacts {
    name: "shop.orders",
    file: "orders.jsonl",
    events: "orders",
    kind: Some("orders"),
    records: 10_000,
};

/// Share of the records on the orders topic that tell of an earlier order.
const UPDATES: f64 = 0.02;
/// How many earlier orders an update may tell of.
const RECENT: usize = 64;

/// One record of the orders topic, before it is rendered.
#[derive(Debug)]
pub(crate) enum OrderRecord {
    Placed(Box<Order>),
    Updated { order_id: String, customer_id: String, cancelled: bool, millis: i64 },
}

/// A placed order with everything that is known about it, the truth included.
#[derive(Debug, Clone)]
pub(crate) struct Order {
    pub(crate) order_id: String,
    pub(crate) customer_id: String,
    session_id: String,
    pub(crate) millis: i64,
    pub(crate) currency: Currency,
    lines: Vec<Line>,
    shipping_amount: i64,
    discount_amount: Option<i64>,
    method: Method,
    card: Card,
    email_hash: Option<String>,
    ip_country: Option<Country>,
    device_id: Option<String>,
    device: u64,
    billing: Address,
    shipping: Option<Address>,
    account_created_millis: Option<i64>,
    pub(crate) consent: bool,
    pub(crate) decision: Decision,
    pub(crate) fraud: Option<FraudPattern>,
}

#[derive(Debug, Clone)]
struct Line {
    sku: String,
    category: Category,
    quantity: i64,
    unit_price_amount: i64,
}

/// What the payment provider says about a card; all absent where no card is used.
#[derive(Debug, Clone, Copy, Default)]
struct Card {
    country: Option<Country>,
    /// Address verification: Y full match, A address only, Z postal code only, N none, U unavailable.
    avs: Option<&'static str>,
    /// Security code: M match, N no match, P not processed, U unavailable.
    cvv: Option<&'static str>,
}

#[derive(Debug, Clone, PartialEq)]
struct Address {
    country: Country,
    postal_code: Option<String>,
}

impl Order {
    fn subtotal_amount(&self) -> i64 {
        self.lines.iter().map(|line| line.quantity * line.unit_price_amount).sum()
    }

    pub(crate) fn total_amount(&self) -> i64 {
        self.subtotal_amount() + self.shipping_amount - self.discount_amount.unwrap_or(0)
    }

    fn first_category(&self) -> Category {
        self.lines.first().map_or(Category::Home, |line| line.category)
    }
}

impl OrderRecord {
    pub(crate) fn bytes(&self) -> Vec<u8> {
        match self {
            Self::Placed(order) => json::placed(order),
            Self::Updated { order_id, customer_id, cancelled, millis } => {
                json::updated(order_id, customer_id, *cancelled, *millis)
            }
        }
    }

    pub(crate) fn millis(&self) -> i64 {
        match self {
            Self::Placed(order) => order.millis,
            Self::Updated { millis, .. } => *millis,
        }
    }
}

/// Yields the asked number of records in time order.
#[derive(Debug)]
pub(crate) struct OrderFlow {
    dice: Dice,
    identifiers: Identifiers,
    catalogue: Catalogue,
    customers: Customers,
    rules: Rules,
    arrivals: Arrivals,
    /// No order is placed later.
    latest_millis: i64,
    /// Records neither yielded nor planned yet.
    left: u64,
    next_arrival: Option<i64>,
    /// Orders of running campaigns, at most one campaign's size per campaign.
    planned: BinaryHeap<Reverse<Planned>>,
    campaigns: u64,
    recent: VecDeque<(String, String)>,
    orders: u64,
}

/// An order of a campaign at its time. The number settles ties.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Planned {
    millis: i64,
    number: u64,
    campaign: Campaign,
}

fn latest_millis(config: &ShopConfig) -> i64 {
    match config.rhythm {
        DayRhythm::Daily => i64::MAX,
        DayRhythm::Even => config.end_millis(),
    }
}

impl OrderFlow {
    pub(crate) fn new(config: &ShopConfig, catalogue: Catalogue) -> Self {
        Self {
            dice: Dice::new(config.seed, Stream::ORDERS),
            identifiers: Identifiers::new(config.seed),
            customers: Customers::new(config, &catalogue),
            catalogue,
            rules: Rules::default(),
            arrivals: Arrivals::new(Rhythm::of(config)),
            latest_millis: latest_millis(config),
            left: config.records.of(ShopTopic::Orders),
            next_arrival: None,
            planned: BinaryHeap::new(),
            campaigns: 0,
            recent: VecDeque::new(),
            orders: 0,
        }
    }

    fn arrive(&mut self, millis: i64) -> OrderRecord {
        if self.dice.chance(UPDATES) && !self.recent.is_empty() {
            return self.update(millis);
        }
        if let Some((campaign, size)) = fraud::draw_campaign(&mut self.dice, millis, self.campaigns) {
            self.campaigns += 1;
            self.plan(campaign, size, millis);
            return self.place(millis, Some(campaign));
        }
        self.place(millis, None)
    }

    /// Takes the rest of a campaign's orders out of what is left, so that the count stays exact.
    fn plan(&mut self, campaign: Campaign, size: u64, first_millis: i64) {
        let mut millis = first_millis;
        let further = size.saturating_sub(1).min(self.left);
        self.left -= further;
        for number in 0..further {
            millis = (millis + campaign.gap_millis(&mut self.dice)).min(self.latest_millis);
            self.planned.push(Reverse(Planned { millis, number, campaign }));
        }
    }

    fn update(&mut self, millis: i64) -> OrderRecord {
        let (order_id, customer_id) = self.recent[self.dice.below(self.recent.len())].clone();
        OrderRecord::Updated { order_id, customer_id, cancelled: self.dice.chance(0.25), millis }
    }

    fn place(&mut self, millis: i64, campaign: Option<Campaign>) -> OrderRecord {
        let mut order = match campaign {
            Some(campaign) => self.fraudulent(millis, campaign),
            None => self.ordinary(millis),
        };
        order.decision = self.rules.decide(&order, &mut self.dice);
        self.recent.push_back((order.order_id.clone(), order.customer_id.clone()));
        if self.recent.len() > RECENT {
            self.recent.pop_front();
        }
        OrderRecord::Placed(Box::new(order))
    }

    fn order_id(&mut self) -> String {
        self.orders += 1;
        self.identifiers.id("ord_", self.orders)
    }

    fn address(&self, country: Country, place: u64, unknown: bool) -> Address {
        let postal_code = (!unknown).then(|| self.identifiers.postal_code(place));
        Address { country, postal_code }
    }

    fn customer_id(&self, customer: &Customer) -> String {
        self.identifiers.id("cus_", customer.number)
    }
}

impl Iterator for OrderFlow {
    type Item = OrderRecord;

    fn next(&mut self) -> Option<OrderRecord> {
        if self.next_arrival.is_none() && self.left > 0 {
            self.next_arrival = Some(self.arrivals.next(self.left, &mut self.dice));
            self.left -= 1;
        }
        let planned = self.planned.peek().map(|Reverse(planned)| planned.millis);
        match (self.next_arrival, planned) {
            (Some(arrival), planned) if planned.is_none_or(|millis| arrival <= millis) => {
                self.next_arrival = None;
                Some(self.arrive(arrival))
            }
            _ => {
                self.planned.pop().map(|Reverse(planned)| self.place(planned.millis, Some(planned.campaign)))
            }
        }
    }
}
