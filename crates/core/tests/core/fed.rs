//! What comparisons say beside the decisions: customer, logged score, cost, quantity, and what a model was fed.

use crate::world::*;
use bystander_core::features::FeatureValue;
use bystander_core::privacy::{PrivacyKey, Pseudonymiser};
use bystander_core::rejection::{Code, Stage};
use bystander_core::text::Text;
use serde_json::{Value, json};

#[test]
fn an_order_with_everything_bound_to_the_letter() {
    let stream = stream(FULL_ORDERS, FRAUD);
    let found = with_comparison(&stream, &full_order(), 0.8125, json_of);
    let sha = "a".repeat(64);
    let expected = [
        r#"{"comparison_id":"shop.orders/3/41/fraud/1/aaaaaaaaaaaa/checkout-shadow","mode":"live","#,
        r#""run_id":"checkout-shadow","stream":"orders","kind":"orders","subject_id":"o-1","customer_id":"c-7","#,
        r#""occurred_at":"2026-11-20T09:59:59.000Z","scored_at":"2026-11-20T10:00:00.250Z","#,
        &format!(r#""model":{{"name":"fraud","version":1,"sha256":"{sha}","alias":"champion"}},"#),
        r#""score":0.8125,"would_be":{"action":"reject"},"live":{"action":"review"},"live_score":0.25,"#,
        r#""agrees":false,"delta_amount":0,"amount":1299,"currency":"EUR","guardrails":[],"#,
        r#""segments":{"country":"DE","method":"card"},"features":{"total":1299.0,"items":2.0,"method":"card"},"#,
        r#""source":{"cluster":"eu-live","topic":"shop.orders","partition":3,"offset":41,"#,
        r#""timestamp":"2026-11-20T10:00:00.000Z"}}"#,
    ];
    assert_eq!(found, expected.concat());
}

#[test]
fn a_quote_with_everything_bound_to_the_letter() {
    let stream = stream(FULL_PRICES, PRICING);
    let found = with_comparison(&stream, &full_quote(), 1300.0, json_of);
    let part = [
        r#""would_be":{"price_amount":1150},"live":{"price_amount":1000},"live_propensity":0.25,"agrees":false,"delta_amount":150,"#,
        r#""amount":1000,"cost_amount":600,"quantity":2.0,"currency":"EUR","#,
        r#""guardrails":[{"rule":"max_change","before":1300,"after":1150}],"segments":{"channel":"web"},"#,
        r#""features":{"price":1000.0},"#,
    ];
    assert!(found.contains(&part.concat()), "{found}");
    assert!(found.contains(r#""subject_id":"q-1","item_id":"sku-9","customer_id":"c-7","#), "{found}");
}

#[test]
fn what_is_not_bound_or_not_in_the_event_is_left_out() {
    let optional =
        ["item_id", "customer_id", "live_score", "live_propensity", "cost_amount", "quantity", "features"];
    let found: Value =
        serde_json::from_str(&with_comparison(&orders(), &full_order(), 0.5, json_of)).unwrap();
    assert!(optional.iter().all(|name| found.get(name).is_none()), "{found}");
    let quote = ["customer_id", "quantity", "cost", "chance"].into_iter().fold(full_quote(), without);
    let stream = stream(FULL_PRICES, PRICING);
    let found: Value = serde_json::from_str(&with_comparison(&stream, &quote, 1000.0, json_of)).unwrap();
    assert!(
        ["customer_id", "live_propensity", "cost_amount", "quantity"]
            .iter()
            .all(|name| found.get(name).is_none()),
        "{found}"
    );
}

#[test]
fn a_customer_is_held_to_what_a_subject_is() {
    let stream = stream(FULL_ORDERS, FRAUD);
    for (value, code) in [
        (json!("4242 4242 4242 4242"), Code::CardNumber),
        (json!("c".repeat(1025)), Code::TooLong),
        (json!({"id": 1}), Code::WrongType),
    ] {
        let event = with(full_order(), "/customer_id", value);
        assert_eq!(decode_json(&stream, &event), dead_letter(Stage::Schema, code, "/customer_id"));
    }
    for value in [json!(null), json!("")] {
        let event = with(full_order(), "/customer_id", value);
        assert_eq!(
            with_comparison(&stream, &event, 0.5, |one| one.record("").customer_id.map(Text::into_owned)),
            None
        );
    }
    let number = with(full_order(), "/customer_id", json!(17));
    assert!(with_comparison(&stream, &number, 0.5, |one| one.record("").customer_id.as_deref() == Some("17")));
}

#[test]
fn a_customer_leaves_as_a_pseudonym_where_the_config_says_so() {
    let stream = stream(&format!("pseudonymise = [\"customer\"]\n{FULL_ORDERS}"), FRAUD);
    let mut pseudonym = String::new();
    Pseudonymiser::new(&PrivacyKey::new(KEY)).unwrap().write(b"c-7", &mut pseudonym);
    with_comparison(&stream, &full_order(), 0.5, |one| {
        assert_eq!(one.record("").customer_id.as_deref(), Some(pseudonym.as_str()));
        assert_eq!(one.record("").subject_id, "o-1", "only what is named");
        assert!(!json_of(one).contains("c-7"));
    });
}

#[test]
fn a_logged_score_and_a_quantity_are_numbers() {
    let stream = stream(FULL_ORDERS, FRAUD);
    let event = with(full_order(), "/live_decision/score", json!("high"));
    let expected = dead_letter(Stage::Schema, Code::WrongType, "/live_decision/score");
    assert_eq!(decode_json(&stream, &event), expected);
    let event = with(full_order(), "/live_decision/score", json!("0.25"));
    assert_eq!(with_comparison(&stream, &event, 0.5, |one| one.record("").live_score), Some(0.25));
    let event = with(full_order(), "/live_decision/score", json!(null));
    assert_eq!(with_comparison(&stream, &event, 0.5, |one| one.record("").live_score), None);
    let prices = crate::world::stream(FULL_PRICES, PRICING);
    for (value, code) in
        [(json!(0), Code::NotPositive), (json!(-1.5), Code::NotPositive), (json!("two"), Code::WrongType)]
    {
        let event = with(full_quote(), "/quantity", value);
        assert_eq!(decode_json(&prices, &event), dead_letter(Stage::Schema, code, "/quantity"));
    }
    for chance in [json!(0), json!(-0.1), json!(1.001), json!(50)] {
        let event = with(full_quote(), "/chance", chance);
        let expected = dead_letter(Stage::Schema, Code::NotAProbability, "/chance");
        assert_eq!(decode_json(&prices, &event), expected);
    }
    for chance in [1.0, 1e-9] {
        let event = with(full_quote(), "/chance", json!(chance));
        assert_eq!(
            with_comparison(&prices, &event, 1000.0, |one| one.record("").live_propensity),
            Some(chance)
        );
    }
    let half = with(full_quote(), "/quantity", json!(0.5));
    assert_eq!(with_comparison(&prices, &half, 1000.0, |one| one.record("").quantity), Some(0.5));
}

/// What the first feature shows when the event's field `x` is this.
fn shown(layout: &str, feature: &str, x: &Value) -> Value {
    let (head, _) = FRAUD.split_once("[input]").unwrap();
    let model = format!("{head}\ninput = {layout}\nfeatures = [{{ name = \"x\", {feature} }}]");
    shown_by(&model, x)
}

fn shown_by(model: &str, x: &Value) -> Value {
    let mut event = full_order();
    event["x"] = x.clone();
    let stream = stream(FULL_ORDERS, model);
    let found = with_comparison(&stream, &event, 0.5, json_of);
    serde_json::from_str::<Value>(&found).unwrap()["features"]["x"].clone()
}

const F32: &str = r#"{ layout = "matrix", name = "m", type = "float32" }"#;
const F64: &str = r#"{ layout = "matrix", name = "m", type = "float64" }"#;
const COLUMNS: &str = r#"{ layout = "columns" }"#;

#[test]
fn numbers_are_shown_as_the_model_was_fed_them() {
    let number = r#"source = "number", field = "/x", missing = "nan""#;
    assert_eq!(shown(F32, number, &json!(0.1)), json!(0.100_000_001_490_116_12_f64), "float32, widened");
    assert_eq!(shown(F64, number, &json!(0.1)), json!(0.1));
    assert_eq!(shown(F64, number, &json!(null)), json!(null), "NaN");
    let stand_in = r#"source = "number", field = "/x", missing = -1"#;
    assert_eq!(shown(F64, stand_in, &json!(null)), json!(-1.0), "what the model saw");
    let boolean = r#"source = "boolean", field = "/x", missing = "nan""#;
    assert_eq!(shown(F32, boolean, &json!(true)), json!(1.0));
    assert_eq!(shown(F32, boolean, &json!(null)), json!(null));
    let column = r#"source = "boolean", field = "/x", missing = false, type = "bool""#;
    assert_eq!(shown(COLUMNS, column, &json!(true)), json!(1.0));
    let whole = r#"source = "number", field = "/x", missing = 0, type = "int64""#;
    assert_eq!(shown(COLUMNS, whole, &json!(-7)), json!(-7.0));
}

#[test]
fn a_card_number_that_a_model_was_fed_is_not_shown() {
    let number = r#"source = "number", field = "/x", missing = "nan""#;
    for x in
        [json!(4_242_424_242_424_242_i64), json!(4.242_424_242_424_242e15), json!(378_282_246_310_005_i64)]
    {
        assert_eq!(shown(F64, number, &x), json!(null), "{x}");
    }
    let stamp = json!(1_795_168_800_000_000_i64);
    assert_eq!(shown(F64, number, &stamp), json!(1_795_168_800_000_000.0), "a time stays");
    let column = r#"source = "number", field = "/x", missing = 0, type = "int64""#;
    assert_eq!(shown(COLUMNS, column, &json!(4_242_424_242_424_242_i64)), json!(null));
}

#[test]
fn categories_are_shown_by_their_words_and_no_other_word_leaves() {
    let category = |missing: &str, unknown: &str| {
        format!(
            "source = \"category\", field = \"/x\", vocabulary = [\"b\", \"a\"], missing = {missing}, \
             unknown = {unknown}"
        )
    };
    let unseen = json!(FeatureValue::UNSEEN);
    for layout in [F32, F64] {
        let plain = category("\"nan\"", "-1");
        assert_eq!(shown(layout, &plain, &json!("b")), json!("b"));
        assert_eq!(shown(layout, &plain, &json!("a")), json!("a"));
        assert_eq!(shown(layout, &plain, &json!("secret")), unseen);
        assert_eq!(shown(layout, &plain, &json!(null)), json!(null));
        let swapped = category("-0.1", "\"nan\"");
        assert_eq!(shown(layout, &swapped, &json!("secret")), unseen);
        assert_eq!(shown(layout, &swapped, &json!(null)), json!(null), "also after float32");
        let alike = category("-1", "-1");
        assert_eq!(
            shown(layout, &alike, &json!("secret")),
            json!(null),
            "as the model, which can't tell either"
        );
        let first = category("0", "7");
        assert_eq!(shown(layout, &first, &json!(null)), json!("b"), "the contract says so");
        assert_eq!(shown(layout, &first, &json!("secret")), unseen);
    }
    let column = format!("{}, type = \"int64\"", category("2", "3"));
    assert_eq!(shown(COLUMNS, &column, &json!("a")), json!("a"));
    assert_eq!(shown(COLUMNS, &column, &json!("secret")), unseen);
    assert_eq!(shown(COLUMNS, &column, &json!(null)), json!(null));
    let two = format!("{}, type = \"bool\"", category("false", "false"));
    assert_eq!(shown(COLUMNS, &two, &json!("a")), json!(1.0), "a boolean column holds no word");
}

#[test]
fn a_text_leaves_only_where_the_contracts_reference_knows_it() {
    let (head, _) = FRAUD.split_once("[input]").unwrap();
    let feature = r#"name = "x", source = "string", field = "/x", missing = "none", type = "string""#;
    let model = format!("{head}\ninput = {COLUMNS}\nfeatures = [{{ {feature} }}]");
    let unseen = json!(FeatureValue::UNSEEN);
    assert_eq!(shown_by(&model, &json!("Jane Doe")), unseen);
    assert_eq!(shown_by(&model, &json!(null)), json!(null));
    let known =
        format!("{model}\n[reference.features.x]\nvalues = [\"toys\", \"books\"]\nshares = [0.5, 0.5]");
    assert_eq!(shown_by(&known, &json!("books")), json!("books"));
    assert_eq!(shown_by(&known, &json!("toys")), json!("toys"));
    assert_eq!(shown_by(&known, &json!("Jane Doe")), unseen);
}

#[test]
fn each_row_shows_its_own_features() {
    use bystander_core::stream::{Decoded, Decoder};
    let columns = r#"[[features]]
name = "total"
source = "number"
field = "/total_amount"
missing = "reject"
type = "float64"
[[features]]
name = "word"
source = "string"
field = "/method"
missing = "none"
type = "string"
[reference.features.word]
values = ["card", "invoice", ""]
shares = [0.5, 0.5, 0.0]
"#;
    let (head, _) = FRAUD.split_once("[input]").unwrap();
    let stream = stream(FULL_ORDERS, &format!("{head}\n[input]\nlayout = \"columns\"\n{columns}"));
    let (mut decoder, mut batch) = (Decoder::default(), stream.new_batch());
    let words = ["card", "", "invoice", "other", "card"];
    for (amount, word) in words.iter().enumerate() {
        let event =
            with(with(full_order(), "/method", json!(word)), "/total_amount", json!(amount)).to_string();
        assert_eq!(decoder.decode(&stream, &record(event.as_bytes()), &mut batch), Ok(Decoded::Row));
    }
    let decision = stream.decide(&batch, 0, 0, 0.5).unwrap();
    let (labels, model) = (labels(), model(1, 'a'));
    for (row, word) in words.iter().enumerate() {
        let comparison = bystander_core::comparison::Comparison {
            labels: &labels,
            stream: &stream,
            batch: &batch,
            row,
            model: &model,
            model_index: 0,
            generation: 0,
            score: 0.5,
            decision: &decision,
            scored_at_ms: NOW_MS,
        };
        let word = if *word == "other" { FeatureValue::UNSEEN } else { word };
        let expected =
            [("total", FeatureValue::Number(row as f64)), ("word", FeatureValue::Category(word.into()))];
        assert!(comparison.record("").features.iter().eq(expected), "{row}");
    }
}
