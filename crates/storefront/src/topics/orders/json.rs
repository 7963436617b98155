//! Orders as JSON, with the canonical field names.

use jiff::Timestamp;
use serde::Serialize;

use super::{Address, Line, Order};
use crate::write::{json_bytes, timestamp};

#[derive(Serialize)]
struct Placed<'a> {
    r#type: &'static str,
    order_id: &'a str,
    customer_id: &'a str,
    session_id: &'a str,
    #[serde(serialize_with = "timestamp")]
    created_at: i64,
    currency: &'static str,
    total_amount: i64,
    subtotal_amount: i64,
    shipping_amount: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    discount_amount: Option<i64>,
    payment: Payment<'a>,
    email_hash: Option<&'a str>,
    ip_country: Option<&'a str>,
    device_id: Option<&'a str>,
    billing_address: AddressJson<'a>,
    shipping_address: Option<AddressJson<'a>>,
    customer_created_at: Option<String>,
    line_items: Vec<LineJson<'a>>,
    consent: Consent,
    live_decision: LiveDecision,
}

#[derive(Serialize)]
struct Payment<'a> {
    method: &'a str,
    card_country: Option<&'a str>,
    avs_result: Option<&'a str>,
    cvv_result: Option<&'a str>,
}

#[derive(Serialize)]
struct AddressJson<'a> {
    country_code: &'a str,
    postal_code: Option<&'a str>,
}

#[derive(Serialize)]
struct LineJson<'a> {
    sku: &'a str,
    category: &'a str,
    quantity: i64,
    unit_price_amount: i64,
}

#[derive(Serialize)]
struct Consent {
    analytics: bool,
}

#[derive(Serialize)]
struct LiveDecision {
    action: &'static str,
    score: f64,
    source: &'static str,
    #[serde(serialize_with = "timestamp")]
    decided_at: i64,
}

#[derive(Serialize)]
struct Updated<'a> {
    r#type: &'static str,
    order_id: &'a str,
    customer_id: &'a str,
    #[serde(serialize_with = "timestamp")]
    updated_at: i64,
    status: &'static str,
}

pub(super) fn placed(order: &Order) -> Vec<u8> {
    json_bytes(&Placed {
        r#type: "order.placed",
        order_id: &order.order_id,
        customer_id: &order.customer_id,
        session_id: &order.session_id,
        created_at: order.millis,
        currency: order.currency.code(),
        total_amount: order.total_amount(),
        subtotal_amount: order.subtotal_amount(),
        shipping_amount: order.shipping_amount,
        discount_amount: order.discount_amount,
        payment: Payment {
            method: order.method.name(),
            card_country: order.card.country,
            avs_result: order.card.avs,
            cvv_result: order.card.cvv,
        },
        email_hash: order.email_hash.as_deref(),
        ip_country: order.ip_country,
        device_id: order.device_id.as_deref(),
        billing_address: address(&order.billing),
        shipping_address: order.shipping.as_ref().map(address),
        customer_created_at: order.account_created_millis.map(rfc3339),
        line_items: lines(order),
        consent: Consent { analytics: order.consent },
        live_decision: LiveDecision {
            action: order.decision.action.name(),
            score: order.decision.score,
            source: "rules",
            decided_at: order.decision.decided_millis,
        },
    })
}

/// A later word on an order: bindings that score placed orders skip it.
pub(super) fn updated(order_id: &str, customer_id: &str, cancelled: bool, millis: i64) -> Vec<u8> {
    let (r#type, status) =
        if cancelled { ("order.cancelled", "cancelled") } else { ("order.updated", "packed") };
    json_bytes(&Updated { r#type, order_id, customer_id, updated_at: millis, status })
}

fn address(address: &Address) -> AddressJson<'_> {
    AddressJson { country_code: address.country, postal_code: address.postal_code.as_deref() }
}

fn lines(order: &Order) -> Vec<LineJson<'_>> {
    order.lines.iter().map(line).collect()
}

fn line(line: &Line) -> LineJson<'_> {
    LineJson {
        sku: &line.sku,
        category: line.category.name(),
        quantity: line.quantity,
        unit_price_amount: line.unit_price_amount,
    }
}

fn rfc3339(millis: i64) -> String {
    Timestamp::from_millisecond(millis).unwrap_or(Timestamp::UNIX_EPOCH).to_string()
}
