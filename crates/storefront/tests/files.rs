//! The files: the same bytes as the events, line by line.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use bystander_storefront::{Shop, ShopConfig, ShopTopic, write_jsonl};
use common::{config, events, of_topic};

#[test]
fn each_topics_file_holds_its_records_one_a_line() {
    let directory = tempfile::tempdir().unwrap();
    let config = ShopConfig { malformed: 0.2, ..config(31, 500, 400) };
    let written = write_jsonl(Shop::new(&config).unwrap(), &directory.path().join("new/shop")).unwrap();
    let all = events(&config);
    for topic in ShopTopic::ALL {
        let file = std::fs::read(directory.path().join("new/shop").join(topic.file_name())).unwrap();
        let records = of_topic(&all, topic);
        let expected: Vec<u8> = records
            .iter()
            .flat_map(|event| [event.payload.as_deref().unwrap_or(b"null"), b"\n"].concat())
            .collect();
        assert!(file == expected, "{topic:?}");
        assert_eq!(written.of(topic).total(), records.len() as u64);
    }
    let orders = written.of(ShopTopic::Orders);
    assert!(orders.malformed > 0 && orders.skips > 0 && orders.good > 0);
}

#[test]
fn the_truth_is_written_beside_the_events_and_not_into_them() {
    let directory = tempfile::tempdir().unwrap();
    write_jsonl(Shop::new(&config(32, 2_000, 100)).unwrap(), directory.path()).unwrap();
    let read = |name: &str| std::fs::read_to_string(directory.path().join(name)).unwrap();
    assert!(read("truth.jsonl").contains("account_takeover"));
    for topic in ShopTopic::ALL {
        assert!(!read(topic.file_name()).contains("account_takeover"));
    }
}

#[test]
fn a_directory_that_cannot_be_made_is_named() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let error = write_jsonl(std::iter::empty(), &file.path().join("below")).unwrap_err();
    assert!(error.to_string().contains("below"), "{error}");
}
