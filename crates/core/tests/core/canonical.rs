//! Canonical bytes are equal exactly when what is compared is equal.

use crate::world::*;
use bystander_core::comparison::Comparison;
use bystander_core::model::ModelIdentity;
use bystander_core::record::{Position, RawRecord};
use bystander_core::run::{Mode, RunLabels};
use proptest::prelude::*;
use serde_json::{Value, json};

fn bytes(comparison: &Comparison<'_>) -> Vec<u8> {
    let mut out = Vec::new();
    comparison.record("").write_canonical(&mut out);
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

/// A field of an event and its new value.
type Change = (&'static str, Value);

fn any_of(field: &'static str, values: &[Value; 3]) -> BoxedStrategy<Change> {
    prop::sample::select(values.to_vec()).prop_map(move |value| (field, value)).boxed()
}

fn change(prices: bool) -> BoxedStrategy<Change> {
    let words = || [json!("a"), json!("b"), json!(null)];
    let numbers = || [json!(100), json!(101), json!(null)];
    let live = |score: Value| json!({ "action": "accept", "score": score });
    let of_kind = match prices {
        true => vec![
            any_of("sku", &words()),
            any_of("channel", &words()),
            any_of("cost", &numbers()),
            any_of("quantity", &numbers()),
            any_of("chance", &[json!(0.5), json!(0.25), json!(null)]),
            any_of("before", &numbers()),
            any_of("price", &[json!(1000), json!(1001), json!(1002)]),
        ],
        false => vec![
            any_of("shipping", &words().map(|word| json!({ "country": word }))),
            any_of("method", &[json!("card"), json!("invoice"), json!(null)]),
            any_of("items", &[json!([]), json!([1]), json!(null)]),
            any_of("live_decision", &[live(json!(0.5)), live(json!(0.25)), live(json!(null))]),
            any_of("total_amount", &[json!(1299), json!(1300), json!(0)]),
        ],
    };
    let of_both = [any_of("customer_id", &words()), any_of("unbound", &words())];
    prop::strategy::Union::new(of_kind.into_iter().chain(of_both)).boxed()
}

/// Two events of a kind that are a few changes apart, often none or one.
fn neighbours() -> impl Strategy<Value = (bool, Vec<Change>, Vec<Change>)> {
    any::<bool>().prop_flat_map(|prices| {
        let (base, more) = (0..3_usize, 0..2_usize);
        (
            Just(prices),
            prop::collection::vec(change(prices), base),
            prop::collection::vec(change(prices), more),
        )
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(3_000))]

    #[test]
    fn bytes_are_equal_exactly_when_the_content_is(
        (prices, base, more) in neighbours(),
        scores in prop::sample::select(vec![[0.5, 0.5], [0.5, 0.6], [1000.0, 1000.0], [1300.0, 90.0]]),
    ) {
        let mut event = if prices { full_quote() } else { full_order() };
        base.into_iter().for_each(|(field, value)| event[field] = value);
        // A model's price of half a cent is no price.
        let scores = scores.map(|score| if prices { score + 100.0 } else { score });
        let (left, left_content) = both(prices, &event, scores[0]);
        more.into_iter().for_each(|(field, value)| event[field] = value);
        let (right, right_content) = both(prices, &event, scores[1]);
        prop_assert_eq!(left == right, left_content == right_content, "{} {}", left_content, right_content);
    }
}

#[test]
fn a_text_never_reads_as_two() {
    let with_texts = |item: &str, customer: &str| {
        let event = with(with(full_quote(), "/sku", json!(item)), "/customer_id", json!(customer));
        both(true, &event, 1000.0).0
    };
    // The sign between stands for what says that a value is there.
    assert_ne!(with_texts("a", "b\u{1}c"), with_texts("a\u{1}b", "c"));
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
                generation: 0,
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
