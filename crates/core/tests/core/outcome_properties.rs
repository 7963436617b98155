//! Reading outcomes is total and loses nothing.

use crate::outcomes::{binding, dispute, plain, read, read_json};
use crate::world::*;
use bystander_core::decision::Action;
use bystander_core::outcome::{Label, OutcomeType};
use proptest::prelude::*;
use serde_json::json;

/// An outcome with some of its bytes changed or cut.
fn spoilt() -> impl Strategy<Value = Vec<u8>> {
    let edit = (0..3_u8, any::<prop::sample::Index>(), any::<u8>());
    prop::collection::vec(edit, 0..4).prop_map(|edits| {
        let mut bytes = dispute().to_string().into_bytes();
        for (kind, place, byte) in edits {
            if bytes.is_empty() {
                break;
            }
            let at = place.index(bytes.len());
            match kind {
                0 => bytes[at] = byte,
                1 => bytes.insert(at, byte),
                _ => bytes.truncate(at),
            }
        }
        bytes
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        read(&plain(), &record(&bytes));
    }

    #[test]
    fn no_spoilt_outcome_makes_it_panic_or_remember_it(bytes in spoilt()) {
        read(&plain(), &record(&bytes));
    }

    #[test]
    fn what_stands_in_the_record_is_what_is_read(
        (id, subject) in (1..1_000_000_i64, 1..1_000_000_i64),
        kind in prop::sample::select(OutcomeType::ALL.to_vec()),
        label in prop::option::of(prop::sample::select(Label::ALL.to_vec())),
        (occurred, later) in (1_000_000_000_000..NOW_MS, 0..86_400_000_i64),
        // Below what may be a card number.
        amount in prop::option::of(0..10_000_000_000_000_i64),
        quantity in prop::option::of(1..1_000_i64),
    ) {
        // All that a binding asks of a stream's own keys is its kind.
        let stream = ORDERS.replace("kind = \"orders\"", &format!("kind = \"{}\"", kind.kind().name()));
        let event = json!({
            "outcome_id": id, "subject_id": subject, "type": kind, "label": label, "occurred_at": occurred,
            "reported_at": occurred + later, "amount": amount, "currency": "EUR", "quantity": quantity,
            "action": "review",
        });
        let found = read_json(&binding("", &stream), &event).outcome();
        prop_assert_eq!(found.outcome_id, Some(id.to_string().into()));
        prop_assert_eq!(found.subject_id, subject.to_string());
        prop_assert_eq!((found.kind, found.label), (kind, label));
        prop_assert_eq!((found.occurred_at_ms, found.reported_at_ms), (occurred, occurred + later));
        prop_assert_eq!((found.amount, found.currency.is_some()), (amount, amount.is_some()));
        prop_assert_eq!(found.quantity, quantity.map(|quantity| quantity as f64));
        prop_assert_eq!(found.action, (kind == OutcomeType::LiveDecision).then_some(Action::Review));
    }
}

#[test]
fn words_and_their_meanings_are_those_of_records() {
    for kind in OutcomeType::ALL {
        assert_eq!(json!(kind), json!(kind.name()));
    }
    for label in Label::ALL {
        assert_eq!(json!(label), json!(label.name()));
    }
}
