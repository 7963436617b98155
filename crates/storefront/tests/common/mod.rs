//! What the simulator's tests share.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, dead_code)]

use bystander_storefront::{Expected, Shop, ShopConfig, ShopEvent, ShopTopic};
use serde_json::Value;

pub(crate) fn config(seed: u64, orders: u64, quotes: u64) -> ShopConfig {
    let records = [(ShopTopic::Orders, orders), (ShopTopic::Quotes, quotes)].into();
    ShopConfig { seed, records, ..ShopConfig::default() }
}

pub(crate) fn events(config: &ShopConfig) -> Vec<ShopEvent> {
    Shop::new(config).unwrap().collect()
}

pub(crate) fn of_topic(events: &[ShopEvent], topic: ShopTopic) -> Vec<&ShopEvent> {
    events.iter().filter(|event| event.topic == topic).collect()
}

pub(crate) fn json(event: &ShopEvent) -> Value {
    serde_json::from_slice(event.payload.as_deref().expect("a value")).expect("JSON")
}

/// Well-formed placed orders with consent, or quotes.
pub(crate) fn good(events: &[ShopEvent], topic: ShopTopic) -> Vec<&ShopEvent> {
    of_topic(events, topic).into_iter().filter(|event| event.expected == Expected::Good).collect()
}

pub(crate) fn text<'a>(value: &'a Value, pointer: &str) -> &'a str {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or_else(|| panic!("{pointer} in {value}"))
}

pub(crate) fn number(value: &Value, pointer: &str) -> f64 {
    value.pointer(pointer).and_then(Value::as_f64).unwrap_or_else(|| panic!("{pointer} in {value}"))
}
