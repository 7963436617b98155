//! Decoding is total, leaves no trace when it fails, and is a pure function of the record.

use crate::world::*;
use bystander_core::stream::{Decoded, Decoder};
use proptest::prelude::*;

/// A sound event with some bytes changed, cut, doubled or swapped.
fn mutated() -> impl Strategy<Value = Vec<u8>> {
    let edit = (0..5_u8, any::<prop::sample::Index>(), any::<u8>(), 1..40_usize);
    prop::collection::vec(edit, 0..4).prop_map(|edits| {
        let mut bytes = order().to_string().into_bytes();
        for (kind, place, byte, length) in edits {
            if bytes.is_empty() {
                break;
            }
            let at = place.index(bytes.len());
            let end = (at + length).min(bytes.len());
            match kind {
                0 => bytes[at] = byte,
                1 => drop(bytes.drain(at..end)),
                2 => bytes.insert(at, byte),
                3 => bytes.truncate(at),
                _ => {
                    let part = bytes[at..end].to_vec();
                    bytes.splice(at..at, part);
                }
            }
        }
        bytes
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(3_000))]

    #[test]
    fn no_bytes_make_it_panic_or_spoil_the_batch(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        decode_bytes(&orders(), &bytes);
    }

    #[test]
    fn no_spoilt_event_makes_it_panic_or_spoil_the_batch(bytes in mutated()) {
        decode_bytes(&orders(), &bytes);
    }

    #[test]
    fn the_records_before_make_no_difference(before in mutated(), then in mutated()) {
        let stream = orders();
        let (mut used, mut batch) = (Decoder::default(), stream.new_batch());
        let first = record(&before);
        let _ = used.decode(&stream, &first, &mut batch);
        batch.clear();
        let second = record(&then);
        let again = used.decode(&stream, &second, &mut batch).map_err(|rejection| format!("{rejection:?}"));
        let (mut fresh, mut fresh_batch) = (Decoder::default(), stream.new_batch());
        let alone = fresh.decode(&stream, &second, &mut fresh_batch).map_err(|rejection| format!("{rejection:?}"));
        prop_assert_eq!(again, alone);
        prop_assert_eq!(format!("{batch:?}"), format!("{fresh_batch:?}"));
    }
}

#[test]
fn numbers_and_booleans_can_be_subjects_as_json_writes_them() {
    let stream = orders();
    for (written, subject) in [("7", "7"), ("-7", "-7"), ("true", "true"), ("1.5", "1.5"), ("1e300", "1e300")]
    {
        let text = order_with_raw("order_id", written.as_bytes());
        let batch = batch_of(&stream, &record(&text));
        assert_eq!(batch.text(batch.rows()[0].subject), subject);
    }
}

#[test]
fn a_batch_knows_how_many_bytes_it_holds() {
    let stream = orders();
    let mut batch = stream.new_batch();
    assert_eq!(batch.held_bytes(), 0);
    let text = order().to_string();
    let record = record(text.as_bytes());
    assert_eq!(Decoder::default().decode(&stream, &record, &mut batch), Ok(Decoded::Row));
    assert!((text.len()..text.len() + 200).contains(&batch.held_bytes()), "{}", batch.held_bytes());
    batch.clear();
    assert_eq!(batch.held_bytes(), 0);
}

#[test]
fn a_condition_takes_numbers_for_equal_that_json_does_not_tell_apart() {
    let binding = ORDERS.replace(r#"{ "/type" = "order.placed" }"#, r#"{ "/version" = [1, 2.5] }"#);
    let stream = stream(&binding, FRAUD);
    for (raw, matches) in
        [("1", true), ("1.0", true), ("2.5", true), ("2", false), ("\"1\"", true), ("\"one\"", false)]
    {
        let mut event = order().to_string();
        event.insert_str(1, &format!("\"version\":{raw},"));
        let became = decode_bytes(&stream, event.as_bytes());
        assert_eq!(became == Became::Row, matches, "{raw}: {became:?}");
    }
}
