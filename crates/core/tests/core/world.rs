//! Streams, events and records that the tests start from.

use bystander_core::batch::Batch;
use bystander_core::comparison::Comparison;
use bystander_core::config::StreamConfig;
use bystander_core::contract::Contract;
use bystander_core::decision::Decision;
use bystander_core::model::ModelIdentity;
use bystander_core::privacy::PrivacyKey;
use bystander_core::problem::Problem;
use bystander_core::record::{Position, RawRecord, RecordHeaders, StreamId};
use bystander_core::rejection::{Code, Rejection, SkipReason, Stage};
use bystander_core::run::{Mode, RunLabels};
use bystander_core::stream::{Decoded, Decoder, Stream};
use serde_json::{Value, json};

/// 2026-11-20T10:00:00Z, when every record below was written.
pub(crate) const NOW_MS: i64 = 1_795_168_800_000;
pub(crate) const KEY: &[u8] = b"sixteen bytes or more";

pub(crate) const ORDERS: &str = r#"
name = "orders"
kind = "orders"
topic = "shop.orders"
subject = "/order_id"
occurred_at = "/created_at"
live_action = "/live_decision/action"
amount = "/total_amount"
currency = "/currency"
segments = { country = "/shipping/country" }
where = { "/type" = "order.placed" }
consent = "/consent"
models = ["fraud/1"]
"#;

pub(crate) const PRICES: &str = r#"
name = "prices"
kind = "prices"
topic = "shop.quotes"
subject = "/quote_id"
item = "/sku"
live_price = "/price"
previous_price = "/before"
cost = "/cost"
currency = "/currency"
models = ["pricing/1"]
"#;

/// Everything that an orders stream can bind.
pub(crate) const FULL_ORDERS: &str = r#"
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
segments = { country = "/shipping/country", method = "/method" }
features = true
models = ["fraud/1"]
"#;

/// Everything that a prices stream can bind.
pub(crate) const FULL_PRICES: &str = r#"
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
"#;

pub(crate) const FRAUD: &str = r#"
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
missing = "reject"
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
unknown = "reject"
"#;

pub(crate) const PRICING: &str = r#"
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

pub(crate) fn contract(text: &str) -> Contract {
    toml::from_str(text).unwrap()
}

pub(crate) fn config(text: &str) -> StreamConfig {
    toml::from_str(text).unwrap()
}

/// A stream whose models all have the same contract.
pub(crate) fn stream(text: &str, model: &str) -> Stream {
    try_stream(text, model).unwrap()
}

pub(crate) fn try_stream(text: &str, model: &str) -> Result<Stream, Vec<Problem>> {
    let config = config(text);
    let contract = contract(model);
    let contracts = vec![&contract; config.models.len()];
    let key = PrivacyKey::new(KEY);
    Stream::compile(StreamId(0), &config, &contracts, Some(&key))
}

pub(crate) fn orders() -> Stream {
    stream(ORDERS, FRAUD)
}

/// The same, with the records' keys.
pub(crate) fn keyed_orders() -> Stream {
    stream(&format!("record_key = \"copy\"\n{ORDERS}"), FRAUD)
}

pub(crate) fn prices() -> Stream {
    stream(PRICES, PRICING)
}

pub(crate) fn order() -> Value {
    json!({
        "type": "order.placed", "order_id": "o-1", "created_at": "2026-11-20T09:59:59Z", "consent": true,
        "total_amount": 1299, "currency": "EUR", "method": "card", "items": [{"sku": "a"}, {"sku": "b"}],
        "shipping": {"country": "DE"}, "live_decision": {"action": "review"}, "unbound": {"note": [1, 2]},
    })
}

pub(crate) fn quote() -> Value {
    json!({ "quote_id": "q-1", "sku": "sku-9", "price": 1000, "before": 1000, "cost": 600, "currency": "EUR" })
}

pub(crate) fn full_order() -> Value {
    let mut event = order();
    event["customer_id"] = json!("c-7");
    event["live_decision"]["score"] = json!(0.25);
    event
}

pub(crate) fn full_quote() -> Value {
    let mut event = quote();
    event["customer_id"] = json!("c-7");
    event["quantity"] = json!(2);
    event["chance"] = json!(0.25);
    event["channel"] = json!("web");
    event
}

pub(crate) fn labels() -> RunLabels {
    RunLabels { mode: Mode::Live, run_id: "checkout-shadow".into(), cluster: "eu-live".into() }
}

pub(crate) fn model(version: u32, sha: char) -> ModelIdentity {
    let sha256 = sha.to_string().repeat(64);
    ModelIdentity {
        name: "fraud".into(),
        version,
        sha256,
        alias: Some("champion".into()),
        contract_sha256: "c".repeat(64),
        engine: "onnxruntime 1.31".into(),
    }
}

/// Hands over the comparison of a batch's first row by the stream's first model.
pub(crate) fn with_comparison<T>(
    stream: &Stream,
    event: &Value,
    score: f64,
    then: impl FnOnce(&Comparison<'_>) -> T,
) -> T {
    let text = event.to_string();
    let batch = batch_of(stream, &record(text.as_bytes()));
    let decision = stream.decide(&batch, 0, 0, score).unwrap();
    let (labels, model) = (labels(), model(1, 'a'));
    then(&Comparison {
        labels: &labels,
        stream,
        batch: &batch,
        row: 0,
        model: &model,
        model_index: 0,
        generation: 0,
        score,
        decision: &decision,
        scored_at_ms: NOW_MS + 250,
    })
}

/// A comparison's JSON, to the letter.
pub(crate) fn json_of(comparison: &Comparison<'_>) -> String {
    let mut out = Vec::new();
    comparison.record(&comparison.id().to_string()).write_json(&mut out).unwrap();
    String::from_utf8(out).unwrap()
}

/// The event with one field replaced.
pub(crate) fn with(mut event: Value, pointer: &str, value: Value) -> Value {
    *event.pointer_mut(pointer).unwrap() = value;
    event
}

/// The event without one of its outer fields.
pub(crate) fn without(mut event: Value, field: &str) -> Value {
    event.as_object_mut().unwrap().remove(field).unwrap();
    event
}

/// An order's text with the value of one outer field replaced by text that need not be JSON.
pub(crate) fn order_with_raw(field: &str, raw: &[u8]) -> Vec<u8> {
    let marked = with(order(), &format!("/{field}"), json!("\u{1}here")).to_string();
    let (before, after) = marked.split_once(r#""\u0001here""#).unwrap();
    [before.as_bytes(), raw, after.as_bytes()].concat()
}

pub(crate) fn record(payload: &[u8]) -> RawRecord<'_> {
    RawRecord {
        stream: StreamId(0),
        position: Position { partition: 3, offset: 41 },
        timestamp_ms: Some(NOW_MS),
        key: None,
        payload: Some(payload),
        withheld: None,
        headers: RecordHeaders::default(),
    }
}

/// What became of a record, with the words that dead letters carry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Became {
    Row,
    Skip(SkipReason),
    DeadLetter(Stage, Code, String),
}

pub(crate) fn dead_letter(stage: Stage, code: Code, at: &str) -> Became {
    Became::DeadLetter(stage, code, at.to_owned())
}

/// Decodes a record between two sound ones: whatever it is, they become rows and it leaves no trace
/// in the batch unless it is a row itself.
pub(crate) fn decode(stream: &Stream, record: &RawRecord<'_>) -> Became {
    let sound = match stream.kind().name() {
        "orders" => order().to_string(),
        _ => quote().to_string(),
    };
    let (mut decoder, mut batch) = (Decoder::default(), stream.new_batch());
    let take_sound = |decoder: &mut Decoder, batch: &mut Batch| {
        assert_eq!(decoder.decode(stream, &self::record(sound.as_bytes()), batch), Ok(Decoded::Row));
    };
    let clean = sound_is_a_row(stream, sound.as_bytes());
    if clean {
        take_sound(&mut decoder, &mut batch);
    }
    let before = format!("{batch:?}");
    let became = match decoder.decode(stream, record, &mut batch) {
        Ok(Decoded::Row) => Became::Row,
        Ok(Decoded::Skip(reason)) => Became::Skip(reason),
        Err(Rejection { stage, code, at, .. }) => dead_letter(stage, code, at),
    };
    if became != Became::Row {
        assert_eq!(format!("{batch:?}"), before, "the batch must be as it was");
    }
    let rows = batch.len();
    if clean {
        take_sound(&mut decoder, &mut batch);
        assert_eq!(batch.len(), rows + 1, "the stream goes on");
    }
    became
}

/// Streams that bind another shape don't take the canonical events.
fn sound_is_a_row(stream: &Stream, sound: &[u8]) -> bool {
    let mut batch = stream.new_batch();
    Decoder::default().decode(stream, &record(sound), &mut batch) == Ok(Decoded::Row)
}

pub(crate) fn decode_bytes(stream: &Stream, payload: &[u8]) -> Became {
    decode(stream, &record(payload))
}

pub(crate) fn decode_json(stream: &Stream, event: &Value) -> Became {
    decode_bytes(stream, event.to_string().as_bytes())
}

/// A batch of one row.
pub(crate) fn batch_of(stream: &Stream, record: &RawRecord<'_>) -> Batch {
    let mut batch = stream.new_batch();
    assert_eq!(Decoder::default().decode(stream, record, &mut batch), Ok(Decoded::Row));
    batch
}

/// What the first model would have decided on an event.
pub(crate) fn decide(stream: &Stream, event: &Value, score: f64) -> Result<Decision, Code> {
    let text = event.to_string();
    stream.decide(&batch_of(stream, &record(text.as_bytes())), 0, 0, score)
}
