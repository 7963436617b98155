//! The shop's orders as events.

use std::iter::Peekable;

use super::{Order, OrderFlow, OrderRecord};
use crate::catalogue::Catalogue;
use crate::config::ShopConfig;
use crate::dice::{Dice, Stream};
use crate::event::{Expected, ExpectedSkip, ShopEvent, Truth};
use crate::malform::{SpoiledFields, Spoiler};
use crate::outcomes::Outstanding;
use crate::shop::{Line, time};
use crate::topics::ShopTopic;

const FIELDS: SpoiledFields = SpoiledFields {
    id: "order_id",
    time: "created_at",
    amount: "total_amount",
    required: &["order_id", "created_at", "total_amount", "currency"],
};

#[derive(Debug)]
pub(crate) struct OrderLine {
    orders: Peekable<OrderFlow>,
    spoiler: Spoiler,
}

impl OrderLine {
    pub(crate) fn new(config: &ShopConfig, catalogue: &Catalogue) -> Self {
        Self {
            orders: OrderFlow::new(config, catalogue.clone()).peekable(),
            spoiler: Spoiler::new(
                Dice::new(config.seed, Stream::MALFORMED_ORDERS),
                config.malformed,
                &FIELDS,
            ),
        }
    }
}

impl Line for OrderLine {
    fn next_millis(&mut self) -> Option<i64> {
        self.orders.peek().map(OrderRecord::millis)
    }

    fn next_event(&mut self, outcomes: &mut Outstanding) -> Option<ShopEvent> {
        let record = self.orders.next()?;
        let (key, expected, truth) = match &record {
            OrderRecord::Placed(order) => {
                outcomes.add_order(order);
                let expected =
                    if order.consent { Expected::Good } else { Expected::Skip(ExpectedSkip::NoConsent) };
                (order.customer_id.clone(), expected, Some(order_truth(order)))
            }
            OrderRecord::Updated { customer_id, .. } => {
                (customer_id.clone(), Expected::Skip(ExpectedSkip::OtherType), None)
            }
        };
        let scored = expected == Expected::Good;
        let (payload, malformation) = self.spoiler.spoil(record.bytes(), scored);
        Some(ShopEvent {
            topic: ShopTopic::Orders,
            key,
            time: time(record.millis()),
            payload,
            expected: malformation.map_or(expected, Expected::Malformed),
            truth,
        })
    }
}

fn order_truth(order: &Order) -> Truth {
    let order_id = order.order_id.clone();
    match order.fraud {
        Some(pattern) => Truth::Fraud { order_id, pattern },
        None => Truth::Legit { order_id },
    }
}
