//! Streams that the fuzz targets decode with, and what must hold of every record.

use bystander_core::contract::Contract;
use bystander_core::record::{Position, RawRecord, RecordHeaders, StreamId};
use bystander_core::stream::{Decoded, Decoder, Stream};
use bystander_core::privacy::PrivacyKey;
use bystander_core::config::StreamConfig;

/// Everything that a stream of orders can bind.
pub const ORDERS: &str = r#"
name = "orders"
kind = "orders"
topic = "shop.orders"
subject = "/order_id"
customer = "/customer_id"
occurred_at = "/created_at"
live_action = "/live_decision/action"
live_score = "/live_decision/score"
amount = "/total_amount"
currency = "/currency"
money = "decimal"
segments = { country = "/shipping/country", method = "/method" }
where = { "/type" = "order.placed" }
consent = "/consent"
features = true
pseudonymise = ["subject"]
models = ["fraud/1"]
"#;

/// Everything that a stream of prices can bind.
pub const PRICES: &str = r#"
name = "prices"
kind = "prices"
topic = "shop.quotes"
subject = "/quote_id"
customer = "/customer_id"
item = "/sku"
live_price = "/price"
live_propensity = "/chance"
previous_price = "/before"
cost = "/cost"
quantity = "/quantity"
currency = "/currency"
segments = { channel = "/channel" }
features = true
models = ["pricing/1"]
[guardrails]
max_change = 0.15
floor = { EUR = 100 }
price_points = { EUR = { step = 100, ending = 99 } }
"#;

/// A contract of orders with every source of features.
pub const FRAUD: &str = r#"
schema = 1
kind = "orders"
output = { name = "score" }
policy = { review = 0.4, reject = 0.8 }
[input]
layout = "matrix"
name = "features"
type = "float32"
[[features]]
name = "total"
source = "number"
field = "/total_amount"
missing = "nan"
[[features]]
name = "items"
source = "length"
field = "/items"
missing = 0
[[features]]
name = "method"
source = "category"
field = "/method"
missing = "nan"
vocabulary = ["card", "invoice"]
unknown = "nan"
"#;

/// A contract of prices.
pub const PRICING: &str = r#"
schema = 1
kind = "prices"
output = { name = "price" }
price = { unit = "minor" }
[input]
layout = "matrix"
name = "features"
type = "float64"
[[features]]
name = "price"
source = "number"
field = "/price"
missing = "reject"
"#;

/// A key for pseudonyms.
pub fn key() -> PrivacyKey {
    PrivacyKey::new(*b"sixteen bytes or more")
}

/// Compiles a stream.
///
/// # Panics
/// When the texts above no longer fit the config.
pub fn stream(config: &str, contract: &str) -> Stream {
    let config: StreamConfig = toml::from_str(config).expect("a stream's config");
    let contract: Contract = toml::from_str(contract).expect("a contract");
    Stream::compile(StreamId(0), &config, &[&contract], Some(&key())).expect("a stream")
}

/// A record with that payload.
pub fn record<'a>(payload: &'a [u8], headers: RecordHeaders<'a>) -> RawRecord<'a> {
    RawRecord {
        stream: StreamId(0),
        position: Position { partition: 3, offset: 41 },
        timestamp_ms: Some(1_795_168_800_000),
        key: Some(b"order-1"),
        payload: Some(payload),
        withheld: None,
        headers,
    }
}

/// Decodes a record: it becomes one row, or leaves the batch as it was, and a decision can be made on every row.
///
/// # Panics
/// When that does not hold.
pub fn decode(stream: &Stream, record: &RawRecord<'_>) {
    let (mut decoder, mut batch) = (Decoder::default(), stream.new_batch());
    let became = decoder.decode(stream, record, &mut batch);
    let rows = usize::from(became == Ok(Decoded::Row));
    assert_eq!(batch.len(), rows, "a record is one row or none");
    if rows == 1 {
        for score in [0.0, 0.5, 1.0, 1234.5] {
            let _ = stream.decide(&batch, 0, 0, score);
        }
    }
}
