//! Canonical bytes are equal exactly when what is compared is equal.

use crate::world::*;
use bystander_core::comparison::{Comparison, Mode, RunLabels};
use bystander_core::model::ModelIdentity;
use bystander_core::record::{Position, RawRecord};
use proptest::prelude::*;
use serde_json::{Value, json};

fn bytes(comparison: &Comparison<'_>) -> Vec<u8> {
    let mut out = Vec::new();
    comparison.write_canonical(&mut out);
    out
}

/// What a comparison's JSON says, without what depends on the run.
fn content(comparison: &Comparison<'_>) -> Value {
    let mut json: Value = serde_json::from_str(&json_of(comparison)).unwrap();
    let object = json.as_object_mut().unwrap();
    for field in ["comparison_id", "mode", "run_id", "scored_at", "stream"] {
        object.remove(field).unwrap();
    }
    json["source"].as_object_mut().unwrap().remove("cluster").unwrap();
    json["model"].as_object_mut().unwrap().remove("alias").unwrap();
    json
}

/// Bytes and content of an event.
fn both(prices: bool, event: &Value, score: f64) -> (Vec<u8>, Value) {
    let stream = if prices { stream(FULL_PRICES, PRICING) } else { stream(FULL_ORDERS, FRAUD) };
    with_comparison(&stream, event, score, |one| (bytes(one), content(one)))
}

/// One change to one field that is bound, or none.
fn changes() -> impl Strategy<Value = (bool, Vec<(&'static str, Value)>, f64)> {
    let word = || prop::sample::select(vec![json!("a"), json!("b"), json!(null)]);
    let number = || prop::sample::select(vec![json!(100), json!(101), json!(null)]);
    let order = prop_oneof![
        word().prop_map(|value| ("customer_id", value)),
        word().prop_map(|value| ("shipping", json!({ "country": value }))),
        prop::sample::select(vec![json!("card"), json!("invoice"), json!(null)])
            .prop_map(|value| ("method", value)),
        prop::sample::select(vec![json!([]), json!([1]), json!(null)]).prop_map(|value| ("items", value)),
        prop::sample::select(vec![json!(0.5), json!(0.25), json!(null)])
            .prop_map(|score| ("live_decision", json!({ "action": "accept", "score": score }))),
        prop::sample::select(vec![json!(1299), json!(1300)]).prop_map(|value| ("total_amount", value)),
        word().prop_map(|value| ("unbound", value)),
    ];
    let price = prop_oneof![
        word().prop_map(|value| ("customer_id", value)),
        word().prop_map(|value| ("sku", value)),
        word().prop_map(|value| ("channel", value)),
        number().prop_map(|value| ("cost", value)),
        number().prop_map(|value| ("quantity", value)),
        number().prop_map(|value| ("before", value)),
        word().prop_map(|value| ("unbound", value)),
    ];
    let list = prop_oneof![
        prop::collection::vec(order, 0..3).prop_map(|list| (false, list)),
        prop::collection::vec(price, 0..3).prop_map(|list| (true, list)),
    ];
    (list, prop::sample::select(vec![0.5, 0.6, 90.0, 1000.0, 1300.0]))
        .prop_map(|((prices, list), score)| (prices, list, score))
}

fn changed((prices, list, score): &(bool, Vec<(&'static str, Value)>, f64)) -> (Vec<u8>, Value) {
    let mut event = if *prices { full_quote() } else { full_order() };
    for (field, value) in list {
        event[*field] = value.clone();
    }
    both(*prices, &event, *score)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(3_000))]

    #[test]
    fn bytes_are_equal_exactly_when_the_content_is(left in changes(), right in changes()) {
        let ((left, left_content), (right, right_content)) = (changed(&left), changed(&right));
        prop_assert_eq!(left == right, left_content == right_content, "{} {}", left_content, right_content);
    }
}

#[test]
fn what_a_run_adds_makes_no_difference() {
    with_comparison(&stream(FULL_ORDERS, FRAUD), &full_order(), 0.5, |one| {
        let labels = RunLabels { mode: Mode::Replay, run_id: "another".into(), cluster: "copy".into() };
        let model = ModelIdentity { alias: None, ..one.model.clone() };
        let again = Comparison { labels: &labels, model: &model, scored_at_ms: 0, ..*one };
        assert_eq!(bytes(&again), bytes(one));
    });
}

#[test]
fn position_timestamp_model_and_score_make_a_difference() {
    let (stream, text) = (stream(FULL_ORDERS, FRAUD), full_order().to_string());
    let start = record(text.as_bytes());
    let position = |partition, offset| RawRecord { position: Position { partition, offset }, ..start };
    let records = [
        start,
        position(3, 42),
        position(4, 41),
        RawRecord { timestamp_ms: None, ..start },
        RawRecord { timestamp_ms: Some(NOW_MS + 1), ..start },
    ];
    let models = [
        model(1, 'a'),
        model(2, 'a'),
        model(1, 'b'),
        ModelIdentity { name: "other".into(), ..model(1, 'a') },
    ];
    let mut seen = std::collections::BTreeSet::new();
    let labels = labels();
    for record in &records {
        let batch = batch_of(&stream, record);
        for (model, score) in models.iter().zip([0.5; 4]).chain([(&models[0], 0.500_000_000_000_000_1)]) {
            let decision = stream.decide(&batch, 0, 0, score).unwrap();
            let comparison = Comparison {
                labels: &labels,
                stream: &stream,
                batch: &batch,
                row: 0,
                model,
                model_index: 0,
                score,
                decision: &decision,
                scored_at_ms: 0,
            };
            assert!(seen.insert(bytes(&comparison)));
        }
    }
    assert_eq!(seen.len(), 25);
}

#[test]
fn a_list_never_reads_as_the_next_one() {
    // Segments and features share their values here; only where a list ends tells them apart.
    let with = |segments: &str, features: bool| {
        let binding = FULL_ORDERS
            .replace(r#"country = "/shipping/country", method = "/method""#, segments)
            .replace("features = true", &format!("features = {features}"));
        let one = FRAUD.split("[[features]]").next().unwrap();
        let feature = "[[features]]\nname = \"method\"\nsource = \"category\"\nfield = \"/method\"\n\
                       missing = \"nan\"\nvocabulary = [\"card\"]\nunknown = -1\n";
        let stream = stream(&binding, &format!("{one}{feature}"));
        with_comparison(&stream, &full_order(), 0.5, bytes)
    };
    let all = [with("", true), with("method = \"/method\"", false), with("", false)];
    assert!(all[0] != all[1] && all[0] != all[2] && all[1] != all[2]);
}
