//! What dead letters carry to the shadow side.

use crate::world::*;
use bystander_core::dead_letter::PayloadPolicy;
use bystander_pipeline::{Ledger, Progress, Shard, Unreadable, UnreadableBatch};
use bystander_testkit::{
    CountingObserver, MemorySink, MemorySource, OwnedMessage, OwnedRecord, Step, SteppingClock,
};
use std::time::Duration;

fn letter_of(record: OwnedRecord, more: &str, payloads: PayloadPolicy) -> OwnedMessage {
    let sink = MemorySink::default();
    let records = [record];
    let mut orders = orders(STEADY, Some(ends(&records)));
    orders.settings.payloads = payloads;
    let watch = (CountingObserver::default(), SteppingClock::new(Duration::from_millis(1)));
    let ledger = Ledger::open(committed(&sink.log(), &partitions(&records))).unwrap();
    let source = MemorySource::new(records.into_iter().map(Step::Record));
    Shard::new(source, sink.clone(), both(models(0, more)), ledger, orders, watch).run().unwrap();
    let log = sink.log();
    assert_eq!(log.messages.len(), 1);
    log.messages[0].clone()
}

#[test]
fn a_letter_names_its_source_but_holds_neither_value_nor_payload() {
    for holds in [Holds::NotJson, Holds::Poison] {
        let letter = letter_of(record(0, 2, 7, holds), "", PayloadPolicy::Omit);
        for (name, value) in [
            ("bystander_topic", "shop.orders"),
            ("bystander_partition", "2"),
            ("bystander_offset", "7"),
            ("bystander_timestamp", "2026-01-01T00:00:00.000Z"),
            ("bystander_run", "test"),
            ("ce_type", "bystander.dead-letter"),
            ("ce_id", "shop.orders/2/7/dead-letter/test"),
            ("content-type", "application/json"),
            ("traceparent", TRACEPARENT),
        ] {
            assert_eq!(letter.header(name), Some(value), "{name}");
        }
        // Consent comes before the key, and is in what isn't JSON nowhere.
        let key = (holds == Holds::Poison).then_some(&b"0-2-7"[..]);
        assert_eq!(letter.key.as_deref(), key, "{holds:?}");
        let text = String::from_utf8(letter.value.clone().unwrap()).unwrap();
        assert!(!text.contains("0-2-7") && !text.contains("666"), "{text}");
    }
}

#[test]
fn the_payload_is_there_only_when_asked_for_and_is_not_called_json() {
    let record = record(0, 0, 0, Holds::Poison);
    let letter = letter_of(record.clone(), "", PayloadPolicy::Include);
    assert_eq!(letter.value, record.payload);
    assert_eq!(letter.header("content-type"), Some("application/octet-stream"));
    assert_eq!(letter.header("bystander_payload_withheld"), None);
}

/// Asked for or not.
#[test]
fn a_payload_stays_where_it_says_what_may_not_leave_and_the_letter_says_why() {
    let planted = |id: &str, value: &str, more: &str| {
        let mut record = record(0, 0, 0, Holds::Good);
        let text = format!(
            r#"{{"type":"mine","consent":true,"id":"{id}","value":{value},"currency":"EUR","live":"accept"{more}}}"#
        );
        record.payload = Some(text.into_bytes());
        record
    };
    let hidden = "pseudonymise = [\"subject\"]";
    let no_json = record(0, 0, 0, Holds::NotJson);
    for (record, more, why) in [
        (no_json, "", "consent"),
        (planted("4242424242424242", "7", ""), "", "card_number"),
        (planted("o-1", "666", r#","note":"4242.4242.4242.4242""#), "", "card_number"),
        (planted("o-1", "666", r#","mail":"jane@example.com""#), "", "address"),
        (planted("o-1", "\"x\"", r#","ip":"203.0.113.9""#), "", "address"),
        (planted("jane", "\"x\"", ""), hidden, "pseudonyms"),
        (planted("jane", "666", ""), hidden, "pseudonyms"),
    ] {
        let letter = letter_of(record, more, PayloadPolicy::Include);
        assert_eq!(letter.header("bystander_payload_withheld"), Some(why));
        assert_eq!(letter.header("content-type"), Some("application/json"));
        let text = String::from_utf8(letter.value.unwrap()).unwrap();
        let summary: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(summary["payload"]["withheld"], why, "{text}");
        for planted in ["4242", "jane", "203."] {
            assert!(!text.contains(planted), "{text}");
        }
    }
}

#[test]
fn a_key_that_may_not_leave_does_not_leave_on_a_dead_letter_either() {
    for (holds, key) in [
        (Holds::NotJson, b"4242424242424242".to_vec()),
        (Holds::Good, b"4242424242424242".to_vec()),
        (Holds::NotJson, vec![b'k'; 3 << 20]),
        (Holds::Good, vec![b'k'; 3 << 20]),
    ] {
        let mut record = record(0, 0, 0, holds);
        record.key = Some(key);
        let letter = letter_of(record, "", PayloadPolicy::Omit);
        assert_eq!(letter.key, None, "{holds:?}");
    }
}

#[test]
fn a_pseudonymised_key_is_one_on_a_dead_letter_too_once_consent_was_read() {
    let hidden =
        |holds| letter_of(record(0, 0, 0, holds), "pseudonymise = [\"key\"]", PayloadPolicy::Omit).key;
    let key = hidden(Holds::Poison).unwrap();
    assert_eq!(key.len(), 32, "{key:?}");
    assert!(key.iter().all(u8::is_ascii_hexdigit));
    assert_eq!(hidden(Holds::NotJson), None);
}

#[test]
fn trace_headers_that_are_none_are_left_out() {
    for (holds, more, passes) in [
        (Holds::NotJson, "", false),
        (Holds::NotJson, "tracestate = true", true),
        (Holds::Poison, "tracestate = true", true),
    ] {
        let mut record = record(0, 0, 0, holds);
        record.headers =
            vec![("traceparent".into(), vec![b'x'; 3 << 20]), ("tracestate".into(), b"a=b".to_vec())];
        let letter = letter_of(record, more, PayloadPolicy::Omit);
        assert_eq!(letter.header("traceparent"), None);
        assert_eq!(letter.header("tracestate"), passes.then_some("a=b"));
    }
}

#[test]
fn a_batch_that_can_not_be_read_is_one_letter_with_its_offsets_and_a_gap_in_the_books() {
    let sink = MemorySink::default();
    let (before, after) = (record(0, 2, 6, Holds::Good), record(0, 2, 12, Holds::Good));
    let passed = Progress { stream: before.stream, partition: 2, next_offset: 12 };
    let batch = UnreadableBatch { first_offset: 7, passed, why: Unreadable::Compression };
    let steps = vec![Step::Record(before), Step::Unreadable(batch), Step::Record(after.clone())];
    let checkpoints = vec![(after.stream, checkpoint(0, 2, 6))];
    shard(steps, sink.clone(), checkpoints, orders(STEADY, Some(ends(&[after])))).run().unwrap();
    let log = sink.log();
    let letters: Vec<_> =
        log.messages.iter().filter(|message| message.header("bystander_code").is_some()).collect();
    assert_eq!(letters.len(), 1);
    for (name, value) in [
        ("bystander_offset", "7"),
        ("bystander_last_offset", "11"),
        ("bystander_stage", "decode"),
        ("bystander_code", "unreadable_batch"),
        ("bystander_at", "compression"),
        ("bystander_payload_bytes", ""),
        ("bystander_payload_sha256", ""),
    ] {
        assert_eq!(letters[0].header(name), Some(value), "{name}");
    }
    let totals = &log.checkpoints.last().unwrap().totals;
    assert_eq!((totals.read, totals.compared, totals.dead_lettered, totals.gap_offsets), (2, 2, 0, 5));
    assert!(totals.balanced());
}
