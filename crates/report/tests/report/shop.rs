//! The simulated shop's orders, scored by a stand-in for a model, with its outcomes and the truth.

use super::common::*;
use bystander_core::comparison::ComparisonRecord;
use bystander_core::decision::Action;
use bystander_core::outcome::{Label, Outcome, OutcomeType};
use bystander_report::Dataset;
use bystander_storefront::{CurrencyMix, Expected, FraudPattern, Shop, ShopConfig, ShopTopic, Truth};
use serde_json::Value;
use std::collections::HashMap;

/// What a shop yielded.
pub(crate) struct World {
    pub comparisons: Vec<ComparisonRecord<'static>>,
    pub outcomes: Vec<Outcome<'static>>,
    /// Whether an order is fraud.
    pub fraud: HashMap<String, bool>,
    /// Last event time.
    pub end_ms: i64,
}

impl World {
    pub(crate) fn dataset(&self) -> Dataset {
        dataset(&self.comparisons, &self.outcomes)
    }
}

/// Orders over `days` from the default start.
pub(crate) fn world(seed: u64, orders: u64, days: f64) -> World {
    let currencies = CurrencyMix { eur: 1.0, usd: 0.0, gbp: 0.0, jpy: 0.0 };
    let records = [(ShopTopic::Orders, orders)].into();
    let config = ShopConfig { seed, records, days, currencies, ..ShopConfig::default() };
    let mut world = World { comparisons: Vec::new(), outcomes: Vec::new(), fraud: HashMap::new(), end_ms: 0 };
    for (offset, event) in Shop::new(&config).unwrap().enumerate() {
        if event.expected != Expected::Good {
            continue;
        }
        let json: Value = serde_json::from_slice(event.payload.as_deref().unwrap_or_default()).unwrap();
        match (event.topic, &event.truth) {
            (ShopTopic::Orders, Some(truth)) => {
                let (id, pattern) = match truth {
                    Truth::Legit { order_id } => (order_id, None),
                    Truth::Fraud { order_id, pattern } => (order_id, Some(*pattern)),
                    Truth::Demand { .. } => continue,
                };
                world.fraud.insert(id.clone(), pattern.is_some());
                world.end_ms = event.time.as_millisecond();
                world.comparisons.push(comparison(&json, id, pattern, seed, offset as i64));
            }
            (ShopTopic::Outcomes, _) => world.outcomes.push(told(&json)),
            _ => {}
        }
    }
    world
}

/// A number in 0..1 that a text and a seed decide.
pub(crate) fn noise(text: &str, seed: u64) -> f64 {
    let hash = text.bytes().fold(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ 0x51, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3).rotate_left(23)
    });
    let mixed = (hash ^ (hash >> 31)).wrapping_mul(0x94d0_49bb_1331_11eb);
    ((mixed ^ (mixed >> 29)) >> 11) as f64 / (1_u64 << 53) as f64
}

/// Stolen cards score high, the customer's own card doesn't: the model sees the former and not the latter.
fn score(id: &str, pattern: Option<FraudPattern>, seed: u64) -> f64 {
    let noise = noise(id, seed);
    match pattern {
        None => 0.6 * noise.powi(3),
        Some(FraudPattern::Friendly) => 0.7 * noise.powi(2),
        Some(_) => 1.0 - 0.8 * noise.powi(2),
    }
}

fn comparison(
    json: &Value,
    id: &str,
    pattern: Option<FraudPattern>,
    seed: u64,
    offset: i64,
) -> ComparisonRecord<'static> {
    let score = score(id, pattern, seed);
    let shadow = match score {
        score if score >= 0.55 => Action::Reject,
        score if score >= 0.4 => Action::Review,
        _ => Action::Accept,
    };
    let live: Action = serde_json::from_value(json["live_decision"]["action"].clone()).unwrap();
    let mut record = order(id)
        .decided(live, shadow)
        .scored(score)
        .at(time(&json["created_at"]))
        .offset(offset)
        .money(json["total_amount"].as_i64().unwrap(), json["currency"].as_str().unwrap())
        .segment("method", json["payment"]["method"].as_str().unwrap())
        .segment("country", json["billing_address"]["country_code"].as_str().unwrap());
    record.customer_id = Some(json["customer_id"].as_str().unwrap().to_owned().into());
    record.live_score = json["live_decision"]["score"].as_f64();
    record
}

pub(crate) fn told(json: &Value) -> Outcome<'static> {
    let kind: OutcomeType = serde_json::from_value(json["type"].clone()).unwrap();
    let label: Label = serde_json::from_value(json["label"].clone()).unwrap();
    let mut told =
        outcome(json["subject_id"].as_str().unwrap(), kind, Some(label), time(&json["reported_at"]));
    told.outcome_id = Some(json["outcome_id"].as_str().unwrap().to_owned().into());
    told.occurred_at_ms = time(&json["occurred_at"]);
    told
}

pub(crate) fn time(json: &Value) -> i64 {
    json.as_str().unwrap().parse::<jiff::Timestamp>().unwrap().as_millisecond()
}
