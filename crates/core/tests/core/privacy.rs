//! Minimal data: pseudonyms, card numbers, and what of a rejected record may leave.

use crate::world::*;
use bystander_core::dead_letter::Code;
use bystander_core::privacy::{Pseudonymiser, holds_card_number};
use bystander_core::record::{RawRecord, RecordHeaders};
use proptest::prelude::*;
use serde_json::json;

fn pseudonym(text: &str) -> String {
    let mut out = String::new();
    Pseudonymiser::new(KEY).unwrap().write(text.as_bytes(), &mut out);
    out
}

fn hiding() -> bystander_core::stream::Stream {
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

#[test]
fn a_dead_letters_key_is_held_to_the_same_rules() {
    let (plain, hiding) = (orders(), hiding());
    let key_of = |stream: &bystander_core::stream::Stream, key: &[u8]| {
        stream.outgoing_key(key).map(std::borrow::Cow::into_owned)
    };
    assert_eq!(key_of(&plain, b"customer-7"), Ok(b"customer-7".to_vec()));
    assert_eq!(key_of(&hiding, b"customer-7"), Ok(pseudonym("customer-7").into_bytes()));
    assert_eq!(key_of(&plain, b"4242424242424242"), Err(Code::CardNumber));
    assert_eq!(key_of(&plain, &[b'k'; 1025]), Err(Code::TooLong));
    assert_eq!(
        key_of(&plain, b"\x00\xfe\x0c4242424242424242\x00"),
        Err(Code::CardNumber),
        "in bytes as well"
    );
}

#[test]
fn trace_headers_that_are_too_long_are_dropped() {
    let long = [b't'; 1025];
    let headers =
        RecordHeaders { traceparent: Some(b"00-ab"), tracestate: Some(&long), ..RecordHeaders::default() };
    assert_eq!(headers.trace().traceparent, Some(&b"00-ab"[..]));
    assert_eq!(headers.trace().tracestate, None);
    let text = order().to_string();
    let batch = batch_of(&orders(), &RawRecord { headers, ..record(text.as_bytes()) });
    assert!(batch.rows()[0].traceparent.is_some());
    assert!(batch.rows()[0].tracestate.is_none());
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
        Pseudonymiser::new(b"another key of bytes").unwrap().write(text.as_bytes(), &mut other);
        prop_assert_ne!(pseudonym(&text), other);
    }
}
