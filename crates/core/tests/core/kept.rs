//! Comparisons that an earlier version wrote: JSON and canonical bytes of today are the same, to the byte.
//!
//! `kept/comparisons.txt` has a line of JSON and a line of canonical bytes in hex for each comparison. It is never written
//! again: files, topics and digests out there have these bytes.

use crate::world::*;
use bystander_core::comparison::Comparison;
use bystander_core::text::hex;
use serde_json::{Value, json};

const KEPT: &str = include_str!("kept/comparisons.txt");

fn comparisons(mut each: impl FnMut(&Comparison<'_>)) {
    let mut of = |stream: &str, model: &str, event: Value, score: f64| {
        with_comparison(&super::world::stream(stream, model), &event, score, &mut each);
    };
    of(ORDERS, FRAUD, order(), 0.8125);
    of(ORDERS, FRAUD, without(without(order(), "live_decision"), "shipping"), 0.1);
    of(FULL_ORDERS, FRAUD, full_order(), 0.5);
    of(FULL_ORDERS, FRAUD, with(full_order(), "/order_id", json!("\" \\ \n \u{1F600} \u{1}")), 1e-300);
    of(FULL_ORDERS, FRAUD, without(full_order(), "method"), -0.0);
    of(PRICES, PRICING, quote(), 1000.4);
    of(PRICES, PRICING, without(without(quote(), "cost"), "sku"), 7.0);
    of(FULL_PRICES, PRICING, full_quote(), 1300.0);
    of(FULL_PRICES, PRICING, full_quote(), 90.0);
    of(FULL_PRICES, PRICING, without(without(full_quote(), "chance"), "quantity"), 1000.0);
}

fn canonical(comparison: &Comparison<'_>) -> Vec<u8> {
    let mut out = Vec::new();
    comparison.record("").write_canonical(&mut out);
    out
}

#[test]
fn json_and_canonical_bytes_are_those_of_an_earlier_version() {
    let mut kept = KEPT.lines();
    comparisons(|comparison| {
        let (json, bytes) = (json_of(comparison), hex(&canonical(comparison)));
        assert_eq!(kept.next(), Some(&*json));
        assert_eq!(kept.next(), Some(&*bytes), "{json}");
    });
    assert_eq!(kept.next(), None);
}
