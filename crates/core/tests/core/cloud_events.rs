//! CloudEvents over Kafka: structured mode, binary mode, and the formats that are refused.

use crate::world::*;
use bystander_core::record::{RawRecord, RecordHeaders};
use bystander_core::rejection::{Code, SkipReason, Stage};
use bystander_core::stream::Stream;
use serde_json::{Value, json};

const BINDING: &str = r#"
name = "orders"
kind = "orders"
topic = "shop.orders"
subject = "ce:subject"
occurred_at = "ce:time"
where = { "ce:type" = "order.placed" }
models = ["fraud/1"]
"#;

fn headers<'a>(list: &[(&str, &'a str)]) -> RecordHeaders<'a> {
    let mut headers = RecordHeaders::default();
    list.iter().for_each(|(name, value)| headers.set(name, Some(value.as_bytes())));
    headers
}

fn became(stream: &Stream, payload: &[u8], list: &[(&str, &str)]) -> Became {
    decode(stream, &RawRecord { headers: headers(list), ..record(payload) })
}

fn envelope(data: &Value) -> Value {
    json!({
        "specversion": "1.0", "id": "1", "source": "/shop", "type": "order.placed", "subject": "o-1",
        "time": "2026-11-20T09:59:59Z", "datacontenttype": "application/json", "data": data,
    })
}

#[test]
fn binary_mode_reads_attributes_from_headers_and_data_from_the_value() {
    let stream = stream(BINDING, FRAUD);
    let list = [("ce_type", "order.placed"), ("ce_subject", "o-1"), ("ce_time", "2026-11-20T09:59:59Z")];
    let text = order().to_string();
    assert_eq!(became(&stream, text.as_bytes(), &list), Became::Row);
    assert_eq!(
        became(&stream, text.as_bytes(), &list[..2]),
        dead_letter(Stage::Schema, Code::MissingField, "ce:time")
    );
    assert_eq!(became(&stream, text.as_bytes(), &list[1..]), Became::Skip(SkipReason::Filtered));
    let batch = batch_of(&stream, &RawRecord { headers: headers(&list), ..record(text.as_bytes()) });
    assert_eq!(batch.text(batch.rows()[0].subject), "o-1");
}

#[test]
fn structured_mode_reads_both_from_the_envelope() {
    let stream = stream(BINDING, FRAUD);
    for content_type in [
        "application/cloudevents+json",
        "application/cloudevents+json; charset=utf-8",
        "application/cloudevents",
        "Application/CloudEvents+JSON",
    ] {
        let text = envelope(&order()).to_string();
        let list = [("content-type", content_type)];
        assert_eq!(became(&stream, text.as_bytes(), &list), Became::Row, "{content_type}");
    }
}

#[test]
fn the_same_event_gives_the_same_row_in_either_mode() {
    let text = order().to_string();
    let wrapped = envelope(&order()).to_string();
    let structured = RawRecord {
        headers: headers(&[("content-type", "application/cloudevents+json")]),
        ..record(wrapped.as_bytes())
    };
    let stream = orders();
    let (plain, enveloped) = (batch_of(&stream, &record(text.as_bytes())), batch_of(&stream, &structured));
    assert_eq!(plain.input(0), enveloped.input(0));
    let decided = |batch| stream.decide(batch, 0, 0, 0.5).unwrap();
    assert_eq!((plain.money(), decided(&plain)), (enveloped.money(), decided(&enveloped)));
    assert_eq!(plain.text(plain.rows()[0].subject), enveloped.text(enveloped.rows()[0].subject));
}

#[test]
fn batches_other_formats_and_base64_data_are_refused() {
    let stream = stream(BINDING, FRAUD);
    let text = envelope(&order()).to_string();
    for content_type in [
        "application/cloudevents-batch+json",
        "application/cloudevents+avro",
        "application/cloudevents+protobuf; charset=utf-8",
        "application/cloudevents+xml",
    ] {
        let expected = dead_letter(Stage::Decode, Code::UnsupportedEncoding, "");
        assert_eq!(became(&stream, text.as_bytes(), &[("content-type", content_type)]), expected);
    }
    let mut encoded = envelope(&order());
    encoded.as_object_mut().unwrap().remove("data");
    encoded["data_base64"] = json!("e30=");
    let list = [("content-type", "application/cloudevents+json")];
    let expected = dead_letter(Stage::Decode, Code::UnsupportedEncoding, "/data_base64");
    assert_eq!(became(&stream, encoded.to_string().as_bytes(), &list), expected);
}

#[test]
fn an_envelope_without_one_object_of_data_is_a_dead_letter() {
    let stream = stream(BINDING, FRAUD);
    let list = [("content-type", "application/cloudevents+json")];
    let missing = without(envelope(&order()), "data").to_string();
    assert_eq!(
        became(&stream, missing.as_bytes(), &list),
        dead_letter(Stage::Decode, Code::MissingField, "/data")
    );
    for data in [json!(null), json!("{}"), json!([1])] {
        let text = envelope(&data).to_string();
        assert_eq!(
            became(&stream, text.as_bytes(), &list),
            dead_letter(Stage::Decode, Code::NotAnObject, "/data")
        );
    }
    let twice = envelope(&order()).to_string().replacen('{', r#"{"data":{},"#, 1);
    assert_eq!(
        became(&stream, twice.as_bytes(), &list),
        dead_letter(Stage::Decode, Code::DuplicateKey, "/data")
    );
}

#[test]
fn an_attribute_that_is_no_text_counts_as_missing() {
    let stream = stream(BINDING, FRAUD);
    let text = order().to_string();
    let mut headers = headers(&[("ce_type", "order.placed"), ("ce_time", "2026-11-20T09:59:59Z")]);
    headers.set("ce_subject", Some(b"\xff"));
    let became = decode(&stream, &RawRecord { headers, ..record(text.as_bytes()) });
    assert_eq!(became, dead_letter(Stage::Schema, Code::MissingField, "ce:subject"));
}

#[test]
fn fields_called_like_attributes_are_ordinary_fields_of_the_data() {
    let stream = stream(&BINDING.replace("ce:subject", "/subject"), FRAUD);
    let mut event = order();
    event["subject"] = json!("from the data");
    let text = event.to_string();
    let list = [("ce_type", "order.placed"), ("ce_subject", "o-1"), ("ce_time", "2026-11-20T09:59:59Z")];
    let batch = batch_of(&stream, &RawRecord { headers: headers(&list), ..record(text.as_bytes()) });
    assert_eq!(batch.text(batch.rows()[0].subject), "from the data");
}
