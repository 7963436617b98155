//! A report is a function of its rows: partitions, shards and files may bring them in any order.

use super::common::*;
use super::shop::{noise, world};
use bystander_core::comparison::{ComparisonRecord, GuardrailRecord};
use bystander_core::decision::{Action, GuardrailRule};
use bystander_core::outcome::{Outcome, OutcomeType};
use bystander_report::stats::money::CostModel;
use bystander_report::{Dataset, Gates, Report, ReportSettings};

/// The order of rows that a seed decides.
fn shuffled<T: Clone>(rows: &[T], seed: u64) -> Vec<T> {
    let mut places: Vec<usize> = (0..rows.len()).collect();
    places.sort_by(|one, other| {
        noise(&one.to_string(), seed).total_cmp(&noise(&other.to_string(), seed)).then(one.cmp(other))
    });
    places.into_iter().map(|place| rows[place].clone()).collect()
}

/// Orders of a shop with two models, two runs of one of them, features, a few orders that came twice and with other
/// content, and comparisons that were read twice.
fn orders() -> (Vec<ComparisonRecord<'static>>, Vec<Outcome<'static>>) {
    let shop = world(5, 1_500, 40.0);
    let mut rows = Vec::new();
    for (place, record) in shop.comparisons.iter().enumerate() {
        let amount = record.amount.unwrap_or_default();
        let mut first = record.clone().feature("amount", amount as f64);
        first = if place % 3 == 0 { first.feature("age", f64::NAN) } else { first.feature("age", 0.5) };
        first = first.category("method", ["card", "wallet", "invoice"][place % 3]);
        rows.push(first.clone().model(2, "fraud@challenger").scored(noise(&first.subject_id, 77)));
        if place % 40 == 0 {
            let again = first.clone().offset(100_000 + place as i64).money(amount / 2, "JPY").scored(0.3);
            rows.push(
                again.clone().decided(Action::Reject, Action::Accept).segment("wave", "second").offset(0),
            );
            rows.push(again);
        }
        if place % 50 == 0 {
            rows.push(first.clone());
            rows.push(first.clone().run("replay", if place % 100 == 0 { "r1" } else { "r2" }));
        }
        rows.push(first);
    }
    (rows, shop.outcomes)
}

/// Quotes at prices that live drew, with guardrails and what was bought.
fn quotes() -> (Vec<ComparisonRecord<'static>>, Vec<Outcome<'static>>) {
    let (mut rows, mut told) = (Vec::new(), Vec::new());
    for number in 0..900 {
        let id = format!("q{number}");
        let dice = |what: u64| noise(&id, what);
        let live = [900, 1_000, 1_100][(dice(1) * 3.0) as usize];
        let mut row = quote(&id, &format!("i{}", (dice(2) * 40.0) as usize))
            .at(day(0) + i64::from(number) * 600_000)
            .offset(i64::from(number))
            .segment("channel", if dice(3) < 0.5 { "web" } else { "app" });
        let wanted = 850 + (dice(4) * 400.0) as i64;
        let shadow = wanted.clamp(900, 1_150);
        row = row.priced(live, shadow);
        row.live_propensity = Some(1.0 / 3.0);
        if shadow != wanted {
            let rule = GuardrailRule::ALL[(dice(5) * 3.0) as usize].name().into();
            row.guardrails = vec![GuardrailRecord { rule, before: wanted, after: shadow }].into();
        }
        rows.push(row);
        let kind = if dice(6) < 0.3 { OutcomeType::Purchased } else { OutcomeType::Abandoned };
        let mut one = outcome(&id, kind, None, day(20));
        one.quantity = (kind == OutcomeType::Purchased).then_some(1.0 + (dice(7) * 3.0).floor());
        told.push(one);
    }
    (rows, told)
}

fn document(rows: &[ComparisonRecord<'_>], told: &[Outcome<'_>], settings: &ReportSettings) -> String {
    let report = Report::build(&mut dataset(rows, told), day(120), settings, &Gates::default());
    serde_json::to_string(&report).unwrap()
}

/// Resampling drew customers by the order in which they came, so the limits of two runs over the same topic differed.
#[test]
fn the_same_rows_in_any_order_give_the_same_report_to_the_byte() {
    let costs = CostModel {
        recovery: 0.1,
        fee: 2_000.0,
        margin: 0.3,
        churn: 500.0,
        review: 250.0,
        review_catches: 0.8,
    };
    let money = [("EUR".to_owned(), costs)].into();
    let settings = ReportSettings { costs: money, ..settings() };
    let ((mut rows, mut told), (quotes, sales)) = (orders(), quotes());
    rows.extend(quotes);
    told.extend(sales);
    let sorted = document(&rows, &told, &settings);
    assert!(sorted.contains("bootstrap"), "the report resamples");
    for seed in 0..4 {
        let shuffled = document(&shuffled(&rows, seed), &shuffled(&told, seed + 100), &settings);
        assert!(sorted == shuffled, "order {seed}:\n{}", difference(&sorted, &shuffled));
    }
}

/// The first place where two documents differ, with what stands around it.
fn difference(one: &str, other: &str) -> String {
    let at = one.bytes().zip(other.bytes()).take_while(|(one, other)| one == other).count();
    let around = |text: &str| text.chars().skip(at.saturating_sub(150)).take(300).collect::<String>();
    format!("{}\n{}", around(one), around(other))
}

/// A dataset that was reported once and goes on growing gives what one that was read at once gives.
#[test]
fn a_report_in_between_changes_nothing() {
    let (rows, told) = orders();
    let (before, after) = rows.split_at(rows.len() / 2);
    let mut data: Dataset = dataset(before, &told[..told.len() / 2]);
    let settings = settings();
    Report::build(&mut data, day(120), &settings, &Gates::default());
    after.iter().for_each(|record| data.push_comparison(record));
    told[told.len() / 2..].iter().for_each(|outcome| data.push_outcome(outcome));
    let grown = Report::build(&mut data, day(120), &settings, &Gates::default());
    assert_eq!(serde_json::to_string(&grown).unwrap(), document(&rows, &told, &settings));
}
