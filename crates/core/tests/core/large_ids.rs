//! Identifiers that are numbers beyond what a double or 64 bits hold keep every digit, wherever they are read.

use crate::outcomes::{PLAIN, outcome_config, read_json_text};
use crate::world::*;
use bystander_core::outcome::OutcomeBinding;
use bystander_core::record::RecordHeaders;

/// Around 2^53, 2^63 and 2^64, 128 bits, negative, and as other exporters write them.
const IDS: [&str; 16] = [
    "9007199254740992",
    "9007199254740993",
    "9223372036854775807",
    "9223372036854775808",
    "9223372036854775809",
    "12345678901234567890",
    "12345678901234567891",
    "18446744073709551615",
    "18446744073709551616",
    "18446744073709551617",
    "340282366920938463463374607431768211455",
    "340282366920938463463374607431768211456",
    "-9223372036854775809",
    "-9223372036854775810",
    "1234567890123456789.0",
    "1234567890123456788.0",
];

fn full_orders() -> bystander_core::stream::Stream {
    stream(FULL_ORDERS, FRAUD)
}

fn event(id: &str) -> String {
    let text = order().to_string().replace("\"o-1\"", &format!("{id},\"customer_id\":{id}"));
    let text = text.replace("\"DE\"", id);
    assert!(text.matches(id).count() >= 3, "{text}");
    text
}

#[test]
fn every_digit_of_an_events_identifiers_stays() {
    for id in IDS {
        let text = event(id);
        let batch = batch_of(&full_orders(), &record(text.as_bytes()));
        let row = batch.rows()[0];
        assert_eq!(batch.text(row.subject), id);
        assert_eq!(batch.text(row.customer.unwrap()), id);
        assert!(format!("{batch:?}").matches(id).count() >= 3, "a segment, too: {id}");
    }
}

#[test]
fn an_event_in_an_envelope_keeps_them_too() {
    let headers =
        RecordHeaders { content_type: Some(b"application/cloudevents+json"), ..RecordHeaders::default() };
    for id in IDS {
        let text = format!("{{\"id\":\"7\",\"data\":{}}}", event(id));
        let record = bystander_core::record::RawRecord { headers, ..record(text.as_bytes()) };
        let batch = batch_of(&full_orders(), &record);
        assert_eq!(batch.text(batch.rows()[0].subject), id);
    }
}

#[test]
fn an_outcome_joins_whether_its_subject_is_a_number_or_text() {
    let binding = OutcomeBinding::compile(&outcome_config(PLAIN), &config(ORDERS), None).unwrap();
    for id in IDS {
        for written in [id.to_owned(), format!("\"{id}\"")] {
            let text = format!("{{\"subject_id\":{written},\"outcome_id\":{written},\"type\":\"refunded\"}}");
            let outcome = read_json_text(&binding, &text).outcome();
            assert_eq!(outcome.subject_id, id);
            assert_eq!(outcome.outcome_id.as_deref(), Some(id));
        }
    }
}

#[test]
fn a_large_number_stays_a_number_for_whatever_else_reads_it() {
    let contract = FRAUD.replace("field = \"/total_amount\"", "field = \"/order_id\"");
    let text = event("18446744073709551617");
    let batch = batch_of(&stream(FULL_ORDERS, &contract), &record(text.as_bytes()));
    assert_eq!(batch.text(batch.rows()[0].subject), "18446744073709551617");
    assert!(format!("{:?}", batch.input(0)).contains("1.8446744e19"), "{:?}", batch.input(0));
}
