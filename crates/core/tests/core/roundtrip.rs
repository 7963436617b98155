//! A comparison that was written reads back field by field.

use crate::world::*;
use bystander_core::comparison::{Comparison, ComparisonRecord, DecisionRecord, GuardrailRecord};
use bystander_core::decision::{Action, DecisionValue};
use bystander_core::kind::Kind;
use proptest::prelude::*;
use serde_json::{Value, json};

/// Holds the record that is read against what the comparison says: as a whole, and by what its parts say.
fn reads_back(comparison: &Comparison<'_>) {
    let json = json_of(comparison);
    let found =
        ComparisonRecord::from_json(json.as_bytes()).unwrap_or_else(|error| panic!("{error}: {json}"));
    let id = comparison.id().to_string();
    let expected = comparison.record(&id);
    let (row, facts) = (&comparison.batch.rows()[comparison.row], comparison.batch.facts(comparison.row));
    let kind = match comparison.decision.would_be {
        DecisionValue::Action(_) => Kind::Orders,
        DecisionValue::Number(kind, _) => kind,
    };
    assert_eq!(found, expected, "{json}");
    assert_eq!((&*found.comparison_id, &*found.mode, &*found.run_id), (&*id, "live", "checkout-shadow"));
    assert_eq!((&*found.stream, found.kind), (&*comparison.stream.name, kind));
    assert_eq!(found.subject_id, comparison.batch.text(row.subject));
    assert_eq!(found.item_id.as_deref(), row.item.map(|item| comparison.batch.text(item)));
    assert_eq!(found.customer_id.as_deref(), row.customer.map(|customer| comparison.batch.text(customer)));
    assert_eq!(found.occurred_at_ms, row.occurred_at_ms);
    assert_eq!(found.scored_at_ms, Some(comparison.scored_at_ms));
    assert_eq!((&*found.model.name, found.model.version), ("fraud", 1));
    assert_eq!(found.model.sha256, comparison.model.sha256);
    assert_eq!(found.model.alias.as_deref(), comparison.model.alias.as_deref());
    assert_eq!(found.score.to_bits(), comparison.score.to_bits());
    assert_eq!(found.would_be, comparison.decision.would_be.into());
    assert_eq!(found.live, comparison.decision.live.map(DecisionRecord::from));
    assert_eq!(found.live_score.map(f64::to_bits), facts.live_score().map(f64::to_bits));
    assert_eq!(found.live_propensity.map(f64::to_bits), facts.live_propensity().map(f64::to_bits));
    assert_eq!(
        (found.agrees, found.delta_amount),
        (comparison.decision.agrees, comparison.decision.delta_amount)
    );
    assert_eq!(found.amount, facts.money().map(|(amount, _)| amount));
    assert_eq!(found.cost_amount, facts.cost());
    assert_eq!(found.quantity.map(f64::to_bits), facts.quantity().map(f64::to_bits));
    assert_eq!(found.currency.as_deref(), facts.currency_code());
    let steps = comparison.decision.trail.steps().map(|step| GuardrailRecord {
        rule: step.rule.name().into(),
        before: step.before,
        after: step.after,
    });
    assert!(found.guardrails.iter().eq(steps), "{json}");
    let names = serde_json::from_str::<Value>(&json).unwrap();
    let named = names.get("features").and_then(Value::as_object).map_or(0, serde_json::Map::len);
    assert_eq!(found.features.len(), named, "{json}");
    let segments = found.segments.iter().map(|(name, value)| (name.to_owned(), json!(value)));
    assert_eq!(Value::Object(segments.collect()), names["segments"], "{json}");
    assert_eq!(found.source.cluster, comparison.labels.cluster);
    assert_eq!(found.source.topic, comparison.stream.topic);
    assert_eq!((found.source.partition, found.source.offset), (row.position.partition, row.position.offset));
    assert_eq!(found.source.timestamp_ms, row.timestamp_ms);
}

/// Sets a field, or takes it out.
fn set(event: &mut Value, field: &str, value: Option<impl Into<Value>>) {
    match value {
        Some(value) => event[field] = value.into(),
        None => drop(event.as_object_mut().unwrap().remove(field)),
    }
}

fn texts() -> impl Strategy<Value = String> {
    let letters =
        prop_oneof![any::<char>(), Just('"'), Just('\\'), Just('\u{0}'), Just('\u{7f}'), Just('\u{1F600}'),];
    // No digits, or some would be card numbers.
    let letters = letters.prop_filter("no digit", |letter| !letter.is_ascii_digit());
    prop::collection::vec(letters, 1..20).prop_map(|letters| letters.into_iter().collect())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_500))]

    #[test]
    fn an_order_reads_back_as_it_was_compared(
        subject in texts(),
        customer in prop::option::of(texts()),
        country in prop::option::of(texts()),
        // Below what may be a card number.
        amount in 0..10_000_000_000_000_i64,
        method in prop::option::of(prop::sample::select(vec!["card", "invoice"])),
        items in prop::option::of(0..4_usize),
        live in prop::option::of((
            prop::sample::select(Action::ALL.to_vec()),
            prop::option::of(prop::num::f64::NORMAL | prop::num::f64::ZERO | prop::num::f64::SUBNORMAL),
        )),
        score in prop::num::f64::NORMAL | prop::num::f64::ZERO | prop::num::f64::SUBNORMAL,
        time in 1_000_000_000_000..NOW_MS,
    ) {
        let mut event = full_order();
        event["order_id"] = json!(subject);
        event["created_at"] = json!(time);
        event["total_amount"] = json!(amount);
        set(&mut event, "customer_id", customer);
        set(&mut event, "method", method);
        set(&mut event, "items", items.map(|items| vec![1; items]));
        set(&mut event, "shipping", country.map(|country| json!({ "country": country })));
        set(&mut event, "live_decision", live.map(|(action, score)| json!({ "action": action, "score": score })));
        with_comparison(&stream(FULL_ORDERS, FRAUD), &event, score, reads_back);
    }

    #[test]
    fn a_quote_reads_back_as_it_was_compared(
        (subject, item) in (texts(), prop::option::of(texts())),
        (price, before) in (1..1_i64 << 40, prop::option::of(1..1_i64 << 40)),
        cost in prop::option::of(1..1_i64 << 40),
        quantity in prop::option::of(1e-300..1e13_f64),
        channel in prop::option::of(texts()),
        score in 1.0..1e15_f64,
    ) {
        let mut event = full_quote();
        event["quote_id"] = json!(subject);
        event["price"] = json!(price);
        set(&mut event, "sku", item);
        set(&mut event, "before", before);
        set(&mut event, "cost", cost);
        set(&mut event, "quantity", quantity.map(f64::abs));
        set(&mut event, "channel", channel);
        with_comparison(&stream(FULL_PRICES, PRICING), &event, score, reads_back);
    }
}

#[test]
fn a_replay_reads_back_without_a_time_of_scoring() {
    let stream = orders();
    with_comparison(&stream, &order(), 0.5, |comparison| {
        let mode = bystander_core::run::Mode::Replay;
        let labels = bystander_core::run::RunLabels { mode, ..labels() };
        let json = json_of(&Comparison { labels: &labels, ..*comparison });
        let found = ComparisonRecord::from_json(json.as_bytes()).unwrap();
        assert_eq!((&*found.mode, found.scored_at_ms), ("replay", None));
    });
}

#[test]
fn a_record_of_a_later_version_is_read_and_one_of_another_shape_is_not() {
    let json = with_comparison(&orders(), &order(), 0.5, json_of);
    let later = json.replacen('{', r#"{"new_field":{"a":[1]},"#, 1);
    assert_eq!(ComparisonRecord::from_json(later.as_bytes()).unwrap().subject_id, "o-1");
    for (from, to) in [
        (r#""score":0.5"#, r#""score":"0.5""#),
        (r#""subject_id":"o-1","#, ""),
        ("2026-11-20T09:59:59.000Z", "yesterday"),
        (r#""kind":"orders""#, r#""kind":"returns""#),
    ] {
        let broken = json.replacen(from, to, 1);
        assert_ne!(broken, json);
        assert!(ComparisonRecord::from_json(broken.as_bytes()).is_err(), "{to}");
    }
}

#[test]
fn what_is_no_comparison_is_refused_without_repeating_what_it_says() {
    let sound = json!({
        "comparison_id": "t/0/0/fraud/1/s/job", "mode": "live", "run_id": "job", "stream": "orders", "kind": "orders",
        "subject_id": "o-1", "occurred_at": "2026-01-01T00:00:00Z", "score": 0.5, "would_be": { "action": "accept" },
        "live": null, "agrees": null, "delta_amount": null, "amount": null, "currency": null,
        "model": { "name": "fraud", "version": 1, "sha256": "s", "alias": null },
        "source": { "cluster": "c", "topic": "t", "partition": 0, "offset": 0, "timestamp": null },
    });
    assert!(ComparisonRecord::from_json(sound.to_string().as_bytes()).is_ok());
    for field in ["kind", "score", "occurred_at", "would_be", "amount", "model"] {
        for planted in [json!("jane@example.com"), json!(["4242424242424242"])] {
            let text = with(sound.clone(), &format!("/{field}"), planted).to_string();
            let error = ComparisonRecord::from_json(text.as_bytes()).unwrap_err().to_string();
            assert!(
                !error.contains("jane") && !error.contains("4242") && error.contains("column"),
                "{error}"
            );
        }
    }
    let missing = ComparisonRecord::from_json(without(sound, "score").to_string().as_bytes()).unwrap_err();
    assert!(missing.to_string().contains("missing field `score`"), "{missing}");
    assert!(
        ComparisonRecord::from_json(b"jane@example.com")
            .is_err_and(|error| !error.to_string().contains("jane"))
    );
}
