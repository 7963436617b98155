//! Quotes as JSON, with the canonical field names.

use serde::Serialize;

use super::Quote;
use crate::write::{json_bytes, timestamp};

#[derive(Serialize)]
struct Quoted<'a> {
    r#type: &'static str,
    quote_id: &'a str,
    sku: &'a str,
    category: &'a str,
    channel: &'a str,
    customer_segment: Option<&'a str>,
    quantity: i64,
    currency: &'a str,
    list_price_amount: i64,
    price_amount: i64,
    price_propensity: f64,
    previous_price_amount: Option<i64>,
    cost_amount: i64,
    competitor_price_amounts: &'a [i64],
    stock: Option<i64>,
    #[serde(serialize_with = "timestamp")]
    quoted_at: i64,
}

pub(super) fn quoted(quote: &Quote) -> Vec<u8> {
    json_bytes(&Quoted {
        r#type: "price.quoted",
        quote_id: &quote.quote_id,
        sku: &quote.sku,
        category: quote.category.name(),
        channel: quote.channel.name(),
        customer_segment: quote.segment.map(super::Segment::name),
        quantity: quote.quantity,
        currency: quote.currency.code(),
        list_price_amount: quote.list_price_amount,
        price_amount: quote.price_amount,
        price_propensity: quote.propensity,
        previous_price_amount: quote.previous_price_amount,
        cost_amount: quote.cost_amount,
        competitor_price_amounts: &quote.competitor_price_amounts,
        stock: quote.stock,
        quoted_at: quote.millis,
    })
}
