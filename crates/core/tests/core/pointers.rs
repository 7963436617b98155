//! A bound field is what a JSON Pointer (RFC 6901) says it is: compared with `serde_json::Value::pointer`.

use crate::world::record;
use bystander_core::extract::{Captured, FieldPath, FieldTreeBuilder, Slot};
use proptest::prelude::*;
use serde_json::{Map, Number, Value};

/// Keys that collide with each other, with array indices and with escapes.
fn key() -> impl Strategy<Value = String> {
    prop::sample::select(vec!["a", "b", "0", "1", "01", "+1", "-", "", "a/b", "m~n", "ä\"\\", "x\ny"])
        .prop_map(str::to_owned)
}

fn number() -> impl Strategy<Value = Number> {
    prop_oneof![
        any::<i64>().prop_map(Number::from),
        any::<u64>().prop_map(Number::from),
        any::<f64>().prop_filter_map("JSON has only finite numbers", Number::from_f64),
    ]
}

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::Bool),
        number().prop_map(Value::Number),
        "[a-c\"\\\\\\u{0}-\\u{1f}é€𝄞]{0,6}".prop_map(Value::String),
    ];
    leaf.prop_recursive(4, 48, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::Array),
            prop::collection::vec((key(), inner), 0..4)
                .prop_map(|pairs| Value::Object(Map::from_iter(pairs))),
        ]
    })
}

fn object() -> impl Strategy<Value = Value> {
    prop::collection::vec((key(), value()), 0..5).prop_map(|pairs| Value::Object(Map::from_iter(pairs)))
}

fn pointer() -> impl Strategy<Value = String> {
    let escape = |token: String| format!("/{}", token.replace('~', "~0").replace('/', "~1"));
    prop::collection::vec(key().prop_map(escape), 1..4).prop_map(|tokens| tokens.concat())
}

fn expected(found: Option<&Value>) -> (Slot, Option<&str>) {
    match found {
        None => (Slot::Missing, None),
        Some(Value::Null) => (Slot::Null, None),
        Some(Value::Bool(value)) => (Slot::Bool(*value), None),
        Some(Value::Number(number)) => match number.as_i64() {
            Some(value) => (Slot::Integer(value), None),
            None => {
                let large = number.as_u64().map(Slot::Unsigned);
                (large.unwrap_or_else(|| Slot::Float(number.as_f64().unwrap())), None)
            }
        },
        Some(Value::String(text)) => (Slot::Null, Some(text)),
        Some(Value::Array(list)) => (Slot::Array(list.len()), None),
        Some(Value::Object(_)) => (Slot::Object, None),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]
    #[test]
    fn every_bound_field_is_what_its_pointer_finds(
        event in object(),
        pointers in prop::collection::vec(pointer(), 1..6),
        pretty in any::<bool>(),
    ) {
        let mut builder = FieldTreeBuilder::default();
        let slots: Vec<_> =
            pointers.iter().map(|text| builder.slot(&FieldPath::parse(text).unwrap())).collect();
        let tree = builder.build();
        let text = if pretty { serde_json::to_string_pretty(&event) } else { serde_json::to_string(&event) };
        let text = text.unwrap();
        let mut captured = Captured::default();
        // What a record before left behind must not show.
        let _ = captured.read(&tree, &record(br#"{"a":"\u0041","b":[[1]],"0":{"a":"old"}}"#));
        let record = record(text.as_bytes());
        let fields = captured.read(&tree, &record).unwrap();
        for (pointer, slot) in pointers.iter().zip(slots) {
            let (wanted, wanted_text) = expected(event.pointer(pointer));
            match wanted_text {
                Some(wanted) => prop_assert_eq!(fields.text(slot), Ok(Some(wanted)), "{}", pointer),
                None => prop_assert_eq!(fields.slot(slot), wanted, "{}", pointer),
            }
        }
    }

    #[test]
    fn a_path_reads_back_as_it_was_written(text in pointer()) {
        prop_assert_eq!(FieldPath::parse(&text).unwrap().to_string(), text);
    }
}
