//! CloudEvents: structured mode, and attributes in headers. The first byte says how the input is divided.

#![no_main]

use bystander_core::record::RecordHeaders;
use bystander_core::stream::Stream;
use bystander_fuzz::{FRAUD, ORDERS, decode, record, stream};
use libfuzzer_sys::fuzz_target;
use std::sync::LazyLock;

static STREAM: LazyLock<Stream> = LazyLock::new(|| {
    stream(&ORDERS.replace("\"/order_id\"", "\"ce:id\"").replace("\"/created_at\"", "\"ce:time\""), FRAUD)
});

fuzz_target!(|data: &[u8]| {
    let Some((&first, rest)) = data.split_first() else { return };
    let mut headers = RecordHeaders::default();
    if first % 2 == 0 {
        headers.set("content-type", Some(b"application/cloudevents+json"));
        return decode(&STREAM, &record(rest, headers));
    }
    let (attributes, payload) = rest.split_at(usize::from(first).min(rest.len()));
    let (id, time) = attributes.split_at(attributes.len() / 2);
    headers.set("ce_id", Some(id));
    headers.set("ce_time", Some(time));
    decode(&STREAM, &record(payload, headers));
});
