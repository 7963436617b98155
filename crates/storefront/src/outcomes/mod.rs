//! What turns out to be true, and when the shop hears of it.

mod orders;
mod quotes;

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use serde::Serialize;

use crate::dice::{Dice, Identifiers, Stream};
use crate::money::Currency;
use crate::topics::orders::Order;
use crate::topics::quotes::Quote;
use crate::write::{json_bytes, timestamp};

const MINUTE: f64 = 60_000.0;
const HOUR: f64 = 60.0 * MINUTE;
const DAY: f64 = 24.0 * HOUR;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Label {
    Fraud,
    Legit,
    Unknown,
}

impl Label {
    fn name(self) -> &'static str {
        match self {
            Self::Fraud => "fraud",
            Self::Legit => "legit",
            Self::Unknown => "unknown",
        }
    }
}

/// One outcome that is still to be reported.
#[derive(Debug, Clone)]
pub(crate) struct Outcome {
    pub(crate) outcome_id: String,
    pub(crate) subject_id: String,
    pub(crate) reported_millis: i64,
    pub(crate) payload: Vec<u8>,
}

#[derive(Serialize)]
struct OutcomeJson<'a> {
    outcome_id: &'a str,
    subject_id: &'a str,
    r#type: &'a str,
    label: &'a str,
    #[serde(serialize_with = "timestamp")]
    occurred_at: i64,
    #[serde(serialize_with = "timestamp")]
    reported_at: i64,
    amount: i64,
    currency: &'a str,
    reason: Option<&'a str>,
    source: &'a str,
}

/// What happens, before it has an id. Delays are milliseconds after the order or the quote.
struct OutcomeEvent {
    kind: &'static str,
    label: Label,
    occurred_after: f64,
    reported_after: f64,
    reason: Option<&'static str>,
    source: &'static str,
}

/// Outcomes not reported yet, in the order of their reports. Its size is what is outstanding: disputes
/// stay for months.
#[derive(Debug)]
pub(crate) struct Outstanding {
    heap: BinaryHeap<Reverse<Waiting>>,
    identifiers: Identifiers,
    order_dice: Dice,
    quote_dice: Dice,
    order_outcomes: u64,
    quote_outcomes: u64,
}

#[derive(Debug)]
struct Waiting(Outcome);

impl Waiting {
    fn rank(&self) -> (i64, &str) {
        (self.0.reported_millis, &self.0.outcome_id)
    }
}

impl PartialEq for Waiting {
    fn eq(&self, other: &Self) -> bool {
        self.rank() == other.rank()
    }
}

impl Eq for Waiting {}

impl PartialOrd for Waiting {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Waiting {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.rank().cmp(&other.rank())
    }
}

impl Outstanding {
    pub(crate) fn new(seed: u64) -> Self {
        Self {
            heap: BinaryHeap::new(),
            identifiers: Identifiers::new(seed),
            order_dice: Dice::new(seed, Stream::ORDER_OUTCOMES),
            quote_dice: Dice::new(seed, Stream::QUOTE_OUTCOMES),
            order_outcomes: 0,
            quote_outcomes: 0,
        }
    }

    pub(crate) fn next_millis(&self) -> Option<i64> {
        self.heap.peek().map(|Reverse(waiting)| waiting.0.reported_millis)
    }

    pub(crate) fn pop(&mut self) -> Option<Outcome> {
        self.heap.pop().map(|Reverse(waiting)| waiting.0)
    }

    pub(crate) fn add_order(&mut self, order: &Order) {
        for happening in orders::happenings(order, &mut self.order_dice) {
            self.order_outcomes += 1;
            let outcome_id = self.identifiers.id("out_", self.order_outcomes);
            let amount = order.total_amount();
            self.add(&happening, outcome_id, &order.order_id, order.millis, (amount, order.currency));
        }
    }

    pub(crate) fn add_quote(&mut self, quote: &Quote) {
        for happening in quotes::happenings(quote, &mut self.quote_dice) {
            self.quote_outcomes += 1;
            let outcome_id = self.identifiers.id("out_", 1 << 56 | self.quote_outcomes);
            let amount = quote.price_amount * quote.quantity;
            self.add(&happening, outcome_id, &quote.quote_id, quote.millis, (amount, quote.currency));
        }
    }

    fn add(
        &mut self,
        what: &OutcomeEvent,
        outcome_id: String,
        subject: &str,
        from: i64,
        money: (i64, Currency),
    ) {
        let reported_millis = from + what.reported_after.max(what.occurred_after) as i64;
        let payload = json_bytes(&OutcomeJson {
            outcome_id: &outcome_id,
            subject_id: subject,
            r#type: what.kind,
            label: what.label.name(),
            occurred_at: from + what.occurred_after as i64,
            reported_at: reported_millis,
            amount: money.0,
            currency: money.1.code(),
            reason: what.reason,
            source: what.source,
        });
        self.push(Outcome { outcome_id, subject_id: subject.to_owned(), reported_millis, payload });
    }

    pub(crate) fn push(&mut self, outcome: Outcome) {
        self.heap.push(Reverse(Waiting(outcome)));
    }
}
