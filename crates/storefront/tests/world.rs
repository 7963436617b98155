//! The world behind the events: canonical fields, base rates, live decisions, demand, outcomes.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use std::collections::{HashMap, HashSet};

use bystander_storefront::{FraudPattern, ShopEvent, ShopTopic, Truth};
use common::{config, events, good, json, number, of_topic, text};
use jiff::Timestamp;
use serde_json::Value;

fn fraud(event: &ShopEvent) -> Option<FraudPattern> {
    match event.truth {
        Some(Truth::Fraud { pattern, .. }) => Some(pattern),
        _ => None,
    }
}

fn at(value: &Value, pointer: &str) -> Timestamp {
    text(value, pointer).parse().unwrap()
}

#[test]
fn every_good_order_has_the_canonical_fields() {
    for event in good(&events(&config(1, 3_000, 0)), ShopTopic::Orders) {
        let order = json(event);
        for pointer in ["/order_id", "/customer_id", "/session_id", "/currency", "/payment/method"] {
            assert!(!text(&order, pointer).is_empty());
        }
        for pointer in [
            "/payment/card_country",
            "/payment/avs_result",
            "/payment/cvv_result",
            "/email_hash",
            "/ip_country",
            "/device_id",
            "/shipping_address",
            "/customer_created_at",
            "/billing_address/postal_code",
        ] {
            assert!(order.pointer(pointer).is_some(), "{pointer} is present, though it may be null");
        }
        assert_eq!(text(&order, "/billing_address/country_code").len(), 2);
        assert_eq!(text(&order, "/live_decision/source"), "rules");
        assert!((0.0..1.0).contains(&number(&order, "/live_decision/score")));
        assert!(["accept", "review", "reject"].contains(&text(&order, "/live_decision/action")));
        assert_eq!(at(&order, "/created_at"), event.time);
        assert!(at(&order, "/live_decision/decided_at") > event.time);
    }
}

#[test]
fn an_orders_total_is_its_lines_plus_shipping_less_discount() {
    for event in good(&events(&config(2, 3_000, 0)), ShopTopic::Orders) {
        let order = json(event);
        let lines = order["line_items"].as_array().unwrap();
        let sum: f64 =
            lines.iter().map(|line| number(line, "/quantity") * number(line, "/unit_price_amount")).sum();
        assert_eq!(number(&order, "/subtotal_amount"), sum);
        let discount = order.get("discount_amount").and_then(Value::as_f64).unwrap_or(0.0);
        let total = sum + number(&order, "/shipping_amount") - discount;
        assert_eq!(number(&order, "/total_amount"), total);
        assert!(total >= 0.0);
    }
}

#[test]
fn every_quote_has_the_canonical_fields() {
    for event in good(&events(&config(3, 0, 3_000)), ShopTopic::Quotes) {
        let quote = json(event);
        for pointer in ["/quote_id", "/sku", "/category", "/channel", "/currency"] {
            assert!(!text(&quote, pointer).is_empty());
        }
        for pointer in ["/quantity", "/list_price_amount", "/price_amount", "/cost_amount"] {
            assert!(number(&quote, pointer) >= 1.0);
        }
        for pointer in ["/customer_segment", "/previous_price_amount", "/stock"] {
            assert!(quote.pointer(pointer).is_some(), "{pointer} is present, though it may be null");
        }
        assert!(quote["competitor_price_amounts"].is_array());
        assert_eq!(at(&quote, "/quoted_at"), event.time);
    }
}

#[test]
fn two_to_four_percent_of_orders_are_fraud_of_four_patterns() {
    let all = events(&config(4, 60_000, 0));
    let orders = good(&all, ShopTopic::Orders);
    let mut patterns = HashMap::new();
    for pattern in orders.iter().filter_map(|event| fraud(event)) {
        *patterns.entry(pattern).or_insert(0) += 1;
    }
    let share = patterns.values().sum::<i32>() as f64 / orders.len() as f64;
    assert!((0.018..0.04).contains(&share), "{share} of orders are fraud");
    assert!(patterns.len() == 4 && patterns.values().all(|count| *count > 100), "{patterns:?}");
}

#[test]
fn card_testers_use_one_device_for_many_small_orders() {
    let all = events(&config(5, 60_000, 0));
    let mut devices: HashMap<String, usize> = HashMap::new();
    for event in good(&all, ShopTopic::Orders) {
        if fraud(event) == Some(FraudPattern::CardTesting) {
            let order = json(event);
            assert_eq!(order["line_items"].as_array().unwrap().len(), 1);
            if let Some(device) = order["device_id"].as_str() {
                *devices.entry(device.to_owned()).or_default() += 1;
            }
        }
    }
    let mean = devices.values().sum::<usize>() as f64 / devices.len() as f64;
    assert!(mean > 5.0, "{mean} orders per device");
}

#[test]
fn live_rules_beat_chance_and_still_err_in_both_directions() {
    let all = events(&config(6, 60_000, 0));
    let [mut bad_stopped, mut bad_passed, mut good_stopped, mut good_passed] = [0.0; 4];
    for event in good(&all, ShopTopic::Orders) {
        let accepted = text(&json(event), "/live_decision/action") == "accept";
        match (fraud(event).is_some(), accepted) {
            (true, true) => bad_passed += 1.0,
            (true, false) => bad_stopped += 1.0,
            (false, true) => good_passed += 1.0,
            (false, false) => good_stopped += 1.0,
        }
    }
    let recall = bad_stopped / (bad_stopped + bad_passed);
    let insults = good_stopped / (good_stopped + good_passed);
    assert!((0.3..0.85).contains(&recall), "stops {recall} of fraud");
    assert!((0.003..0.06).contains(&insults), "stops {insults} of honest orders");
}

#[test]
fn outcomes_come_after_what_they_are_about_and_tell_the_truth_most_of_the_time() {
    let all = events(&config(7, 30_000, 2_000));
    let mut subjects = HashMap::new();
    let (mut right, mut wrong) = (0.0, 0.0);
    for event in &all {
        let value = json(event);
        if event.topic == ShopTopic::Outcomes {
            let (time, truth) = subjects.get(&event.key).expect("an order or a quote before its outcome");
            assert!(at(&value, "/occurred_at") >= *time);
            assert!(at(&value, "/reported_at") >= at(&value, "/occurred_at"));
            assert_eq!(at(&value, "/reported_at"), event.time);
            match (text(&value, "/label"), truth) {
                ("unknown", _) => {}
                ("fraud", true) | ("legit", false) => right += 1.0,
                _ => wrong += 1.0,
            }
        } else if let Some(id) = value.get("order_id").or(value.get("quote_id")).and_then(Value::as_str) {
            subjects.entry(id.to_owned()).or_insert((event.time, fraud(event).is_some()));
        }
    }
    assert!(wrong > 0.0 && right / (right + wrong) > 0.8, "{right} right, {wrong} wrong");
}

#[test]
fn a_rejected_order_has_no_outcome() {
    let all = events(&config(8, 20_000, 0));
    let judged: HashSet<_> =
        of_topic(&all, ShopTopic::Outcomes).iter().map(|event| event.key.clone()).collect();
    let mut rejected = 0;
    for event in good(&all, ShopTopic::Orders) {
        let order = json(event);
        if text(&order, "/live_decision/action") == "reject" {
            assert!(!judged.contains(text(&order, "/order_id")));
            rejected += 1;
        }
    }
    assert!(rejected > 50, "{rejected} rejected");
}

#[test]
fn disputes_take_weeks_and_reviews_take_hours() {
    let all = events(&config(9, 40_000, 0));
    let placed: HashMap<_, _> = good(&all, ShopTopic::Orders)
        .into_iter()
        .map(|event| (text(&json(event), "/order_id").to_owned(), event.time))
        .collect();
    let mut delays: HashMap<String, Vec<f64>> = HashMap::new();
    for event in of_topic(&all, ShopTopic::Outcomes) {
        if let Some(time) = placed.get(&event.key) {
            let days = event.time.duration_since(*time).as_secs_f64() / 86_400.0;
            delays.entry(text(&json(event), "/type").to_owned()).or_default().push(days);
        }
    }
    let median = |kind: &str| {
        let mut days = delays[kind].clone();
        days.sort_by(f64::total_cmp);
        days[days.len() / 2]
    };
    assert!((14.0..60.0).contains(&median("dispute_opened")), "{}", median("dispute_opened"));
    assert!((2.0..20.0).contains(&median("early_fraud_warning")));
    assert!(median("manual_review") < 0.5);
    assert!(median("dispute_lost") > median("dispute_opened"));
}

#[test]
fn every_quote_ends_once_and_dear_ones_are_bought_less() {
    let all = events(&config(10, 0, 20_000));
    let mut ends: HashMap<String, Vec<bool>> = HashMap::new();
    for event in of_topic(&all, ShopTopic::Outcomes) {
        match text(&json(event), "/type") {
            "returned" => {}
            kind => ends.entry(event.key.clone()).or_default().push(kind == "purchased"),
        }
    }
    let mut shares = [(0.0, 0.0); 2];
    for event in good(&all, ShopTopic::Quotes) {
        let quote = json(event);
        let [bought] = ends[text(&quote, "/quote_id")][..] else { panic!("one end per quote") };
        let ratio = number(&quote, "/price_amount") / number(&quote, "/list_price_amount");
        let group = if ratio < 0.85 {
            0
        } else if ratio > 1.02 {
            1
        } else {
            continue;
        };
        shares[group].0 += f64::from(u8::from(bought));
        shares[group].1 += 1.0;
    }
    let [cheap, dear] = shares.map(|(bought, all)| bought / all);
    assert!(cheap > dear + 0.15, "{cheap} of cheap quotes, {dear} of dear ones");
}
