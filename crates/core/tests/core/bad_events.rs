//! The table of bad input, a test each: what every malformed record becomes, and that the stream goes on.

use crate::world::*;
use bystander_core::config::StreamConfig;
use bystander_core::record::StreamId;
use bystander_core::rejection::{Code, SkipReason, Stage};
use bystander_core::stream::{Decoded, Decoder, Stream};
use serde_json::json;

fn bad_order(payload: &[u8], stage: Stage, code: Code, at: &str) {
    assert_eq!(decode_bytes(&orders(), payload), dead_letter(stage, code, at));
}

#[test]
fn a_sound_event_is_a_row() {
    assert_eq!(decode_json(&orders(), &order()), Became::Row);
    assert_eq!(decode_json(&prices(), &quote()), Became::Row);
}

#[test]
fn text_that_is_not_json_is_a_dead_letter() {
    for payload in ["<order/>", "{", "nul", "{\"a\":1}x", "{'a':1}", "{\"a\":NaN}", "\0", " "] {
        bad_order(payload.as_bytes(), Stage::Decode, Code::NotJson, "");
    }
}

#[test]
fn an_event_cut_off_anywhere_is_a_dead_letter() {
    let text = order().to_string();
    for end in 1..text.len() {
        bad_order(&text.as_bytes()[..end], Stage::Decode, Code::NotJson, "");
    }
}

#[test]
fn an_empty_value_is_a_dead_letter() {
    bad_order(b"", Stage::Decode, Code::Empty, "");
}

#[test]
fn a_tombstone_is_skipped() {
    let tombstone = bystander_core::record::RawRecord { payload: None, ..record(b"") };
    assert_eq!(decode(&orders(), &tombstone), Became::Skip(SkipReason::Tombstone));
}

#[test]
fn json_that_is_no_object_is_a_dead_letter() {
    for payload in ["1", "\"text\"", "null", "true", "[]", "[{}]"] {
        bad_order(payload.as_bytes(), Stage::Decode, Code::NotAnObject, "");
    }
}

#[test]
fn a_wrong_type_in_a_bound_field_names_the_field() {
    let cases = [
        ("/order_id", json!({}), Code::WrongType),
        ("/order_id", json!([]), Code::WrongType),
        ("/created_at", json!(true), Code::WrongType),
        ("/created_at", json!("yesterday"), Code::InvalidTime),
        ("/total_amount", json!("12.99"), Code::WrongType),
        ("/total_amount", json!(12.5), Code::WrongType),
        ("/total_amount", json!([1299]), Code::WrongType),
        ("/currency", json!(978), Code::UnknownCurrency),
        ("/consent", json!("yes"), Code::WrongType),
        ("/shipping/country", json!({"code": "DE"}), Code::WrongType),
        ("/live_decision/action", json!([]), Code::WrongType),
        ("/live_decision/action", json!(1), Code::UnknownAction),
    ];
    for (field, value, code) in cases {
        let event = with(order(), field, value);
        assert_eq!(decode_json(&orders(), &event), dead_letter(Stage::Schema, code, field), "{event}");
    }
}

#[test]
fn a_wrong_type_in_a_feature_fails_at_the_feature_stage() {
    let cases = [
        ("/items", json!("two"), Code::WrongType),
        ("/method", json!(7), Code::UnknownCategory),
        ("/method", json!({}), Code::WrongType),
        ("/method", json!("cash"), Code::UnknownCategory),
    ];
    for (field, value, code) in cases {
        let event = with(order(), field, value);
        assert_eq!(decode_json(&orders(), &event), dead_letter(Stage::Feature, code, field), "{event}");
    }
}

#[test]
fn a_missing_or_null_required_field_is_a_dead_letter() {
    for field in ["order_id", "created_at", "total_amount", "currency"] {
        let at = format!("/{field}");
        let expected = dead_letter(Stage::Schema, Code::MissingField, &at);
        assert_eq!(decode_json(&orders(), &without(order(), field)), expected);
        assert_eq!(decode_json(&orders(), &with(order(), &at, json!(null))), expected);
    }
    for field in ["quote_id", "price", "currency"] {
        let expected = dead_letter(Stage::Schema, Code::MissingField, &format!("/{field}"));
        assert_eq!(decode_json(&prices(), &without(quote(), field)), expected);
    }
}

#[test]
fn a_missing_optional_field_is_none() {
    for field in ["live_decision", "shipping", "items", "method", "unbound"] {
        assert_eq!(decode_json(&orders(), &without(order(), field)), Became::Row, "{field}");
    }
    for field in ["sku", "before", "cost"] {
        assert_eq!(decode_json(&prices(), &without(quote(), field)), Became::Row, "{field}");
    }
}

#[test]
fn numbers_that_json_does_not_have_are_not_json() {
    for raw in ["NaN", "nan", "Infinity", "-Infinity", "inf", "+1", "01", "1.", ".5", "0x10"] {
        bad_order(&order_with_raw("total_amount", raw.as_bytes()), Stage::Decode, Code::NotJson, "");
    }
}

#[test]
fn a_number_beyond_doubles_is_a_dead_letter_where_bound_and_harmless_elsewhere() {
    for raw in [&b"1e400"[..], b"-1e400"] {
        bad_order(&order_with_raw("total_amount", raw), Stage::Decode, Code::NumberOutOfRange, "");
        assert_eq!(decode_bytes(&orders(), &order_with_raw("unbound", raw)), Became::Row);
    }
}

#[test]
fn an_amount_beyond_two_to_the_53_is_no_money() {
    for raw in [&b"9007199254740993"[..], b"18446744073709551616", b"1e300"] {
        bad_order(&order_with_raw("total_amount", raw), Stage::Schema, Code::InvalidMoney, "/total_amount");
    }
}

#[test]
fn ten_megabytes_are_too_large_unless_the_config_allows_them() {
    let event = with(order(), "/unbound", json!("x".repeat(10 << 20)));
    assert_eq!(decode_json(&orders(), &event), dead_letter(Stage::Decode, Code::TooLarge, ""));
    let large = stream(&format!("max_event_bytes = {}\n{ORDERS}", 11 << 20), FRAUD);
    assert_eq!(decode_json(&large, &event), Became::Row);
}

#[test]
fn a_hundred_thousand_levels_of_nesting_leave_the_stack_alone() {
    let levels = 100_000;
    for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
        let deep = format!("{}1{}", open.repeat(levels), close.repeat(levels));
        let unbound = order_with_raw("unbound", deep.as_bytes());
        let roomy = stream(&format!("max_event_bytes = {}\n{ORDERS}", 4 << 20), FRAUD);
        assert_eq!(decode_bytes(&roomy, &unbound), Became::Row, "nothing there is bound");
        let bound = order_with_raw("order_id", deep.as_bytes());
        assert_eq!(decode_bytes(&roomy, &bound), dead_letter(Stage::Schema, Code::WrongType, "/order_id"));
        let half = open.repeat(levels);
        let cut = order_with_raw("order_id", half.as_bytes());
        assert_eq!(decode_bytes(&roomy, &cut), dead_letter(Stage::Decode, Code::NotJson, ""));
        assert_eq!(
            decode_bytes(&roomy, deep.as_bytes()),
            match open {
                "[" => dead_letter(Stage::Decode, Code::NotAnObject, ""),
                _ => Became::Skip(SkipReason::Filtered),
            }
        );
    }
}

#[test]
fn nesting_along_a_bound_path_is_followed_no_deeper_than_json_readers_go() {
    let path = "/a".repeat(200);
    let binding = ORDERS.replace("/order_id", &path);
    let deep = format!("{}1{}", "{\"a\":".repeat(200), "}".repeat(200));
    let stream = stream(&binding.replace("where", "#where").replace("consent", "#consent"), FRAUD);
    assert_eq!(decode_bytes(&stream, deep.as_bytes()), dead_letter(Stage::Decode, Code::NotJson, ""));
}

#[test]
fn a_bound_field_that_stands_twice_is_a_dead_letter() {
    let text = order().to_string();
    let twice = text.replacen('{', r#"{"order_id":"other","#, 1);
    bad_order(twice.as_bytes(), Stage::Decode, Code::DuplicateKey, "/order_id");
    let nested = text.replacen(r#""action":"#, r#""action":"accept","action":"#, 1);
    bad_order(nested.as_bytes(), Stage::Decode, Code::DuplicateKey, "/live_decision/action");
    let parent = text.replacen('{', r#"{"live_decision":{},"#, 1);
    bad_order(parent.as_bytes(), Stage::Decode, Code::DuplicateKey, "/live_decision");
    let spelt_otherwise = text.replacen('{', r#"{"order\u005fid":"other","#, 1);
    bad_order(spelt_otherwise.as_bytes(), Stage::Decode, Code::DuplicateKey, "/order_id");
}

#[test]
fn an_unbound_field_that_stands_twice_is_harmless() {
    let twice = order().to_string().replacen('{', r#"{"unbound":1,"unbound":2,"#, 1);
    assert_eq!(decode_bytes(&orders(), twice.as_bytes()), Became::Row);
}

#[test]
fn invalid_utf_8_is_a_dead_letter_wherever_it_stands() {
    for field in ["order_id", "unbound"] {
        bad_order(&order_with_raw(field, b"\"\xff\xfe\""), Stage::Decode, Code::InvalidUtf8, "");
    }
    bad_order(&order_with_raw("order_id", b"\"\xed\xa0\x80\""), Stage::Decode, Code::InvalidUtf8, "");
}

#[test]
fn half_a_surrogate_pair_in_a_bound_field_is_not_json() {
    bad_order(&order_with_raw("order_id", br#""\ud800""#), Stage::Decode, Code::NotJson, "");
}

#[test]
fn an_unknown_currency_is_a_dead_letter() {
    for code in ["ZZZ", "e", "", "EURO", "XAU", "\u{ff25}UR"] {
        let event = with(order(), "/currency", json!(code));
        let expected = dead_letter(Stage::Schema, Code::UnknownCurrency, "/currency");
        assert_eq!(decode_json(&orders(), &event), expected, "{code}");
    }
}

#[test]
fn a_negative_total_is_a_dead_letter_and_nothing_is_an_amount() {
    let event = with(order(), "/total_amount", json!(-1999));
    let expected = dead_letter(Stage::Schema, Code::NegativeAmount, "/total_amount");
    assert_eq!(decode_json(&orders(), &event), expected);
    assert_eq!(decode_json(&orders(), &with(order(), "/total_amount", json!(0))), Became::Row);
}

#[test]
fn a_price_or_cost_that_is_not_above_zero_is_a_dead_letter() {
    for field in ["/price", "/before", "/cost"] {
        for amount in [0, -1999] {
            let event = with(quote(), field, json!(amount));
            assert_eq!(decode_json(&prices(), &event), dead_letter(Stage::Schema, Code::NotPositive, field));
        }
    }
}

#[test]
fn a_time_in_1970_or_2100_is_a_dead_letter() {
    let times = [
        json!("1970-01-01T00:00:00Z"),
        json!(0),
        json!("1999-12-31T23:59:59.999Z"),
        json!("2100-01-01T00:00:00Z"),
        json!(4_102_444_800_000_i64),
        json!(i64::MAX),
        json!("2026-11-21T10:00:00.001Z"),
    ];
    for time in times {
        let event = with(order(), "/created_at", time);
        let expected = dead_letter(Stage::Schema, Code::TimeOutOfRange, "/created_at");
        assert_eq!(decode_json(&orders(), &event), expected, "{event}");
        let text = event.to_string();
        let undated = bystander_core::record::RawRecord { timestamp_ms: None, ..record(text.as_bytes()) };
        if !text.contains("2026-11-21") {
            assert_eq!(decode(&orders(), &undated), expected, "without a record timestamp, {event}");
        }
    }
    let ahead = with(order(), "/created_at", json!("2026-11-21T10:00:00Z"));
    assert_eq!(decode_json(&orders(), &ahead), Became::Row, "a clock may be a day ahead");
}

#[test]
fn without_a_bound_time_the_record_must_have_one() {
    let untimed = stream(&ORDERS.replace("occurred_at", "#"), FRAUD);
    let text = order().to_string();
    let undated = bystander_core::record::RawRecord { timestamp_ms: None, ..record(text.as_bytes()) };
    assert_eq!(decode(&untimed, &undated), dead_letter(Stage::Schema, Code::MissingField, "timestamp"));
    let batch = batch_of(&untimed, &record(text.as_bytes()));
    assert_eq!(batch.occurred_at_ms(), [NOW_MS]);
}

#[test]
fn a_card_number_never_becomes_a_row() {
    for card in
        [json!("4242424242424242"), json!("ref 4242-4242-4242-4242"), json!(4_242_424_242_424_242_i64)]
    {
        for field in ["/order_id", "/shipping/country"] {
            let event = with(order(), field, card.clone());
            assert_eq!(decode_json(&orders(), &event), dead_letter(Stage::Schema, Code::CardNumber, field));
        }
    }
    let text = order().to_string();
    let keyed =
        bystander_core::record::RawRecord { key: Some(b"4242424242424242"), ..record(text.as_bytes()) };
    assert_eq!(decode(&keyed_orders(), &keyed), dead_letter(Stage::Schema, Code::CardNumber, "key"));
    let allowed = stream(&format!("record_key = \"copy\"\ncard_numbers = \"allow\"\n{ORDERS}"), FRAUD);
    assert_eq!(decode(&allowed, &keyed), Became::Row);
}

#[test]
fn a_card_number_is_no_amount_no_quantity_and_no_score() {
    let card = 4_242_424_242_424_242_i64;
    let amount =
        |written: serde_json::Value| decode_json(&orders(), &with(order(), "/total_amount", written));
    let refused = |at| dead_letter(Stage::Schema, Code::CardNumber, at);
    assert_eq!(amount(json!(card)), refused("/total_amount"));
    assert_eq!(amount(json!(card.to_string())), refused("/total_amount"));
    assert_eq!(amount(json!(card + 1)), Became::Row, "this isn't one");
    let scored = stream(&format!("live_score = \"/score\"\n{ORDERS}"), FRAUD);
    let mut event = order();
    event["score"] = json!(card);
    assert_eq!(decode_json(&scored, &event), refused("/score"));
    let priced = stream(&format!("quantity = \"/count\"\n{PRICES}"), PRICING);
    let mut event = quote();
    event["count"] = json!(card);
    assert_eq!(decode_json(&priced, &event), refused("/count"));
    assert_eq!(decode_json(&prices(), &with(quote(), "/price", json!(card))), refused("/price"));
}

#[test]
fn a_card_number_in_a_field_that_does_not_leave_is_harmless() {
    let event = with(order(), "/unbound", json!("4242424242424242"));
    assert_eq!(decode_json(&orders(), &event), Became::Row);
}

#[test]
fn an_unknown_action_word_is_a_dead_letter_unless_the_binding_maps_it() {
    let event = with(order(), "/live_decision/action", json!("HOLD"));
    let expected = dead_letter(Stage::Schema, Code::UnknownAction, "/live_decision/action");
    assert_eq!(decode_json(&orders(), &event), expected);
    let mapped = stream(&format!("actions = {{ HOLD = \"review\" }}\n{ORDERS}"), FRAUD);
    assert_eq!(decode_json(&mapped, &event), Became::Row);
}

#[test]
fn what_is_too_long_to_keep_is_a_dead_letter() {
    for (field, longest) in [("/order_id", 1024), ("/shipping/country", 256)] {
        let fits = with(order(), field, json!("x".repeat(longest)));
        assert_eq!(decode_json(&orders(), &fits), Became::Row);
        let event = with(order(), field, json!("x".repeat(longest + 1)));
        assert_eq!(decode_json(&orders(), &event), dead_letter(Stage::Schema, Code::TooLong, field));
    }
    let (text, key) = (order().to_string(), [b'k'; 1025]);
    let keyed = bystander_core::record::RawRecord { key: Some(&key), ..record(text.as_bytes()) };
    assert_eq!(decode(&keyed_orders(), &keyed), dead_letter(Stage::Schema, Code::TooLong, "key"));
}

#[test]
fn a_feature_beyond_float32_is_a_dead_letter() {
    let model = FRAUD.replace("field = \"/items\"", "field = \"/big\"").replace("\"length\"", "\"number\"");
    let stream = stream(ORDERS, &model);
    let mut event = order();
    event["big"] = json!(1e39);
    assert_eq!(decode_json(&stream, &event), dead_letter(Stage::Feature, Code::NumberOutOfRange, "/big"));
    event["big"] = json!(3e38);
    assert_eq!(decode_json(&stream, &event), Became::Row);
}

#[test]
fn events_of_another_type_and_those_without_consent_are_skipped() {
    let other = with(order(), "/type", json!("order.cancelled"));
    assert_eq!(decode_json(&orders(), &other), Became::Skip(SkipReason::Filtered));
    assert_eq!(decode_json(&orders(), &without(order(), "type")), Became::Skip(SkipReason::Filtered));
    for consent in [json!(false), json!(null)] {
        let event = with(order(), "/consent", consent);
        assert_eq!(decode_json(&orders(), &event), Became::Skip(SkipReason::NoConsent));
    }
    assert_eq!(decode_json(&orders(), &without(order(), "consent")), Became::Skip(SkipReason::NoConsent));
}

#[test]
fn without_a_model_that_scores_sound_events_are_skipped_and_filters_and_consent_come_first() {
    let config: StreamConfig = toml::from_str(ORDERS).unwrap();
    let disabled = Stream::compile(StreamId(0), &config, &[], None).unwrap();
    let decode = |event: &serde_json::Value| {
        let (payload, mut batch) = (event.to_string(), disabled.new_batch());
        Decoder::default().decode(&disabled, &record(payload.as_bytes()), &mut batch).unwrap()
    };
    assert_eq!(decode(&order()), Decoded::Skip(SkipReason::Disabled));
    let other = with(order(), "/type", json!("order.cancelled"));
    assert_eq!(decode(&other), Decoded::Skip(SkipReason::Filtered));
    assert_eq!(decode(&without(order(), "consent")), Decoded::Skip(SkipReason::NoConsent));
}

#[test]
fn a_score_that_is_no_number_is_no_decision() {
    for score in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        assert_eq!(decide(&orders(), &order(), score), Err(Code::NotFinite));
    }
    assert_eq!(decide(&prices(), &quote(), 1e300), Err(Code::PriceOutOfRange));
    assert_eq!(decide(&prices(), &quote(), -5.0), Err(Code::PriceOutOfRange));
}
