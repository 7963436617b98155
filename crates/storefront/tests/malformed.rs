//! Malformed events: the asked share, every kind, and malformed as named.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use std::collections::{BTreeMap, BTreeSet};

use bystander_storefront::{Expected, Malformation, ShopConfig, ShopEvent, ShopTopic};
use common::{config, events, json, number, of_topic, text};
use serde_json::Value;

fn spoiled(share: f64) -> Vec<ShopEvent> {
    events(&ShopConfig { malformed: share, ..config(21, 20_000, 20_000) })
}

fn kind(event: &ShopEvent) -> Option<Malformation> {
    match event.expected {
        Expected::Malformed(kind) => Some(kind),
        _ => None,
    }
}

#[test]
fn about_the_asked_share_of_each_topic_is_malformed_and_no_outcome_is() {
    let all = spoiled(0.05);
    for topic in [ShopTopic::Orders, ShopTopic::Quotes] {
        let count = of_topic(&all, topic).iter().filter(|event| kind(event).is_some()).count();
        assert!((850..1_150).contains(&count), "{count} of 20,000 in {topic:?}");
    }
    assert!(of_topic(&all, ShopTopic::Outcomes).iter().all(|event| kind(event).is_none()));
}

#[test]
fn everything_is_malformed_where_that_is_asked_for() {
    assert!(of_topic(&spoiled(1.0), ShopTopic::Orders).iter().all(|event| kind(event).is_some()));
}

#[test]
fn malformed_events_leave_the_others_as_they_are() {
    for (sound, spoiled) in spoiled(0.0).iter().zip(&spoiled(0.3)) {
        if kind(spoiled).is_none() {
            assert_eq!(sound, spoiled);
        }
    }
}

#[test]
fn every_kind_occurs_on_both_topics() {
    let all = spoiled(0.3);
    for topic in [ShopTopic::Orders, ShopTopic::Quotes] {
        let names: BTreeSet<_> =
            of_topic(&all, topic).into_iter().filter_map(kind).map(Malformation::name).collect();
        assert_eq!(names.len(), 13, "{names:?}");
    }
}

#[test]
fn every_malformed_event_is_malformed_as_it_is_named_and_fits_a_line() {
    let mut seen = BTreeMap::new();
    for event in &spoiled(0.3) {
        let Some(kind) = kind(event) else { continue };
        assert!(is_malformed_as(kind, event), "{kind:?}: {event:?}");
        assert!(!event.payload.as_deref().unwrap_or_default().contains(&b'\n'));
        *seen.entry(kind.name()).or_insert(0) += 1;
    }
    assert!(seen.values().all(|count| *count > 100), "{seen:?}");
}

fn is_malformed_as(kind: Malformation, event: &ShopEvent) -> bool {
    let Some(bytes) = event.payload.as_deref() else {
        return kind == Malformation::Tombstone;
    };
    let parsed = serde_json::from_slice::<Value>(bytes);
    match kind {
        Malformation::Tombstone => false,
        Malformation::Empty => bytes.is_empty(),
        Malformation::NotJson | Malformation::Truncated => parsed.is_err() && !bytes.is_empty(),
        Malformation::InvalidUtf8 { .. } => std::str::from_utf8(bytes).is_err(),
        Malformation::NumberTooLarge { field } => contains(bytes, &format!("\"{field}\":1e400")),
        Malformation::DuplicateKey { field } => {
            String::from_utf8_lossy(bytes).matches(&format!("\"{field}\":")).count() == 2
        }
        Malformation::WrongType { field } => {
            let value = &json(event)[field];
            value.is_object() || (field.ends_with("amount") && value.is_string())
        }
        Malformation::MissingField { field } => json(event).get(field).is_none(),
        Malformation::UnknownCurrency => text(&json(event), "/currency") == "ZZZ",
        Malformation::NegativeAmount { field } => number(&json(event), &format!("/{field}")) < 0.0,
        Malformation::TimeIn1970 { field } => text(&json(event), &format!("/{field}")).starts_with("1970"),
        Malformation::TimeIn2100 { field } => text(&json(event), &format!("/{field}")).starts_with("2100"),
    }
}

fn contains(bytes: &[u8], part: &str) -> bool {
    String::from_utf8_lossy(bytes).contains(part)
}
