//! A dispute is fraud only where its reason says so.

use super::common::*;
use bystander_core::outcome::{Label, OutcomeType as T};
use bystander_report::Dataset;
use bystander_report::join::DisputeReasons;

/// States of orders with one opened dispute each, of these reasons.
fn states(data: &mut Dataset, reasons: &[&str]) -> (u64, u64, u64) {
    for (number, reason) in reasons.iter().enumerate() {
        let id = format!("o{number}");
        data.push_comparison(&order(&id));
        let mut opened = outcome(&id, T::DisputeOpened, None, day(10));
        opened.reason = Some((*reason).to_owned().into());
        data.push_outcome(&opened);
        // That it was lost says no more about what it was about.
        data.push_outcome(&outcome(&id, T::DisputeLost, None, day(30)));
    }
    let report = report(data, day(200));
    (state(&report, "fraud"), state(&report, "unclear"), count(&report, "unmapped_dispute_reasons"))
}

#[test]
fn codes_of_card_schemes_and_providers_say_what_a_dispute_is_about() {
    let fraud = [
        "10.4",
        "Visa 10.1",
        "visa_10.5",
        "4837",
        "mastercard 4863",
        "F29",
        "UA02",
        "fraudulent",
        "NO_KNOWLEDGE",
    ];
    assert_eq!(states(&mut Dataset::new(), &fraud), (fraud.len() as u64, 0, 0));
    let other = [
        "13.1",
        "Visa 13.3",
        "12.5",
        "4853",
        "4855",
        "C08",
        "RG",
        "product_not_received",
        "Product not received",
        "MERCHANDISE_OR_SERVICE_NOT_AS_DESCRIBED",
        "duplicate",
        "subscription-canceled",
    ];
    assert_eq!(states(&mut Dataset::new(), &other), (0, other.len() as u64, 0));
}

#[test]
fn an_unknown_reason_counts_as_fraud_as_one_without_a_reason_does_and_is_counted() {
    assert_eq!(states(&mut Dataset::new(), &["our-own-17", "", "10.4"]), (3, 0, 1));
    let own = DisputeReasons::with([
        ("Our own 17".to_owned(), Label::Unknown),
        ("10.4".to_owned(), Label::Unknown),
    ]);
    assert_eq!(states(&mut Dataset::with_reasons(own), &["our-own-17", "10.4", "10.1"]), (1, 2, 0));
}

#[test]
fn a_stated_label_wins_over_the_reason() {
    let mut data = Dataset::new();
    data.push_comparison(&order("a"));
    let mut stated = outcome("a", T::DisputeOpened, FRAUD, day(10));
    stated.reason = Some("product_not_received".into());
    data.push_outcome(&stated);
    assert_eq!(state(&report(&mut data, day(200)), "fraud"), 1);
}
