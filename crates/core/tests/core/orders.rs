//! Orders: two thresholds, and what the difference would have cost.

use crate::world::*;
use bystander_core::contract::Policy;
use bystander_core::decision::{Action, DecisionValue};
use proptest::prelude::*;
use serde_json::json;

#[test]
fn a_score_on_a_threshold_takes_the_stricter_side() {
    let policy = Policy { review: 0.4, reject: 0.8, higher_is_riskier: true };
    for (score, action) in [
        (f64::MIN, Action::Accept),
        (0.399_999_999, Action::Accept),
        (0.4, Action::Review),
        (0.799_999_999, Action::Review),
        (0.8, Action::Reject),
        (f64::MAX, Action::Reject),
    ] {
        assert_eq!(policy.action(score), action, "{score}");
    }
    assert_eq!(
        Policy { review: 0.5, reject: 0.5, higher_is_riskier: true }.action(0.5),
        Action::Reject,
        "no room for a review"
    );
}

#[test]
fn a_score_that_is_high_for_good_orders_has_upper_ends() {
    let policy = Policy { review: 0.6, reject: 0.2, higher_is_riskier: false };
    for (score, action) in [
        (f64::MIN, Action::Reject),
        (0.2, Action::Reject),
        (0.200_000_001, Action::Review),
        (0.6, Action::Review),
        (0.600_000_001, Action::Accept),
        (f64::MAX, Action::Accept),
    ] {
        assert_eq!(policy.action(score), action, "{score}");
    }
}

#[test]
fn the_difference_is_the_amount_taken_at_once() {
    for (live, score, agrees, delta) in [
        ("accept", 0.1, true, 0),
        ("accept", 0.5, false, -1299),
        ("accept", 0.9, false, -1299),
        ("review", 0.1, false, 1299),
        ("review", 0.9, false, 0),
        ("reject", 0.1, false, 1299),
        ("reject", 0.9, true, 0),
    ] {
        let event = with(order(), "/live_decision/action", json!(live));
        let decision = decide(&orders(), &event, score).unwrap();
        assert_eq!((decision.agrees, decision.delta_amount), (Some(agrees), Some(delta)), "{live} {score}");
    }
}

#[test]
fn without_a_live_decision_there_is_nothing_to_agree_with() {
    let decision = decide(&orders(), &without(order(), "live_decision"), 0.9).unwrap();
    assert_eq!(decision.would_be, DecisionValue::Action(Action::Reject));
    assert_eq!((decision.live, decision.agrees, decision.delta_amount), (None, None, None));
}

#[test]
fn without_a_bound_amount_there_is_no_difference_in_money() {
    let stream = stream(&ORDERS.replace("amount = ", "#").replace("currency", "#"), FRAUD);
    let decision = decide(&stream, &order(), 0.9).unwrap();
    assert_eq!((decision.agrees, decision.delta_amount), (Some(false), None));
}

proptest! {
    #[test]
    fn a_higher_score_is_never_judged_more_mildly(
        review in -1e3..1e3_f64,
        gap in 0.0..1e3_f64,
        low in prop::num::f64::NORMAL,
        high in prop::num::f64::NORMAL,
    ) {
        let policy = Policy { review, reject: review + gap, higher_is_riskier: true };
        let (low, high) = if low <= high { (low, high) } else { (high, low) };
        prop_assert!(policy.action(low) <= policy.action(high));
        // The mirror image decides the same on mirrored scores.
        let mirrored = Policy { review: -review, reject: -(review + gap), higher_is_riskier: false };
        prop_assert_eq!(mirrored.action(-low), policy.action(low));
    }
}
