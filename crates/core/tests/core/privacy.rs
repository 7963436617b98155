//! Minimal data: pseudonyms, card numbers, and what of a rejected record may leave.

use crate::world::*;
use bystander_core::dead_letter::Withheld;
use bystander_core::privacy::{PrivacyKey, Pseudonymiser, holds_card_number};
use bystander_core::record::{RawRecord, RecordHeaders};
use bystander_core::rejection::Code;
use bystander_core::stream::{Decoder, Stream};
use proptest::prelude::*;
use serde_json::json;

fn pseudonym(text: &str) -> String {
    let mut out = String::new();
    Pseudonymiser::new(&PrivacyKey::new(KEY)).unwrap().write(text.as_bytes(), &mut out);
    out
}

fn orders_with(more: &str) -> Stream {
    stream(&format!("{more}\n{ORDERS}"), FRAUD)
}

fn hiding() -> Stream {
    stream(&format!("pseudonymise = [\"subject\", \"key\", \"segments.country\"]\n{ORDERS}"), FRAUD)
}

#[test]
fn what_is_pseudonymised_leaves_only_as_its_keyed_hash() {
    let text = order().to_string();
    let stream = hiding();
    let batch = batch_of(&stream, &RawRecord { key: Some(b"customer-7"), ..record(text.as_bytes()) });
    let row = batch.rows()[0];
    assert_eq!(batch.text(row.subject), pseudonym("o-1"));
    assert_eq!(batch.bytes(row.key.unwrap()), pseudonym("customer-7").as_bytes());
    assert!(format!("{batch:?}").contains(&pseudonym("DE")));
}

#[test]
fn a_card_number_may_be_a_pseudonym() {
    let event = with(order(), "/order_id", json!("4242424242424242"));
    assert_eq!(decode_json(&hiding(), &event), Became::Row);
}

fn key_of(stream: &Stream, key: &[u8]) -> Result<Option<Vec<u8>>, Code> {
    stream.outgoing_key(key).map(|key| key.map(std::borrow::Cow::into_owned))
}

#[test]
fn a_records_key_leaves_only_where_the_binding_names_it() {
    let copied = keyed_orders();
    assert_eq!(key_of(&orders(), b"jane@example.com"), Ok(None));
    assert_eq!(key_of(&orders(), b"4242424242424242"), Ok(None), "what doesn't leave isn't looked at");
    assert_eq!(key_of(&orders(), &[b'k'; 1025]), Ok(None));
    assert_eq!(key_of(&copied, b"customer-7"), Ok(Some(b"customer-7".to_vec())));
    assert_eq!(key_of(&copied, b"4242424242424242"), Err(Code::CardNumber));
    assert_eq!(
        key_of(&copied, b"\x00\xfe\x0c4242424242424242\x00"),
        Err(Code::CardNumber),
        "in bytes as well"
    );
    assert_eq!(key_of(&copied, &[b'k'; 1025]), Err(Code::TooLong));
    let text = order().to_string();
    let record = RawRecord { key: Some(b"jane@example.com"), ..record(text.as_bytes()) };
    assert_eq!(batch_of(&orders(), &record).rows()[0].key, None);
    assert!(batch_of(&copied, &record).rows()[0].key.is_some());
}

#[test]
fn a_key_beside_a_pseudonym_leaves_as_a_pseudonym_too() {
    let named = pseudonym("customer-7").into_bytes();
    assert_eq!(key_of(&hiding(), b"customer-7"), Ok(Some(named.clone())));
    for more in ["[\"subject\"]", "[\"segments.country\"]", "[\"subject\", \"key\"]"] {
        let stream = orders_with(&format!("pseudonymise = {more}\nrecord_key = \"copy\""));
        assert_eq!(key_of(&stream, b"customer-7"), Ok(Some(named.clone())), "{more}");
    }
    assert_eq!(key_of(&orders_with("pseudonymise = [\"subject\"]"), b"customer-7"), Ok(None));
}

#[test]
fn a_field_that_is_an_identifier_may_look_like_a_card_number() {
    let event = |at: &str| with(order(), at, json!("4242424242424242"));
    let (subject, country) = (event("/order_id"), event("/shipping/country"));
    for (rule, subject_passes, country_passes) in [
        ("\"reject\"", false, false),
        ("\"allow\"", true, true),
        ("{ subject = \"allow\" }", true, false),
        ("{ \"segments.country\" = \"allow\" }", false, true),
        ("{ subject = \"reject\", \"segments.country\" = \"allow\" }", false, true),
    ] {
        let stream = orders_with(&format!("card_numbers = {rule}"));
        assert_eq!(decode_json(&stream, &subject) == Became::Row, subject_passes, "{rule}");
        assert_eq!(decode_json(&stream, &country) == Became::Row, country_passes, "{rule}");
    }
    let keyed = orders_with("record_key = \"copy\"\ncard_numbers = { key = \"allow\" }");
    assert_eq!(key_of(&keyed, b"4242424242424242"), Ok(Some(b"4242424242424242".to_vec())));
}

#[test]
fn one_customer_is_one_pseudonym_however_the_address_is_written() {
    let stream = stream(
        &format!(
            "pseudonymise = [\"subject\", \"key\"]\nnormalise = {{ subject = \"email\", key = \"phone\" }}\n{ORDERS}"
        ),
        FRAUD,
    );
    for (mail, phone) in [
        ("jane@example.com", "+49 30 123456"),
        (" Jane@Example.COM ", "0049(0)30-123456"),
        ("JANE@EXAMPLE.COM", "4930123456"),
    ] {
        let text = with(order(), "/order_id", json!(mail)).to_string();
        let batch = batch_of(&stream, &RawRecord { key: Some(phone.as_bytes()), ..record(text.as_bytes()) });
        assert_eq!(batch.text(batch.rows()[0].subject), pseudonym("jane@example.com"));
        assert_eq!(batch.bytes(batch.rows()[0].key.unwrap()), pseudonym("4930123456").as_bytes());
    }
}

const TRACEPARENT: &[u8] = b"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

#[test]
fn trace_context_passes_by_its_grammar_and_the_state_on_request() {
    let text = order().to_string();
    let traced = |stream: &Stream, traceparent: &'static [u8], tracestate: &'static [u8]| {
        let headers = RecordHeaders {
            traceparent: Some(traceparent),
            tracestate: Some(tracestate),
            ..RecordHeaders::default()
        };
        let batch = batch_of(stream, &RawRecord { headers, ..record(text.as_bytes()) });
        let row = batch.rows()[0];
        (row.traceparent.is_some(), row.tracestate.is_some())
    };
    let asked = orders_with("tracestate = true");
    assert_eq!(traced(&orders(), TRACEPARENT, b"rojo=1"), (true, false));
    assert_eq!(traced(&asked, TRACEPARENT, b"rojo=1"), (true, true));
    assert_eq!(traced(&asked, b"jane@example.com", b"jane@example.com"), (false, false));
    assert_eq!(traced(&asked, b"4242424242424242", b"card=4242424242424242"), (false, false));
}

#[test]
fn nothing_of_an_event_leaves_before_its_consent_was_read() {
    let late = |stream: &Stream, payload: &[u8]| {
        let (mut batch, mut decoder) = (stream.new_batch(), Decoder::default());
        let rejection = decoder.decode(stream, &record(payload), &mut batch).unwrap_err();
        rejection.consented
    };
    let wrong = with(order(), "/total_amount", json!({})).to_string();
    let unread = with(order(), "/consent", json!("yes")).to_string();
    assert!(late(&orders(), wrong.as_bytes()), "consent came first");
    for payload in [&b"{"[..], b"jane@example.com", b"", b"\xff", unread.as_bytes()] {
        assert!(!late(&orders(), payload), "{payload:?}");
        let free = stream(&ORDERS.replace("consent", "#"), FRAUD);
        assert!(payload == unread.as_bytes() || late(&free, payload), "this stream asks for none");
    }
}

#[test]
fn a_payload_is_withheld_where_it_would_say_what_must_not_leave() {
    let plain = orders();
    let free = |code| plain.withholds(code, true, b"{\"order_id\":\"o-1\"}");
    assert_eq!(free(Code::WrongType), None);
    assert_eq!(free(Code::CardNumber), Some(Withheld::CardNumber));
    assert_eq!(plain.withholds(Code::WrongType, false, b"{}"), Some(Withheld::Consent));
    assert_eq!(hiding().withholds(Code::WrongType, true, b"{}"), Some(Withheld::Pseudonyms));
    for (payload, withheld) in [
        (&br#"{"note":"4242 4242 4242 4242"}"#[..], Withheld::CardNumber),
        (br#"{"pan":4242424242424242}"#, Withheld::CardNumber),
        (br#"{"mail":"jane\u0040example.com"}"#, Withheld::Address),
        (b"jane@example.com", Withheld::Address),
        (br#"{"ip":"203.0.113.9"}"#, Withheld::Address),
    ] {
        assert_eq!(plain.withholds(Code::NotJson, true, payload), Some(withheld), "{payload:?}");
    }
    let allowing = orders_with("card_numbers = \"allow\"");
    assert_eq!(allowing.withholds(Code::WrongType, true, br#"{"id":4242424242424242}"#), None);
}

proptest! {
    #[test]
    fn no_bytes_make_the_search_panic(bytes in prop::collection::vec(prop_oneof![Just(b'4'), Just(b' '), Just(b'-'), b'0'..=b'9', any::<u8>()], 0..80)) {
        holds_card_number(&bytes);
    }

    #[test]
    fn pseudonyms_are_steady_and_differ_by_key(text in ".{0,40}") {
        prop_assert_eq!(pseudonym(&text), pseudonym(&text));
        let mut other = String::new();
        Pseudonymiser::new(&PrivacyKey::new(b"another key of bytes")).unwrap().write(text.as_bytes(), &mut other);
        prop_assert_ne!(pseudonym(&text), other);
    }
}
