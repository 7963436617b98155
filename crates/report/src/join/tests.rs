//! Precedence of outcomes, by hand.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use super::column::{NO_AMOUNT, NO_CURRENCY};
use super::key::{Key, KeyIndex};
use super::outcomes::OutcomeRow;
use super::resolve::{News, Offered, ResolvedLabel, State, resolve_label, resolve_sale};
use super::sample::Smallest;
use super::{Dataset, PRECEDENCE, Sale};
use bystander_core::comparison::ComparisonRecord;
use bystander_core::outcome::{Label, Outcome, OutcomeType as T};

fn outcome(kind: T, label: Option<Label>, at: i64) -> OutcomeRow {
    OutcomeRow {
        subject: Key::of("order"),
        reported_at_ms: at,
        occurred_at_ms: at,
        amount: NO_AMOUNT,
        quantity: f32::NAN,
        kind,
        label,
        action: None,
        currency: NO_CURRENCY,
    }
}

/// Outcomes in the order of their reports.
type Told = &'static [(T, Option<Label>)];

fn resolved(outcomes: &[(T, Option<Label>)]) -> ResolvedLabel {
    let rows: Vec<_> =
        outcomes.iter().zip(1..).map(|((kind, label), at)| outcome(*kind, *label, at)).collect();
    resolve_label(rows.iter())
}

const FRAUD: Option<Label> = Some(Label::Fraud);
const LEGIT: Option<Label> = Some(Label::Legit);
const UNKNOWN: Option<Label> = Some(Label::Unknown);

#[test]
fn outcomes_of_one_order_are_settled_by_the_stated_precedence() {
    let cases: &[(Told, News)] = &[
        (&[], News::Nothing),
        (&[(T::DisputeOpened, None)], News::Fraud),
        (&[(T::EarlyFraudWarning, None)], News::Fraud),
        (&[(T::EarlyFraudWarning, UNKNOWN)], News::Fraud),
        (&[(T::Refunded, None)], News::Refunded),
        (&[(T::Refunded, LEGIT)], News::Cleared),
        // A refund takes no warning back, and a warning after a refund is still one.
        (&[(T::EarlyFraudWarning, None), (T::Refunded, UNKNOWN)], News::Fraud),
        (&[(T::Refunded, None), (T::DisputeOpened, None)], News::Fraud),
        (&[(T::DisputeOpened, None), (T::DisputeWon, None)], News::Won),
        (&[(T::DisputeOpened, FRAUD), (T::DisputeWon, LEGIT)], News::Won),
        (&[(T::DisputeOpened, FRAUD), (T::DisputeWon, None)], News::Won),
        (&[(T::DisputeOpened, None), (T::DisputeLost, None)], News::Fraud),
        (&[(T::DisputeWon, None), (T::DisputeLost, None)], News::Fraud),
        // A dispute over something else is neither.
        (&[(T::DisputeOpened, UNKNOWN), (T::DisputeLost, UNKNOWN)], News::Unclear),
        (&[(T::DisputeOpened, UNKNOWN), (T::DisputeWon, LEGIT)], News::Won),
        (&[(T::DisputeOpened, UNKNOWN), (T::DisputeLost, None)], News::Unclear),
        (&[(T::DisputeOpened, UNKNOWN), (T::DisputeOpened, None)], News::Fraud),
        // A stated label wins over a type, but a review's word is provisional.
        (&[(T::DisputeLost, None), (T::ManualReview, LEGIT)], News::Cleared),
        (&[(T::ManualReview, LEGIT), (T::DisputeOpened, None)], News::Fraud),
        (&[(T::ManualReview, LEGIT), (T::DisputeOpened, FRAUD)], News::Fraud),
        (&[(T::Purchased, LEGIT), (T::DisputeLost, None)], News::Good),
        (&[(T::ManualReview, FRAUD)], News::Fraud),
        // A person's word stands against a won dispute.
        (&[(T::ManualReview, FRAUD), (T::DisputeOpened, None), (T::DisputeWon, None)], News::Fraud),
        (&[(T::LiveDecision, None)], News::Nothing),
    ];
    for (outcomes, news) in cases {
        assert_eq!(resolved(outcomes).news, *news, "{outcomes:?}");
    }
    assert_eq!(PRECEDENCE.len(), 8);
}

#[test]
fn a_fraud_is_dated_by_the_first_report_that_stands() {
    assert_eq!(resolved(&[(T::EarlyFraudWarning, None), (T::DisputeOpened, FRAUD)]).fraud_at_ms, Some(1));
    let won_and_lost = [(T::DisputeOpened, None), (T::DisputeWon, None), (T::DisputeLost, None)];
    assert_eq!(resolved(&won_and_lost).fraud_at_ms, Some(3));
    assert_eq!(resolved(&[(T::DisputeOpened, None), (T::DisputeWon, None)]).fraud_at_ms, None);
}

#[test]
fn stated_labels_that_contradict_each_other_conflict_unless_a_dispute_was_won() {
    assert!(resolved(&[(T::ManualReview, LEGIT), (T::DisputeOpened, FRAUD)]).conflict);
    assert!(resolved(&[(T::ManualReview, FRAUD), (T::ManualReview, LEGIT)]).conflict);
    assert!(!resolved(&[(T::DisputeOpened, FRAUD), (T::DisputeWon, LEGIT)]).conflict);
    assert!(!resolved(&[(T::EarlyFraudWarning, FRAUD), (T::DisputeLost, FRAUD)]).conflict);
}

#[test]
fn silence_becomes_good_at_maturity_but_never_for_an_order_that_live_rejected() {
    let state = |news: News, age, rejected| news.state(age, 90, rejected);
    assert_eq!(state(News::Nothing, 89, false), State::Pending);
    assert_eq!(state(News::Nothing, 90, false), State::Good);
    assert_eq!(state(News::Nothing, 900, true), State::Declined);
    // A review's good word about a declined order is a label.
    assert_eq!(state(News::Cleared, 90, true), State::Good);
    assert_eq!(
        (state(News::Cleared, 89, true), state(News::Cleared, 89, false)),
        (State::Pending, State::Pending)
    );
    assert_eq!(state(News::Fraud, 1, true), State::Fraud);
    assert_eq!(state(News::Good, 1, false), State::Good);
    assert_eq!(state(News::Fraud, -1, false), State::Future);
}

#[test]
fn a_return_beats_a_purchase_and_a_purchase_beats_being_left() {
    let rows = |kinds: &[T]| kinds.iter().map(|kind| outcome(*kind, None, 1)).collect::<Vec<_>>();
    let sale = |kinds: &[T]| resolve_sale(&rows(kinds), &Offered::default()).0;
    assert_eq!(sale(&[]), Sale::Unknown);
    assert_eq!(sale(&[T::Abandoned]), Sale::NotBought);
    assert_eq!(sale(&[T::Purchased, T::Expired]), Sale::Purchased);
    assert_eq!(sale(&[T::Returned, T::Purchased]), Sale::Returned);
}

/// Five cups at 1,000 each were asked for. Outcomes: type, day, quantity, amount.
#[test]
fn purchases_add_up_and_a_return_takes_back_its_part_in_quantity_or_in_money() {
    type Told = (T, i64, Option<f32>, Option<i64>);
    let offered = Offered { quantity: Some(5.0), price: Some(1_000.0), currency: NO_CURRENCY };
    let row = |(kind, at, quantity, amount): &Told| OutcomeRow {
        quantity: quantity.unwrap_or(f32::NAN),
        amount: amount.unwrap_or(NO_AMOUNT),
        ..outcome(*kind, None, *at)
    };
    let (bought, back) = (T::Purchased, T::Returned);
    let cases: &[(&[Told], Sale, Option<f64>)] = &[
        (&[(bought, 1, None, None)], Sale::Purchased, Some(5.0)),
        (&[(bought, 1, Some(2.0), None), (bought, 2, Some(3.0), None)], Sale::Purchased, Some(5.0)),
        (&[(bought, 1, None, Some(2_000)), (bought, 2, None, Some(1_500))], Sale::Purchased, Some(3.5)),
        (&[(bought, 1, Some(4.0), None), (back, 5, Some(1.0), None)], Sale::Purchased, Some(3.0)),
        (&[(bought, 1, Some(4.0), None), (back, 5, None, Some(1_000))], Sale::Purchased, Some(3.0)),
        // With a tax of a fifth: a return of 1,200 is one cup of four sold for 4,800.
        (&[(bought, 1, Some(4.0), Some(4_800)), (back, 5, None, Some(1_200))], Sale::Purchased, Some(3.0)),
        (
            &[(bought, 1, Some(4.0), None), (back, 5, Some(3.0), None), (back, 6, Some(1.0), None)],
            Sale::Returned,
            None,
        ),
        (&[(bought, 1, Some(4.0), None), (back, 5, None, None)], Sale::Returned, None),
        // What was bought after everything came back is kept.
        (
            &[(bought, 1, Some(4.0), None), (back, 5, None, None), (bought, 7, Some(1.0), None)],
            Sale::Purchased,
            Some(1.0),
        ),
        (&[(back, 5, None, None)], Sale::Returned, None),
        (&[(T::Expired, 1, None, None), (bought, 2, Some(1.0), None)], Sale::Purchased, Some(1.0)),
    ];
    for (told, sale, kept) in cases {
        let mut rows: Vec<_> = told.iter().map(row).collect();
        for _ in 0..rows.len() {
            rows.rotate_left(1);
            assert_eq!(resolve_sale(&rows, &offered), (*sale, *kept), "{told:?}");
        }
    }
}

#[test]
fn a_sample_of_the_smallest_does_not_depend_on_the_order() {
    let draw = |numbers: &mut dyn Iterator<Item = u64>| {
        let mut sample = Smallest::new(3);
        numbers.for_each(|number| sample.offer((number * 7 % 101, number), || number));
        let mut kept: Vec<_> = sample.iter().map(|(_, number)| *number).collect();
        kept.sort_unstable();
        kept
    };
    assert_eq!(draw(&mut (0..100)), draw(&mut (0..100).rev()));
    assert_eq!(draw(&mut (0..100)), [0, 29, 58]);
}

#[test]
fn a_key_is_found_where_it_was_put() {
    let mut index = KeyIndex::default();
    for number in 0..1_000 {
        assert_eq!(index.insert(Key::of(&format!("k{number}"))), Some((number, true)));
    }
    assert_eq!(index.insert(Key::of("k7")), Some((7, false)));
    assert_eq!(
        (index.find(Key::of("k999")), index.find(Key::of("x")), index.len()),
        (Some(999), None, 1_000)
    );
}

/// An order's comparison under a pseudonym, and an outcome under one or two.
fn compare(data: &mut Dataset, subject: &str, offset: i64) {
    let record = serde_json::json!({
        "comparison_id": format!("t/0/{offset}/fraud/1/s/job"), "mode": "live", "run_id": "job", "stream": "orders",
        "kind": "orders", "subject_id": subject, "occurred_at": "2026-01-01T00:00:00Z", "scored_at": null,
        "model": { "name": "fraud", "version": 1, "sha256": "s", "alias": null }, "score": 0.5,
        "would_be": { "action": "accept" }, "live": { "action": "accept" }, "agrees": true, "delta_amount": null,
        "amount": 100, "currency": "EUR",
        "source": { "cluster": "live", "topic": "t", "partition": 0, "offset": offset, "timestamp": null },
    });
    data.push_comparison(&ComparisonRecord::from_json(record.to_string().as_bytes()).unwrap());
}

fn dispute<'a>(subject: &'a str, former: Option<&'a str>) -> Outcome<'a> {
    Outcome {
        outcome_id: None,
        subject_id: subject.into(),
        former_subject_id: former.map(Into::into),
        kind: T::DisputeLost,
        label: FRAUD,
        occurred_at_ms: 1_768_000_000_000,
        reported_at_ms: 1_768_000_000_000,
        dated: true,
        amount: None,
        currency: None,
        quantity: None,
        action: None,
        reason: None,
        source: None,
    }
}

#[test]
fn outcomes_find_the_comparisons_from_before_and_after_a_change_of_the_key() {
    let mut data = Dataset::new();
    compare(&mut data, "old-pseudonym-of-a", 0);
    compare(&mut data, "2027:pseudonym-of-b", 1);
    compare(&mut data, "old-pseudonym-of-c", 2);
    data.push_outcome(&dispute("2027:pseudonym-of-a", Some("old-pseudonym-of-a")));
    data.push_outcome(&dispute("2027:pseudonym-of-b", Some("old-pseudonym-of-b")));
    data.push_outcome(&dispute("2027:pseudonym-of-c", None));
    data.prepare();
    let joined = data.joined(1_775_000_000_000, 1);
    assert_eq!(joined.orphans, 1, "without the previous key the third finds nothing");
    // Events are in the order of their subjects' hashes.
    let mut states = joined.streams[0].states.clone();
    states.sort_unstable();
    assert_eq!(states, [State::Good, State::Fraud, State::Fraud]);
}
