//! Small and odd data: nothing of it makes a panic, and nothing undefined is written.

use super::common::*;
use bystander_core::comparison::ComparisonRecord;
use bystander_core::decision::{Action, DecisionValue};
use bystander_core::features::FeatureValue;
use bystander_core::outcome::{Label, Outcome, OutcomeType as T};
use bystander_report::{Report, render};
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::Value;
use std::collections::BTreeSet;

/// What all orders of a world have in common.
#[derive(Debug, Clone)]
struct Shape {
    scores: &'static [f64],
    amounts: &'static [i64],
    currencies: &'static [&'static str],
    live: &'static [Option<Action>],
    /// Of 100 orders so many are fraud.
    frauds: u32,
    customers: u32,
    /// Days over which orders are spread.
    days: i64,
    features: bool,
}

fn shape() -> impl Strategy<Value = Shape> {
    let scores = select(vec![&[0.5][..], &[0.0, 1.0], &[0.1, 0.1, 0.9], &[0.0, 1e-300, 0.3, 0.31, 0.7, 1.0]]);
    let amounts = select(vec![&[0][..], &[1_000], &[0, 1, 99, 12_345], &[9_007_199_254_740_991]]);
    let currencies = select(vec![&["EUR"][..], &["EUR", "JPY"]]);
    let live = select(vec![
        &[Some(Action::Accept)][..],
        &[Some(Action::Reject)],
        &[None],
        &[Some(Action::Accept), Some(Action::Review), Some(Action::Reject), None],
    ]);
    let rest =
        (select(vec![0, 5, 50, 100]), select(vec![1, 3, 1_000]), select(vec![1, 10, 200]), any::<bool>());
    (scores, amounts, currencies, live, rest).prop_map(|(scores, amounts, currencies, live, rest)| {
        let (frauds, customers, days, features) = rest;
        Shape { scores, amounts, currencies, live, frauds, customers, days, features }
    })
}

fn pick<T: Copy>(from: &[T], dice: u32) -> T {
    from[dice as usize % from.len()]
}

/// One order and, if it is fraud, its outcome; `dice` decides everything that the shape leaves open.
fn one(
    shape: &Shape,
    number: usize,
    dice: u32,
) -> (Vec<ComparisonRecord<'static>>, Option<Outcome<'static>>) {
    let id = format!("o{number}");
    let at = day(i64::from(dice >> 4) % shape.days);
    let mut record = order(&id).at(at).scored(pick(shape.scores, dice));
    let shadow = pick(&Action::ALL, dice >> 3);
    record.live = None;
    record.agrees = None;
    if let Some(live) = pick(shape.live, dice >> 6) {
        record = record.decided(live, shadow);
    }
    record.would_be = DecisionValue::Action(shadow).into();
    record = record.money(pick(shape.amounts, dice >> 8), pick(shape.currencies, dice >> 2));
    record.customer_id = Some(format!("c{}", dice % shape.customers).into());
    record = record.segment("country", pick(&["DE", "FR"], dice >> 9));
    if shape.features {
        record = record.feature("age", pick(&[f64::NAN, 0.0, 7.0], dice >> 10));
        record = record.fed("method", pick_category(dice >> 12));
    }
    let second = record.clone().model(2, "fraud@challenger").scored(pick(shape.scores, dice >> 7));
    let told = (dice % 100 < shape.frauds)
        .then(|| outcome(&id, T::DisputeLost, Some(Label::Fraud), at + i64::from(dice % 40) * 86_400_000));
    (vec![record, second], told)
}

fn pick_category(dice: u32) -> FeatureValue<'static> {
    match dice % 3 {
        0 => FeatureValue::Missing,
        1 => FeatureValue::Category("card".into()),
        _ => FeatureValue::Category("(unseen)".into()),
    }
}

fn price(number: usize, dice: u32) -> ComparisonRecord<'static> {
    let price = |dice: u32| pick(&[1, 100, 9_007_199_254_740_991], dice);
    let mut record = quote(&format!("q{number}"), pick(&["cup", "plate"], dice))
        .priced(price(dice >> 1), price(dice >> 3));
    record = record.at(day(i64::from(dice % 9)));
    record.cost_amount = pick(&[None, Some(0), Some(600)], dice >> 5);
    record.quantity = pick(&[None, Some(1e-9), Some(3.0)], dice >> 7);
    record
}

/// A world of orders and quotes, and the day as of which it is reported.
fn world() -> impl Strategy<Value = (Vec<ComparisonRecord<'static>>, Vec<Outcome<'static>>, i64)> {
    let dice = prop::collection::vec(any::<u32>(), 0..40);
    let quotes = prop::collection::vec(any::<u32>(), 0..12);
    (shape(), dice, quotes, select(vec![-1, 5, 70, 400])).prop_map(|(shape, dice, quotes, as_of)| {
        let (mut rows, mut told) = (Vec::new(), Vec::new());
        for (number, dice) in dice.into_iter().enumerate() {
            let (orders, outcome) = one(&shape, number, dice);
            rows.extend(orders);
            told.extend(outcome);
        }
        rows.extend(quotes.into_iter().enumerate().map(|(number, dice)| price(number, dice)));
        (rows, told, day(as_of))
    })
}

fn undefined(text: &str) -> Option<&str> {
    let mut words = text.split(|letter: char| !letter.is_alphanumeric());
    words.find(|word| ["nan", "inf", "infinity", "null"].contains(&word.to_lowercase().as_str()))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn page_document_and_summary_hold_nothing_undefined((rows, told, as_of) in world()) {
        let report = report(&mut dataset(&rows, &told), as_of);
        for (what, text) in [
            ("HTML", render::html(&report)),
            ("JSON", render::json(&report).unwrap()),
            ("terminal", render::terminal(&report, 80, false)),
        ] {
            prop_assert_eq!(undefined(&text), None, "{} of\n{}", what, text);
        }
    }

    /// Yen ten times as dear change nothing but figures of yen: no sum ever goes over both.
    #[test]
    fn a_currencys_figures_never_hang_on_another_ones_amounts((rows, told, as_of) in world()) {
        let mut dear = rows.clone();
        for record in dear.iter_mut().filter(|record| record.currency.as_deref() == Some("JPY")) {
            record.amount = record.amount.map(|amount| amount / 7 + 3);
        }
        let document = |rows: &[ComparisonRecord<'_>]| -> Value {
            serde_json::from_str(&report(&mut dataset(rows, &told), as_of).to_json().unwrap()).unwrap()
        };
        let mut changed = BTreeSet::new();
        differences(&document(&rows), &document(&dear), "", &mut changed);
        prop_assert!(changed.is_empty(), "{:?}", changed);
    }
}

/// Where two documents differ outside of what is said to be of yen.
fn differences(one: &Value, two: &Value, place: &str, found: &mut BTreeSet<String>) {
    match (one, two) {
        (Value::Object(a), Value::Object(b)) if a.keys().eq(b.keys()) => {
            if a.get("currency").and_then(Value::as_str) == Some("JPY") {
                return;
            }
            for (key, value) in a.iter().filter(|(key, _)| *key != "JPY") {
                differences(value, &b[key], &format!("{place}/{key}"), found);
            }
        }
        (Value::Array(a), Value::Array(b)) if a.len() == b.len() => {
            if a.first().and_then(Value::as_str) == Some("JPY") {
                return;
            }
            for (number, (one, two)) in a.iter().zip(b).enumerate() {
                differences(one, two, &format!("{place}/{number}"), found);
            }
        }
        _ if one == two => {}
        _ => {
            found.insert(format!("{place}: {one} {two}"));
        }
    }
}

/// Both models see every order, so nothing is lost on the way into the odd worlds above.
#[test]
fn an_odd_world_is_reported() {
    let shape = Shape {
        scores: &[0.0, 1.0],
        amounts: &[0, 99],
        currencies: &["EUR", "JPY"],
        live: &[Some(Action::Accept), None],
        frauds: 50,
        customers: 3,
        days: 200,
        features: true,
    };
    let all = (0..40).map(|number| one(&shape, number, (number as u32).wrapping_mul(2_654_435_761)));
    let (rows, told): (Vec<_>, Vec<_>) = all.unzip();
    let rows: Vec<_> = rows.concat();
    let told: Vec<_> = told.into_iter().flatten().collect();
    let report: Report = report(&mut dataset(&rows, &told), day(400));
    assert_eq!(stream(&report).models.len(), 2);
    assert!(model(&report).ranking.auc.value().is_some() && told.len() > 5, "{}", told.len());
}
