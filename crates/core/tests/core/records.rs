//! What leaves: comparisons and dead letters, to the letter.

use crate::world::*;
use bystander_core::batch::Batch;
use bystander_core::comparison::Comparison;
use bystander_core::dead_letter::{DeadLetter, Payload};
use bystander_core::model::ModelIdentity;
use bystander_core::record::{Position, RawRecord, StreamId};
use bystander_core::rejection::{Code, Stage};
use bystander_core::stream::{Decoded, Decoder, Stream};
use proptest::prelude::*;
use serde_json::{Value, json};
use std::collections::HashSet;

/// The id and the record of the first row.
fn written(stream: &Stream, batch: &Batch, model: &ModelIdentity, score: f64) -> (String, Value) {
    let decision = stream.decide(batch, 0, 0, score).unwrap();
    let labels = labels();
    let comparison = Comparison {
        labels: &labels,
        stream,
        batch,
        row: 0,
        model,
        model_index: 0,
        generation: 0,
        score,
        decision: &decision,
        scored_at_ms: NOW_MS + 250,
    };
    let id = comparison.id().to_string();
    let json = serde_json::from_str(&json_of(&comparison)).unwrap();
    (id, json)
}

#[test]
fn a_comparison_of_an_order_by_hand() {
    let text = order().to_string();
    let stream = orders();
    let (_, found) = written(&stream, &batch_of(&stream, &record(text.as_bytes())), &model(1, 'a'), 0.8125);
    let expected = json!({
        "comparison_id": "shop.orders/3/41/fraud/1/aaaaaaaaaaaa/checkout-shadow",
        "mode": "live",
        "run_id": "checkout-shadow",
        "stream": "orders",
        "kind": "orders",
        "subject_id": "o-1",
        "occurred_at": "2026-11-20T09:59:59.000Z",
        "scored_at": "2026-11-20T10:00:00.250Z",
        "model": { "name": "fraud", "version": 1, "sha256": "a".repeat(64), "alias": "champion" },
        "score": 0.8125,
        "would_be": { "action": "reject" },
        "live": { "action": "review" },
        "agrees": false,
        "delta_amount": 0,
        "amount": 1299,
        "currency": "EUR",
        "guardrails": [],
        "segments": { "country": "DE" },
        "source": {
            "cluster": "eu-live", "topic": "shop.orders", "partition": 3, "offset": 41,
            "timestamp": "2026-11-20T10:00:00.000Z",
        },
    });
    assert_eq!(found, expected);
}

#[test]
fn a_comparison_of_a_price_by_hand() {
    let text = quote().to_string();
    let stream = stream(&format!("{PRICES}\n[guardrails]\nmax_change = 0.15"), PRICING);
    let undated = RawRecord { timestamp_ms: Some(NOW_MS), ..record(text.as_bytes()) };
    let (_, found) = written(&stream, &batch_of(&stream, &undated), &model(7, 'b'), 1300.0);
    for (pointer, expected) in [
        ("/kind", json!("prices")),
        ("/subject_id", json!("q-1")),
        ("/item_id", json!("sku-9")),
        ("/occurred_at", json!("2026-11-20T10:00:00.000Z")),
        ("/would_be", json!({ "price_amount": 1150 })),
        ("/live", json!({ "price_amount": 1000 })),
        ("/agrees", json!(false)),
        ("/delta_amount", json!(150)),
        ("/amount", json!(1000)),
        ("/guardrails", json!([{ "rule": "max_change", "before": 1300, "after": 1150 }])),
        ("/segments", json!({})),
    ] {
        assert_eq!(found.pointer(pointer), Some(&expected), "{pointer}");
    }
}

#[test]
fn what_is_unknown_is_null_and_a_missing_segment_is_left_out() {
    let mut event = without(without(order(), "live_decision"), "shipping");
    event["order_id"] = json!("quote \" backslash \\ line\nbreak \u{1F600}");
    let text = event.to_string();
    let stream = stream(&ORDERS.replace("amount = ", "#").replace("currency", "#"), FRAUD);
    let (_, found) = written(&stream, &batch_of(&stream, &record(text.as_bytes())), &model(1, 'a'), 0.1);
    assert_eq!(found["subject_id"], event["order_id"]);
    for field in ["live", "agrees", "delta_amount", "amount", "currency"] {
        assert_eq!(found.get(field), Some(&Value::Null), "{field}");
    }
    assert_eq!(found["segments"], json!({}));
}

/// A contract whose features take close to as many bytes as a comparison may give them, or more.
fn wide(features: usize) -> String {
    let (head, _) = FRAUD.split_once("[[features]]").unwrap();
    let word = "\\u0001".repeat(20);
    let feature = |index: usize| {
        format!(
            "[[features]]\nname = \"f{index:03}\"\nsource = \"category\"\nfield = \"/wide\"\nmissing = \"nan\"\n\
             vocabulary = [\"{word}\"]\nunknown = \"reject\"\n"
        )
    };
    format!("{head}{}", (0..features).map(feature).collect::<String>())
}

#[test]
fn the_largest_comparison_stays_below_a_hundred_kilobytes() {
    let longest = "\u{1}".repeat(1024);
    let mut event = with(full_order(), "/order_id", json!(longest));
    event["customer_id"] = json!(longest);
    event["wide"] = json!("\u{1}".repeat(20));
    let segments: Vec<_> = (0..32).map(|index| format!("s{index:063} = \"/s/{index}\"")).collect();
    event["s"] = json!(vec!["\u{1}".repeat(256); 32]);
    let binding = FULL_ORDERS
        .replace(r#"country = "/shipping/country", method = "/method""#, &segments.join(", "))
        .replace("shop.orders", &"t".repeat(249));
    // "f000": and 20 escaped bytes in quotes and a comma.
    let most = 24_000 / (6 + 2 + 122);
    let stream = stream(&binding, &wide(most));
    let found = with_comparison(&stream, &event, 0.1, |comparison| {
        comparison.id().to_string().len() + json_of(comparison).len()
    });
    // A price has an item besides, as long as the subject.
    let item = 6 * 1024 + 12;
    assert!((92_000..100_000).contains(&(found + item)), "{found}");
    let one_more = Stream::compile(StreamId(0), &config(&binding), &[&contract(&wide(most + 1))], None);
    let problems = one_more.map(|stream| stream.name).unwrap_err();
    assert_eq!(problems.iter().map(|problem| problem.key.as_str()).collect::<Vec<_>>(), ["features"]);
}

proptest! {
    #[test]
    fn a_score_reads_back_to_the_bit(score in prop::num::f64::NORMAL | prop::num::f64::SUBNORMAL | prop::num::f64::ZERO) {
        let text = order().to_string();
        let stream = orders();
        let (_, found) = written(&stream, &batch_of(&stream, &record(text.as_bytes())), &model(1, 'a'), score);
        prop_assert_eq!(found["score"].as_f64().unwrap().to_bits(), score.to_bits());
    }
}

#[test]
fn ids_differ_by_position_model_and_run_and_by_nothing_else() {
    let (stream, text) = (orders(), order().to_string());
    let mut seen = HashSet::new();
    for (partition, offset) in [(0, 0), (0, 1), (1, 0), (1, 11), (11, 1)] {
        let record = RawRecord { position: Position { partition, offset }, ..record(text.as_bytes()) };
        let batch = batch_of(&stream, &record);
        // The same bytes under another policy are another version: its records are its own.
        for identity in [model(1, 'a'), model(2, 'a'), model(2, 'b'), model(12, 'b')] {
            let (id, _) = written(&stream, &batch, &identity, 0.5);
            assert_eq!(written(&stream, &batch, &identity, 0.9).0, id, "not by the score");
            assert!(seen.insert(id.clone()), "{id}");
        }
    }
}

#[test]
fn rows_of_one_batch_keep_their_own_texts() {
    let stream = keyed_orders();
    let (mut decoder, mut batch) = (Decoder::default(), stream.new_batch());
    for index in 0..20 {
        let event = with(order(), "/order_id", json!(format!("order-{index}"))).to_string();
        let key = format!("key-{index}");
        let record = RawRecord { key: Some(key.as_bytes()), ..record(event.as_bytes()) };
        assert_eq!(decoder.decode(&stream, &record, &mut batch), Ok(Decoded::Row));
        let broken = &event.as_bytes()[..event.len() - 1];
        assert!(decoder.decode(&stream, &self::record(broken), &mut batch).is_err());
    }
    for (index, row) in batch.rows().iter().enumerate() {
        assert_eq!(batch.text(row.subject), format!("order-{index}"));
        assert_eq!(batch.bytes(row.key.unwrap()), format!("key-{index}").as_bytes());
        assert!(serde_json::from_slice::<Value>(batch.bytes(row.payload)).is_ok());
    }
    assert_eq!(batch.input(0).rows(), 20);
}

#[test]
fn a_dead_letter_says_where_and_why_but_not_what() {
    let labels = labels();
    let letter = DeadLetter {
        labels: &labels,
        stream: "orders",
        topic: "shop.orders",
        position: Position { partition: 3, offset: 41 },
        timestamp_ms: Some(NOW_MS),
        stage: Stage::Schema,
        code: Code::WrongType,
        at: "/order_id",
        payload: Payload::Whole(b"abc"),
        last_offset: None,
        withheld: None,
    };
    let text = letter.text();
    let mut out = Vec::new();
    letter.write_json(&text, &mut out).unwrap();
    let found: Value = serde_json::from_slice(&out).unwrap();
    let sha256 = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    let expected = json!({
        "dead_letter_id": "shop.orders/3/41/dead-letter/checkout-shadow",
        "mode": "live", "run_id": "checkout-shadow", "stream": "orders",
        "stage": "schema", "code": "wrong_type", "at": "/order_id",
        "payload": { "bytes": 3, "sha256": sha256 },
        "source": {
            "cluster": "eu-live", "topic": "shop.orders", "partition": 3, "offset": 41,
            "timestamp": "2026-11-20T10:00:00.000Z",
        },
    });
    assert_eq!(found, expected);
    assert_eq!((text.payload_sha256.as_str(), text.payload_bytes.as_str()), (sha256, "3"));
}

#[test]
fn a_value_that_was_not_handed_over_is_too_large_and_its_letter_has_its_length_alone() {
    let withheld = RawRecord { withheld: Some(10 << 20), ..record(b"") };
    let (stream, mut decoder) = (orders(), Decoder::default());
    let mut batch = stream.new_batch();
    let rejection = decoder.decode(&stream, &withheld, &mut batch).unwrap_err();
    assert_eq!((rejection.stage, rejection.code), (Stage::Decode, Code::TooLarge));
    let labels = labels();
    let letter = DeadLetter {
        labels: &labels,
        stream: "orders",
        topic: "shop.orders",
        position: withheld.position,
        timestamp_ms: None,
        stage: rejection.stage,
        code: rejection.code,
        at: "",
        payload: Payload::of(&withheld),
        last_offset: None,
        withheld: None,
    };
    let text = letter.text();
    assert_eq!((text.payload_bytes.as_str(), text.payload_sha256.as_str()), ("10485760", ""));
    let mut out = Vec::new();
    letter.write_json(&text, &mut out).unwrap();
    let found: Value = serde_json::from_slice(&out).unwrap();
    assert_eq!(found["payload"], json!({ "bytes": 10 << 20, "sha256": null }));
}
