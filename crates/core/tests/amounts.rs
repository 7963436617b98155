//! A contract's amounts, whatever way the shop writes its money.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use bystander_core::config::StreamConfig;
use bystander_core::contract::Contract;
use bystander_core::input::ModelInput;
use bystander_core::record::{Position, RawRecord, RecordHeaders, StreamId};
use bystander_core::rejection::{Code, Rejection, Stage};
use bystander_core::stream::{Decoded, Decoder, Stream};

const CONTRACT: &str = r#"
schema = 1
kind = "orders"
input = { layout = "matrix", name = "features", type = "float64" }
features = [
    { name = "shipping_amount", source = "amount", field = "/shipping_amount", missing = "nan" },
    { name = "line_count", source = "number", field = "/line_count", missing = "nan" },
]
output = { name = "score" }
policy = { review = 0.5, reject = 0.9 }
"#;

const STREAM: &str = r#"
name = "orders"
kind = "orders"
topic = "shop.orders"
subject = "/id"
models = ["fraud/1"]
fields = { "/shipping_amount" = "/sums/carriage" }
"#;

fn compile(money: &str) -> Result<Stream, String> {
    let contract: Contract = toml::from_str(CONTRACT).unwrap();
    let config: StreamConfig = toml::from_str(&format!("{STREAM}{money}")).unwrap();
    let compiled = Stream::compile(StreamId(0), &config, &[&contract], None);
    compiled.map_err(|problems| problems.iter().map(ToString::to_string).collect())
}

/// The shipping amount as the model gets it.
fn shipping(money: &str, event: &str) -> Result<f64, (Stage, Code, String)> {
    let stream = compile(money).unwrap();
    let record = RawRecord {
        stream: StreamId(0),
        position: Position { partition: 0, offset: 0 },
        timestamp_ms: Some(1_763_600_000_000),
        key: None,
        payload: Some(event.as_bytes()),
        withheld: None,
        headers: RecordHeaders::default(),
    };
    let mut batch = stream.new_batch();
    let mut decoder = Decoder::default();
    let decoded = decoder.decode(&stream, &record, &mut batch);
    let decoded = decoded.map_err(|Rejection { stage, code, at, .. }| (stage, code, at.to_owned()))?;
    assert_eq!(decoded, Decoded::Row);
    match batch.input(0) {
        ModelInput::MatrixF64 { data, .. } => Ok(data[0]),
        other => panic!("no float64 matrix: {other:?}"),
    }
}

#[test]
fn an_amount_reaches_the_model_in_minor_units_however_the_shop_writes_it() {
    let fixed = |format: &str, code: &str| {
        format!("amount = \"/sums/total\"\nmoney = \"{format}\"\ncurrency = \"{code}\"")
    };
    let event = |carriage: &str, total: &str| {
        format!(r#"{{"id": "1", "sums": {{"total": {total}, "carriage": {carriage}}}}}"#)
    };
    let decimal = event("\"4.95\"", "\"10.00\"");
    assert_eq!(shipping(&fixed("decimal", "EUR"), &decimal), Ok(495.0));
    assert_eq!(shipping(&fixed("decimal", "KWD"), &decimal), Ok(4_950.0));
    assert_eq!(shipping(&fixed("number", "EUR"), &event("4.95", "10")), Ok(495.0));
    assert_eq!(shipping(&fixed("number", "JPY"), &event("495", "1000")), Ok(495.0));
    assert_eq!(shipping(&fixed("micros", "EUR"), &event("4950000", "10000000")), Ok(495.0));
    assert_eq!(shipping(&fixed("minor", "EUR"), &event("495", "1000")), Ok(495.0));
    assert_eq!(shipping("", r#"{"id": "1", "sums": {"carriage": 495}}"#), Ok(495.0));
}

#[test]
fn an_amount_has_the_events_own_currency() {
    let money = "amount = \"/sums/total\"\nmoney = \"decimal\"\ncurrency = \"/sums/currency\"";
    let event = |currency: &str| {
        format!(r#"{{"id": "1", "sums": {{"total": "10", "carriage": "495", "currency": "{currency}"}}}}"#)
    };
    assert_eq!(shipping(money, &event("JPY")), Ok(495.0));
    assert_eq!(shipping(money, &event("GBP")), Ok(49_500.0));
}

#[test]
fn a_missing_amount_is_what_the_contract_says_and_a_wrong_one_is_told_with_its_own_place() {
    let money = "amount = \"/sums/total\"\nmoney = \"decimal\"\ncurrency = \"EUR\"";
    assert!(shipping(money, r#"{"id": "1", "sums": {"total": "10"}}"#).unwrap().is_nan());
    for (carriage, code) in [("4.95", Code::WrongType), ("\"free\"", Code::InvalidMoney)] {
        let event = format!(r#"{{"id": "1", "sums": {{"total": "10", "carriage": {carriage}}}}}"#);
        let rejected = (Stage::Feature, code, "/sums/carriage".to_owned());
        assert_eq!(shipping(money, &event), Err(rejected), "{carriage}");
    }
}

#[test]
fn amounts_that_need_a_currency_are_refused_without_one() {
    let refused = compile("money = \"decimal\"").unwrap_err();
    assert!(refused.contains("shipping_amount") && refused.contains("`currency`"), "{refused}");
    assert!(compile("").is_ok(), "minor units need none");
}
