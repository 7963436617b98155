//! Values as shops, providers and tools write them.

use crate::world::*;
use bystander_core::decision::{Action, DecisionValue};
use bystander_core::kind::Kind;
use bystander_core::rejection::{Code, Stage};
use serde_json::{Value, json};

/// Amount in minor units and currency of an order on a stream with these keys.
fn money(keys: &str, currency: Value, amount: Value) -> Result<(i64, String), Code> {
    let stream = stream(&format!("{keys}\n{ORDERS}"), FRAUD);
    let event = with(with(order(), "/currency", currency), "/total_amount", amount);
    match decode_json(&stream, &event) {
        Became::Row => {
            let batch = batch_of(&stream, &record(event.to_string().as_bytes()));
            Ok(batch.money()[0].map(|(sum, code)| (sum, code.code().to_owned())).unwrap())
        }
        Became::DeadLetter(_, code, _) => Err(code),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_currency_is_read_in_any_letter_case_and_in_the_shops_own_words() {
    for written in ["SEK", "sek", "Sek", " sek "] {
        assert_eq!(money("", json!(written), json!(700)), Ok((700, "SEK".into())), "{written}");
    }
    let words = "currencies = { kr = \"SEK\", 752 = \"sek\", \"A$\" = \"AUD\" }";
    for (written, code) in [
        (json!("kr"), "SEK"),
        (json!(752), "SEK"),
        (json!("752"), "SEK"),
        (json!("A$"), "AUD"),
        (json!("nok"), "NOK"),
    ] {
        assert_eq!(money(words, written, json!(700)), Ok((700, code.into())));
    }
    assert_eq!(money("", json!("kr"), json!(700)), Err(Code::UnknownCurrency));
    let refused = try_stream(&format!("currencies = {{ kr = \"KRONA\" }}\n{ORDERS}"), FRAUD).unwrap_err();
    assert_eq!(refused[0].key, "currencies.kr");
}

#[test]
fn a_former_currency_is_one_of_the_events_of_its_time() {
    let at = |currency: &str, time: &str| {
        let event = with(with(order(), "/currency", json!(currency)), "/created_at", json!(time));
        decode_json(&orders(), &event)
    };
    let unknown = || dead_letter(Stage::Schema, Code::UnknownCurrency, "/currency");
    assert_eq!(at("LTL", "2014-12-31T23:00:00Z"), Became::Row);
    assert_eq!(at("ltl", "2015-01-01T00:00:00Z"), unknown());
    assert_eq!(at("SKK", "2008-06-01T00:00:00Z"), Became::Row);
    assert_eq!(at("SKK", "2026-06-01T00:00:00Z"), unknown());
}

#[test]
fn minor_units_with_a_providers_decimals_become_those_of_iso_4217() {
    let keys = "exponents = { clp = 2, CVE = 0, JPY = 3 }";
    for (currency, written, minor) in [
        ("CLP", json!(1_990_000), 19_900),
        ("clp", json!("1990050"), 19_900),
        ("CLP", json!(150.0), 2),
        ("CVE", json!(25), 2_500),
        ("JPY", json!(12_500), 12),
        ("EUR", json!(1_999), 1_999),
    ] {
        assert_eq!(money(keys, json!(currency), written).map(|(sum, _)| sum), Ok(minor), "{currency}");
    }
    let problem = |keys: &str| try_stream(&format!("{keys}\n{ORDERS}"), FRAUD).unwrap_err()[0].key.clone();
    assert_eq!(problem("exponents = { ZZZ = 2 }"), "exponents.ZZZ");
    assert_eq!(problem("exponents = { EUR = 9 }"), "exponents.EUR");
    assert_eq!(problem("exponents = { CLP = 2 }\nmoney = \"decimal\""), "exponents");
}

#[test]
fn an_amount_that_a_model_is_fed_has_the_decimals_of_iso_4217_too() {
    let contract = FRAUD.replace(
        "source = \"number\"\nfield = \"/total_amount\"",
        "source = \"amount\"\nfield = \"/total_amount\"",
    );
    for (keys, written, fed) in
        [("", json!("4500"), 4_500.0), ("exponents = { ISK = 2 }", json!(450_000), 4_500.0)]
    {
        let stream = stream(&format!("{keys}\n{ORDERS}"), &contract);
        let event = with(with(order(), "/currency", json!("ISK")), "/total_amount", written);
        let batch = batch_of(&stream, &record(event.to_string().as_bytes()));
        assert_eq!(batch.input(0).matrix_f32().unwrap()[[0, 0]], fed);
    }
}

#[test]
fn guardrails_and_codes_of_a_config_are_read_in_any_letter_case() {
    let low =
        stream(&PRICES.replace("models =", "guardrails = { floor = { eur = 900 } }\nmodels ="), PRICING);
    let batch = batch_of(&low, &record(quote().to_string().as_bytes()));
    let decision = low.decide(&batch, 0, 0, 1.0).unwrap();
    assert_eq!(decision.would_be, DecisionValue::Number(Kind::Prices, 900));
}

#[test]
fn what_live_did_may_be_a_boolean_a_number_or_text() {
    let words = |words: &str| stream(&format!("actions = {words}\n{ORDERS}"), FRAUD);
    let booleans = words("{ true = \"accept\", false = \"reject\" }");
    let codes = words("{ 10 = \"accept\", 20 = \"review\", 30 = \"reject\" }");
    for (stream, written, action) in [
        (&booleans, json!(true), Action::Accept),
        (&booleans, json!("false"), Action::Reject),
        (&booleans, json!("review"), Action::Review),
        (&codes, json!(20), Action::Review),
        (&codes, json!("30"), Action::Reject),
        (&codes, json!(10.0), Action::Accept),
    ] {
        let event = with(order(), "/live_decision/action", written.clone());
        let batch = batch_of(stream, &record(event.to_string().as_bytes()));
        let decision = stream.decide(&batch, 0, 0, 0.5).unwrap();
        assert_eq!(decision.live, Some(DecisionValue::Action(action)), "{written}");
    }
}

#[test]
fn a_condition_holds_for_every_form_of_its_value() {
    let conditions = "where = { \"/paid\" = true, \"/version\" = [2, 3], \"/shop\" = \"17\" }";
    let stream = stream(&ORDERS.replace("where = { \"/type\" = \"order.placed\" }", conditions), FRAUD);
    let became = |paid: Value, version: Value, shop: Value| {
        let mut event = order();
        (event["paid"], event["version"], event["shop"]) = (paid, version, shop);
        decode_json(&stream, &event)
    };
    assert_eq!(became(json!(true), json!(2), json!("17")), Became::Row);
    assert_eq!(became(json!("true"), json!("3"), json!(17)), Became::Row);
    assert_eq!(became(json!(true), json!(2.0), json!("17")), Became::Row);
    assert!(matches!(became(json!(false), json!(2), json!("17")), Became::Skip(_)));
    assert!(matches!(became(json!(true), json!(4), json!("17")), Became::Skip(_)));
}

/// What a record becomes whose bytes are these.
fn became(bytes: &[u8]) -> Became {
    decode_bytes(&orders(), bytes)
}

#[test]
fn an_event_is_the_same_in_utf_16_and_behind_a_byte_order_mark() {
    let event = with(order(), "/order_id", json!("\u{d6}-1 \u{1f3e0}")).to_string();
    let little: Vec<u8> = event.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let big: Vec<u8> = event.encode_utf16().flat_map(u16::to_be_bytes).collect();
    let marked = |mark: &[u8], bytes: &[u8]| [mark, bytes].concat();
    let forms = [
        marked(b"\xef\xbb\xbf", event.as_bytes()),
        marked(b"\xff\xfe", &little),
        marked(b"\xfe\xff", &big),
        little.clone(),
        big,
    ];
    for bytes in &forms {
        assert_eq!(became(bytes), Became::Row, "{:?}", &bytes[..4]);
        let batch = batch_of(&orders(), &record(bytes));
        assert_eq!(batch.text(batch.rows()[0].subject), "\u{d6}-1 \u{1f3e0}");
    }
    let invalid = || dead_letter(Stage::Decode, Code::InvalidUtf8, "");
    assert_eq!(became(&little[..little.len() - 1]), invalid(), "half a unit");
    assert_eq!(became(b"{\0\"\0\x00\xd8\"\0}\0"), invalid(), "half a pair");
}

#[test]
fn json_behind_a_registrys_prefix_is_read_and_anything_else_names_the_schema() {
    let event = order().to_string();
    let behind = |prefix: &[u8]| became(&[prefix, event.as_bytes()].concat());
    assert_eq!(behind(&[0, 0, 0, 0, 12]), Became::Row);
    assert_eq!(behind(&[0, 0xff, 0xfe, 0x7b, 0x22]), Became::Row, "any id");
    assert_eq!(behind(&[0, 0, 0, 0, 0, 0, 0, 0, 3]), Became::Row, "eight bytes of id");
    assert_eq!(behind("\0\0\u{9}\u{b3}\u{ff}".as_bytes()), Became::Row, "an id that a dump escaped");
    assert_eq!(behind(b"\0\0\0\0\x07 \n"), Became::Row, "blanks before the event");
    for (payload, schema) in
        [(&b"\0\0\0\x01\x02\x06o-1\x02"[..], "schema 258"), (b"\0\0\0\0\x07", "schema 7")]
    {
        assert_eq!(became(payload), dead_letter(Stage::Decode, Code::SchemaPrefix, schema));
    }
    assert_eq!(became(b"\0\0\0"), dead_letter(Stage::Decode, Code::NotJson, ""));
}
