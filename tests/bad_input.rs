//! The shipped models on the simulator's malformed events: each kind ends as it must, and the service goes on.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use bystander_core::config::StreamConfig;
use bystander_core::contract::Contract;
use bystander_core::record::{Position, RawRecord, RecordHeaders, StreamId};
use bystander_core::stream::{Decoded, Decoder, Stream};
use bystander_storefront::{Expected, Shop, ShopConfig, ShopTopic};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// The streams of deploy/local/bystander.toml, with the shipped contracts.
fn streams() -> Vec<Stream> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(root.join("deploy/local/bystander.toml")).unwrap();
    let table: toml::Table = toml::from_str(&text).unwrap();
    let configs: Vec<StreamConfig> = table["streams"].clone().try_into().unwrap();
    let contract = |name: &str| -> Contract {
        let text = std::fs::read_to_string(root.join("models").join(name).join("contract.toml")).unwrap();
        toml::from_str(&text).unwrap()
    };
    let contracts = [vec![contract("fraud/1"), contract("fraud/2")], vec![contract("pricing/1")]];
    let compile = |(index, config): (usize, &StreamConfig)| {
        let contracts: Vec<_> = contracts[index].iter().collect();
        Stream::compile(StreamId(index), config, &contracts, None).unwrap()
    };
    configs.iter().enumerate().map(compile).collect()
}

/// What a malformed record of each kind may become: result, stage and code.
fn expected(kind: &str) -> &'static [&'static str] {
    match kind {
        // An event cut off by its last brace is still no JSON.
        "not_json" | "truncated" => &["decode/not_json"],
        "empty" => &["decode/empty"],
        "tombstone" => &["skip/tombstone"],
        "wrong_type" => &["schema/wrong_type", "schema/invalid_time"],
        "missing_field" => &["schema/missing_field"],
        "number_too_large" => &["decode/number_out_of_range"],
        "invalid_utf8" => &["decode/invalid_utf8"],
        "unknown_currency" => &["schema/unknown_currency"],
        "negative_amount" => &["schema/negative_amount", "schema/not_positive"],
        "time_in_1970" | "time_in_2100" => &["schema/time_out_of_range"],
        "duplicate_key" => &["decode/duplicate_key"],
        other => panic!("{other} is a new kind: say what must become of it"),
    }
}

#[test]
fn every_kind_of_malformed_event_ends_as_it_must_and_the_next_event_is_a_row() {
    let streams = streams();
    let records = [(ShopTopic::Orders, 6_000), (ShopTopic::Quotes, 6_000)].into();
    let config = ShopConfig { seed: 11, records, malformed: 0.2, ..ShopConfig::default() };
    let (mut decoder, mut seen) = (Decoder::default(), BTreeMap::<_, BTreeSet<String>>::new());
    let mut batches: Vec<_> = streams.iter().map(Stream::new_batch).collect();
    let mut good = [0; 2];
    for (offset, event) in (0..).zip(Shop::new(&config).unwrap()) {
        let index = match event.topic {
            ShopTopic::Orders => 0,
            ShopTopic::Quotes => 1,
            _ => continue,
        };
        let record = RawRecord {
            stream: StreamId(index),
            position: Position { partition: 0, offset },
            timestamp_ms: Some(event.time.as_millisecond()),
            key: Some(event.key.as_bytes()),
            payload: event.payload.as_deref(),
            withheld: None,
            headers: RecordHeaders::default(),
        };
        let rows = batches[index].len();
        let became = match decoder.decode(&streams[index], &record, &mut batches[index]) {
            Ok(Decoded::Row) => "row".to_owned(),
            Ok(Decoded::Skip(reason)) => format!("skip/{}", reason.name()),
            Err(rejection) => format!("{}/{}", rejection.stage.name(), rejection.code.name()),
        };
        match event.expected {
            Expected::Good => {
                assert_eq!(became, "row");
                good[index] += 1;
            }
            Expected::Skip(_) => assert!(became.starts_with("skip/"), "{became}"),
            Expected::Malformed(kind) => {
                assert!(expected(kind.name()).contains(&became.as_str()), "{kind:?} became {became}");
                assert_eq!(batches[index].len(), rows);
                seen.entry((index, kind.name())).or_default().insert(became);
            }
        }
    }
    assert_eq!(seen.len(), 2 * 13, "every kind on both topics: {seen:#?}");
    for index in 0..2 {
        assert!(good[index] > 1_000);
        assert_eq!(batches[index].len(), good[index], "nothing but the good ones became rows");
    }
}
